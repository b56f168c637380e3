import { WORKER_GB } from './cost.ts';
import { type Copies, copiesOf, costLines, type ForecastLine } from './forecast-cost.ts';
import { EXECUTION_TRANSITIONS, SEGMENT_TRANSITIONS, TURN_TRANSITIONS } from './orchestration.ts';
import type { Prices } from './prices.ts';
import type { Requests, Workload, WriteLoad } from './workload.ts';

/**
 * What a run takes: units, time, requests, dollars. On AWS, in the region of the prices, billed on demand.
 * The constants say what is assumed where nothing was counted; `docs/how-to/assess-a-table.md` repeats them for who reads the numbers.
 */

/** Write units a second. An index has a capacity of its own. */
export interface WriteRates {
  table: number;
  /** Those of indexes that differ from the table's. */
  indexes: Readonly<Record<string, number>>;
  /** Where that is known from, in words. */
  from: string;
}

/** What an on-demand table takes from its first second on. Source: "DynamoDB throughput capacity", Amazon DynamoDB Developer Guide. */
export const NEW_TABLE_RATE = 4_000;

/** What one partition takes, and so all writes of one index key, until DynamoDB splits it for heat. */
const PARTITION_RATE = 1_000;

/** Segments worked on at once: the stacks' own default. */
const WORKERS = 50;

/** A page's own requests, one after the other: a scan, a journal object, a checkpoint. Three round trips of some 40 ms. */
const PAGE_SECONDS = 0.12;

/** Statements go 25 to a request of some 25 ms. */
const CHANGE_SECONDS = 0.001;

/** A call takes about a quarter of a second, and sixteen go side by side. */
const CALL_SECONDS = 0.25 / 16;

/** A worker hands over when so much of its 15 minutes is used. */
const INVOCATION_SECONDS = 720;

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
    seconds: number;
    rates: WriteRates;
    /** What is used up first: `table`, `workers`, or an index's name. */
    boundBy: string;
    /** It is one partition key of that index that has too much of it. */
    hotKey: boolean;
  };
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

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

export function forecast(work: Workload, rates: WriteRates, prices: Prices): Forecast {
  const write = work.writes.table + sum(work.writes.indexes.map(({ units }) => units));
  const duration = durationOf(work, rates);
  const requests = requestsOf(work, duration.seconds);
  const lines = costLines(work, requests, workersOf(work) * duration.seconds, prices);
  return {
    units: { read: work.readUnits, write, ...work.writes },
    duration: { ...duration, rates },
    requests,
    cost: { billing: 'on-demand', asOf: prices.asOf, region: prices.region, lines, total: sum(lines.map(({ dollars }) => dollars)) },
    copies: copiesOf(work.bytes, prices),
    ...besidePlan(work.records, write),
  };
}

const workersOf = ({ segments }: Workload): number => Math.min(WORKERS, Math.max(1, segments));

/** What is slowest: the table, an index, an index's hottest key, or the workers themselves. */
function durationOf(work: Workload, rates: WriteRates): Omit<Forecast['duration'], 'rates'> {
  const labour = work.pages * PAGE_SECONDS + work.changes * CHANGE_SECONDS + work.calls * CALL_SECONDS;
  const bounds = [
    { boundBy: 'workers', seconds: labour / workersOf(work), hotKey: false },
    { boundBy: 'table', seconds: work.writes.table / rates.table, hotKey: false },
    ...work.writes.indexes.flatMap(({ name, units, hottest }) => [
      {
        boundBy: name,
        seconds: units / (Object.hasOwn(rates.indexes, name) ? (rates.indexes[name] as number) : rates.table),
        hotKey: false,
      },
      { boundBy: name, seconds: (units * hottest) / PARTITION_RATE, hotKey: true },
    ]),
  ];
  return bounds.reduce((slowest, bound) => (bound.seconds > slowest.seconds ? bound : slowest));
}

function requestsOf(work: Workload, seconds: number): Requests {
  // Workers stand by while the table is slower than they are.
  const workerSeconds = workersOf(work) * seconds;
  const turns = Math.ceil(workerSeconds / INVOCATION_SECONDS);
  const isNothing = work.pages === 0;
  return {
    checkpoints: work.pages,
    // A page without a change leaves none.
    journalPuts: Math.min(work.pages, work.changes),
    invocations: isNothing ? 0 : work.segments + turns,
    gbSeconds: workerSeconds * WORKER_GB,
    transitions: isNothing ? 0 : EXECUTION_TRANSITIONS + work.segments * SEGMENT_TRANSITIONS + turns * TURN_TRANSITIONS,
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
