import { derive } from '../../../../lib/backfills/receipt-place/derive.ts';
import { DETAILS, ENRICHED, found, metadata, NOW, PLAIN } from './rows.ts';

const missing = { kind: 'missing', reason: 'NOT_FOUND' } as const;

describe('derive', () => {
  test('enriches from a found place', () => {
    expect(derive(metadata(), found(), NOW)).toStrictEqual({ row: ENRICHED, notes: [] });
  });

  test('derives from the metadata alone', () => {
    expect(derive(metadata(), undefined, NOW)).toStrictEqual({ row: PLAIN, notes: [] });
  });

  test('a missing place gives the row of the metadata alone, and a note', () => {
    expect(derive(metadata(), missing, NOW)).toStrictEqual({
      row: { ...PLAIN, reasoning: 'Backfilled from ReceiptMetadata alone; Google Places does not know the place.' },
      notes: ['place-not-found'],
    });
  });

  test('coordinates on the row give geohash, GSI4 and a map link', () => {
    const { row, notes } = derive(metadata({ latitude: 40.7128, longitude: -74.006 }), undefined, NOW);
    expect(row).toStrictEqual({
      ...PLAIN,
      latitude: 40.7128,
      longitude: -74.006,
      geohash: 'dr5reg',
      GSI4PK: 'GEOHASH#dr5reg',
      GSI4SK: 'PLACE#ChIJN1t_tDeuEmsRUsoyG83frY4',
      maps_url: 'https://www.google.com/maps/search/?api=1&query=40.7128,-74.006',
    });
    expect(notes).toStrictEqual([]);
  });

  test('coordinates on the row come before those of the place', () => {
    const { row } = derive(metadata({ latitude: 37.7749, longitude: -122.4194 }), found(), NOW);
    expect(row).toMatchObject({ latitude: 37.7749, longitude: -122.4194, geohash: '9q8yyk' });
  });

  test('messy values become NULL, or the next best', () => {
    const item = metadata({
      place_id: '  ChIJabc ',
      phone_number: 'N/A',
      merchant_category: ' ',
      address: '',
      validated_by: '',
      matched_fields: new Set(['Name', 'text search', 'phone_number', 'merchant_name']),
    });
    const { row, notes } = derive(item, found({ nationalPhoneNumber: '', primaryType: '', formattedAddress: ' ' }), NOW);
    expect(row).toMatchObject({
      place_id: 'ChIJabc',
      GSI2PK: 'PLACE#ChIJabc',
      phone_number: null,
      merchant_category: null,
      formatted_address: null,
      validated_by: null,
      matched_fields: ['name', 'phone'],
    });
    expect(notes).toStrictEqual(['matched-field-dropped']);
  });

  test('takes the first usable phone: the metadata, the place, the canonical one', () => {
    const canonical_phone_number = '2125550111';
    expect(derive(metadata(), found(), NOW).row.phone_number).toBe('(212) 555-0100');
    expect(derive(metadata({ phone_number: 'Unknown', canonical_phone_number }), found(), NOW).row.phone_number).toBe('(212) 555-0199');
    expect(derive(metadata({ phone_number: null, canonical_phone_number }), missing, NOW).row.phone_number).toBe('2125550111');
  });

  test('keeps a usable category of the metadata as it is written', () => {
    expect(derive(metadata({ merchant_category: 'Grocery' }), found(), NOW).row.merchant_category).toBe('Grocery');
  });

  test('takes the first name there is: the place, the canonical one, the receipt', () => {
    const canonical_merchant_name = 'Starbucks Coffee';
    expect(derive(metadata({ canonical_merchant_name }), found(), NOW).row.merchant_name).toBe('Starbucks');
    expect(derive(metadata({ canonical_merchant_name }), undefined, NOW).row.merchant_name).toBe('Starbucks Coffee');
    expect(derive(metadata({ canonical_merchant_name: '' }), undefined, NOW).row.merchant_name).toBe('Starbucks #1234');
  });

  test('a name without letter or digit is not indexed', () => {
    const { row, notes } = derive(metadata({ merchant_name: '' }), undefined, NOW);
    expect(row.merchant_name).toBe('');
    expect(row).not.toHaveProperty('GSI1PK');
    expect(row).not.toHaveProperty('GSI1SK');
    expect(notes).toStrictEqual(['merchant-not-indexed']);
  });

  test('folds accents in the index key only', () => {
    const { row } = derive(metadata({ merchant_name: 'Café Möbel' }), undefined, NOW);
    expect(row).toMatchObject({ merchant_name: 'Café Möbel', GSI1PK: 'MERCHANT#CAFE_MOBEL' });
  });

  test('(0,0) is written and reported', () => {
    const { row, notes } = derive(metadata({ latitude: 0, longitude: 0 }), undefined, NOW);
    // A point on a cell's border belongs, with ngeohash, to the cell south-west of it.
    expect(row).toMatchObject({ latitude: 0, longitude: 0, geohash: '7zzzzz' });
    expect(notes).toStrictEqual(['suspicious-coordinates']);
  });

  test.each([{ latitude: 90.01, longitude: 0 }, { latitude: 40, longitude: -180.5 }, { latitude: 40 }, { longitude: 12 }])(
    'unusable coordinates %j on the row are not written',
    (point) => {
      expect(derive(metadata(point), undefined, NOW)).toStrictEqual({ row: PLAIN, notes: ['coordinates-out-of-range'] });
    },
  );

  test('unusable coordinates on the row give way to those of the place, and are reported', () => {
    const { row, notes } = derive(metadata({ latitude: 91, longitude: 0 }), found(), NOW);
    expect(row).toStrictEqual(ENRICHED);
    expect(notes).toStrictEqual(['coordinates-out-of-range']);
  });

  test('unusable coordinates of the place are not written', () => {
    const { row, notes } = derive(metadata(), found({ location: { latitude: 400, longitude: 1 } }), NOW);
    for (const name of ['latitude', 'longitude', 'GSI4PK', 'GSI4SK']) expect(row).not.toHaveProperty(name);
    expect(row.geohash).toBeNull();
    expect(notes).toStrictEqual(['coordinates-out-of-range']);
  });

  test('an answer with nothing but the id is enough', () => {
    const { row } = derive(metadata(), { kind: 'found', value: { id: DETAILS.id } }, NOW);
    expect(row).toStrictEqual({
      ...PLAIN,
      places_api_version: 'v1',
      reasoning: 'Backfilled from ReceiptMetadata and Google Places (v1).',
    });
  });

  test('says that the status was derived, and what the metadata reasoned', () => {
    const { validation_status: _, ...item } = metadata({ reasoning: 'Phone matched.' });
    expect(derive(item, undefined, NOW).row.reasoning).toBe(
      "Backfilled from ReceiptMetadata alone; no place details were asked for. The status was derived from the matched fields. ReceiptMetadata's reasoning: Phone matched.",
    );
  });

  test('omits empty lists and keeps the digits of long receipt ids', () => {
    const { row } = derive(metadata({ SK: 'RECEIPT#123456#METADATA', matched_fields: new Set(['text search']) }), undefined, NOW);
    expect(row).not.toHaveProperty('matched_fields');
    expect(row).toMatchObject({ SK: 'RECEIPT#123456#PLACE', receipt_id: 123456 });
  });
});
