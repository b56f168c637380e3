import type { CheckResult } from '../checks.ts';
import type { Counters } from '../counters.ts';
import type { Budgets } from '../flow/budgets.ts';

/** Options of a run, complete: every default is filled in when the run is created, and never changes afterwards. */
export interface RunOptions {
  /** At most so many eligible items are worked off; `null`: all. */
  limit: number | null;
  /** Items read between two checkpoints. */
  batchSize: number;
  segments: number;
  /** Whether the definition's outside service is asked. */
  enrich: boolean;
  /** The share of failed among created, updated and failed items above which the run is held, 0 to 1. */
  tolerate: number;
  /** Judge and count, and write nothing. */
  dryRun: boolean;
  /** A dry run that only counts: an assessment. */
  countOnly: boolean;
  /** So many items of a dry run are taken to the outside service, for real. */
  enrichSample: number;
  /** Take a backup before the first write. */
  backup: boolean;
  /** Write units a second that the table shall have while the run goes; `null`: those it has. */
  raiseWriteUnits: number | null;
  /** `manual`: a person lets each phase but the first begin. */
  approve: 'auto' | 'manual';
  /** Whether the whole table's hash is taken before the first write, for a rollback to prove itself by. */
  hash: boolean;
  /** As it began with: those that hold now are the control's, once somebody has tuned them. */
  budgets: Budgets;
}

/** What a rollback undoes, and how. */
export interface RollbackPlan {
  /** The run that is undone. */
  of: string;
  /** What that run's status was when the rollback began: it has it again if nothing was undone. */
  was: RunStatus;
  /** And which rollback it named then. */
  wasUndoneBy: string | null;
  /** Go on without journal objects that are missing or damaged. */
  skipDamaged: boolean;
  /** How many rounds that run had: each segment has a journal for each. Missing where an older version began the rollback. */
  rounds?: number;
}

/**
 * `running`: an execution carries it. `held`: stands still on purpose, its cursors are kept. `complete`, `limited`: ended well.
 * `failed`: ended by an error, can be resumed. `aborted`: ended by a person, cannot. `rolling-back`: a rollback has begun to undo it.
 * `rolled-back`: undone.
 */
export type RunStatus = 'running' | 'held' | 'complete' | 'limited' | 'failed' | 'aborted' | 'rolling-back' | 'rolled-back';

/** Who carries a run or holds a lease. `execution` is the state machine's, `process` tells one worker from another. */
export interface Owner {
  execution: string;
  host: string;
  pid: number;
  /** When that process began, so that a reused pid is not taken for it. */
  startedAt: string;
}

export interface Reason {
  code: string;
  message: string;
}

export interface Baseline {
  changed: number;
  failed: number;
}

/** That a run did all it had to, as it was found at its end. */
export interface Proof {
  at: string;
  segments: number;
  /** Segments whose chain of cursors has come to its end. */
  closed: number;
  /** Segments in which every item that was scanned has one outcome. */
  balanced: number;
}

/** What was found of one condition of a gate, or before a run. */
export interface Finding {
  /** Stable, such as `preflight.pitr-off`. */
  code: string;
  /** `blocking`: the run does not go on; `warning`: a person should know; `info`: it is as it should be. */
  severity: 'blocking' | 'warning' | 'info';
  message: string;
  /** What mends it, a command where there is one. */
  remedy?: string;
}

export interface GateDecision {
  verdict: 'approved' | 'rejected';
  who: string;
  at: string;
  reason: string;
}

/** How a phase was judged once its segments were closed. */
export interface GateRecord {
  at: string;
  verdict: 'passed' | 'failed' | 'too-few';
  findings: Finding[];
  /** What a person said of it. */
  decision: GateDecision | null;
  /** What persons had said of it when it was judged before. */
  earlier: GateDecision[];
  /** The next phase may begin, or the run may end. */
  open: boolean;
}

