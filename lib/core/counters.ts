/**
 * What became of the items of a page, a segment or a run: `scanned = filtered + created + updated + skipped + failed`.
 * In a rollback the items are journal entries: `scanned = filtered + restored + deleted + skipped + failed`.
 */
export interface Counters {
  scanned: number;
  filtered: number;
  created: number;
  updated: number;
  /** Updates taken back: the item has again what it had. */
  restored: number;
  /** Creates taken back: the row is gone again. */
  deleted: number;
  /** By reason. */
  skipped: Record<string, number>;
  /** By code. */
  failed: Record<string, number>;
  /** Items that another writer changed between our read and our write; they have one of the outcomes above as well. */
  raced: number;
  /** Of a dry run: eligible items for which each predicate of the definition's `quality` holds; `invalid-item`: those not of its schema. */
  quality: Record<string, number>;
  /** Of a dry run: bytes of the eligible items as DynamoDB counts them. */
  sourceBytes: number;
  /** Of a dry run: write units that the intended changes would take, indexes included. */
  intendedUnits: number;
  /** Of these, those of each index, by its name and a slot of its partition key's hash (`GSI3/5`): one slot has most of them where one key has. */
  intendedIndexUnits: Record<string, number>;
  /** Of a dry run: intended changes that the outside service would be asked for. */
  intendedCalls: number;
  /** Of these, write units of those that the service was asked for, and of those that it was not; by lane: `lib/core/assess.ts`. */
  answeredUnits: Record<string, number>;
  unansweredUnits: Record<string, number>;
  /** Of a dry run: items that were taken to the outside service, for real. */
  sampled: number;
  /** Exceptions worth a person's look, by name; not outcomes. */
  notes: Record<string, number>;
  pages: number;
  readUnits: number;
  writeUnits: number;
  throttles: number;
  /** Of these, by which limit refused them, such as `table write key-range`. */
  throttledBy: Record<string, number>;
  serviceCalls: number;
  serviceErrors: number;
  serviceCacheHits: number;
}

type Tally = 'skipped' | 'failed' | 'quality' | 'intendedIndexUnits' | 'answeredUnits' | 'unansweredUnits' | 'notes' | 'throttledBy';
type Count = Exclude<keyof Counters, Tally>;

export const noCounters = (): Counters => ({
  scanned: 0,
  filtered: 0,
  created: 0,
  updated: 0,
  restored: 0,
  deleted: 0,
  skipped: {},
  failed: {},
  raced: 0,
  quality: {},
  sourceBytes: 0,
  intendedUnits: 0,
  intendedIndexUnits: {},
  intendedCalls: 0,
  answeredUnits: {},
  unansweredUnits: {},
  sampled: 0,
  notes: {},
  pages: 0,
  readUnits: 0,
  writeUnits: 0,
  throttles: 0,
  throttledBy: {},
  serviceCalls: 0,
  serviceErrors: 0,
  serviceCacheHits: 0,
});

const TALLIES: readonly Tally[] = [
  'skipped',
  'failed',
  'quality',
  'intendedIndexUnits',
  'answeredUnits',
  'unansweredUnits',
  'notes',
  'throttledBy',
];
const COUNTS = Object.keys(noCounters()).filter((name) => !TALLIES.includes(name as Tally)) as Count[];

export function addCounters(a: Counters, b: Counters): Counters {
  const sum = noCounters();
  // A segment that an older version wrote lacks what came since.
  for (const name of COUNTS) sum[name] = (a[name] ?? 0) + (b[name] ?? 0);
  for (const tally of TALLIES) {
    sum[tally] = { ...a[tally] };
    for (const [name, count] of Object.entries(b[tally] ?? {})) bump(sum[tally], name, count);
  }
  return sum;
}

export const total = (tally: Record<string, number>): number => Object.values(tally).reduce((sum, count) => sum + count, 0);

/** A name whose count comes to nothing is dropped. */
export const bump = (tally: Record<string, number>, name: string, by = 1): void => {
  const count = (Object.hasOwn(tally, name) ? (tally[name] as number) : 0) + by;
  if (count === 0) delete tally[name];
  else tally[name] = count;
};

/** What a log says of them: sums only. */
export const inBrief = ({ pages, scanned, filtered, created, updated, restored, deleted, skipped, failed, throttles }: Counters) => ({
  pages,
  scanned,
  filtered,
  created,
  updated,
  ...(restored + deleted > 0 && { restored, deleted }),
  skipped: total(skipped),
  failed: total(failed),
  throttles,
});

/** Items that were not filtered out: those a limit counts. */
export const eligible = (counters: Counters): number => counters.scanned - counters.filtered;

/** Invariant 5. */
export const balances = ({ scanned, filtered, created, updated, restored, deleted, skipped, failed }: Counters): boolean =>
  scanned === filtered + created + updated + restored + deleted + total(skipped) + total(failed);

/** Items that a run, or a rollback, changed. */
export const changed = ({ created, updated, restored, deleted }: Counters): number => created + updated + restored + deleted;
