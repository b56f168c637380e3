import { DEFAULT_BATCH_SIZE } from '../definition.ts';
import { segmentCount } from '../segment-count.ts';
import { count } from '../words.ts';
import type { Workload } from '../workload.ts';
import { LAMBDA_CONCURRENCY, PAGE_BYTES, TABLE_QUOTA } from './assumptions.ts';
import { type Bound, type BoundName, boundsOf, type RunSettings, rateOfIndex, type WriteRates } from './bounds.ts';
import { bookkeeping, labourOf } from './labour.ts';

/** How a run could be carried out better: what lifts the bound that holds it, up to the next one. */

export interface Recommendation {
  /** `writeUnits`: those a second that the table, and each index, shall be ready for. */
  what: 'segments' | 'concurrency' | 'batchSize' | 'writeUnits';
  value: number;
  now: number;
  why: string;
}

export interface Advice {
  /** Of each kind one at most; one whose `value` is `now` is as it should be. Empty: the run is so short that nothing matters. */
  recommended: Recommendation[];
  /** What the run would take with all of them. */
  seconds: number;
}

/** A shorter run is not worth a thought. */
const WORTH_SECONDS = 60;

/** Fewer pages cost next to nothing. */
const WORTH_PAGES = 10_000;

/** So much of a page's time at most shall go to its journal object and its checkpoint. */
const BOOKKEEPING_SHARE = 0.25;

const BATCH_SIZES = [100, 250, 500, 1_000];

/** A capacity that leaves more of the time than this is not worth its price. */
const WORTH_RAISING = 0.8;

/** Workers shall be faster by so much than what holds them, for they are not all at work all the time. */
const HEADROOM = 1.25;

export function adviseOn(work: Workload, rates: WriteRates, settings: RunSettings): Advice {
  const present = boundsOf(work, rates, settings);
  const seconds = present[0]?.seconds ?? 0;
  if (seconds < WORTH_SECONDS) return { recommended: [], seconds };
  const batch = batchAdvice(work, settings);
  const paged = withBatches(work, batch);
  const bounds = boundsOf(paged, rates, settings);
  const workers = workerAdvice(paged, bounds, settings);
  const segments = segmentAdvice(paged, workers, batch);
  const capacity = capacityAdvice(work, bounds, rates, settings);
  const changed = { ...settings, concurrency: workers.value };
  const [slowest] = boundsOf({ ...paged, segments: segments.value }, raised(rates, capacity), changed);
  return { recommended: [segments, workers, batch, ...(capacity ? [capacity] : [])], seconds: slowest?.seconds ?? seconds };
}

const itemsOf = ({ scanned, records }: Workload): number => scanned ?? records;

/** A larger batch has fewer checkpoints and journal objects; more than 1 MB never comes in one page. */
function batchAdvice(work: Workload, { pace, batchSize: now = DEFAULT_BATCH_SIZE }: RunSettings): Recommendation {
  const fits = work.bytes === null ? now : (PAGE_BYTES * itemsOf(work)) / work.bytes;
  const candidates = BATCH_SIZES.filter((size) => size > now && size <= fits);
  const of = (value: number): Workload => withBatches(work, { value, now });
  const light = (value: number): boolean => bookkeeping(of(value), pace) <= BOOKKEEPING_SHARE;
  const value = work.pages < WORTH_PAGES || light(now) ? now : (candidates.find(light) ?? candidates.at(-1) ?? now);
  const saved = `${count(of(value).pages)} checkpoints instead of ${count(work.pages)}, and as many journal objects`;
  return { what: 'batchSize', value, now, why: value === now ? 'items between two checkpoints' : saved };
}

const withBatches = (work: Workload, { value, now }: { value: number; now: number }): Workload => ({
  ...work,
  pages: Math.max(Math.min(work.pages, work.segments), Math.ceil((work.pages * now) / value)),
});

/** What more or fewer workers change themselves. */
const OF_WORKERS: readonly BoundName[] = ['workers', 'lambda', 'partitions'];

/** What a larger capacity of the table lifts. */
const OF_CAPACITY: readonly BoundName[] = ['table', 'index'];

const AT_ONCE = 'workers at once';

