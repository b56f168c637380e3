import { addCounters, type Counters, changed, eligible, noCounters, total } from './counters.ts';
import { type AnyDefinition, DEFAULT_BATCH_SIZE } from './definition.ts';
import { budgetsIn, noBudgets } from './flow/budgets.ts';
import type { RunInput } from './options.ts';
import type { Ports } from './ports.ts';
import type { Baseline, Owner, RunOptions, RunRecord, RunStatus } from './records/run.ts';
import type { SegmentRecord } from './records/segment.ts';
import type { Random } from './retry.ts';
import { type Extent, segmentCount } from './segment-count.ts';
import { undoUntil } from './undo-window.ts';

/** A run, or a rollback, that only looks: it takes no locks, and nothing it counted has happened. */
export const isRehearsal = ({ options }: Pick<RunRecord, 'options'>): boolean => options.dryRun;

/** A dry run, or an assessment, of this version that saw the whole table in this environment. */
export const isWholeRehearsal = (run: RunRecord, { environment, version }: Pick<RunRecord, 'environment' | 'version'>): boolean =>
  isRehearsal(run) && !run.rollback && run.environment === environment && run.version === version && run.status === 'complete';

/** Those whose locks nobody else may take. */
export const HOLDS_LOCK: readonly RunStatus[] = ['running', 'held'];

/** Who speaks for an execution that has ended without a word. */
export const RECONCILER = 'reconciler';

/** What it is called in a log. */
export const kindOf = (run: Pick<RunRecord, 'options' | 'rollback'>): string =>
  [isRehearsal(run) && 'rehearsed', run.rollback ? 'rollback' : 'run'].filter(Boolean).join(' ');

/** Nobody works on it any more, for good or ill. */
export const isOver = (status: RunStatus): boolean => status !== 'running';

/** Without what is easily taken for another, in the order it sorts. */
const LETTERS = '23456789abcdefghjkmnpqrstuvwxyz';

/** As two letters, `part` of all that two can say; from 0 up to 1. */
const twoLetters = (part: number): string => {
  const number = Math.floor(part * LETTERS.length ** 2);
  return `${LETTERS.charAt(Math.floor(number / LETTERS.length))}${LETTERS.charAt(number % LETTERS.length)}`;
};

