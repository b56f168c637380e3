import ngeohash from 'ngeohash';
import type { AttributeValue, Item } from '../../../lib/core/attribute-value.ts';
import type { GooglePlace } from '../../../lib/local/sample/google-place.ts';
import { generateSample } from '../../../lib/local/sample/receipts.ts';
import { differences } from '../../support/compare-places.ts';
import { type ExpectedFrom, expectedOutcome, geohashOf, slugOf, unspecified } from '../../support/expected-places.ts';

const IMAGE = '8d5e5c2e-3f3a-4c2b-9c55-0e5b7c7a1f10';
const PLACE = 'ChIJN1t_tDeuEmsRUsoyG83frY4';
const NOW = '2026-11-02T09:30:00.000Z';
const S = (text: string): AttributeValue => ({ S: text });
const N = (text: string): AttributeValue => ({ N: text });
const NULL: AttributeValue = { NULL: true };

const metadata = (changes: Item = {}): Item => ({
  PK: S(`IMAGE#${IMAGE}`),
  SK: S('RECEIPT#00007#METADATA'),
  TYPE: S('RECEIPT_METADATA'),
  place_id: S(PLACE),
  merchant_name: S('CAFE DU MONDE'),
  timestamp: S('2024-05-01T00:00:00Z'),
  validation_status: S('MATCHED'),
  merchant_category: S('Coffee Shop'),
  address: S('800 Decatur St, New Orleans'),
  phone_number: S('504.555.0142'),
  validated_by: S('PHONE_LOOKUP'),
  reasoning: NULL,
  canonical_place_id: NULL,
  canonical_merchant_name: NULL,
  canonical_address: NULL,
  canonical_phone_number: NULL,
  matched_fields: { SS: ['name', 'phone'] },
  ...changes,
});

const cafe: GooglePlace = {
  id: PLACE,
  displayName: { text: 'Café du Monde', languageCode: 'fr' },
  formattedAddress: '800 Decatur St, New Orleans, LA 70116, USA',
  shortFormattedAddress: '800 Decatur St, New Orleans',
  location: { latitude: 40.7128, longitude: -74.006 },
  viewport: { low: { latitude: 40.71, longitude: -74.01 }, high: { latitude: 40.72, longitude: -74 } },
  plusCode: { globalCode: '87G7PX7V+4J', compoundCode: 'PX7V+4J New York' },
  types: ['cafe', 'food', 'cafe'],
  primaryType: 'cafe',
  businessStatus: 'OPERATIONAL',
  nationalPhoneNumber: '(504) 555-0142',
  internationalPhoneNumber: '+1 504-555-0142',
  websiteUri: 'https://cafe.example/',
  googleMapsUri: 'https://maps.google.com/?cid=1',
  currentOpeningHours: {
    openNow: false,
    periods: [{ open: { day: 0, hour: 0, minute: 0 } }],
    weekdayDescriptions: ['Monday: Open 24 hours'],
  },
  photos: [
    { name: 'places/a/photos/b', widthPx: 1, heightPx: 1 },
    { name: 'places/a/photos/b', widthPx: 1, heightPx: 1 },
  ],
};

const outcomeOf = (item: Item, options: Partial<ExpectedFrom> = {}): ReturnType<typeof expectedOutcome> =>
  expectedOutcome({ items: [item], places: new Map([[PLACE, cafe]]), now: NOW, enrich: true, ...options });
const rowOf = (item: Item, options?: Partial<ExpectedFrom>): Item => outcomeOf(item, options).created.values().next().value ?? {};

const SORT_KEY = S(`IMAGE#${IMAGE}#RECEIPT#00007#PLACE`);
const plain: Item = {
  PK: S(`IMAGE#${IMAGE}`),
  SK: S('RECEIPT#00007#PLACE'),
  TYPE: S('RECEIPT_PLACE'),
  image_id: S(IMAGE),
  receipt_id: N('7'),
  place_id: S(PLACE),
  merchant_name: S('CAFE DU MONDE'),
  validation_status: S('MATCHED'),
  timestamp: S(NOW),
  confidence: N('0.95'),
  merchant_category: S('Coffee Shop'),
  formatted_address: S('800 Decatur St, New Orleans'),
  short_address: NULL,
  phone_number: S('504.555.0142'),
  phone_intl: NULL,
  website: NULL,
  maps_url: NULL,
  business_status: NULL,
  plus_code: NULL,
  validated_by: S('PHONE_LOOKUP'),
  reasoning: S('any'),
  places_api_version: NULL,
  geohash: NULL,
  matched_fields: { L: [S('phone'), S('name')] },
  GSI1PK: S('MERCHANT#CAFE_DU_MONDE'),
  GSI1SK: SORT_KEY,
  GSI2PK: S(`PLACE#${PLACE}`),
  GSI2SK: SORT_KEY,
  GSI3PK: S('PLACE_VALIDATION'),
  GSI3SK: S(`CONFIDENCE#0.9500#STATUS#MATCHED#IMAGE#${IMAGE}`),
};
const enriched: Item = {
  ...plain,
  merchant_name: S('Café du Monde'),
  formatted_address: S('800 Decatur St, New Orleans, LA 70116, USA'),
  short_address: S('800 Decatur St, New Orleans'),
  phone_intl: S('+1 504-555-0142'),
  website: S('https://cafe.example/'),
  maps_url: S('https://maps.google.com/?cid=1'),
  business_status: S('OPERATIONAL'),
  plus_code: S('87G7PX7V+4J'),
  places_api_version: S('v1'),
  geohash: S('dr5reg'),
  merchant_types: { L: [S('cafe'), S('food')] },
  hours_summary: { L: [S('Monday: Open 24 hours')] },
  photo_references: { L: [S('places/a/photos/b')] },
  latitude: N('40.7128'),
  longitude: N('-74.0060'),
  viewport_ne_lat: N('40.72'),
  viewport_ne_lng: N('-74'),
  viewport_sw_lat: N('40.71'),
  viewport_sw_lng: N('-74.01'),
  open_now: { BOOL: false },
  hours_data: { M: { anything: NULL } },
  GSI4PK: S('GEOHASH#dr5reg'),
  GSI4SK: S(`PLACE#${PLACE}`),
};

