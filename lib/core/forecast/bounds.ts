import { LEDGER_UNITS_A_PAGE } from '../cost.ts';
import { lookEveryMs } from '../flow/looks.ts';
import { EVEN, RAMP } from '../flow/room.ts';
import { count, plural } from '../words.ts';
import type { IndexLoad, Workload } from '../workload.ts';
import {
  DOUBLING_SECONDS,
  LAMBDA_CONCURRENCY,
  MAP_DISPATCH_RATE,
  NEW_TABLE,
  PARTITION_BYTES,
  PARTITION_RATE,
  type Pace,
  PUT_RATE,
  REPORT_UNITS,
  TABLE_QUOTA,
  WATCH_SECONDS,
} from './assumptions.ts';
import { labourOf, sideBySide } from './labour.ts';

/** All that a run can be slowed by, each with the time that the run would take if nothing else were in its way. */

/** Units a second. An index has a capacity of its own. */
export interface WriteRates {
  table: number;
  /** Those of indexes that differ from the table's. */
  indexes: Readonly<Record<string, number>>;
  /** Where that is known from, in words. */
  from: string;
  /** Read units of the table; absent: as many as are wanted. */
  read?: number;
  /** It is billed on demand: every half hour it, and each index, takes up to twice what it took at most before. */
  doubles?: boolean;
  /** A person asks about this rate: no other is recommended. */
  isAsked?: boolean;
  /**
   * What AWS lets it have at most.
   * @default - the quota of every table
   */
  quota?: number;
}

/** What a run is allowed; `null`: as much as it can. Rates a second; write units of table and indexes together. */
export interface RateBudgets {
  writeUnits: number | null;
  readUnits: number | null;
  calls: number | null;
  /** The share of every capacity that is left to others, 0 to 1. */
  reserve: number | null;
}

/** How a run is carried out. */
export interface RunSettings {
  /** Segments worked on at once. */
  concurrency: number;
  pace: Pace;
  budgets: RateBudgets;
  /**
   * Items read between two checkpoints, as the pages were counted; only advice asks for it.
   * @default - as of a definition that says nothing else
   */
  batchSize?: number;
}

export type BoundName =
  | 'workers'
  | 'table'
  | 'index'
  | 'index-key'
  | 'table-reads'
  | 'quota'
  | 'partitions'
  | 'write-budget'
  | 'read-budget'
  | 'call-budget'
  | 'dispatch'
  | 'lambda'
  | 'ledger'
  | 'journal';

export interface Bound {
  name: BoundName;
  /** Of `index` and `index-key`: which. */
  index?: string;
  seconds: number;
  /** So many a second, or at once. */
  limit: number;
  /** What is limited, and why there are no more, in words. */
  means: string;
}

/** Every bound that concerns this work, the slowest first; of equal ones the nearest to the worker. */
export function boundsOf(work: Workload, rates: WriteRates, settings: RunSettings): Bound[] {
  if (work.pages === 0) return [];
  return [
    ...workerBounds(work, settings),
    ...tableBounds(work, rates, settings),
    ...budgetBounds(work, settings),
    ...engineBounds(work, settings),
  ]
    .filter(({ seconds }) => seconds > 0)
    .sort((a, b) => b.seconds - a.seconds);
}

/** Workers at once: no more than there are segments. */
export const workersOf = ({ segments }: Pick<Workload, 'segments'>, { concurrency }: Pick<RunSettings, 'concurrency'>): number =>
  Math.min(concurrency, Math.max(1, segments));

function workerBounds(work: Workload, settings: RunSettings): Bound[] {
  const workers = workersOf(work, settings);
  const labour = labourOf(work, settings.pace);
  const each = Math.round(work.records / labour);
  return [
    {
      name: 'workers',
      seconds: sideBySide(labour, work.segments, workers),
      limit: workers,
      means: `${count(workers)} of about ${plural(each, 'item')}/s each`,
    },
    {
      name: 'lambda',
      seconds: sideBySide(labour, work.segments, LAMBDA_CONCURRENCY),
      limit: LAMBDA_CONCURRENCY,
      means: `${count(LAMBDA_CONCURRENCY)} functions at once, all that an account has`,
    },
  ];
}

/** Seconds for so many units, where the rate may double every half hour up to the quota: as a run ramps, which keeps a little below what the table takes. */
function secondsFor(units: number, rate: number, { doubles = false, quota = TABLE_QUOTA }: WriteRates): number {
  let left = units;
  let seconds = 0;
  let present = doubles ? EVEN * rate : rate;
  while (doubles && present < quota && left > present * DOUBLING_SECONDS) {
    left -= present * DOUBLING_SECONDS;
    seconds += DOUBLING_SECONDS;
    present = Math.min(EVEN * RAMP * present, quota);
  }
  return seconds + left / present;
}

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

/** Entries of a local index are written with the capacity, and into the partitions, of its table. */
const ofTable = ({ table, indexes }: Workload['writes']): number =>
  table + sum(indexes.filter(({ local }) => local).map(({ units }) => units));

/** A reserve leaves its share of each capacity to others. What is never used up does not grow, either; and a run that ramps keeps a little below it. */
function beside(rates: WriteRates, { reserve }: RateBudgets): WriteRates {
  if (reserve === null) return rates;
  const share = rates.doubles ? Math.min(EVEN, 1 - reserve) : 1 - reserve;
  const left = (rate: number): number => share * rate;
  return {
    ...rates,
    table: left(rates.table),
    indexes: Object.fromEntries(Object.entries(rates.indexes).map(([name, rate]) => [name, left(rate)])),
    ...(rates.read === undefined ? {} : { read: left(rates.read) }),
    from: `${rates.from}, less the reserve`,
    doubles: false,
  };
}

