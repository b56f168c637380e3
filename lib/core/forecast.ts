import { WORKER_GB } from './cost.ts';
import { type Advice, adviseOn } from './forecast/advice.ts';
import { DEPLOYED_CONCURRENCY, INVOCATION_SECONDS, USUAL_PACE } from './forecast/assumptions.ts';
import { type Bound, boundsOf, journalPutsOf, type RunSettings, type WriteRates, workersOf } from './forecast/bounds.ts';
import { type Copies, copiesOf, costLines, type ForecastLine } from './forecast/cost.ts';
import { transitionsOf } from './orchestration.ts';
import type { Prices } from './prices.ts';
import type { Requests, Workload, WriteLoad } from './workload.ts';

export { type Advice, named, type Recommendation } from './forecast/advice.ts';
export { DEPLOYED_CONCURRENCY } from './forecast/assumptions.ts';
export type { Bound, BoundName, RateBudgets, RunSettings, WriteRates } from './forecast/bounds.ts';

/** What a run takes: units, time, requests, dollars. On AWS, in the region of the prices, billed on demand. What is assumed where nothing was counted is in `forecast/assumptions.ts`. */

const DAY_SECONDS = 86_400;

/** The formula of the plan this engine took over from: so many units a record, over a day, and half as much again. */
const PLAN_UNITS_PER_RECORD = 1.5;
const PLAN_BUFFER = 1.5;

export interface Forecast {
  units: {
    read: number;
    /** Table and indexes. */
    write: number;
  } & WriteLoad;
  duration: {
    /** Those of the slowest bound: reading, writing and bookkeeping go side by side. */
    seconds: number;
    rates: WriteRates;
    /** What is used up first: `table`, `workers`, an index's name, or another name of a bound. */
    boundBy: string;
    /** It is one partition key of that index that has too much of it. */
    hotKey: boolean;
  };
  /** All that it can be slowed by, the slowest first. */
  bounds: Bound[];
  /** How it could be carried out better. */
  advice: Advice;
  /** Segments worked on at once. */
  workers: number;
  requests: Requests;
  cost: {
    /** A table with provisioned capacity pays for that instead of the units. */
    billing: 'on-demand';
    asOf: string;
    region: string;
    lines: ForecastLine[];
    total: number;
  };
  /** `null`: the table's size is not known. */
  copies: Copies | null;
  /** Write units a second by the plan's formula, and as they were counted, both over a day. */
  plan: { unitsPerSecond: number; withBuffer: number; means: string };
  counted: { unitsPerSecond: number; unitsPerRecord: number; means: string };
}

/** As the stacks deploy it, without a budget. */
export const USUAL_SETTINGS: RunSettings = {
  concurrency: DEPLOYED_CONCURRENCY,
  pace: USUAL_PACE,
  budgets: { writeUnits: null, readUnits: null, calls: null, reserve: null },
};

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

export function forecast(work: Workload, rates: WriteRates, prices: Prices, settings: RunSettings = USUAL_SETTINGS): Forecast {
  const write = work.writes.table + sum(work.writes.indexes.map(({ units }) => units));
  const bounds = boundsOf(work, rates, settings);
  const [slowest] = bounds;
  const crew = { workers: workersOf(work, settings), seconds: slowest?.seconds ?? 0 };
  const requests = requestsOf(work, crew);
  const lines = costLines(work, requests, crew, prices);
  return {
    units: { read: work.readUnits, write, ...work.writes },
    duration: {
      seconds: crew.seconds,
      rates,
      boundBy: slowest?.index ?? slowest?.name ?? 'workers',
      hotKey: slowest?.name === 'index-key',
    },
    bounds,
    advice: adviseOn(work, rates, settings),
    workers: crew.workers,
    requests,
    cost: { billing: 'on-demand', asOf: prices.asOf, region: prices.region, lines, total: sum(lines.map(({ dollars }) => dollars)) },
    copies: copiesOf(work.bytes, prices),
    ...besidePlan(work.records, write),
  };
}

function requestsOf(work: Workload, { workers, seconds }: { workers: number; seconds: number }): Requests {
  // Workers stand by while the table is slower than they are.
  const workerSeconds = workers * seconds;
  const turns = Math.ceil(workerSeconds / INVOCATION_SECONDS);
  const isNothing = work.pages === 0;
  return {
    checkpoints: work.pages,
    journalPuts: journalPutsOf(work),
    invocations: isNothing ? 0 : work.segments + turns,
    gbSeconds: workerSeconds * WORKER_GB,
    transitions: isNothing ? 0 : transitionsOf({ executions: 1, segments: work.segments, turns }),
    calls: work.calls,
    asking: work.asking,
    callsExact: work.callsExact,
  };
}

function besidePlan(records: number, write: number): Pick<Forecast, 'plan' | 'counted'> {
  const unitsPerSecond = (records * PLAN_UNITS_PER_RECORD) / DAY_SECONDS;
  return {
    plan: {
      unitsPerSecond,
      withBuffer: unitsPerSecond * PLAN_BUFFER,
      means:
        '(records × 1.5) / 86400, and half as much again as a buffer: one and a half units a record, whatever its size and its indexes.',
    },
    counted: {
      unitsPerSecond: write / DAY_SECONDS,
      unitsPerRecord: records === 0 ? 0 : write / records,
      means: 'what the changes take by the size of each item and of each index entry that they touch, spread over the same day.',
    },
  };
}
