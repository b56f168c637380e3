import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Counters } from '../../core/counters.ts';
import { BackfillError } from '../../core/errors.ts';
import type { Budgets } from '../../core/flow/budgets.ts';
import type { WorkerReport } from '../../core/flow/report.ts';
import type { AcquireRequest, Ledger, LedgerEvent, Reported } from '../../core/ledger.ts';
import type { Brake, Command, Control, Findings } from '../../core/records/control.ts';
import type { Owner, Reason, Reopening, RunRecord } from '../../core/records/run.ts';
import type { Chain, Checkpoint, SegmentRecord } from '../../core/records/segment.ts';
import type { CallDeps } from './client.ts';
import { BrakeRows } from './ledger-brakes.ts';
import { ControlRows } from './ledger-control.ts';
import { runKey, runOf, runRow } from './ledger-rows.ts';
import { SegmentRows } from './ledger-segments.ts';
import { WorkerRows } from './ledger-workers.ts';
import { Locks } from './locks.ts';
import { TableRows } from './table-rows.ts';

/** One row for each name that ever had a run. */
const BACKFILLS = 'BACKFILLS';

/** Of one execution: what workers of an older one were given is nobody's any more. */
const itemsKey = (runId: string, epoch: number) => ({ PK: `RUN#${runId}`, SK: `ITEMS#${epoch}` });

/** The ledger in one DynamoDB table. Every change of an existing row is conditional; reads are strongly consistent, but for the list of a backfill's runs. */
export class DynamoLedger implements Ledger {
  readonly #rows: TableRows;
  readonly #locks: Locks;
  readonly #segments: SegmentRows;
  readonly #workers: WorkerRows;
  readonly #control: ControlRows;
  readonly #brakes: BrakeRows;

  constructor(client: DynamoDBClient, table: string, deps: CallDeps) {
    this.#rows = new TableRows(client, table, deps);
    this.#locks = new Locks(this.#rows, (runId) => this.getRun(runId), deps.clock);
    this.#segments = new SegmentRows(this.#rows);
    this.#workers = new WorkerRows(this.#rows);
    this.#control = new ControlRows(this.#rows, this.#workers);
    this.#brakes = new BrakeRows(this.#rows);
  }

  async createRun(run: RunRecord, locks: readonly string[]): Promise<void> {
    // Else a run that is refused could be seen for a moment.
    await this.#locks.mustBeFree(run.runId, locks);
    await this.#rows.put({ PK: BACKFILLS, SK: run.backfill });
    // The row comes first: a lock whose holder has no row, or an ended one, is anybody's to take.
    const created = await this.#rows.put(runRow(run), 'attribute_not_exists(PK)');
    if (!created && (await this.getRun(run.runId))?.owner.execution !== run.owner.execution) {
      throw new BackfillError('lock.held', `Another run is called ${run.runId} already.`, { remedy: 'Start again.' });
    }
    try {
      await this.#locks.take(run.runId, locks);
    } catch (error) {
      await this.#rows.delete(runKey(run.runId), 'epoch = :mine', { ':mine': run.epoch });
      throw error;
    }
  }

  async getRun(runId: string): Promise<RunRecord | undefined> {
    const row = await this.#rows.get(runKey(runId));
    return row && runOf(row);
  }

