import { checks } from '../../../../lib/backfills/receipt-place/checks.ts';
import type { CheckContext, CheckResult, ItemReader } from '../../../../lib/core/checks.ts';
import type { Native } from '../../../../lib/core/result.ts';
import { memoryReader } from './memory-reader.ts';
import { ENRICHED, metadata, NOW } from './rows.ts';

const RECEIPTS = 60;
export const image = (n: number): string => `IMAGE#i${String(n).padStart(3, '0')}`;

export const meta = (n: number, changes: Native = {}): Native => ({
  ...metadata(),
  PK: image(n),
  TYPE: 'RECEIPT_METADATA',
  GSI1PK: 'MERCHANT#STARBUCKS',
  GSI1SK: `METADATA#${n}`,
  GSI2PK: `PLACE#p${n % 2}`,
  GSI2SK: `METADATA#${n}`,
  merchant_name: 'STARBUCKS',
  place_id: `p${n % 2}`,
  ...changes,
});

export const place = (n: number, changes: Native = {}): Native => ({
  ...ENRICHED,
  PK: image(n),
  image_id: image(n).slice(6),
  place_id: `p${n % 2}`,
  GSI1SK: `${image(n)}#RECEIPT#00007#PLACE`,
  GSI2PK: `PLACE#p${n % 2}`,
  GSI2SK: `${image(n)}#RECEIPT#00007#PLACE`,
  GSI3SK: `CONFIDENCE#0.9500#STATUS#MATCHED#${image(n)}`,
  GSI4SK: `PLACE#p${n % 2}`,
  ...changes,
});

const numbers = Array.from({ length: RECEIPTS }, (_, n) => n);

/** A good table: sixty receipts with their place rows, one without place id, and rows of another type. */
export const good = (): Native[] => [
  ...numbers.flatMap((n) => [meta(n), place(n), { PK: image(n), SK: 'RECEIPT#00007#LINE#00001', TYPE: 'LINE' }]),
  meta(900, { place_id: 'NO_RESULTS' }),
];

/** The good table with the place row of one receipt changed. */
export const withPlace = (changes: Native, n = 5): Native[] =>
  good().map((row) => (row.PK === image(n) && row.TYPE === 'RECEIPT_PLACE' ? { ...row, ...changes } : row));
export const withMetadata = (changes: Native, n = 5): Native[] =>
  good().map((row) => (row.PK === image(n) && row.TYPE === 'RECEIPT_METADATA' ? { ...row, ...changes } : row));
export const without = (type: string, n = 5): Native[] => good().filter((row) => row.PK !== image(n) || row.TYPE !== type);

interface Options extends Partial<CheckContext> {
  reader?: ItemReader;
}

export async function run(rows: Native[], options: Options = {}): Promise<Map<string, CheckResult>> {
  const { reader = memoryReader(rows), ...context } = options;
  const results = await checks({
    read: reader,
    runStarted: NOW,
    mode: 'full',
    embedded: false,
    partial: false,
    failed: () => false,
    clock: () => 0,
    // Draws every later row into the sample's first slot: deterministic, and never outside.
    random: () => 0,
    ...context,
  });
  return new Map(results.map((result) => [result.name, result]));
}

export const statuses = (results: Map<string, CheckResult>): Record<string, string> =>
  Object.fromEntries([...results].map(([name, { status }]) => [name, status]));
export const failing = (results: Map<string, CheckResult>): string[] =>
  [...results.values()].filter(({ status }) => status === 'fail').map(({ name }) => name);