describe('expected places', () => {
  test('the geohash is that of the specification, and of ngeohash', () => {
    expect(geohashOf(40.7128, -74.006)).toBe('dr5reg');
    expect(geohashOf(57.64911, 10.40744)).toBe('u4pruy');
    for (let latitude = -90; latitude <= 90; latitude += 7.5)
      for (let longitude = -180; longitude <= 180; longitude += 11.25)
        expect(geohashOf(latitude, longitude)).toBe(ngeohash.encode(latitude, longitude, 6));
  });

  test.each([
    ['Café du Monde', 'CAFE_DU_MONDE'],
    ['Möbel Boss', 'MOBEL_BOSS'],
    ['COSTCO - WHOLESALE', 'COSTCO_WHOLESALE'],
    ["  Trader Joe's! ", 'TRADER_JOE_S'],
    ['_7-Eleven_', '7_ELEVEN'],
    ['店舗', ''],
    ['', ''],
  ])('the slug of %j is %j', (name, slug) => {
    expect(slugOf(name)).toBe(slug);
  });

  test('a row with its place, attribute by attribute', () => {
    const { created, notes } = outcomeOf(metadata());
    expect(differences(created, [enriched], unspecified)).toEqual([]);
    expect(notes).toEqual({ 'place-not-found': 0, 'suspicious-coordinates': 0, 'matched-field-dropped': 0 });
  });

  test('a row from metadata alone', () => {
    expect(differences(outcomeOf(metadata(), { enrich: false }).created, [plain], unspecified)).toEqual([]);
  });

  test.each([
    ['unknown', { places: new Map() }],
    ['forgotten', { missingPlaces: new Set([PLACE]) }],
  ])('an id that is %s to Google gives the row from metadata alone, and a note', (_, options) => {
    const { created, notes } = outcomeOf(metadata(), options);
    expect(differences(created, [plain], unspecified)).toEqual([]);
    expect(notes['place-not-found']).toBe(1);
  });

  test('a row with coordinates of its own takes nothing from Google', () => {
    const row = rowOf(metadata({ latitude: N('40.7128'), longitude: N('-74.0060') }));
    expect(row).toMatchObject({
      geohash: S('dr5reg'),
      GSI4PK: S('GEOHASH#dr5reg'),
      latitude: N('40.7128'),
      phone_intl: NULL,
      merchant_name: S('CAFE DU MONDE'),
    });
  });

  test.each([
    ['out of range', { latitude: N('95.25'), longitude: N('10') }],
    ['only one', { longitude: N('10') }],
  ])('coordinates of its own, %s, count for nothing', (_, coordinates) => {
    expect(rowOf(metadata(coordinates))).toMatchObject({ latitude: N('40.7128'), longitude: N('-74.006') });
    const alone = rowOf(metadata(coordinates), { enrich: false });
    expect(alone).toMatchObject({ geohash: NULL });
    for (const name of ['latitude', 'longitude', 'GSI4PK', 'GSI4SK']) expect(alone).not.toHaveProperty(name);
  });

  test('the zero point is kept and noted', () => {
    const { created, notes } = outcomeOf(metadata({ latitude: N('0'), longitude: N('0') }));
    expect([...created.values()]).toMatchObject([{ latitude: N('0'), geohash: S(ngeohash.encode(0, 0, 6)) }]);
    expect(notes['suspicious-coordinates']).toBe(1);
  });

  test.each(['', 'null', ' Null ', 'NO_RESULTS', '\tinvalid'])('the place id %j is none', (id) => {
    expect(outcomeOf(metadata({ place_id: S(id) })).skipped['no-place-id']).toBe(1);
  });

  test('NULL is no place id, a list is no item', () => {
    expect(outcomeOf(metadata({ place_id: NULL })).skipped['no-place-id']).toBe(1);
    expect(outcomeOf(metadata({ place_id: { L: [] } })).failed['invalid-item']).toBe(1);
    expect(outcomeOf(metadata({ merchant_name: N('4711') })).failed['invalid-item']).toBe(1);
  });

  test('an existing row is left alone, other types are not looked at', () => {
    const { created, skipped, filtered, scanned } = expectedOutcome({
      items: [metadata(), { PK: S(`IMAGE#${IMAGE}`), SK: S('RECEIPT#00007#PLACE'), TYPE: S('RECEIPT_PLACE') }],
      places: new Map(),
      now: NOW,
      enrich: true,
    });
    expect({ created: created.size, skipped, filtered, scanned }).toEqual({
      created: 0,
      skipped: { 'no-place-id': 0, 'already-exists': 1 },
      filtered: 1,
      scanned: 2,
    });
  });

  test.each([
    ['MATCHED', ['name', 'phone'], {}],
    ['UNSURE', ['name', 'phone'], { phone_number: S('N/A') }],
    ['UNSURE', ['address', 'place_id'], {}],
    ['NO_MATCH', ['place_id'], {}],
    ['NO_MATCH', ['name', 'address'], { merchant_name: S('H&'), address: S('Decatur St') }],
  ])('an absent status becomes %s of %j', (status, fields, changes) => {
    const { validation_status: _, ...item } = metadata({ matched_fields: { SS: fields }, ...changes });
    expect(rowOf(item)).toMatchObject({ validation_status: S(status) });
  });

  test.each([
    ['UNSURE', N('0.6'), '0.6000'],
    ['NO_MATCH', N('0.2'), '0.2000'],
  ])('a status of %s is carried over', (status, confidence, inKey) => {
    const row = rowOf(metadata({ validation_status: S(status) }));
    expect(row).toMatchObject({ validation_status: S(status), GSI3SK: S(`CONFIDENCE#${inKey}#STATUS#${status}#IMAGE#${IMAGE}`) });
    expect(Number(Object.values(row.confidence ?? {})[0])).toBe(Number(Object.values(confidence)[0]));
  });

  test('matched fields are mapped where it is obvious, else dropped and counted', () => {
    const { created, notes } = outcomeOf(
      metadata({ matched_fields: { SS: ['name', 'Name', 'merchant_name', 'Phone Number', 'text search', 'nearby'] } }),
    );
    expect([...created.values()]).toMatchObject([{ matched_fields: { L: [S('name'), S('phone')] } }]);
    expect(notes['matched-field-dropped']).toBe(2);
    expect(rowOf(metadata({ matched_fields: { SS: ['nearby'] } }))).not.toHaveProperty('matched_fields');
  });

  test('no name at all: empty, without the first index', () => {
    const row = rowOf(metadata({ merchant_name: S('') }), { enrich: false });
    expect(row).toMatchObject({ merchant_name: S('') });
    expect(row).not.toHaveProperty('GSI1PK');
    expect(row).not.toHaveProperty('GSI1SK');
    expect(rowOf(metadata({ canonical_merchant_name: S('Café') }), { enrich: false })).toMatchObject({ GSI1PK: S('MERCHANT#CAFE') });
  });

  test('every row of a sample has an outcome, and differs in nothing from itself', () => {
    const { items, places } = generateSample({ seed: 3, receipts: 500 });
    const { created, skipped, failed, filtered, scanned } = expectedOutcome({ items, places, now: NOW, enrich: true });
    const counts = [created.size, ...Object.values(skipped), ...Object.values(failed), filtered];
    expect(counts.reduce((sum, count) => sum + count)).toBe(scanned);
    expect(differences(created, created.values(), unspecified)).toEqual([]);
  });
});

