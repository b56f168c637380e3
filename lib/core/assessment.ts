import { writeLoad } from './assess.ts';
import { type Counters, eligible } from './counters.ts';
import { type AnyDefinition, INVALID_ITEM } from './definition.ts';
import { NEW_TABLE, TABLE_QUOTA } from './forecast/assumptions.ts';
import { type Forecast, forecast, type RunSettings, USUAL_SETTINGS, type WriteRates } from './forecast.ts';
import type { TableSurvey } from './ports.ts';
import type { Prices } from './prices.ts';
import type { RunRecord } from './records/run.ts';
import type { Workload, WriteLoad } from './workload.ts';

/** What was found out about a table by a rehearsal, and what a run over it would take. */
export interface Assessment {
  backfill: string;
  version: string;
  environment: string;
  /** The rehearsal that counted. */
  run: string;
  at: string;
  table: string;
  /** What was worked off at most; `null`: all of it. All numbers are of what was worked off. */
  limit: number | null;
  counts: {
    scanned: number;
    filtered: number;
    eligible: number;
    eligibleBytes: number;
    /** Eligible items whose row is there already; `null`: the definition creates none. */
    existing: number | null;
  };
  /** Of the eligible items, in the definition's order. */
  quality: { name: string; count: number; share: number }[];
  /** What a run would do with the eligible items. */
  outcomes: { create: number; update: number; skip: Record<string, number>; fail: Record<string, number> };
  forecast: Forecast;
}

/** What an assessment knows beside its counters. */
export interface Surroundings {
  definition: Pick<AnyDefinition, 'source' | 'quality' | 'target'>;
  /** `undefined`: the table is gone by now. */
  survey: TableSurvey | undefined;
  prices: Prices;
  /** Write units a second that a person asks about; `undefined`: those that the table has. */
  rate: number | undefined;
  /** Segments that a run there works on at once. */
  concurrency: number;
  /**
   * What else is known of how it would be carried out.
   * @default - as usual on AWS, within the budgets that it was rehearsed with
   */
  settings?: Partial<RunSettings>;
}

export function assessmentOf(run: RunRecord, counters: Counters, surroundings: Surroundings): Assessment {
  const { definition, survey } = surroundings;
  const { scanned, filtered, sourceBytes, created, updated, skipped, failed } = counters;
  const records = eligible(counters);
  const existing = definition.target ? (skipped['already-exists'] ?? 0) : null;
  const names = [...Object.keys(definition.quality), INVALID_ITEM];
  return {
    backfill: run.backfill,
    version: run.version,
    environment: run.environment,
    run: run.runId,
    at: run.finishedAt ?? run.createdAt,
    table: survey?.facts.name ?? definition.source.table,
    limit: run.options.limit,
    counts: { scanned, filtered, eligible: records, eligibleBytes: sourceBytes, existing },
    quality: names.map((name) => {
      const count = Object.hasOwn(counters.quality, name) ? (counters.quality[name] as number) : 0;
      return { name, count, share: records === 0 ? 0 : count / records };
    }),
    outcomes: { create: created, update: updated, skip: skipped, fail: failed },
    forecast: forecastOf(run, counters, surroundings),
  };
}

/** What the run that was rehearsed would take. */
export const forecastOf = (run: RunRecord, counters: Counters, { survey, prices, rate, concurrency, settings }: Surroundings): Forecast =>
  forecast(workloadOf(run, counters, survey), ratesOf(survey, rate), prices, { ...settingsOf(run, concurrency), ...settings });

/** Within the budgets that it was given. */
function settingsOf({ options }: RunRecord, concurrency: number): RunSettings {
  const { writeUnits, readUnits, calls, reserve } = options.budgets;
  return { ...USUAL_SETTINGS, concurrency, budgets: { writeUnits, readUnits, calls, reserve }, batchSize: options.batchSize };
}

function workloadOf({ options, pricePerCall, distinctAsks }: RunRecord, counters: Counters, survey: TableSurvey | undefined): Workload {
  return {
    records: eligible(counters),
    changes: counters.created + counters.updated,
    scanned: counters.scanned,
    // A run reads what its rehearsal reads.
    readUnits: counters.readUnits,
    writes: withLocal(writeLoad(counters), survey),
    calls: distinctAsks ?? counters.intendedCalls,
    asking: counters.intendedCalls,
    callsExact: distinctAsks !== null,
    pricePerCall,
    pages: counters.pages,
    segments: options.segments,
    // DynamoDB looks how large a table is every six hours: 0 may be a young one.
    bytes: survey?.bytes || null,
  };
}

/** Which of the indexes are local, as well as it is known by now. */
function withLocal(writes: WriteLoad, survey: TableSurvey | undefined): WriteLoad {
  const local = new Set((survey?.facts.indexes ?? []).filter((index) => index.local).map(({ name }) => name));
  return { ...writes, indexes: writes.indexes.map((index) => (local.has(index.name) ? { ...index, local: true } : index)) };
}

/** The rate a person asks about, or what the table has by itself. */
export function ratesOf(survey: Pick<TableSurvey, 'provisioned' | 'warm'> | undefined, rate: number | undefined): WriteRates {
  const read = survey?.provisioned?.read ?? survey?.warm?.read ?? NEW_TABLE.read;
  if (rate !== undefined) return { table: rate, indexes: {}, from: 'as asked for', read, isAsked: true };
  if (survey?.provisioned) {
    const { write, indexes } = survey.provisioned;
    const own = Object.fromEntries(Object.entries(indexes).map(([name, capacity]) => [name, capacity.write]));
    // AWS has let it have that much.
    const quota = Math.max(TABLE_QUOTA, write, ...Object.values(own));
    return { table: write, indexes: own, from: 'the provisioned capacity', read, quota };
  }
  if (survey?.warm) {
    const { write } = survey.warm;
    return { table: write, indexes: {}, from: 'what the table is warm for', read, doubles: true, quota: Math.max(TABLE_QUOTA, write) };
  }
  return { table: NEW_TABLE.write, indexes: {}, from: 'a new on-demand table', read, doubles: true };
}
