import { coordinatesOf, geohashOf, isGeohash, withNeighbours } from '../../../../lib/backfills/receipt-place/geohash.ts';
import { indexKeys, placeKey, receiptOf, slug } from '../../../../lib/backfills/receipt-place/keys.ts';
import { matchedFields } from '../../../../lib/backfills/receipt-place/matched-fields.ts';
import { placeIdOf, skipReason } from '../../../../lib/backfills/receipt-place/place-id.ts';
import { CONFIDENCE, statusOf } from '../../../../lib/backfills/receipt-place/status.ts';
import { metadata } from './rows.ts';

describe('place ids', () => {
  test.each(['', '  ', null, 'null', 'NULL', ' Null ', 'NO_RESULTS', 'no_results', 'INVALID', ' invalid\t'])('%j is none', (place_id) => {
    expect(skipReason({ place_id })).toBe('no-place-id');
    expect(placeIdOf({ place_id })).toBeUndefined();
  });

  test.each([
    [' ChIJN1t_tDeuEmsRUsoyG83frY4 ', 'ChIJN1t_tDeuEmsRUsoyG83frY4'],
    ['ChIJN1t_tDeuEmsRUsoyG83frY4extra_ten_x', 'ChIJN1t_tDeuEmsRUsoyG83frY4extra_ten_x'],
    ['nullable', 'nullable'],
  ])('%j is one', (place_id, trimmed) => {
    expect(skipReason({ place_id })).toBeUndefined();
    expect(placeIdOf({ place_id })).toBe(trimmed);
  });
});

describe('keys', () => {
  test.each([
    ['Starbucks', 'STARBUCKS'],
    ["  Peet's  Café & Bar! ", 'PEET_S_CAFE_BAR'],
    ['X - WHOLESALE', 'X_WHOLESALE'],
    ['é', 'E'],
    ['Löwenbräu', 'LOWENBRAU'],
    ['7-Eleven', '7_ELEVEN'],
    ['__a__b__', 'A_B'],
    ['日本', ''],
    ['', ''],
    ['#!?', ''],
  ])('the slug of %j is %j', (name, expected) => expect(slug(name)).toBe(expected));

  test('the place row lies beside its metadata row', () => {
    expect(placeKey({ PK: 'IMAGE#a-1', SK: 'RECEIPT#00042#METADATA' })).toStrictEqual({ PK: 'IMAGE#a-1', SK: 'RECEIPT#00042#PLACE' });
    expect(receiptOf({ PK: 'IMAGE#a-1', SK: 'RECEIPT#00042#METADATA' })).toStrictEqual({ imageId: 'a-1', receiptId: 42 });
  });

  test('the keys of the four indexes', () => {
    const row = {
      PK: 'IMAGE#a-1',
      SK: 'RECEIPT#00042#PLACE',
      merchant_name: 'Starbucks',
      place_id: 'ChIJx',
      validation_status: 'UNSURE',
      confidence: 0.6,
    };
    expect(indexKeys({ ...row, geohash: 'dr5reg' })).toStrictEqual({
      GSI1PK: 'MERCHANT#STARBUCKS',
      GSI1SK: 'IMAGE#a-1#RECEIPT#00042#PLACE',
      GSI2PK: 'PLACE#ChIJx',
      GSI2SK: 'IMAGE#a-1#RECEIPT#00042#PLACE',
      GSI3PK: 'PLACE_VALIDATION',
      GSI3SK: 'CONFIDENCE#0.6000#STATUS#UNSURE#IMAGE#a-1',
      GSI4PK: 'GEOHASH#dr5reg',
      GSI4SK: 'PLACE#ChIJx',
    });
  });
});

describe('geohash', () => {
  test('of 40.7128,-74.0060 is dr5reg', () => expect(geohashOf({ latitude: 40.7128, longitude: -74.006 })).toBe('dr5reg'));

  test('has eight neighbours', () => {
    expect(withNeighbours('dr5reg').sort()).toStrictEqual([
      'dr5red',
      'dr5ree',
      'dr5ref',
      'dr5reg',
      'dr5res',
      'dr5reu',
      'dr5rs4',
      'dr5rs5',
      'dr5rsh',
    ]);
    expect(withNeighbours('zzzzzz')).toHaveLength(new Set(withNeighbours('zzzzzz')).size);
  });

  test.each([
    [{ latitude: 90, longitude: -180 }, true],
    [{ latitude: -90.0001, longitude: 0 }, false],
    [{ latitude: 0, longitude: 180.1 }, false],
    [{ latitude: Number.NaN, longitude: 0 }, false],
    [{ latitude: '40', longitude: 0 }, false],
    [{ latitude: 40 }, false],
    [undefined, false],
  ])('%j: usable %s', (point, usable) => expect(coordinatesOf(point) !== undefined).toBe(usable));

  test.each([
    ['dr5reg', true],
    ['dr5re', false],
    ['dr5rega', false],
    ['dr5rea', false],
    ['DR5REG', false],
  ])('%s: valid %s', (hash, valid) => expect(isGeohash(hash)).toBe(valid));
});

describe('matched fields', () => {
  test('maps what is obvious, drops the rest, keeps the order', () => {
    expect(matchedFields(['phone', 'Name', 'text search', 'Merchant Name', 'formatted_address', 'placeId', ''])).toStrictEqual({
      kept: ['phone', 'name', 'address', 'place_id'],
      dropped: 2,
    });
    expect(matchedFields(undefined)).toStrictEqual({ kept: [], dropped: 0 });
  });
});

describe('status', () => {
  const derived = (fields: string[], changes: Parameters<typeof metadata>[0] = {}): string => {
    const { validation_status: _, ...item } = metadata({ matched_fields: new Set(fields), ...changes });
    return statusOf(item);
  };

  test.each(['MATCHED', 'UNSURE', 'NO_MATCH'] as const)('%s is carried over, whatever matched', (validation_status) => {
    expect(statusOf(metadata({ validation_status, matched_fields: new Set() }))).toBe(validation_status);
    expect(statusOf(metadata({ validation_status, matched_fields: new Set(['name', 'phone', 'address']) }))).toBe(validation_status);
  });

  test.each([
    [['name', 'phone'], {}, 'MATCHED'],
    [['name', 'phone', 'address'], {}, 'MATCHED'],
    [['name'], {}, 'UNSURE'],
    [['name', 'merchant_name'], {}, 'UNSURE'],
    [['name', 'place_id'], {}, 'UNSURE'],
    [['place_id'], {}, 'NO_MATCH'],
    [[], {}, 'NO_MATCH'],
    [['name'], { merchant_name: 'AB ' }, 'NO_MATCH'],
    [['name'], { merchant_name: 'ABC' }, 'UNSURE'],
    [['phone'], { phone_number: '555-010' }, 'NO_MATCH'],
    [['phone'], { phone_number: '555-0100' }, 'UNSURE'],
    [['address'], { address: 'Wall Street' }, 'NO_MATCH'],
    [['address'], { address: '10005' }, 'NO_MATCH'],
    [['address'], { address: '5th' }, 'NO_MATCH'],
    [['address'], { address: '5th Avenue' }, 'UNSURE'],
    [['address'], { address: null }, 'NO_MATCH'],
  ])('of %j with %j is %s where there is none', (fields, changes, expected) => expect(derived(fields, changes)).toBe(expected));

  test('has its confidence', () => expect(CONFIDENCE).toStrictEqual({ MATCHED: 0.95, UNSURE: 0.6, NO_MATCH: 0.2 }));
});