  async listRuns(backfill: string, limit: number): Promise<RunRecord[]> {
    const rows = await this.#rows.query({
      IndexName: 'GSI1',
      KeyConditionExpression: 'GSI1PK = :p',
      ExpressionAttributeValues: { ':p': `BACKFILL#${backfill}` },
      ScanIndexForward: false,
      Limit: limit,
    });
    return rows.map(runOf);
  }

  async backfillNames(): Promise<string[]> {
    const rows = await this.#rows.query({
      KeyConditionExpression: 'PK = :p',
      ExpressionAttributeValues: { ':p': BACKFILLS },
      ConsistentRead: true,
    });
    return rows.map(({ SK }) => SK);
  }

  async reopenRun(run: RunRecord, owner: Owner, reopening: Reopening, locks: readonly string[]): Promise<RunRecord> {
    await this.#locks.mustBeFree(run.runId, locks);
    const change: Partial<RunRecord> = { epoch: run.epoch + 1, owner, status: 'running', reason: null, finishedAt: null, ...reopening };
    await this.updateRun(run.runId, run.epoch, change);
    try {
      await this.#locks.take(run.runId, locks);
    } catch (error) {
      const { status, reason, finishedAt, rounds, phases } = run;
      await this.updateRun(run.runId, run.epoch + 1, { status, reason, finishedAt, rounds, phases });
      throw error;
    }
    return { ...run, ...change };
  }

  async updateRun(runId: string, epoch: number, change: Partial<RunRecord>): Promise<void> {
    const landed = await this.#rows.update(runKey(runId), change, '#epoch = :atEpoch', { ':atEpoch': epoch }, { '#epoch': 'epoch' });
    if (landed) return;
    // A repeat of a change that raised the epoch meets its own trace.
    const now = await this.getRun(runId);
    if (change.epoch !== undefined && now?.epoch === change.epoch && now.owner.execution === change.owner?.execution) return;
    throw new BackfillError('run.superseded', `Run ${runId} is carried on by another execution (epoch ${now?.epoch}, ours is ${epoch}).`);
  }

  takeLocks(runId: string, locks: readonly string[]): Promise<void> {
    return this.#locks.take(runId, locks);
  }

  releaseLocks(runId: string, locks: readonly string[]): Promise<void> {
    return this.#locks.release(runId, locks);
  }

  planSegments(runId: string, segments: readonly { segment: number; quota: number | null }[]): Promise<void> {
    return this.#segments.plan(runId, segments);
  }

  segments(runId: string, total: number): Promise<SegmentRecord[]> {
    return this.#segments.all(runId, total);
  }

  segment(runId: string, segment: number): Promise<SegmentRecord | undefined> {
    return this.#segments.one(runId, segment);
  }

  async acquire(request: AcquireRequest): ReturnType<Ledger['acquire']> {
    const { runId, epoch } = request;
    const run = await this.getRun(runId);
    if (run?.epoch === epoch && run.status === 'running') return this.#segments.acquire(request);
    throw new BackfillError(
      'run.superseded',
      `Run ${runId} is ${run?.status ?? 'gone'} at epoch ${run?.epoch}; this worker belongs to epoch ${epoch}.`,
    );
  }

  checkpoint(runId: string, segment: number, attempt: number, previous: Chain, checkpoint: Checkpoint): Promise<void> {
    return this.#segments.checkpoint(runId, segment, attempt, previous, checkpoint);
  }

  release(runId: string, segment: number, attempt: number, stuck: Reason | null, counters?: Counters): Promise<void> {
    return this.#segments.release(runId, segment, attempt, stuck, counters);
  }

  heartbeat(runId: string, segment: number, attempt: number, at: number, heard: string): Promise<boolean> {
    return this.#segments.heartbeat(runId, segment, attempt, at, heard);
  }

  markStuck(runId: string, segment: number, reason: Reason): Promise<void> {
    return this.#segments.markStuck(runId, segment, reason);
  }

  control(runId: string, worker?: string): Promise<Control> {
    return this.#control.read(runId, worker);
  }

  command(runId: string, command: Command, over?: string): Promise<boolean> {
    return this.#control.command(runId, command, over);
  }

  govern(runId: string, findings: Findings): Promise<boolean> {
    return this.#control.govern(runId, findings);
  }

  changeBudgets(runId: string, change: Partial<Budgets>, first: Budgets): Promise<void> {
    return this.#control.changeBudgets(runId, change, first);
  }

  async itemsGiven(runId: string, epoch: number): Promise<number | undefined> {
    return (await this.#rows.get(itemsKey(runId, epoch)))?.given;
  }

  async countItems(runId: string, epoch: number, given: number): Promise<void> {
    await this.#rows.put({ ...itemsKey(runId, epoch), given }, 'attribute_not_exists(PK)');
  }

  giveItems(runId: string, epoch: number, more: number, within: number | null): Promise<boolean> {
    const isCounted = within === null ? 'attribute_exists(PK)' : '#given <= :most';
    return this.#rows.add(itemsKey(runId, epoch), 'given', more, isCounted, within === null ? {} : { ':most': within - more });
  }

  report(runId: string, report: WorkerReport): Promise<void> {
    return this.#workers.report(runId, report);
  }

  reported(runId: string): Promise<Reported> {
    return this.#workers.reported(runId);
  }

  forgetReports(runId: string): Promise<void> {
    return this.#workers.forget(runId);
  }

  brakes(table: string): Promise<Brake[]> {
    return this.#brakes.standing(table);
  }

  setBrake(table: string, brake: Brake): Promise<boolean> {
    return this.#brakes.set(table, brake);
  }

  clearBrake(table: string, alarm: string, at: string): Promise<boolean> {
    return this.#brakes.clear(table, alarm, at);
  }

  async addEvent(runId: string, event: LedgerEvent): Promise<void> {
    await this.#rows.put({ PK: `RUN#${runId}`, SK: `EVENT#${event.at}#${randomUUID().slice(0, 8)}`, ...event });
  }

  async events(runId: string): Promise<LedgerEvent[]> {
    const rows = await this.#rows.query({
      KeyConditionExpression: 'PK = :p AND begins_with(SK, :s)',
      ExpressionAttributeValues: { ':p': `RUN#${runId}`, ':s': 'EVENT#' },
      ConsistentRead: true,
    });
    return rows.map(({ at, who, what, details }) => ({ at, who, what, details }));
  }
}