function workerAdvice(work: Workload, bounds: readonly Bound[], { concurrency: now, pace }: RunSettings): Recommendation {
  const of = (value: number, why: string): Recommendation => ({ what: 'concurrency', value, now, why });
  const [slowest] = bounds;
  const next = bounds.find(({ name }) => !OF_WORKERS.includes(name));
  if (!slowest || !next) return of(now, AT_ONCE);
  const enough = Math.ceil((HEADROOM * labourOf(work, pace)) / next.seconds);
  if (OF_WORKERS.includes(slowest.name)) {
    const value = Math.min(LAMBDA_CONCURRENCY, Math.max(now, enough));
    return of(value, value === now ? AT_ONCE : `${AT_ONCE}: ${count(now)} are slower than ${named(next)}`);
  }
  // Where the capacity can be raised, they will be needed.
  if (OF_CAPACITY.includes(slowest.name) || 2 * enough > now) return of(now, `${AT_ONCE}, faster than ${named(slowest)}`);
  return of(enough, `${AT_ONCE} are enough for ${named(slowest)}; more stand by, and are paid for`);
}

function segmentAdvice(work: Workload, workers: Recommendation, batch: Recommendation): Recommendation {
  const needs = { concurrency: workers.value, isPhased: false, limit: null, batchSize: batch.value };
  const bySize = segmentCount({ items: itemsOf(work), bytes: work.bytes }, needs);
  const now = work.segments;
  // More than are needed do no harm, and a phased run has them on purpose.
  const value = Math.max(bySize, now);
  return { what: 'segments', value, now, why: `${count(itemsOf(work) / value)} items each` };
}

/** Up to what holds the run back next. */
function capacityAdvice(work: Workload, bounds: readonly Bound[], rates: WriteRates, { budgets }: RunSettings): Recommendation | undefined {
  const { quota = TABLE_QUOTA } = rates;
  // A reserve leaves the run a part of it.
  const share = 1 - (budgets.reserve ?? 0);
  const [slowest] = bounds;
  // A larger capacity has more partitions.
  const next = bounds.find(({ name }) => name !== 'partitions' && !OF_CAPACITY.includes(name));
  if (rates.isAsked || !slowest || !next || !OF_CAPACITY.includes(slowest.name)) return undefined;
  const heaviest = Math.max(work.writes.table, ...work.writes.indexes.map(({ units }) => units));
  const value = Math.min(quota, Math.ceil(heaviest / next.seconds / share / 100) * 100);
  const now = slowest.index === undefined ? rates.table : rateOfIndex(slowest.index, rates);
  const then = Math.max(next.seconds, heaviest / (share * value));
  if (value <= now || then > WORTH_RAISING * slowest.seconds) return undefined;
  const stays = rates.doubles ? '; warm throughput is billed once, and stays' : '';
  return { what: 'writeUnits', value, now, why: `write units/s: ${named(slowest)} is slower than ${named(next)}${stays}` };
}

const raised = (rates: WriteRates, capacity: Recommendation | undefined): WriteRates => {
  if (!capacity) return rates;
  const at = (rate: number): number => Math.max(rate, capacity.value);
  return {
    ...rates,
    table: at(rates.table),
    indexes: Object.fromEntries(Object.entries(rates.indexes).map(([name, rate]) => [name, at(rate)])),
  };
};

const NAMES: Readonly<Record<BoundName, string>> = {
  workers: 'the workers',
  table: 'the table',
  index: 'an index',
  'index-key': 'one key of an index',
  'table-reads': 'reading the table',
  quota: 'the table quota',
  partitions: 'the partitions',
  'write-budget': 'the write budget',
  'read-budget': 'the read budget',
  'call-budget': 'the call budget',
  dispatch: 'the Map',
  lambda: 'Lambda',
  ledger: 'the ledger',
  journal: 'the journal',
};

/** `the table`, `index GSI3`, `one key of GSI3`. */
export const named = ({ name, index }: Pick<Bound, 'name' | 'index'>): string =>
  index === undefined ? NAMES[name] : name === 'index' ? (/^index /.test(index) ? index : `index ${index}`) : `one key of ${index}`;