/** Sorts by time, within a second too, and is unique enough by its random end: `20261121-115401-k3f9`. The ledger refuses one that is taken. */
export function newRunId(now: number, random: Random): string {
  const stamp = new Date(now).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${stamp}-${twoLetters((now % 1000) / 1000)}${twoLetters(random())}`;
}

/** What is kept of a run in its course, before there is any of it. */
export const nothingYet = {
  table: null,
  locks: null,
  undoUntil: null,
  distinctAsks: null,
  reason: null,
  totals: null,
  checks: null,
  proof: null,
  tableHash: null,
  stats: null,
  phases: [],
  preflight: [],
  backup: null,
  capacity: null,
  before: null,
  after: null,
  signOff: null,
} satisfies Partial<RunRecord>;

/** A run as it begins, but for its options. */
export function newRun({ definition, digest, environment, undoDays, clock, random }: Ports, owner: Owner): Omit<RunRecord, 'options'> {
  const now = clock.now();
  const at = new Date(now).toISOString();
  return {
    runId: newRunId(now, random),
    backfill: definition.name,
    version: definition.version,
    digest,
    environment,
    status: 'running',
    epoch: 1,
    owner,
    rollback: null,
    rounds: 1,
    baseline: { changed: 0, failed: 0 },
    undoneBy: null,
    now: at,
    createdAt: at,
    workedMs: 0,
    startedAt: at,
    finishedAt: null,
    estimatedItems: null,
    pricePerCall: definition.service?.pricePerCall ?? 0,
    ...nothingYet,
    table: definition.source.table,
    locks: lockNames(definition, environment),
    undoUntil: undoUntil(at, undoDays),
  };
}

export const DEFAULT_TOLERANCE = 0.01;

/** What every run has that is no run of a backfill's whole source. */
export const plainOptions = {
  limit: null,
  batchSize: DEFAULT_BATCH_SIZE,
  enrich: false,
  tolerate: DEFAULT_TOLERANCE,
  dryRun: false,
  countOnly: false,
  enrichSample: 0,
  hash: false,
  backup: false,
  raiseWriteUnits: null,
  approve: 'auto',
  budgets: noBudgets,
} as const satisfies Omit<RunOptions, 'segments'>;

/** Whether the outside service is asked: by a run unless it is told not to, by a rehearsal only for a sample. */
export const asksService = ({ dryRun, enrich, enrichSample }: Pick<RunInput, 'dryRun' | 'enrich' | 'enrichSample'>): boolean =>
  dryRun ? (enrichSample ?? 0) > 0 : (enrich ?? true);

/** Fills in every default. */
export function completeOptions(
  input: RunInput,
  extent: Extent,
  here: Pick<Ports, 'embedded' | 'approve' | 'concurrency'>,
  definition: Pick<AnyDefinition, 'batchSize'>,
  isPhased = false,
): RunOptions {
  const batchSize = input.batchSize ?? definition.batchSize;
  const limit = input.limit ?? null;
  const dryRun = input.dryRun ?? false;
  return {
    ...plainOptions,
    limit,
    batchSize,
    segments: input.segments ?? segmentCount(extent, { concurrency: here.concurrency, isPhased, limit, batchSize }),
    enrich: asksService(input),
    dryRun,
    countOnly: input.countOnly ?? false,
    enrichSample: input.enrichSample ?? 0,
    backup: !dryRun && (input.backup ?? true),
    raiseWriteUnits: dryRun ? null : (input.raiseWriteUnits ?? null),
    approve: input.approve ?? (dryRun ? 'auto' : here.approve),
    budgets: { ...noBudgets, ...budgetsIn(input) },
    // A rehearsal shall show all there is, failures too.
    tolerate: dryRun ? 1 : (input.tolerate ?? DEFAULT_TOLERANCE),
    // On a laptop a scan more costs nothing.
    hash: !dryRun && (input.hash ?? here.embedded),
  };
}

/** One active run for a backfill, and for a target table and attribute, in an environment. Creates have the table's rows as one attribute, `+`. */
export function lockNames(definition: AnyDefinition, environment: string): string[] {
  const creates = definition.target !== undefined || definition.writes.length === 0;
  const attributes = [...definition.writes, ...(creates ? ['+'] : [])];
  return [
    `${environment}/backfill/${definition.name}`,
    ...attributes.map((attribute) => `${environment}/table/${definition.source.table}/${attribute}`),
  ].sort();
}

/** The locks that a run holds, or would. A lock whose holder has ended is anybody's: where nobody knows them any more, nothing is lost. */
export const locksOf = (run: Pick<RunRecord, 'locks' | 'environment'>, definition: AnyDefinition | undefined): string[] =>
  run.locks ?? (definition ? lockNames(definition, run.environment) : []);

export const sumCounters = (segments: readonly SegmentRecord[]): Counters =>
  segments.reduce((sum, { counters }) => addCounters(sum, counters), noCounters());

/** Where the governor's error rate counts from. */
export const baselineOf = (totals: Counters): Baseline => ({
  changed: changed(totals),
  failed: total(totals.failed),
});

export const eligibleSoFar = (segments: readonly SegmentRecord[]): number =>
  segments.reduce((sum, { counters }) => sum + eligible(counters), 0);

/** Milliseconds since the epoch of the last heartbeat of any worker; 0: none yet. How long a run whose execution ended without a word has worked: `workedMs(run, lastSign(segments))`. */
export const lastSign = (segments: readonly SegmentRecord[]): number => Math.max(0, ...segments.map(({ heartbeat }) => heartbeat));

/** Milliseconds of work so far, those of ended executions included. */
export const workedMs = (run: RunRecord, now: number): number =>
  run.workedMs + (run.status === 'running' ? Math.max(0, now - Date.parse(run.startedAt)) : 0);

/** `backfill_stats_YYYYMMDD_HHMMSS.json` and the like. */
export const stampedName = (kind: string, now: number): string => {
  const iso = new Date(now).toISOString().replace(/[-:]/g, '');
  return `${kind}_${iso.slice(0, 8)}_${iso.slice(9, 15)}.json`;
};