describe('differences', () => {
  const { created } = outcomeOf(metadata());
  const compare = (...rows: Item[]): string[] => differences(created, rows, unspecified, 3);
  const id = JSON.stringify([`IMAGE#${IMAGE}`, 'RECEIPT#00007#PLACE']);

  test('tells what is wrong of which row', () => {
    expect(compare({ ...enriched, geohash: S('dr5rex') })).toEqual([`${id}: geohash: expected {"S":"dr5reg"}, found {"S":"dr5rex"}`]);
    expect(compare({ ...enriched, extra: N('1') })).toEqual([`${id}: extra: expected nothing, found {"N":"1"}`]);
    expect(compare({ ...enriched, open_now: NULL })).toEqual([`${id}: open_now: expected {"BOOL":false}, found {"NULL":true}`]);
    expect(compare({ ...enriched, hours_data: NULL })).toEqual([`${id}: hours_data: expected {"M":{}}, found {"NULL":true}`]);
    const { website: _, ...lacking } = enriched;
    expect(compare(lacking)).toEqual([`${id}: website: expected {"S":"https://cafe.example/"}, found nothing`]);
  });

  test('tells of missing rows, of rows too many, and stops at its limit', () => {
    expect(compare()).toEqual([`${id}: missing`]);
    expect(compare(enriched, enriched)).toEqual([`${id}: there twice`]);
    expect(compare(enriched, { PK: S('a'), SK: S('b') })).toEqual(['["a","b"]: not expected']);
    expect(compare({ ...enriched, SK: S('0') }, { ...enriched, SK: S('1') }, { ...enriched, SK: S('2') })).toHaveLength(4);
  });
});
