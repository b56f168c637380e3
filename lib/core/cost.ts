import { type Counters, total } from './counters.ts';
import { transitionsOf } from './orchestration.ts';
import { type Prices, unitPrices } from './prices.ts';
import type { RunRecord } from './records/run.ts';
import type { SegmentRecord } from './records/segment.ts';
import { stagesOf } from './rollback/stages.ts';
import { sumCounters } from './run.ts';

/** One thing that a run has used. */
export interface CostLine {
  what: string;
  /** So many of `unit`. */
  quantity: number;
  unit: string;
  dollars: number;
  /** Worked out from what is known of the run, not counted. */
  estimated: boolean;
}

/** What a run has used so far, at AWS's prices; on a laptop: what it would have cost there. */
export interface CostSoFar {
  dollars: number;
  lines: CostLine[];
  /** Of the prices. */
  asOf: string;
  region: string;
}

/** As the stack deploys its workers. */
export const WORKER_GB = 1769 / 1024;
/** A segment's row in the ledger is between one and two KB. */
export const LEDGER_UNITS_A_PAGE = 2;

/** `concurrency`: segments worked on at once. `workedMs`: how long it has worked so far. */
export interface Environs {
  prices: Prices;
  concurrency: number;
  workedMs: number;
}

/** Target reads and writes at on-demand prices, as DynamoDB counted them; calls of the outside service; and what carrying it out took. */
export function costSoFar(run: RunRecord, segments: readonly SegmentRecord[], { prices, concurrency, workedMs }: Environs): CostSoFar {
  const counters = sumCounters(segments);
  const invocations = segments.reduce((sum, { attempt }) => sum + attempt, 0);
  const gbSeconds = (workedMs / 1000) * Math.min(concurrency, run.options.segments) * WORKER_GB;
  const begun = segments.filter(({ attempt }) => attempt > 0).length;
  const transitions = transitionsOf({ executions: run.epoch, segments: begun, turns: invocations - begun });
  const journaled = segments.reduce((sum, { chain }) => sum + chain.seq, 0);
  const reads = run.rollback ? (counters.notes['journal objects'] ?? 0) * Math.min(run.rounds, stagesOf(run).length) : 0;
  const listed = segments.reduce((sum, segment) => sum + listingsOf(run, segment.counters), 0);
  const ledger = counters.pages * LEDGER_UNITS_A_PAGE;

  const price = unitPrices(prices);
  const counted: CostLine[] = [
    line('write units', counters.writeUnits, 'units', price.writeUnit),
    line('read units', counters.readUnits, 'units', price.readUnit),
    line('service calls', counters.serviceCalls, 'calls', run.pricePerCall),
    line('journal objects', journaled, 'objects', price.objectPut),
  ];
  const estimated: CostLine[] = [
    line('journal reads', reads, 'objects', price.objectGet),
    line('listings', listed, 'objects', price.objectPut),
    line('ledger', ledger, 'units', price.writeUnit),
    line('Lambda time', gbSeconds, 'GB-seconds', price.lambdaGbSecond),
    line('Lambda requests', invocations, 'requests', price.lambdaRequest),
    line('state transitions', transitions, 'transitions', price.transition),
  ].map((each) => ({ ...each, estimated: true }));
  const lines = [...counted, ...estimated].filter(({ quantity }) => quantity > 0);
  return { dollars: lines.reduce((sum, { dollars }) => sum + dollars, 0), lines, asOf: prices.asOf, region: prices.region };
}

const line = (what: string, quantity: number, unit: string, price: number): CostLine => ({
  what,
  quantity,
  unit,
  dollars: quantity * price,
  estimated: false,
});

/** At most: a page has one listing of its failures, and one of its notes or, in a rollback, of what was kept, if it has any. */
function listingsOf({ rollback }: RunRecord, { pages, failed, notes, skipped }: Counters): number {
  return Math.min(pages, total(failed)) + Math.min(pages, total(rollback ? skipped : notes));
}
