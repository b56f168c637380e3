import type { Key } from './attribute-value.ts';
import type { CheckResult } from './checks.ts';
import type { Counters } from './counters.ts';

/** Options of a run, complete: every default is filled in when the run is created, and never changes afterwards. */
export interface RunOptions {
  /** At most so many eligible items are worked off; `null`: all. */
  limit: number | null;
  /** Items read between two checkpoints. */
  batchSize: number;
  segments: number;
  /** Whether the definition's outside service is asked. */
  enrich: boolean;
}

/**
 * `running`: an execution carries it. `held`: stands still on purpose, its cursors are kept. `complete`, `limited`: ended well.
 * `failed`: ended by an error, can be resumed. `aborted`: ended by a person, cannot.
 */
export type RunStatus = 'running' | 'held' | 'complete' | 'limited' | 'failed' | 'aborted';

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

export interface RunRecord {
  runId: string;
  backfill: string;
  version: string;
  environment: string;
  status: RunStatus;
  /** Raised by every resume; what carries an older epoch is superseded. */
  epoch: number;
  owner: Owner;
  options: RunOptions;
  /** The run's one moment, ISO 8601. */
  now: string;
  createdAt: string;
  /** Milliseconds of work in ended executions of this run; those of the present one count from `startedAt`. */
  workedMs: number;
  startedAt: string;
  finishedAt: string | null;
  /** How many items the source held when the run began, as well as could be known; `null`: unknown. */
  estimatedItems: number | null;
  pricePerCall: number;
  reason: Reason | null;
  totals: Counters | null;
  checks: CheckResult[] | null;
  /** The stats file among the artifacts. */
  stats: string | null;
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

export interface SegmentRecord {
  runId: string;
  segment: number;
  state: 'open' | 'done';
  /** Where the next page begins; `null`: at the beginning (or, once done, nowhere). */
  cursor: Key | null;
  /** At most so many eligible items in this segment; `null`: no limit. */
  quota: number | null;
  counters: Counters;
  chain: Chain;
  /** Sum of the fingerprints of the eligible source items seen so far, hexadecimal. */
  fingerprint: string;
  attempt: number;
  lease: Lease | null;
  /** Milliseconds since the epoch of the worker's last sign of life. */
  heartbeat: number;
  stuck: Reason | null;
}

/** What a checkpoint moves, all in one conditional update. */
export interface Checkpoint {
  state: 'open' | 'done';
  cursor: Key | null;
  counters: Counters;
  chain: Chain;
  fingerprint: string;
}

/** What all workers of a run read and obey. */
export interface Control {
  desired: 'run' | 'hold' | 'abort';
  reason: Reason | null;
  by: string;
  at: string;
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
  /** Takes a run over: raises its epoch by one and re-takes its locks. @throws `run.superseded`, `lock.held`. */
  reopenRun(run: RunRecord, owner: Owner, times: Pick<RunRecord, 'startedAt' | 'workedMs'>, locks: readonly string[]): Promise<RunRecord>;
  /** Conditional on the run still being at `epoch`. @throws `run.superseded`. */
  updateRun(runId: string, epoch: number, change: Partial<RunRecord>): Promise<void>;
  releaseLocks(runId: string, locks: readonly string[]): Promise<void>;

  /** Creates those that are not there yet; existing ones only get their new quota. */
  planSegments(runId: string, segments: readonly { segment: number; quota: number | null }[]): Promise<void>;
  segments(runId: string, total: number): Promise<SegmentRecord[]>;
  /**
   * Takes a segment's lease if the run is at `epoch` and nobody else holds it: `busy` with the moment its lease ends.
   * A lease whose owner `isDead` is broken at once. @throws `run.superseded`.
   */
  acquire(request: AcquireRequest): Promise<{ kind: 'acquired'; segment: SegmentRecord } | { kind: 'busy'; until: number }>;
  /** @throws `lease.lost` when another worker holds the segment. A repeat of a checkpoint that landed succeeds. */
  checkpoint(runId: string, segment: number, attempt: number, previous: Chain, checkpoint: Checkpoint): Promise<void>;
  /** `counters`: those of the last checkpoint with what was spent in vain since; left out: nothing was. */
  release(runId: string, segment: number, attempt: number, stuck: Reason | null, counters?: Counters): Promise<void>;
  /** False when the lease is no longer ours. */
  heartbeat(runId: string, segment: number, attempt: number, at: number): Promise<boolean>;
  /** Says of a segment that nobody works on why it stands still. */
  markStuck(runId: string, segment: number, reason: Reason): Promise<void>;

  control(runId: string): Promise<Control>;
  setControl(runId: string, control: Control): Promise<void>;
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