function tableBounds(work: Workload, rates: WriteRates, settings: RunSettings): Bound[] {
  const { quota = TABLE_QUOTA } = rates;
  const units = ofTable(work.writes);
  const global = work.writes.indexes.filter(({ local }) => !local);
  const heaviest = Math.max(units, ...global.map((index) => index.units));
  const left = beside(rates, settings.budgets);
  const partitions = Math.max(Math.ceil((work.bytes ?? 0) / PARTITION_BYTES), Math.ceil(rates.table / PARTITION_RATE));
  // One billed on demand splits them as it grows.
  const grown = left.doubles ? Math.max(partitions, Math.ceil(quota / PARTITION_RATE)) : partitions;
  const atOnce = Math.min(grown, workersOf(work, settings));
  const less = left === rates ? '' : ' (less the reserve)';
  return [
    rateBound({ name: 'table' }, units, left.table, `write units/s (${left.from})`, left),
    ...global.flatMap((index) => indexBounds(index, left, less)),
    ...(left.read === undefined ? [] : [rateBound({ name: 'table-reads' }, work.readUnits, left.read, `read units/s${less}`, left)]),
    {
      name: 'quota',
      seconds: heaviest / quota,
      limit: quota,
      means: `${count(quota)} write units/s; AWS raises it on request`,
    },
    {
      name: 'partitions',
      seconds: units / (PARTITION_RATE * atOnce),
      limit: atOnce,
      means: `${count(partitions)} at least, ${count(PARTITION_RATE)} write units/s each${atOnce < grown ? `, ${count(atOnce)} at once` : ''}`,
    },
  ];
}

function rateBound(bound: Pick<Bound, 'name' | 'index'>, units: number, rate: number, what: string, rates: WriteRates): Bound {
  const seconds = secondsFor(units, rate, rates);
  const grows = seconds > DOUBLING_SECONDS && rates.doubles ? ', doubling each half hour' : '';
  return { ...bound, seconds, limit: rate, means: `${count(rate)} ${what}${grows}` };
}

/** Its own, or as much as its table has. */
export const rateOfIndex = (name: string, { table, indexes }: WriteRates): number =>
  Object.hasOwn(indexes, name) ? (indexes[name] as number) : table;

function indexBounds({ name, units, hottest }: IndexLoad, rates: WriteRates, less: string): Bound[] {
  const rate = rateOfIndex(name, rates);
  const share = hottest >= 0.995 ? 'all' : `${Math.max(1, Math.round(100 * hottest))} %`;
  return [
    rateBound({ name: 'index', index: name }, units, rate, `write units/s${less}`, rates),
    {
      name: 'index-key',
      index: name,
      seconds: (units * hottest) / PARTITION_RATE,
      limit: PARTITION_RATE,
      means: `it has ${share} of the writes: ${count(PARTITION_RATE)} units/s, until it is split`,
    },
  ];
}

function budgetBounds({ writes, readUnits, calls }: Workload, { budgets }: RunSettings): Bound[] {
  const write = writes.table + sum(writes.indexes.map(({ units }) => units));
  const within = (name: BoundName, amount: number, budget: number | null, what: string): Bound[] =>
    budget === null
      ? []
      : [{ name, seconds: amount / budget, limit: budget, means: `${count(budget)} ${what}/s, of all workers together` }];
  return [
    ...within('write-budget', write, budgets.writeUnits, 'write units'),
    ...within('read-budget', readUnits, budgets.readUnits, 'read units'),
    ...within('call-budget', calls, budgets.calls, 'calls'),
  ];
}

/** What the engine itself asks of AWS. The ledger is billed on demand; heartbeats come first, and what workers tell of what they share. */
function engineBounds(work: Workload, settings: RunSettings): Bound[] {
  const workers = workersOf(work, settings);
  const heartbeats = (workers * LEDGER_UNITS_A_PAGE) / WATCH_SECONDS;
  const reports = (1_000 * workers * REPORT_UNITS) / lookEveryMs(workers);
  const forPages = (NEW_TABLE.write - heartbeats - reports) / LEDGER_UNITS_A_PAGE;
  return [
    {
      name: 'dispatch',
      seconds: work.segments / MAP_DISPATCH_RATE,
      limit: MAP_DISPATCH_RATE,
      means: `${plural(work.segments, 'child', 'children')}, ${count(MAP_DISPATCH_RATE)}/s`,
    },
    {
      name: 'ledger',
      seconds: work.pages / forPages,
      limit: forPages,
      means: `${plural(work.pages, 'checkpoint')}, ${count(forPages)}/s beside what ${plural(workers, 'worker')} ${workers === 1 ? 'tells' : 'tell'}`,
    },
    {
      name: 'journal',
      seconds: journalPutsOf(work) / PUT_RATE,
      limit: PUT_RATE,
      means: `${plural(journalPutsOf(work), 'object')}, ${count(PUT_RATE)}/s under one prefix`,
    },
  ];
}

/** A page without a change leaves none. */
export const journalPutsOf = ({ pages, changes }: Pick<Workload, 'pages' | 'changes'>): number => Math.min(pages, changes);
