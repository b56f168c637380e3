import { isBrake } from '../../lib/core/brakes.ts';
import { type Counters, noCounters } from '../../lib/core/counters.ts';
import { BackfillError } from '../../lib/core/errors.ts';
import { NO_FINGERPRINT } from '../../lib/core/fingerprint.ts';
import type { Budgets } from '../../lib/core/flow/budgets.ts';
import type { WorkerReport } from '../../lib/core/flow/report.ts';
import { sharesIn } from '../../lib/core/flow/shares.ts';
import type { AcquireRequest, Ledger, LedgerEvent, Reported } from '../../lib/core/ledger.ts';
import type { Brake, Command, Control, Findings } from '../../lib/core/records/control.ts';
import type { Owner, Reason, Reopening, RunRecord } from '../../lib/core/records/run.ts';
import type { Chain, Checkpoint, SegmentRecord } from '../../lib/core/records/segment.ts';

export const TOLD_NOTHING: Control = { desired: 'run', reason: null, by: '', at: '', findings: null, budgets: null };

/** The ledger in memory: of one run mostly, whose segments and control are at hand. The real one is held against dynalite in `test/unit/adapters/ledger*.test.ts`. */
export class MemoryLedger implements Ledger {
  readonly runs = new Map<string, RunRecord>();
  /** Segments of the first run. */
  readonly rows = new Map<number, SegmentRecord>();
  readonly log: LedgerEvent[] = [];
  /** By run and worker. */
  readonly workers = new Map<string, WorkerReport>();
  /** Items given out, by run and epoch. */
  readonly given = new Map<string, number>();
  locks: string[] = [];
  /** By table and alarm. */
  readonly alarms = new Map<string, Brake & { over: string | null }>();
  /** What the first run is told. */
  told: Control = TOLD_NOTHING;
  /** Which run an event is one of. */
  readonly #runOf = new WeakMap<LedgerEvent, string>();
  /** The same of all further runs. */
  readonly #others = new Map<string, { rows: Map<number, SegmentRecord>; told: Control }>();

