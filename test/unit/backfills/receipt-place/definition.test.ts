import { receiptPlace } from '../../../../lib/backfills/receipt-place/definition.ts';
import { FIELD_MASK, PlaceDetails, ReceiptMetadata } from '../../../../lib/backfills/receipt-place/schema.ts';
import { DETAILS, ENRICHED, found, metadata, NOW } from './rows.ts';

const context = { now: NOW, run: { id: 'r' }, answer: undefined };

describe('receipt-place', () => {
  test('declares its source, its indexes and its service', () => {
    expect(receiptPlace).toMatchObject({
      name: 'receipt-place',
      version: '1.0',
      source: { kind: 'table-scan', table: 'receipts', key: ['PK', 'SK'], where: { TYPE: 'RECEIPT_METADATA' } },
      writes: [],
      service: { name: 'places', cacheDays: 30, pricePerCall: 0.017 },
      requires: {
        indexes: [
          { name: 'GSI1', key: ['GSI1PK', 'GSI1SK'] },
          { name: 'GSI2', key: ['GSI2PK', 'GSI2SK'] },
          { name: 'GSI3', key: ['GSI3PK', 'GSI3SK'] },
          { name: 'GSI4', key: ['GSI4PK', 'GSI4SK'] },
        ],
      },
    });
  });

  test('skips a row without place id', () => {
    expect(receiptPlace.skip?.(metadata({ place_id: ' NO_RESULTS ' }))).toBe('no-place-id');
    expect(receiptPlace.skip?.(metadata())).toBeUndefined();
  });

  test('names the row to be made', () => {
    expect(receiptPlace.target?.(metadata())).toStrictEqual({
      PK: 'IMAGE#3f52804b-2fad-4e00-92c8-b593da3a8ed3',
      SK: 'RECEIPT#00007#PLACE',
    });
  });

  test('asks for the place, but not where the row has usable coordinates', () => {
    const ask = receiptPlace.service?.ask;
    expect(ask?.(metadata({ place_id: ' ChIJx ' }))).toBe('ChIJx');
    expect(ask?.(metadata({ latitude: 40, longitude: -74 }))).toBeUndefined();
    expect(ask?.(metadata({ latitude: 40 }))).toBe('ChIJN1t_tDeuEmsRUsoyG83frY4');
    expect(ask?.(metadata({ latitude: 400, longitude: -74 }))).toBe('ChIJN1t_tDeuEmsRUsoyG83frY4');
  });

  test('creates the row', () => {
    expect(receiptPlace.transform(metadata(), { ...context, answer: found() })).toStrictEqual({
      kind: 'create',
      item: ENRICHED,
      notes: [],
    });
    expect(receiptPlace.transform(metadata(), { ...context, answer: { kind: 'missing', reason: 'gone' } })).toMatchObject({
      kind: 'create',
      notes: ['place-not-found'],
    });
  });
});

describe('ReceiptMetadata', () => {
  test.each([
    [{ PK: 'IMAGE#' }],
    [{ PK: 'RECEIPT#1' }],
    [{ SK: 'RECEIPT#0007#METADATA' }],
    [{ SK: 'RECEIPT#00007#PLACE' }],
    [{ SK: 'RECEIPT#1234567890123456#METADATA' }],
    [{ validation_status: 'PERHAPS' }],
    [{ merchant_name: undefined }],
    [{ merchant_name: null }],
    [{ timestamp: undefined }],
    [{ place_id: undefined }],
    [{ matched_fields: ['name'] }],
    [{ latitude: '40' }],
  ])('refuses %j', (changes) => {
    expect(ReceiptMetadata.safeParse({ ...metadata(), ...changes }).success).toBe(false);
  });

  test.each([
    [{ place_id: null }],
    [{ place_id: '', merchant_name: '', timestamp: '' }],
    [{ SK: 'RECEIPT#123456#METADATA' }],
    [{ validation_status: undefined }],
    [{ address: null, phone_number: null }],
  ])('takes %j', (changes) => {
    expect(ReceiptMetadata.safeParse({ ...metadata(), ...changes }).success).toBe(true);
  });
});

describe('PlaceDetails', () => {
  test('takes an answer with fields it does not know', () => {
    expect(PlaceDetails.safeParse({ ...DETAILS, newField: [1] }).success).toBe(true);
    expect(PlaceDetails.safeParse({ id: 'x' }).success).toBe(true);
  });

  test.each([[{}], [{ id: 'x', types: 'cafe' }], [{ id: 'x', location: { latitude: '1' } }]])('refuses %j', (answer) => {
    expect(PlaceDetails.safeParse(answer).success).toBe(false);
  });

  test('is asked for with this mask', () => {
    expect(FIELD_MASK).toBe(
      'id,displayName,formattedAddress,shortFormattedAddress,location,viewport,plusCode,types,primaryType,businessStatus,nationalPhoneNumber,internationalPhoneNumber,websiteUri,googleMapsUri,currentOpeningHours,photos',
    );
  });
});
