import { type AttributeValue, canonicalItem, type Item, itemSize, MAX_ITEM_BYTES } from '../../../lib/core/attribute-value.ts';
import { APPLICATION } from '../../../lib/local/sample/application-rows.ts';
import { flawCounts, flawShares, oddPlaceIds } from '../../../lib/local/sample/flaws.ts';
import { googlePlaceFields } from '../../../lib/local/sample/google-place.ts';
import { plusCode } from '../../../lib/local/sample/plus-code.ts';
import { generateSample } from '../../../lib/local/sample/receipts.ts';
import { brands, cities } from '../../../lib/local/sample/vocabulary.ts';

const RECEIPTS = 4_000;
const sample = generateSample({ seed: 7, receipts: RECEIPTS });
const ofType = (type: string): Item[] => sample.items.filter((item) => text(item.TYPE) === type);
const text = (value: AttributeValue | undefined): string | undefined => (value && 'S' in value ? value.S : undefined);
const number = (value: AttributeValue | undefined): number => (value && 'N' in value ? Number(value.N) : Number.NaN);
const metadata = ofType('RECEIPT_METADATA');
const applicationPlaces = ofType('RECEIPT_PLACE');
const count = (predicate: (item: Item) => boolean): number => metadata.filter(predicate).length;
/** Within four standard deviations: sure to hold, sure to notice a share that is off. */
const near = (struck: number, share: number, of: number): boolean =>
  Math.abs(struck - share * of) <= 4 * Math.sqrt(of * share * (1 - share));
const rowId = (item: Item): string => `${text(item.PK)} ${text(item.SK)}`;

describe('vocabulary', () => {
  it('has real brands and cities of every kind that a test relies on', () => {
    const names = brands.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['Starbucks', 'Costco Wholesale', 'H&M', 'Juan Valdez Café', 'Möbel Boss']));
    expect(new Set(names).size).toBe(names.length);
    expect(cities).toContainEqual(expect.objectContaining({ name: 'New York City', admin: 'NY' }));
    expect(cities.every(({ lat, lon }) => Math.abs(lat) <= 90 && Math.abs(lon) <= 180)).toBe(true);
  });

  it('encodes plus codes as the specification does', () => {
    // From the specification's test data.
    expect(plusCode(20.3701125, 2.78223535156)).toBe('7FG49QCJ+2V');
    expect(plusCode(-41.2730625, 174.7859375)).toBe('4VCPPQGP+Q9');
  });
});

