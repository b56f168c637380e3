import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BRAKE, isBrake } from '../../core/brakes.ts';
import type { Counters } from '../../core/counters.ts';
import { BackfillError } from '../../core/errors.ts';
import type { Budgets } from '../../core/flow/budgets.ts';
import type { WorkerReport } from '../../core/flow/report.ts';
import type { AcquireRequest, Ledger, LedgerEvent } from '../../core/ledger.ts';
import type { Brake, Command, Control, Findings } from '../../core/records/control.ts';
import type { Owner, Reason, Reopening, RunRecord } from '../../core/records/run.ts';
import type { Chain, Checkpoint, SegmentRecord } from '../../core/records/segment.ts';
import type { CallDeps } from './client.ts';
import { checkpointAttributes, GROUP, newSegment, runKey, runOf, runRow, segmentKey, segmentOf } from './ledger-rows.ts';
import { Locks } from './locks.ts';
import { TableRows } from './table-rows.ts';

const brakeKey = (table: string, alarm: string) => ({ PK: `BRAKE#${table}`, SK: `ALARM#${alarm}` });

/** One row for each name that ever had a run. */
const BACKFILLS = 'BACKFILLS';

const controlKey = (runId: string) => ({ PK: `RUN#${runId}`, SK: 'CONTROL' });

/** Apart from the run's own rows, which all workers read: these all of them write. */
const reportKey = (runId: string, worker: string) => ({ PK: `RUN#${runId}#WORKERS`, SK: `WORKER#${worker}` });

/** Of one execution: what workers of an older one were given is nobody's any more. */
const itemsKey = (runId: string, epoch: number) => ({ PK: `RUN#${runId}`, SK: `ITEMS#${epoch}` });

/** The ledger in one DynamoDB table. Every change of an existing row is conditional; reads are strongly consistent, but for the list of a backfill's runs. */
export class DynamoLedger implements Ledger {
  readonly #rows: TableRows;
  readonly #locks: Locks;

  constructor(client: DynamoDBClient, table: string, deps: CallDeps) {
    this.#rows = new TableRows(client, table, deps);
    this.#locks = new Locks(this.#rows, (runId) => this.getRun(runId), deps.clock);
  }

