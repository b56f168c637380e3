import { foldAccents } from './text.ts';

export const PLACE_TYPE = 'RECEIPT_PLACE';
export const METADATA_TYPE = 'RECEIPT_METADATA';
export const STATUS_PARTITION = 'PLACE_VALIDATION';

interface PrimaryKey {
  PK: string;
  SK: string;
}

/** A merchant's name as an index key: `Peet's Café` becomes `PEET_S_CAFE`; empty where no letter or digit is left. */
export const slug = (name: string): string =>
  foldAccents(name)
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^_|_$/g, '');

/** Image and receipt id, which a metadata row has only in its key. */
export function receiptOf(key: PrimaryKey): { imageId: string; receiptId: number } {
  const [, imageId = ''] = key.PK.split('#');
  const [, receiptId = ''] = key.SK.split('#');
  return { imageId, receiptId: Number(receiptId) };
}

/** The place row's key. The receipt's digits stay as they are: two metadata rows never meet in one place row. */
export const placeKey = (metadata: PrimaryKey): PrimaryKey => ({
  PK: metadata.PK,
  SK: metadata.SK.replace(/#METADATA$/, '#PLACE'),
});

export const merchantPartition = (name: string): string => `MERCHANT#${slug(name)}`;
export const placePartition = (placeId: string): string => `PLACE#${placeId}`;
export const geohashPartition = (hash: string): string => `GEOHASH#${hash}`;
export const statusPrefix = (status: string, confidence: number): string => `CONFIDENCE#${confidence.toFixed(4)}#STATUS#${status}#`;

/** What a place row's index keys depend on. */
export interface IndexedPlace extends PrimaryKey {
  merchant_name: string;
  place_id: string;
  validation_status: string;
  confidence: number;
  geohash: string | null;
}

/** The row's keys in GSI1 to GSI4; those of an index it shall not appear in are left out. */
export function indexKeys(row: IndexedPlace): Record<string, string> {
  const receipt = `${row.PK}#${row.SK}`;
  const keys: Record<string, string> = {
    GSI2PK: placePartition(row.place_id),
    GSI2SK: receipt,
    GSI3PK: STATUS_PARTITION,
    GSI3SK: `${statusPrefix(row.validation_status, row.confidence)}${row.PK}`,
  };
  if (slug(row.merchant_name) !== '') Object.assign(keys, { GSI1PK: merchantPartition(row.merchant_name), GSI1SK: receipt });
  if (row.geohash !== null) Object.assign(keys, { GSI4PK: geohashPartition(row.geohash), GSI4SK: placePartition(row.place_id) });
  return keys;
}