/** A phase of a run: the first so many segments of its order that no earlier phase has. */
export interface PhaseRecord {
  name: string;
  batchSize: number;
  /** Segments of this phase and of those before it. */
  upTo: number;
  gate: GateRecord | null;
}

/** A copy of the table from before the first write. */
export interface BackupRecord {
  name: string;
  /** Its ARN, or its file. */
  where: string;
  /** How to have it back, as a command. */
  restore: string;
  status: 'creating' | 'available';
  bytes: number | null;
  at: string;
}

/** Write units a second of the table (`''`) and of its indexes, by name. */
export type WriteCapacity = Record<string, number>;

/** Written before anything is raised, so that whoever ends the run knows what to put back. */
export interface CapacityRecord {
  /** `warm`: of a table billed on demand, whose throughput cannot be lowered again. */
  mode: 'provisioned' | 'warm';
  before: WriteCapacity;
  raised: number;
  /** `restoring` at a run's end: it was not put back, or not yet. */
  state: 'raising' | 'raised' | 'restoring' | 'restored';
  /** The command that puts it back. */
  restore: string;
}

/** What is measured before a run and after it. `null`: nothing here could tell. */
export interface Measurements {
  at: string;
  items: number | null;
  bytes: number | null;
  /** Write units a second that the table's users take, the run's own left out. */
  writeUnitsPerSecond: number | null;
  /** Milliseconds. */
  queryP99: number | null;
}

/** A run; or a rollback, which is a run that undoes another one. */
export interface RunRecord {
  runId: string;
  backfill: string;
  version: string;
  /** Of the definition's code; see `Ports`. */
  digest: string;
  environment: string;
  status: RunStatus;
  /** Raised by every resume; what carries an older epoch is superseded. */
  epoch: number;
  owner: Owner;
  /** The logical name of its table, and the locks that it takes, kept so that it can be ended when its definition is gone; `null`: an older version began it. */
  table: string | null;
  locks: string[] | null;
  options: RunOptions;
  /** Present in a rollback. */
  rollback: RollbackPlan | null;
  /**
   * How many rounds of `options.segments` segments there are; segment `n` of round `r` is number `r * options.segments + n`.
   * A run's first round scans the table, each further one retries what failed. A rollback's rounds are its stages.
   */
  rounds: number;
  /** What had been changed, and what had failed, when the present execution, or phase, took over: the governor's error rate counts from there. */
  baseline: Baseline;
  /** The rollback that undoes or has undone this run. */
  undoneBy: string | null;
  /** The run's one moment, ISO 8601. */
  now: string;
  createdAt: string;
  /** Until when it could be undone, as it was set when the run began, ISO 8601; `null`: for ever. */
  undoUntil: string | null;
  /** Milliseconds of work in ended executions of this run; those of the present one count from `startedAt`. */
  workedMs: number;
  startedAt: string;
  finishedAt: string | null;
  /** How many items the source held when the run began, as well as could be known; `null`: unknown. */
  estimatedItems: number | null;
  pricePerCall: number;
  /** Of a rehearsal that has ended: calls of the outside service that a run would make, those that ask the same counted once; `null`: not counted, `totals.intendedCalls` at most. */
  distinctAsks: number | null;
  reason: Reason | null;
  totals: Counters | null;
  checks: CheckResult[] | null;
  proof: Proof | null;
  /** The whole table's hash, before the first write of a run and after the last one of a rollback, where it was taken. */
  tableHash: string | null;
  /** The stats file among the artifacts. */
  stats: string | null;
  /** None: the run goes through in one. */
  phases: PhaseRecord[];
  /** What was found before it began. */
  preflight: Finding[];
  backup: BackupRecord | null;
  capacity: CapacityRecord | null;
  before: Measurements | null;
  after: Measurements | null;
  /** The report to be signed, among the artifacts. */
  signOff: string | null;
}

/** What a new execution finds or sets in the run that it takes over. */
export type Reopening = Pick<RunRecord, 'startedAt' | 'workedMs' | 'rounds' | 'baseline'> & Partial<Pick<RunRecord, 'phases'>>;
