import type { Item } from './attribute-value.ts';
import type { CheckResult } from './checks.ts';
import type { Counters } from './counters.ts';
import type { Budgets, Resource } from './flow/budgets.ts';
import type { Ceiling } from './flow/ceiling.ts';
import type { HeldBack } from './flow/held-back.ts';
import type { WorkerReport } from './flow/report.ts';
import type { Operation } from './flow/traffic.ts';
import type { Usage } from './flow/usage.ts';

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

/** The end of a segment's journal, as far as it is committed. */
export interface Chain {
  /** Sequence number of the last object; 0: none yet. */
  seq: number;
  attempt: number;
  /** SHA-256 of that object's text. */
  hash: string;
}

export interface Lease {
  owner: Owner;
  /** Raised by every acquisition: the fence. */
  attempt: number;
  /** Milliseconds since the epoch. */
  until: number;
}

/** Where a segment stands: a key of the table that is scanned, or a position in whatever else is gone through. */
export type Cursor = Item;

export interface SegmentRecord {
  runId: string;
  segment: number;
  state: 'open' | 'done';
  /** Where the next page begins; `null`: at the beginning (or, once done, nowhere). */
  cursor: Cursor | null;
  /** At most so many eligible items in this segment; `null`: no limit. */
  quota: number | null;
  counters: Counters;
  chain: Chain;
  /** Sum of the fingerprints of the eligible source items seen so far, hexadecimal. */
  fingerprint: string;
  attempt: number;
  lease: Lease | null;
  /** Milliseconds since the epoch; 0: nobody has worked on it yet. */
  begun: number;
  /** Milliseconds since the epoch of the worker's last sign of life. */
  heartbeat: number;
  /** `at` of the last control that its worker has read; empty: none. */
  heard: string;
  stuck: Reason | null;
}

/** What a checkpoint moves, all in one conditional update. */
export interface Checkpoint {
  state: 'open' | 'done';
  cursor: Cursor | null;
  counters: Counters;
  chain: Chain;
  fingerprint: string;
}

/** What a run is told to do; the later ones are not taken back by the earlier. */
export interface Command {
  desired: 'run' | 'hold' | 'abort';
  reason: Reason | null;
  by: string;
  at: string;
}

/** What the governor found when it last summed what all segments report. */
export interface Findings {
  /** Which worker governs, and until when (milliseconds since the epoch) unless it renews. */
  governor: string;
  until: number;
  at: number;
  changed: number;
  failed: number;
  throttles: number;
  /** Pages checked in, and when the last one was, as seen by the governor (milliseconds since the epoch). */
  pages: number;
  movedAt: number;
  /** `null`: no alarm holds the run back. Obeyed however old it is: without a governor nobody knows better. */
  slowed: Slowed | null;
  /** `null`: nothing that is shared out has been looked at yet. */
  flow: FlowFindings | null;
  /**
   * Segments that were far behind their siblings; an event tells of each, once.
   * @default - none
   */
  lagging?: readonly number[];
}

/** How the governor shares out what the run may use. */
export interface FlowFindings {
  /** When, in milliseconds since the epoch. */
  at: number;
  /** What is dealt out; a resource without a limit has none. */
  deals: Partial<Record<Resource, Deal>>;
  heldBack: HeldBack[];
  /** What throttles have taught. */
  ceilings: Partial<Record<Resource, Ceiling>>;
  /** What all workers use by the second. */
  rates: Record<Resource, number>;
  /** What the run used minute by minute, where others or a table that grows with use are minded; `null`: they are not. */
  usage: Record<Operation, Usage> | null;
  /** Why nobody tells what others take; `null`: somebody does, or nobody asks. */
  blind: string | null;
  /** When a key range of the table throttled last; `null`: none did. */
  hotAt: number | null;
  /** What the outside service had been called for before this day began; `null`: it was not looked at yet. */
  today: { day: string; callsBefore: number } | null;
}

/** One resource, dealt out: all shares together are at most `limit`. */
export interface Deal {
  /** Units or calls a second, of the whole run. */
  limit: number;
  /** The budget that stood when it was dealt out; `null`: none did. */
  budget: number | null;
  /** By worker. */
  shares: Record<string, number>;
  /** Of a worker that is not named there yet. */
  newcomer: number;
}

/** An alarm that stands on a table: every run there goes slower, those too that begin meanwhile. */
export interface Brake {
  alarm: string;
  reason: string;
  /** ISO 8601. */
  since: string;
  by: string;
}

/** How far an alarm holds a run back. */
export interface Slowed {
  /** The share of their time that workers may work: above 0, below 1. */
  pace: number;
  alarm: string;
  /** Of the alarm, ISO 8601. */
  since: string;
  /** False: it is over, and the run speeds up again step by step. */
  stands: boolean;
  /** Milliseconds since the epoch: when the pace was last judged; once the alarm is over, when it last rose. */
  at: number;
}

/** What all workers of a run read and obey. */
export interface Control extends Command {
  /** `null`: nobody has governed yet. */
  findings: Findings | null;
  /** `null`: nobody has tuned them, those of the run's options hold. */
  budgets: Budgets | null;
}

export interface LedgerEvent {
  at: string;
  who: string;
  what: string;
  details: Record<string, unknown>;
}

export interface LockHolder {
  lock: string;
  runId: string;
}

