import type { Counters } from './counters.ts';
import type { Budgets } from './flow/budgets.ts';
import type { WorkerReport } from './flow/report.ts';
import type { Shares } from './flow/shares.ts';
import type { Brake, Command, Control, Findings } from './records/control.ts';
import type { Owner, Reason, Reopening, RunRecord } from './records/run.ts';
import type { Chain, Checkpoint, SegmentRecord } from './records/segment.ts';

export interface LedgerEvent {
  at: string;
  who: string;
  what: string;
  details: Record<string, unknown>;
}

/** What whoever governs a run goes by. */
export interface Reported {
  /** The last one of each worker. */
  reports: WorkerReport[];
  /** As they were dealt out in the last round. */
  shares: Shares;
}

export interface LockHolder {
  lock: string;
  runId: string;
}

/** The table of runs, segments, controls, locks and events. What a worker writes of a segment is conditional; every read is strongly consistent, but for `listRuns`. */
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
  /** One that says `done` lets go of the lease. @throws `lease.lost` when another worker holds the segment. A repeat of a checkpoint that landed succeeds. */
  checkpoint(runId: string, segment: number, attempt: number, previous: Chain, checkpoint: Checkpoint): Promise<void>;
  /** `counters`: those of the last checkpoint with what was spent in vain since; left out: nothing was. */
  release(runId: string, segment: number, attempt: number, stuck: Reason | null, counters?: Counters): Promise<void>;
  /** False when the lease is no longer ours. `heard`: the control that this worker obeys. */
  heartbeat(runId: string, segment: number, attempt: number, at: number, heard: string): Promise<boolean>;
  /** Says of a segment that nobody works on why it stands still. */
  markStuck(runId: string, segment: number, reason: Reason): Promise<void>;

  /** `worker`: with what that one may use, and perhaps some others; left out: with nobody's share. */
  control(runId: string, worker?: string): Promise<Control>;
  /**
   * False when it stands already, or something stronger: the first reason to hold is kept, an abort is not turned into a hold.
   * Only a hold for an alarm, which is lifted by itself, gives way to any other.
   * `run` goes with a new epoch, and takes back only the command given at `over`: one that came since stands.
   * A `hold` with `over` is given only while that command stands.
   */
  command(runId: string, command: Command, over?: string): Promise<boolean>;
  /** Takes or renews the governor's lease and leaves its findings; false when another worker governs. */
  govern(runId: string, findings: Findings): Promise<boolean>;
  /** Changes some of what the run may use from now on; `first`: all that it may use while nobody has changed any. Of two at once neither undoes the other. */
  changeBudgets(runId: string, change: Partial<Budgets>, first: Budgets): Promise<void>;
  /** Items that workers of one execution were given to change, with those that were changed before; `undefined`: nobody counts them yet. */
  itemsGiven(runId: string, epoch: number): Promise<number | undefined>;
  /** Begins to count them; nothing when somebody does already. */
  countItems(runId: string, epoch: number, given: number): Promise<void>;
  /**
   * Gives so many more, or takes so many back (below zero), if no more than `within` are given then; `null`: however many. False: nothing was given.
   * Where an answer is lost, more may be given twice; nothing is taken back twice.
   *
   * @throws {BackfillError} `ledger.unreachable` when it does not answer
   */
  giveItems(runId: string, epoch: number, more: number, within: number | null): Promise<boolean>;
  /** What a worker uses, over what it had reported before. */
  report(runId: string, report: WorkerReport): Promise<void>;
  /** What workers have told since that was last forgotten, and what they were dealt last. */
  reported(runId: string): Promise<Reported>;
  /** Nobody works on the run any more: what its workers reported goes, and what they were dealt. */
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

export interface AcquireRequest {
  runId: string;
  epoch: number;
  segment: number;
  owner: Owner;
  now: number;
  until: number;
  isDead: (owner: Owner) => Promise<boolean>;
}