describe('generateSample', () => {
  it('gives the same for the same seed, and something else for another', () => {
    const [a, b, other] = [1, 1, 2].map((seed) => generateSample({ seed, receipts: 200 }));
    expect(a?.items.map(canonicalItem)).toEqual(b?.items.map(canonicalItem));
    expect([...(a?.places ?? [])]).toEqual([...(b?.places ?? [])]);
    expect(other?.items.map(canonicalItem)).not.toEqual(a?.items.map(canonicalItem));
  });

  it.each([1, 50, 333])('makes exactly %d metadata rows', (receipts) => {
    const { counts, items } = generateSample({ receipts });
    expect(counts.types.RECEIPT_METADATA).toBe(receipts);
    expect(new Set(items.map(rowId)).size).toBe(items.length);
  });

  it('counts its rows, and has each key once', () => {
    for (const [type, rows] of Object.entries(sample.counts.types)) expect(ofType(type)).toHaveLength(rows);
    expect(Object.keys(sample.counts.types).sort()).toEqual(['IMAGE', 'RECEIPT', 'RECEIPT_METADATA', 'RECEIPT_PLACE', 'RECEIPT_WORD']);
    expect(new Set(sample.items.map(rowId)).size).toBe(sample.items.length);
    const others = sample.items.length - metadata.length - applicationPlaces.length;
    expect(others / RECEIPTS).toBeGreaterThan(0.35);
    expect(others / RECEIPTS).toBeLessThan(0.45);
  });

  it('gives each image one to three receipts', () => {
    const perImage = new Map<string | undefined, number>();
    for (const item of metadata) perImage.set(text(item.PK), (perImage.get(text(item.PK)) ?? 0) + 1);
    expect([...new Set(perImage.values())].sort()).toEqual([1, 2, 3]);
  });

  it('keys metadata as the application does', () => {
    const image = /^IMAGE#[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    const keyed = (item: Item): boolean =>
      image.test(text(item.PK) ?? '') &&
      /^RECEIPT#0000[1-3]#METADATA$/.test(text(item.SK) ?? '') &&
      text(item.GSI3PK) === 'MERCHANT_VALIDATION';
    expect(metadata.filter((item) => !keyed(item))).toEqual([]);
    expect(metadata.some((item) => text(item.GSI1PK) === 'MERCHANT#STARBUCKS')).toBe(true);
    expect(metadata.some((item) => text(item.GSI2PK) === `PLACE#${[...sample.places.keys()][0]}`)).toBe(true);
  });

  it('never has an empty or a mistyped key attribute, and has index keys in pairs', () => {
    const isKey = /^(PK|SK|GSI\d[PS]K)$/;
    const empty = sample.items.flatMap((item) =>
      Object.keys(item).filter((name) => isKey.test(name) && !/[^#]$/.test(text(item[name]) ?? '')),
    );
    const alone = sample.items.flatMap((item) =>
      ['GSI1', 'GSI2', 'GSI3', 'GSI4'].filter((index) => `${index}PK` in item !== `${index}SK` in item),
    );
    expect({ empty, alone }).toEqual({ empty: [], alone: [] });
    expect(count((item) => !item.GSI1PK)).toBeGreaterThan(0);
    expect(count((item) => text(item.place_id) === '' && item.GSI2PK !== undefined)).toBe(0);
  });

  it('shares places between receipts as a real set does: some often, many once', () => {
    const rows = new Map<string, number>();
    for (const item of metadata) {
      const id = text(item.place_id) ?? '';
      if (sample.places.has(id)) rows.set(id, (rows.get(id) ?? 0) + 1);
    }
    expect(sample.places.size).toBe(Math.round((RECEIPTS * 77) / 195));
    expect(rows.size).toBe(sample.places.size);
    expect(Math.max(...rows.values())).toBeGreaterThan(RECEIPTS / 100);
    expect([...rows.values()].filter((n) => n === 1).length).toBeGreaterThan(rows.size / 3);
  });

  it('has statuses in the real shares', () => {
    const statusOf = (status: string): number => count((item) => text(item.validation_status) === status);
    const absent = count((item) => item.validation_status === undefined);
    const present = RECEIPTS - absent;
    expect(sample.counts.statuses).toEqual({
      MATCHED: statusOf('MATCHED'),
      UNSURE: statusOf('UNSURE'),
      NO_MATCH: statusOf('NO_MATCH'),
      absent,
    });
    for (const [status, share] of Object.entries({ MATCHED: 0.79, UNSURE: 0.205, NO_MATCH: 0.005 })) {
      expect({ status, near: near(statusOf(status), share, present) }).toEqual({ status, near: true });
    }
    expect(near(absent, 0.03, RECEIPTS)).toBe(true);
  });

  it('dates every row before November 2026', () => {
    const stamps = [...metadata, ...applicationPlaces].flatMap((item) => text(item.timestamp) ?? []);
    const iso = /^202[4-6]-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$/;
    expect(stamps.length).toBeGreaterThanOrEqual(RECEIPTS - 1);
    expect(stamps.filter((stamp) => !iso.test(stamp) || !(Date.parse(stamp) < Date.UTC(2026, 10, 1)))).toEqual([]);
  });
});

describe('flaws', () => {
  const phones = (): string[] => metadata.flatMap((item) => text(item.phone_number) ?? []);

  it('strike in the shares that the table says', () => {
    const everywhere = {
      ...flawShares.placeId,
      ...flawShares.phone,
      ...flawShares.category,
      ...flawShares.address,
      ...flawShares.matchedFields,
      ...flawShares.status,
    };
    for (const [flaw, share] of Object.entries(everywhere)) {
      const struck = sample.counts.flaws[flaw as keyof typeof everywhere];
      expect({ flaw, near: near(struck, share, RECEIPTS) }).toEqual({ flaw, near: true });
      expect(struck).toBeGreaterThan(0);
    }
    expect(sample.counts.flaws).toMatchObject(flawCounts);
  });

  it.each<[string, (item: Item) => boolean, number]>([
    ['null', (item) => text(item.place_id) === 'null', sample.counts.flaws.placeIdLiteralNull],
    ['NO_RESULTS', (item) => text(item.place_id) === 'NO_RESULTS', sample.counts.flaws.placeIdNoResults],
    ['INVALID', (item) => text(item.place_id) === 'INVALID', sample.counts.flaws.placeIdInvalid],
    ['an empty text', (item) => text(item.place_id) === '', sample.counts.flaws.placeIdEmpty],
    ['the type NULL', (item) => item.place_id !== undefined && 'NULL' in item.place_id, 4],
    ['a list', (item) => item.place_id !== undefined && 'L' in item.place_id, 1],
    [
      '37 characters that Google does not know',
      (item) => text(item.place_id)?.length === 37 && !sample.places.has(text(item.place_id) ?? ''),
      sample.counts.flaws.placeIdTooLong,
    ],
    ['odd characters', (item) => (oddPlaceIds as readonly string[]).includes(text(item.place_id) ?? ''), 6],
  ])('place_id is %s', (_, predicate, expected) => {
    expect(count(predicate)).toBe(expected);
  });

  it('spell useless place ids in other cases and with blanks', () => {
    const spelled = metadata
      .flatMap((item) => text(item.place_id) ?? [])
      .filter((id) => /^\s*(null|invalid|no_results)\s*$/i.test(id) && !['null', 'INVALID', 'NO_RESULTS'].includes(id));
    expect(spelled).toHaveLength(sample.counts.flaws.placeIdSpelledOtherwise);
    expect(spelled.some((id) => id !== id.trim())).toBe(true);
  });

  it('write one merchant in several ways, and addresses for merchants', () => {
    const names = metadata.flatMap((item) => text(item.merchant_name) ?? []);
    expect(names).toEqual(
      expect.arrayContaining([
        'Costco Wholesale',
        'COSTCO WHOLESALE',
        'COSTCO - WHOLESALE',
        'Starbucks',
        'STARBUCKS',
        'H&M',
        'H and M',
        '',
      ]),
    );
    expect(names.some((name) => /^\d+ .*(St|Ave|Blvd)$/.test(name))).toBe(true);
    expect(names.some((name) => /[éö]/.test(name))).toBe(true);
    expect(names.some((name) => /[\u3040-\u30ff]/.test(name))).toBe(true);
  });

  it('write phones in seven formats and three ways of saying none', () => {
    expect(phones()).toEqual(expect.arrayContaining(['N/A', 'Unknown', '']));
    for (const format of [
      /^\(\d{3}\) \d{3}-\d{4}$/,
      /^\+1 \d{3}-\d{3}-\d{4}$/,
      /^\d{10}$/,
      /^\+1\d{10}$/,
      /^\d{3}-\d{3}-\d{4}$/,
      /^\d{3}\.\d{3}\.\d{4}$/,
      /^1 \d{3} \d{3} \d{4}$/,
    ]) {
      expect(phones().filter((phone) => format.test(phone)).length).toBeGreaterThan(0);
    }
  });

  it('spell categories in several ways', () => {
    const categories = new Set(metadata.map((item) => text(item.merchant_category)));
    expect([...categories]).toEqual(
      expect.arrayContaining([
        'Grocery',
        'GROCERY',
        'grocery_or_supermarket',
        'grocery_store',
        'N/A',
        'Coffee Shop',
        'COFFEE SHOP',
        undefined,
      ]),
    );
  });

  it('leave the country out of some addresses', () => {
    const addresses = metadata.flatMap((item) => text(item.address) ?? []);
    expect(addresses.some((address) => address.endsWith(', USA'))).toBe(true);
    expect(addresses.some((address) => /, [A-Z]{2} \d{5}$/.test(address))).toBe(true);
  });

  it('write NULL for what is empty, and no empty set', () => {
    for (const name of [
      'merchant_category',
      'address',
      'phone_number',
      'validated_by',
      'reasoning',
      'canonical_place_id',
      'canonical_merchant_name',
      'canonical_address',
      'canonical_phone_number',
    ]) {
      expect(count((item) => item[name] !== undefined && 'NULL' in item[name])).toBeGreaterThan(0);
      expect(count((item) => item[name] === undefined)).toBe(0);
    }
    const sets = metadata.flatMap((item) => (item.matched_fields && 'SS' in item.matched_fields ? [item.matched_fields.SS] : []));
    expect(sets.length).toBeLessThan(RECEIPTS);
    expect(sets.every((set) => set.length > 0 && new Set(set).size === set.length)).toBe(true);
    expect(sets.flat()).toEqual(expect.arrayContaining(['name', 'address', 'phone', 'place_id', 'Name', 'text search']));
  });

  it('give some rows coordinates, a few of them useless', () => {
    const both = metadata.filter((item) => item.latitude && item.longitude);
    const inRange = (item: Item): boolean => Math.abs(number(item.latitude)) <= 90 && Math.abs(number(item.longitude)) <= 180;
    expect(both).toHaveLength(sample.counts.withCoordinates);
    expect(both.length / RECEIPTS).toBeGreaterThan(0.06);
    expect(both.length / RECEIPTS).toBeLessThan(0.1);
    expect(both.filter((item) => !inRange(item))).toHaveLength(4);
    expect(both.filter((item) => number(item.latitude) === 0 && number(item.longitude) === 0)).toHaveLength(4);
    expect(count((item) => (item.latitude === undefined) !== (item.longitude === undefined))).toBe(4);
  });

  it('leave exactly three malformed rows', () => {
    const isString = (value: AttributeValue | undefined): boolean => text(value) !== undefined;
    const malformed = metadata.filter(
      (item) =>
        !isString(item.merchant_name) || !isString(item.timestamp) || (!isString(item.place_id) && !('NULL' in (item.place_id ?? {}))),
    );
    expect(malformed).toHaveLength(3);
  });

  it('make one valid row of about 390 KB', () => {
    const sizes = sample.items.map(itemSize).sort((a, b) => b - a);
    expect(sizes[0]).toBe(390 * 1024);
    expect(sizes[0]).toBeLessThan(MAX_ITEM_BYTES);
    expect(sizes[1]).toBeLessThan(10_000);
  });
});

describe('places', () => {
  const all = [...sample.places.values()];

  it('are in Google’s form, under their id', () => {
    const known: readonly string[] = googlePlaceFields;
    const odd = [...sample.places].filter(
      ([id, place]) => place.id !== id || !/^ChIJ[\w-]{23}$/.test(id) || Object.keys(place).some((name) => !known.includes(name)),
    );
    expect(odd).toEqual([]);
  });

  it('are all located but one, none at 0,0, several in lower Manhattan', () => {
    const located = all.flatMap(({ location }) => location ?? []);
    expect(located).toHaveLength(all.length - 1);
    expect(located.every(({ latitude, longitude }) => Math.abs(latitude) > 1 && Math.abs(latitude) < 90 && Math.abs(longitude) < 180)).toBe(
      true,
    );
    // The bounds of the geohash dr5reg.
    const downtown = located.filter(
      ({ latitude, longitude }) => latitude > 40.70984 && latitude < 40.71533 && longitude > -74.01489 && longitude < -74.00391,
    );
    expect(downtown.length).toBeGreaterThan(10);
    expect(all[0]).toMatchObject({ displayName: { text: 'Starbucks' }, location: { latitude: 40.7128, longitude: -74.006 } });
  });

  it('lack each optional field now and then', () => {
    for (const field of googlePlaceFields.filter((name) => !['id', 'displayName', 'formattedAddress', 'types'].includes(name))) {
      const having = all.filter((place) => place[field] !== undefined).length;
      expect({ field, some: having > all.length / 2, notAll: having < all.length }).toEqual({ field, some: true, notAll: true });
    }
  });
});

describe('rows of the application', () => {
  it('exist for about 3 % of the receipts, beside their metadata, and agree with the places', () => {
    const metadataOf = new Map(metadata.map((item) => [rowId(item), item]));
    expect(applicationPlaces.length / RECEIPTS).toBeGreaterThan(0.015);
    expect(applicationPlaces.length / RECEIPTS).toBeLessThan(0.045);
    for (const item of applicationPlaces) {
      const source = metadataOf.get(rowId(item).replace('#PLACE', '#METADATA'));
      const place = sample.places.get(text(item.place_id) ?? '');
      expect(source?.place_id).toEqual(item.place_id);
      expect(source?.validation_status).toEqual(item.validation_status);
      expect(text(item.merchant_name)).toBe(place?.displayName.text);
      expect(text(item.formatted_address)).toBe(place?.formattedAddress);
      expect(text(item.validated_by)).toBe(APPLICATION);
      expect({ MATCHED: '0.95', UNSURE: '0.60', NO_MATCH: '0.20' }[text(item.validation_status) ?? '']).toBe(
        (item.confidence as { N: string }).N,
      );
    }
  });

  it('have all four index keys, the geohash’s only with a geohash', () => {
    for (const item of applicationPlaces) {
      const [image, receipt] = [text(item.PK), text(item.SK)];
      expect(text(item.GSI2PK)).toBe(`PLACE#${text(item.place_id)}`);
      expect(text(item.GSI2SK)).toBe(`${image}#${receipt}`);
      expect(text(item.GSI3SK)).toMatch(/^CONFIDENCE#0\.(95|60|20)00#STATUS#[A-Z_]+#IMAGE#[0-9a-f-]{36}$/);
      expect(text(item.GSI4PK)).toBe(text(item.geohash) && `GEOHASH#${text(item.geohash)}`);
      expect(text(item.geohash) === undefined).toBe(item.latitude === undefined);
    }
    expect(applicationPlaces.some((item) => text(item.GSI1PK) === 'MERCHANT#STARBUCKS')).toBe(true);
    expect(applicationPlaces.some((item) => text(item.GSI4PK) === 'GEOHASH#dr5reg')).toBe(true);
  });
});
