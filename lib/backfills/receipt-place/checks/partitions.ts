import type { CheckResult, ItemReader } from '../../../core/checks.ts';
import type { Native } from '../../../core/result.ts';
import { METADATA_TYPE, PLACE_TYPE } from '../keys.ts';
import { placeIdOf } from '../place-id.ts';
import { ReceiptMetadata } from '../schema.ts';

/** A metadata row with the place row under the key it should have, if that is there. */
export interface Receipt {
  metadata: Native;
  /** The metadata row by its schema; `undefined` where it does not fit. */
  item: ReceiptMetadata | undefined;
  eligible: boolean;
  place: Native | undefined;
}

/** What one image's partition holds of receipts. */
export interface Partition {
  receipts: Receipt[];
  /** Place rows without metadata row. */
  orphans: Native[];
  places: Native[];
}

/** One idea of the validation: it sees every partition once and keeps no more than it needs. */
export interface PartitionCheck {
  see(partition: Partition): void;
  results(): CheckResult[] | Promise<CheckResult[]>;
}

/** The part of a sort key that a receipt's metadata row and its place row share. */
const stem = (row: Native): string => String(row.SK).replace(/#(METADATA|PLACE)$/, '');

function pair(rows: Native[]): Partition {
  const places = rows.filter((row) => row.TYPE === PLACE_TYPE);
  const metadata = rows.filter((row) => row.TYPE === METADATA_TYPE);
  const byKey = new Map(places.map((row) => [String(row.SK), row]));
  const stems = new Set(metadata.map(stem));
  return {
    places,
    orphans: places.filter((row) => !stems.has(stem(row))),
    receipts: metadata.map((row) => {
      const item = ReceiptMetadata.safeParse(row).data;
      return {
        metadata: row,
        item,
        eligible: item !== undefined && placeIdOf(item) !== undefined,
        place: byKey.get(`${stem(row)}#PLACE`),
      };
    }),
  };
}

/** The scan, partition by partition. An image holds thousands of other rows; only those of the two types are kept. */
export async function* partitions(reader: ItemReader): AsyncGenerator<Partition> {
  let key: unknown;
  let rows: Native[] = [];
  for await (const row of reader.scan()) {
    if (row.TYPE !== METADATA_TYPE && row.TYPE !== PLACE_TYPE) continue;
    if (row.PK !== key && rows.length > 0) {
      yield pair(rows);
      rows = [];
    }
    key = row.PK;
    rows.push(row);
  }
  if (rows.length > 0) yield pair(rows);
}