  async createRun(run: RunRecord, locks: readonly string[]): Promise<void> {
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

  async planSegments(runId: string, segments: readonly { segment: number; quota: number | null }[]): Promise<void> {
    for (let start = 0; start < segments.length; start += GROUP) {
      await Promise.all(
        segments.slice(start, start + GROUP).map(async ({ segment, quota }) => {
          const created = await this.#rows.put(newSegment(runId, segment, quota), 'attribute_not_exists(PK)');
          if (!created) await this.#rows.update(segmentKey(runId, segment), { quota }, 'attribute_exists(PK)');
        }),
      );
    }
  }

  async segments(runId: string, total: number): Promise<SegmentRecord[]> {
    const groups = Array.from({ length: Math.ceil(total / GROUP) }, (_, group) => group);
    const rows = await Promise.all(
      groups.map((group) =>
        this.#rows.query({
          KeyConditionExpression: 'PK = :p AND begins_with(SK, :s)',
          ExpressionAttributeValues: { ':p': segmentKey(runId, group * GROUP).PK, ':s': 'SEGMENT#' },
          ConsistentRead: true,
        }),
      ),
    );
    return rows.flat().map(segmentOf);
  }

  async segment(runId: string, segment: number): Promise<SegmentRecord | undefined> {
    const row = await this.#rows.get(segmentKey(runId, segment));
    return row && segmentOf(row);
  }

  async acquire({ runId, epoch, segment, owner, now, until, isDead }: AcquireRequest): ReturnType<Ledger['acquire']> {
    const run = await this.getRun(runId);
    if (run?.epoch !== epoch || run.status !== 'running') {
      throw new BackfillError(
        'run.superseded',
        `Run ${runId} is ${run?.status ?? 'gone'} at epoch ${run?.epoch}; this worker belongs to epoch ${epoch}.`,
      );
    }
    const key = segmentKey(runId, segment);
    const row = await this.#rows.get(key);
    if (!row) throw new BackfillError('run.superseded', `Run ${runId} has no segment ${segment}.`);
    const seen = segmentOf(row);
    if (seen.state === 'done') return { kind: 'acquired', segment: seen };
    if (seen.lease && seen.lease.until > now && !(await isDead(seen.lease.owner))) return { kind: 'busy', until: seen.lease.until };

    const attempt = seen.attempt + 1;
    const leaseId = randomUUID();
    const change = { attempt, leaseId, leaseOwner: owner, leaseUntil: until, begun: seen.begun || now, heartbeat: now, stuck: null };
    const won = await this.#rows.update(key, change, '#attempt = :seen', { ':seen': seen.attempt }, { '#attempt': 'attempt' });
    // Read again: until the lease was ours, a worker thought dead may have checked in one more page.
    const held = await this.#rows.get(key);
    if (held?.leaseId === leaseId) return { kind: 'acquired', segment: segmentOf(held) };
    if (won || !held) throw new BackfillError('lease.lost', `The lease of segment ${segment} was lost as soon as it was taken.`);
    return { kind: 'busy', until: segmentOf(held).lease?.until ?? now };
  }

  async checkpoint(runId: string, segment: number, attempt: number, previous: Chain, checkpoint: Checkpoint): Promise<void> {
    const key = segmentKey(runId, segment);
    const values = { ':attempt': attempt, ':previous': previous.seq, ':before': checkpoint.counters.pages - 1 };
    const condition = '#attempt = :attempt AND #chainSeq = :previous AND #pages = :before';
    if (
      await this.#rows.update(key, checkpointAttributes(checkpoint), condition, values, {
        '#attempt': 'attempt',
        '#chainSeq': 'chainSeq',
        '#pages': 'pages',
      })
    )
      return;
    const row = await this.#rows.get(key);
    const now = row && segmentOf(row);
    const landed = now?.attempt === attempt && now.counters.pages === checkpoint.counters.pages && now.chain.hash === checkpoint.chain.hash;
    if (!landed) throw new BackfillError('lease.lost', `Another worker has taken segment ${segment} over.`);
  }

  async release(runId: string, segment: number, attempt: number, stuck: Reason | null, counters?: Counters): Promise<void> {
    const change = { leaseOwner: null, leaseUntil: 0, leaseId: null, stuck, counters };
    await this.#rows.update(segmentKey(runId, segment), change, '#attempt = :attempt', { ':attempt': attempt }, { '#attempt': 'attempt' });
  }

  heartbeat(runId: string, segment: number, attempt: number, at: number, heard: string): Promise<boolean> {
    return this.#rows.update(
      segmentKey(runId, segment),
      { heartbeat: at, heard },
      '#attempt = :attempt',
      { ':attempt': attempt },
      { '#attempt': 'attempt' },
    );
  }

  async markStuck(runId: string, segment: number, reason: Reason): Promise<void> {
    await this.#rows.update(segmentKey(runId, segment), { stuck: reason }, '#state = :open', { ':open': 'open' }, { '#state': 'state' });
  }

  async control(runId: string): Promise<Control> {
    const row = (await this.#rows.get(controlKey(runId))) ?? {};
    const { desired = 'run', reason = null, by = '', at = '', findings = null, budgets = null } = row;
    // What an older version found lacks what came since.
    const since = { pages: 0, movedAt: findings?.at, slowed: null, flow: null };
    return { desired, reason, by, at, findings: findings && { ...since, ...findings }, budgets };
  }

  command(runId: string, command: Command, over?: string): Promise<boolean> {
    const key = controlKey(runId);
    if (command.desired === 'abort') return this.#rows.update(key, command, undefined);
    if (command.desired === 'run')
      return this.#rows.update(key, command, 'attribute_not_exists(#at) OR #at = :over', { ':over': over ?? '' }, { '#at': 'at' });
    // A hold that an alarm will lift gives way to one that nobody will.
    const overBrake = isBrake(command.reason) ? '' : ' OR (#desired = :hold AND #reason.#code = :brake)';
    const mayHold = `(attribute_not_exists(#desired) OR #desired = :run${overBrake})`;
    const holding = { ':run': 'run', ...(overBrake && { ':hold': 'hold', ':brake': BRAKE }) };
    const names = { '#desired': 'desired', ...(overBrake && { '#reason': 'reason', '#code': 'code' }) };
    if (over === undefined) return this.#rows.update(key, command, mayHold, holding, names);
    const still = over === '' ? 'attribute_not_exists(#at)' : '#at = :over';
    const values = { ...holding, ...(over !== '' && { ':over': over }) };
    return this.#rows.update(key, command, `${mayHold} AND ${still}`, values, { ...names, '#at': 'at' });
  }

  govern(runId: string, findings: Findings): Promise<boolean> {
    const mayGovern = 'attribute_not_exists(#findings) OR #findings.#until < :now OR #findings.#governor = :me';
    const values = { ':now': findings.at, ':me': findings.governor };
    const names = { '#findings': 'findings', '#until': 'until', '#governor': 'governor' };
    return this.#rows.update(controlKey(runId), { findings }, mayGovern, values, names);
  }

  async setBudgets(runId: string, budgets: Budgets): Promise<void> {
    await this.#rows.update(controlKey(runId), { budgets }, undefined);
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

  async report(runId: string, report: WorkerReport): Promise<void> {
    await this.#rows.put({ ...reportKey(runId, report.worker), report });
  }

  async reports(runId: string): Promise<WorkerReport[]> {
    const rows = await this.#rows.query({
      KeyConditionExpression: 'PK = :p AND begins_with(SK, :s)',
      ExpressionAttributeValues: { ':p': reportKey(runId, '').PK, ':s': 'WORKER#' },
      ConsistentRead: true,
    });
    return rows.map(({ report }) => report);
  }

  async forgetReports(runId: string): Promise<void> {
    const workers = (await this.reports(runId)).map(({ worker }) => worker);
    for (let start = 0; start < workers.length; start += GROUP)
      await Promise.all(workers.slice(start, start + GROUP).map((worker) => this.#rows.delete(reportKey(runId, worker))));
  }

  async brakes(table: string): Promise<Brake[]> {
    const rows = await this.#rows.query({
      KeyConditionExpression: 'PK = :p AND begins_with(SK, :s)',
      ExpressionAttributeValues: { ':p': `BRAKE#${table}`, ':s': 'ALARM#' },
      ConsistentRead: true,
    });
    return rows.filter(({ over }) => over === null).map(({ alarm, reason, since, by }) => ({ alarm, reason, since, by }));
  }

  setBrake(table: string, brake: Brake): Promise<boolean> {
    // What is over stays written down: the word that it began may come later. One that begins once more was over in between, though the word of it was lost.
    const row = { ...brakeKey(table, brake.alarm), ...brake, over: null };
    const isOlder = 'attribute_not_exists(PK) OR #over < :since OR (#over = :none AND #since < :since)';
    return this.#rows.put(row, isOlder, { ':since': brake.since, ':none': null }, { '#over': 'over', '#since': 'since' });
  }

  async clearBrake(table: string, alarm: string, at: string): Promise<boolean> {
    const key = brakeKey(table, alarm);
    const names = { '#over': 'over', '#since': 'since' };
    const stood = await this.#rows.update(
      key,
      { over: at },
      'attribute_exists(PK) AND #over = :none AND #since <= :at',
      { ':none': null, ':at': at },
      names,
    );
    if (stood) return true;
    // It was over before, or never stood: the word that it began, once more, may come later.
    const isLater = await this.#rows.update(key, { over: at }, '#over < :at', { ':at': at }, { '#over': 'over' });
    if (!isLater) await this.#rows.put({ ...key, alarm, since: at, reason: '', by: '', over: at }, 'attribute_not_exists(PK)');
    return false;
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