/** The table of runs, segments, controls, locks and events. Every write is conditional; every read is strongly consistent. */
export interface Ledger {
  /** @throws `lock.held` naming the run that holds one of `locks`. */
  createRun(run: RunRecord, locks: readonly string[]): Promise<void>;
  getRun(runId: string): Promise<RunRecord | undefined>;
  /** Newest first. */
  listRuns(backfill: string, limit: number): Promise<RunRecord[]>;
  /** The names of all backfills that ever began a run, those that have no definition any more included. */
  backfillNames(): Promise<string[]>;
  /** Takes a run over: raises its epoch by one and re-takes its locks. @throws `run.superseded`, `lock.held`. */
  reopenRun(run: RunRecord, owner: Owner, change: Reopening, locks: readonly string[]): Promise<RunRecord>;
  /** Conditional on the run still being at `epoch`. @throws `run.superseded`. */
  updateRun(runId: string, epoch: number, change: Partial<RunRecord>): Promise<void>;
  /** Those that it holds already, too. @throws `lock.held` */
  takeLocks(runId: string, locks: readonly string[]): Promise<void>;
  releaseLocks(runId: string, locks: readonly string[]): Promise<void>;

  /** Creates those that are not there yet; existing ones only get their new quota. */
  planSegments(runId: string, segments: readonly { segment: number; quota: number | null }[]): Promise<void>;
  segments(runId: string, total: number): Promise<SegmentRecord[]>;
  /** `undefined`: it was never planned. */
  segment(runId: string, segment: number): Promise<SegmentRecord | undefined>;
  /**
   * Takes a segment's lease if the run is at `epoch` and nobody else holds it: `busy` with the moment its lease ends.
   * A lease whose owner `isDead` is broken at once. @throws `run.superseded`.
   */
  acquire(request: AcquireRequest): Promise<{ kind: 'acquired'; segment: SegmentRecord } | { kind: 'busy'; until: number }>;
  /** @throws `lease.lost` when another worker holds the segment. A repeat of a checkpoint that landed succeeds. */
  checkpoint(runId: string, segment: number, attempt: number, previous: Chain, checkpoint: Checkpoint): Promise<void>;
  /** `counters`: those of the last checkpoint with what was spent in vain since; left out: nothing was. */
  release(runId: string, segment: number, attempt: number, stuck: Reason | null, counters?: Counters): Promise<void>;
  /** False when the lease is no longer ours. `heard`: the control that this worker obeys. */
  heartbeat(runId: string, segment: number, attempt: number, at: number, heard: string): Promise<boolean>;
  /** Says of a segment that nobody works on why it stands still. */
  markStuck(runId: string, segment: number, reason: Reason): Promise<void>;

  control(runId: string): Promise<Control>;
  /**
   * False when it stands already, or something stronger: the first reason to hold is kept, an abort is not turned into a hold.
   * Only a hold for an alarm, which is lifted by itself, gives way to any other.
   * `run` goes with a new epoch, and takes back only the command given at `over`: one that came since stands.
   * A `hold` with `over` is given only while that command stands.
   */
  command(runId: string, command: Command, over?: string): Promise<boolean>;
  /** Takes or renews the governor's lease and leaves its findings; false when another worker governs. */
  govern(runId: string, findings: Findings): Promise<boolean>;
  /** Sets what the run may use from now on. */
  setBudgets(runId: string, budgets: Budgets): Promise<void>;
  /** Items that workers of one execution were given to change, with those that were changed before; `undefined`: nobody counts them yet. */
  itemsGiven(runId: string, epoch: number): Promise<number | undefined>;
  /** Begins to count them; nothing when somebody does already. */
  countItems(runId: string, epoch: number, given: number): Promise<void>;
  /** Gives so many more, or takes so many back (below zero), if no more than `within` are given then; `null`: however many. False: nothing was given. */
  giveItems(runId: string, epoch: number, more: number, within: number | null): Promise<boolean>;
  /** What a worker uses, over what it had reported before. */
  report(runId: string, report: WorkerReport): Promise<void>;
  /** The last report of each worker that was heard of since they were last forgotten. */
  reports(runId: string): Promise<WorkerReport[]>;
  /** Nobody works on the run any more: what its workers reported goes. */
  forgetReports(runId: string): Promise<void>;
  /** Alarms that stand on a table, by its physical name. */
  brakes(table: string): Promise<Brake[]>;
  /** False when it stands already, or is over since. Alarms may be heard of twice, and in any order; the word that one is over may be lost. */
  setBrake(table: string, brake: Brake): Promise<boolean>;
  /** False when it stands only since later, or was over already. `at`: since when it is over, ISO 8601. */
  clearBrake(table: string, alarm: string, at: string): Promise<boolean>;
  addEvent(runId: string, event: LedgerEvent): Promise<void>;
  events(runId: string): Promise<LedgerEvent[]>;
}

/** What a new execution finds or sets in the run that it takes over. */
export type Reopening = Pick<RunRecord, 'startedAt' | 'workedMs' | 'rounds' | 'baseline'> & Partial<Pick<RunRecord, 'phases'>>;

export interface AcquireRequest {
  runId: string;
  epoch: number;
  segment: number;
  owner: Owner;
  now: number;
  until: number;
  isDead: (owner: Owner) => Promise<boolean>;
}
