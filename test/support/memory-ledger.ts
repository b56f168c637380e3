import { type Counters, noCounters } from '../../lib/core/counters.ts';
import { BackfillError } from '../../lib/core/errors.ts';
import { NO_FINGERPRINT } from '../../lib/core/fingerprint.ts';
import type {
  AcquireRequest,
  Chain,
  Checkpoint,
  Control,
  Ledger,
  LedgerEvent,
  Owner,
  Reason,
  RunRecord,
  SegmentRecord,
} from '../../lib/core/ledger.ts';

/** The ledger of one run, in memory. The real one is held against dynalite in `test/unit/adapters/ledger*.test.ts`. */
export class MemoryLedger implements Ledger {
  readonly runs = new Map<string, RunRecord>();
  readonly rows = new Map<number, SegmentRecord>();
  readonly log: LedgerEvent[] = [];
  locks: string[] = [];
  told: Control = { desired: 'run', reason: null, by: '', at: '' };

  async createRun(run: RunRecord, locks: readonly string[]): Promise<void> {
    this.runs.set(run.runId, run);
    this.locks.push(...locks);
  }
  async getRun(runId: string): Promise<RunRecord | undefined> {
    return this.runs.get(runId);
  }
  async listRuns(): Promise<RunRecord[]> {
    return [...this.runs.values()].reverse();
  }
  async reopenRun(run: RunRecord, owner: Owner, times: Pick<RunRecord, 'startedAt' | 'workedMs'>): Promise<RunRecord> {
    await this.updateRun(run.runId, run.epoch, {
      epoch: run.epoch + 1,
      owner,
      status: 'running',
      reason: null,
      finishedAt: null,
      ...times,
    });
    return this.runs.get(run.runId) as RunRecord;
  }
  async updateRun(runId: string, epoch: number, change: Partial<RunRecord>): Promise<void> {
    const run = this.runs.get(runId);
    if (run?.epoch !== epoch) throw new BackfillError('run.superseded', 'superseded');
    this.runs.set(runId, { ...run, ...change });
  }
  async releaseLocks(_: string, locks: readonly string[]): Promise<void> {
    this.locks = this.locks.filter((lock) => !locks.includes(lock));
  }

  async planSegments(runId: string, segments: readonly { segment: number; quota: number | null }[]): Promise<void> {
    for (const { segment, quota } of segments)
      this.rows.set(segment, { ...(this.rows.get(segment) ?? openSegment(runId, segment)), quota });
  }
  async segments(): Promise<SegmentRecord[]> {
    return [...this.rows.values()].sort((a, b) => a.segment - b.segment);
  }
  async acquire({ runId, epoch, segment, owner, now, until, isDead }: AcquireRequest): ReturnType<Ledger['acquire']> {
    if (this.runs.get(runId)?.epoch !== epoch) throw new BackfillError('run.superseded', 'superseded');
    const row = this.#row(segment);
    if (row.state === 'done') return { kind: 'acquired', segment: row };
    if (row.lease && row.lease.until > now && !(await isDead(row.lease.owner))) return { kind: 'busy', until: row.lease.until };
    const attempt = row.attempt + 1;
    const taken = { ...row, attempt, lease: { owner, attempt, until }, heartbeat: now, stuck: null };
    this.rows.set(segment, taken);
    return { kind: 'acquired', segment: taken };
  }
  async checkpoint(_: string, segment: number, attempt: number, previous: Chain, checkpoint: Checkpoint): Promise<void> {
    const row = this.#row(segment);
    if (row.attempt !== attempt || row.chain.seq !== previous.seq) throw new BackfillError('lease.lost', 'lost');
    this.rows.set(segment, { ...row, ...checkpoint });
  }
  async release(_: string, segment: number, attempt: number, stuck: Reason | null, counters?: Counters): Promise<void> {
    const row = this.#row(segment);
    if (row.attempt === attempt) this.rows.set(segment, { ...row, lease: null, stuck, ...(counters && { counters }) });
  }
  async heartbeat(_: string, segment: number, attempt: number, at: number): Promise<boolean> {
    const row = this.#row(segment);
    if (row.attempt !== attempt) return false;
    this.rows.set(segment, { ...row, heartbeat: at });
    return true;
  }
  async markStuck(_: string, segment: number, stuck: Reason): Promise<void> {
    this.rows.set(segment, { ...this.#row(segment), stuck });
  }
  async control(): Promise<Control> {
    return this.told;
  }
  async setControl(_: string, control: Control): Promise<void> {
    this.told = control;
  }
  async addEvent(_: string, event: LedgerEvent): Promise<void> {
    this.log.push(event);
  }
  async events(): Promise<LedgerEvent[]> {
    return this.log;
  }

  #row(segment: number): SegmentRecord {
    const row = this.rows.get(segment);
    if (!row) throw new BackfillError('run.superseded', `no segment ${segment}`);
    return row;
  }
}

export const openSegment = (runId: string, segment: number): SegmentRecord => ({
  runId,
  segment,
  state: 'open',
  cursor: null,
  quota: null,
  counters: noCounters(),
  chain: { seq: 0, attempt: 0, hash: '' },
  fingerprint: NO_FINGERPRINT,
  attempt: 0,
  lease: null,
  heartbeat: 0,
  stuck: null,
});