  #isFirst(runId: string): boolean {
    const [first = runId] = this.runs.keys();
    return runId === first;
  }
  #other(runId: string) {
    const other = this.#others.get(runId) ?? { rows: new Map<number, SegmentRecord>(), told: TOLD_NOTHING };
    this.#others.set(runId, other);
    return other;
  }
  rowsOf(runId: string): Map<number, SegmentRecord> {
    return this.#isFirst(runId) ? this.rows : this.#other(runId).rows;
  }
  #tell(runId: string, told: Control): void {
    if (this.#isFirst(runId)) this.told = told;
    else this.#other(runId).told = told;
  }

  async createRun(run: RunRecord, locks: readonly string[]): Promise<void> {
    this.runs.set(run.runId, run);
    this.locks.push(...locks);
  }
  async getRun(runId: string): Promise<RunRecord | undefined> {
    return this.runs.get(runId);
  }
  async listRuns(backfill: string): Promise<RunRecord[]> {
    return [...this.runs.values()].filter((run) => run.backfill === backfill).reverse();
  }
  async backfillNames(): Promise<string[]> {
    return [...new Set([...this.runs.values()].map(({ backfill }) => backfill))];
  }
  async reopenRun(run: RunRecord, owner: Owner, reopening: Reopening): Promise<RunRecord> {
    const change = { epoch: run.epoch + 1, owner, status: 'running' as const, reason: null, finishedAt: null, ...reopening };
    await this.updateRun(run.runId, run.epoch, change);
    return this.runs.get(run.runId) as RunRecord;
  }
  async updateRun(runId: string, epoch: number, change: Partial<RunRecord>): Promise<void> {
    const run = this.runs.get(runId);
    if (run?.epoch !== epoch) throw new BackfillError('run.superseded', 'superseded');
    this.runs.set(runId, { ...run, ...change });
  }
  async takeLocks(_: string, locks: readonly string[]): Promise<void> {
    this.locks = [...new Set([...this.locks, ...locks])];
  }
  async releaseLocks(_: string, locks: readonly string[]): Promise<void> {
    this.locks = this.locks.filter((lock) => !locks.includes(lock));
  }

  async planSegments(runId: string, segments: readonly { segment: number; quota: number | null }[]): Promise<void> {
    const rows = this.rowsOf(runId);
    for (const { segment, quota } of segments) rows.set(segment, { ...(rows.get(segment) ?? openSegment(runId, segment)), quota });
  }
  async segments(runId = [...this.runs.keys()][0] ?? ''): Promise<SegmentRecord[]> {
    return [...this.rowsOf(runId).values()].sort((a, b) => a.segment - b.segment);
  }
  async segment(runId: string, segment: number): Promise<SegmentRecord | undefined> {
    return this.rowsOf(runId).get(segment);
  }
  async acquire({ runId, epoch, segment, owner, now, until, isDead }: AcquireRequest): ReturnType<Ledger['acquire']> {
    if (this.runs.get(runId)?.epoch !== epoch) throw new BackfillError('run.superseded', 'superseded');
    const row = this.#row(runId, segment);
    if (row.state === 'done') return { kind: 'acquired', segment: row };
    if (row.lease && row.lease.until > now && !(await isDead(row.lease.owner))) return { kind: 'busy', until: row.lease.until };
    const attempt = row.attempt + 1;
    const taken = { ...row, attempt, lease: { owner, attempt, until }, begun: row.begun || now, heartbeat: now, stuck: null };
    this.rowsOf(runId).set(segment, taken);
    return { kind: 'acquired', segment: taken };
  }
  async checkpoint(runId: string, segment: number, attempt: number, previous: Chain, checkpoint: Checkpoint): Promise<void> {
    const row = this.#row(runId, segment);
    if (row.attempt === attempt && row.counters.pages === checkpoint.counters.pages && row.chain.hash === checkpoint.chain.hash) return;
    const isNext = row.chain.seq === previous.seq && row.counters.pages === checkpoint.counters.pages - 1;
    if (row.attempt !== attempt || !isNext) throw new BackfillError('lease.lost', 'lost');
    this.rowsOf(runId).set(segment, { ...row, ...checkpoint, ...(checkpoint.state === 'done' && { lease: null }) });
  }
  async release(runId: string, segment: number, attempt: number, stuck: Reason | null, counters?: Counters): Promise<void> {
    const row = this.#row(runId, segment);
    if (row.attempt === attempt) this.rowsOf(runId).set(segment, { ...row, lease: null, stuck, ...(counters && { counters }) });
  }
  async heartbeat(runId: string, segment: number, attempt: number, at: number, heard: string): Promise<boolean> {
    const row = this.#row(runId, segment);
    if (row.attempt !== attempt) return false;
    this.rowsOf(runId).set(segment, { ...row, heartbeat: at, heard });
    return true;
  }
  async markStuck(runId: string, segment: number, stuck: Reason): Promise<void> {
    this.rowsOf(runId).set(segment, { ...this.#row(runId, segment), stuck });
  }
  #told(runId: string): Control {
    return this.#isFirst(runId) ? this.told : this.#other(runId).told;
  }
  async control(runId: string): Promise<Control> {
    return this.#told(runId);
  }
  async command(runId: string, command: Command, over?: string): Promise<boolean> {
    const told = await this.control(runId);
    if (command.desired === 'run' && told.at !== '' && told.at !== over) return false;
    const mayHold = told.desired === 'run' || (told.desired === 'hold' && isBrake(told.reason) && !isBrake(command.reason));
    if (command.desired === 'hold' && (!mayHold || told.at !== (over ?? told.at))) return false;
    this.#tell(runId, { ...told, ...command });
    return true;
  }
  async govern(runId: string, findings: Findings): Promise<boolean> {
    const told = await this.control(runId);
    const last = told.findings;
    if (last && last.until >= findings.at && last.governor !== findings.governor) return false;
    this.#tell(runId, { ...told, findings });
    return true;
  }
  async changeBudgets(runId: string, change: Partial<Budgets>, first: Budgets): Promise<void> {
    if (Object.keys(change).length === 0) return;
    // In one step, as a condition would have it.
    const control = this.#told(runId);
    this.#tell(runId, { ...control, budgets: { ...(control.budgets ?? first), ...change } });
  }
  async itemsGiven(runId: string, epoch: number): Promise<number | undefined> {
    return this.given.get(`${runId}/${epoch}`);
  }
  async countItems(runId: string, epoch: number, given: number): Promise<void> {
    const id = `${runId}/${epoch}`;
    if (!this.given.has(id)) this.given.set(id, given);
  }
  async giveItems(runId: string, epoch: number, more: number, within: number | null): Promise<boolean> {
    const id = `${runId}/${epoch}`;
    const given = this.given.get(id);
    if (given === undefined || (within !== null && given + more > within)) return false;
    this.given.set(id, given + more);
    return true;
  }
  async report(runId: string, report: WorkerReport): Promise<void> {
    this.workers.set(`${runId}/${report.worker}`, report);
  }
  async reported(runId: string): Promise<Reported> {
    const { findings } = await this.control(runId);
    const reports = [...this.workers].filter(([id]) => id.startsWith(`${runId}/`)).map(([, report]) => report);
    return { reports, shares: findings?.flow ? sharesIn(findings.flow) : {} };
  }
  async forgetReports(runId: string): Promise<void> {
    for (const id of [...this.workers.keys()].filter((one) => one.startsWith(`${runId}/`))) this.workers.delete(id);
  }
  async brakes(table: string): Promise<Brake[]> {
    const standing = [...this.alarms].filter(([id, { over }]) => id.startsWith(`${table}/`) && over === null);
    return standing.map(([, { alarm, reason, since, by }]) => ({ alarm, reason, since, by }));
  }
  async setBrake(table: string, brake: Brake): Promise<boolean> {
    const id = `${table}/${brake.alarm}`;
    const seen = this.alarms.get(id);
    if (seen && (seen.over ?? seen.since) >= brake.since) return false;
    this.alarms.set(id, { ...brake, over: null });
    return true;
  }
  async clearBrake(table: string, alarm: string, at: string): Promise<boolean> {
    const id = `${table}/${alarm}`;
    const seen = this.alarms.get(id);
    if (!seen) this.alarms.set(id, { alarm, reason: '', since: at, by: '', over: at });
    else if (seen.over !== null && seen.over < at) this.alarms.set(id, { ...seen, over: at });
    if (!seen || seen.over !== null || seen.since > at) return false;
    this.alarms.set(id, { ...seen, over: at });
    return true;
  }
  async addEvent(runId: string, event: LedgerEvent): Promise<void> {
    const kept = { ...event };
    this.log.push(kept);
    this.#runOf.set(kept, runId);
  }
  async events(runId: string): Promise<LedgerEvent[]> {
    return this.log.filter((event) => this.#runOf.get(event) === runId);
  }

  #row(runId: string, segment: number): SegmentRecord {
    const row = this.rowsOf(runId).get(segment);
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
  begun: 0,
  heartbeat: 0,
  heard: '',
  stuck: null,
});
