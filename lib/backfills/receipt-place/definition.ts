import { create, defineBackfill, tableScan } from '../../core/definition.ts';
import { checks } from './checks.ts';
import { derive } from './derive.ts';
import { coordinatesOf } from './geohash.ts';
import { METADATA_TYPE, placeKey } from './keys.ts';
import { placeIdOf, skipReason } from './place-id.ts';
import { quality } from './quality.ts';
import { PlaceDetails, READS, ReceiptMetadata } from './schema.ts';
import { signOff } from './sign-off.ts';

/** Gives every receipt with a place id its ReceiptPlace row, enriched from Google Places. */
export const receiptPlace = defineBackfill({
  name: 'receipt-place',
  version: '1.0',
  summary: 'Makes a ReceiptPlace row for every ReceiptMetadata row with a place id.',
  source: tableScan({ table: 'receipts', key: ['PK', 'SK'], where: { TYPE: METADATA_TYPE } }),
  item: ReceiptMetadata,
  reads: READS,
  writes: [],
  skip: skipReason,
  target: (item) => ({ ...placeKey(item) }),
  service: {
    name: 'places',
    // A row that carries its coordinates is worth no call.
    ask: (item) => (coordinatesOf(item) ? undefined : placeIdOf(item)),
    answer: PlaceDetails,
    cacheDays: 30,
    pricePerCall: 0.017,
  },
  transform: (item, { answer, now }) => {
    const { row, notes } = derive(item, answer, now);
    return create(row, { notes });
  },
  checks,
  signOff,
  phases: [
    { name: 'pilot', upTo: 7.5, batchSize: 50 },
    { name: 'major', upTo: 35, batchSize: 100 },
    { name: 'remainder', upTo: 100, batchSize: 200 },
  ],
  quality,
  requires: {
    indexes: ['GSI1', 'GSI2', 'GSI3', 'GSI4'].map((name) => ({ name, key: [`${name}PK`, `${name}SK`] })),
  },
});
