import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Counters } from '../../core/counters.ts';
import { BackfillError } from '../../core/errors.ts';
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
} from '../../core/ledger.ts';
import { HOLDS_LOCK } from '../../core/run.ts';
import { type CallDeps, call, faultOf } from './client.ts';
import { checkpointAttributes, GROUP, newSegment, type Row, runKey, runOf, runRow, segmentKey, segmentOf } from './ledger-rows.ts';

const CONTROL = 'CONTROL';

/** The ledger in one DynamoDB table. Every change of an existing row is conditional; reads are strongly consistent, but for the list of a backfill's runs. */
export class DynamoLedger implements Ledger {
  readonly #documents: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #deps: CallDeps;

  constructor(client: DynamoDBClient, table: string, deps: CallDeps) {
    this.#documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
    this.#table = table;
    this.#deps = deps;
  }

  async createRun(run: RunRecord, locks: readonly string[]): Promise<void> {
    // The row comes first: a lock whose holder has no row, or an ended one, is anybody's to take.
    const created = await this.#put(runRow(run), 'attribute_not_exists(PK)');
    if (!created && (await this.getRun(run.runId))?.owner.execution !== run.owner.execution) {
      throw new BackfillError('lock.held', `Another run is called ${run.runId} already.`, { remedy: 'Start again.' });
    }
    try {
      await this.#takeLocks(run.runId, locks);
    } catch (error) {
      await this.#delete(runKey(run.runId), 'epoch = :mine', { ':mine': run.epoch });
      throw error;
    }
  }

  async getRun(runId: string): Promise<RunRecord | undefined> {
    const row = await this.#get(runKey(runId));
    return row && runOf(row);
  }

  async listRuns(backfill: string, limit: number): Promise<RunRecord[]> {
    const rows = await this.#query({
      IndexName: 'GSI1',
      KeyConditionExpression: 'GSI1PK = :p',
      ExpressionAttributeValues: { ':p': `BACKFILL#${backfill}` },
      ScanIndexForward: false,
      Limit: limit,
    });
    return rows.map(runOf);
  }

  async reopenRun(
    run: RunRecord,
    owner: Owner,
    times: Pick<RunRecord, 'startedAt' | 'workedMs'>,
    locks: readonly string[],
  ): Promise<RunRecord> {
    const change: Partial<RunRecord> = { epoch: run.epoch + 1, owner, status: 'running', reason: null, finishedAt: null, ...times };
    await this.updateRun(run.runId, run.epoch, change);
    try {
      await this.#takeLocks(run.runId, locks);
    } catch (error) {
      const { status, reason, finishedAt } = run;
      await this.updateRun(run.runId, run.epoch + 1, { status, reason, finishedAt });
      throw error;
    }
    return { ...run, ...change };
  }

  async updateRun(runId: string, epoch: number, change: Partial<RunRecord>): Promise<void> {
    const landed = await this.#update(runKey(runId), change, '#epoch = :atEpoch', { ':atEpoch': epoch }, { '#epoch': 'epoch' });
    if (landed) return;
    // A repeat of a change that raised the epoch meets its own trace.
    const now = await this.getRun(runId);
    if (change.epoch !== undefined && now?.epoch === change.epoch && now.owner.execution === change.owner?.execution) return;
    throw new BackfillError('run.superseded', `Run ${runId} is carried on by another execution (epoch ${now?.epoch}, ours is ${epoch}).`);
  }

  async #takeLocks(runId: string, locks: readonly string[]): Promise<void> {
    const taken: string[] = [];
    try {
      for (const lock of locks) {
        await this.#takeLock(runId, lock);
        taken.push(lock);
      }
    } catch (error) {
      await this.releaseLocks(runId, taken);
      throw error;
    }
  }

  async #takeLock(runId: string, lock: string): Promise<void> {
    const key = { PK: `LOCK#${lock}`, SK: 'LOCK' };
    const row = { ...key, runId, at: new Date(this.#deps.clock.now()).toISOString() };
    if (await this.#put(row, 'attribute_not_exists(PK) OR runId = :me', { ':me': runId })) return;
    const holder = await this.#get(key);
    const run = holder && (await this.getRun(holder.runId));
    if (run && HOLDS_LOCK.includes(run.status)) {
      const details = { holder: run.runId, status: run.status };
      const remedy = `Watch it with \`npx backfill monitor ${run.runId}\`, carry it on with \`npx backfill resume ${run.runId}\` if nobody does, or end it with \`npx backfill abort ${run.runId}\`; a deployed machine carries it on with the input {"resume":"${run.runId}"}.`;
      throw new BackfillError('lock.held', `Run ${run.runId} of ${run.backfill} is ${run.status} and holds ${lock}.`, { details, remedy });
    }
    // The holder ended without letting go; whoever sees it first takes the lock.
    const condition = holder ? 'attribute_not_exists(PK) OR runId = :holder' : 'attribute_not_exists(PK)';
    const taken = await this.#put(row, condition, holder && { ':holder': holder.runId });
    if (!taken) throw new BackfillError('lock.held', `Another run has just taken ${lock}.`);
  }

  async releaseLocks(runId: string, locks: readonly string[]): Promise<void> {
    for (const lock of locks) {
      await this.#delete({ PK: `LOCK#${lock}`, SK: 'LOCK' }, 'runId = :mine', { ':mine': runId });
    }
  }

  async planSegments(runId: string, segments: readonly { segment: number; quota: number | null }[]): Promise<void> {
    for (let start = 0; start < segments.length; start += GROUP) {
      await Promise.all(
        segments.slice(start, start + GROUP).map(async ({ segment, quota }) => {
          const created = await this.#put(newSegment(runId, segment, quota), 'attribute_not_exists(PK)');
          if (!created) await this.#update(segmentKey(runId, segment), { quota }, 'attribute_exists(PK)');
        }),
      );
    }
  }

  async segments(runId: string, total: number): Promise<SegmentRecord[]> {
    const groups = Array.from({ length: Math.ceil(total / GROUP) }, (_, group) => group);
    const rows = await Promise.all(
      groups.map((group) =>
        this.#query({
          KeyConditionExpression: 'PK = :p AND begins_with(SK, :s)',
          ExpressionAttributeValues: { ':p': segmentKey(runId, group * GROUP).PK, ':s': 'SEGMENT#' },
          ConsistentRead: true,
        }),
      ),
    );
    return rows.flat().map(segmentOf);
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
    const row = await this.#get(key);
    if (!row) throw new BackfillError('run.superseded', `Run ${runId} has no segment ${segment}.`);
    const seen = segmentOf(row);
    if (seen.state === 'done') return { kind: 'acquired', segment: seen };
    if (seen.lease && seen.lease.until > now && !(await isDead(seen.lease.owner))) return { kind: 'busy', until: seen.lease.until };

    const attempt = seen.attempt + 1;
    const leaseId = randomUUID();
    const change = { attempt, leaseId, leaseOwner: owner, leaseUntil: until, heartbeat: now, stuck: null };
    const won = await this.#update(key, change, '#attempt = :seen', { ':seen': seen.attempt }, { '#attempt': 'attempt' });
    // Read again: until the lease was ours, a worker thought dead may have checked in one more page.
    const held = await this.#get(key);
    if (held?.leaseId === leaseId) return { kind: 'acquired', segment: segmentOf(held) };
    if (won || !held) throw new BackfillError('lease.lost', `The lease of segment ${segment} was lost as soon as it was taken.`);
    return { kind: 'busy', until: segmentOf(held).lease?.until ?? now };
  }

  async checkpoint(runId: string, segment: number, attempt: number, previous: Chain, checkpoint: Checkpoint): Promise<void> {
    const key = segmentKey(runId, segment);
    const values = { ':attempt': attempt, ':previous': previous.seq, ':before': checkpoint.counters.pages - 1 };
    const condition = '#attempt = :attempt AND #chainSeq = :previous AND #pages = :before';
    if (
      await this.#update(key, checkpointAttributes(checkpoint), condition, values, {
        '#attempt': 'attempt',
        '#chainSeq': 'chainSeq',
        '#pages': 'pages',
      })
    )
      return;
    const row = await this.#get(key);
    const now = row && segmentOf(row);
    const landed = now?.attempt === attempt && now.counters.pages === checkpoint.counters.pages && now.chain.hash === checkpoint.chain.hash;
    if (!landed) throw new BackfillError('lease.lost', `Another worker has taken segment ${segment} over.`);
  }

  async release(runId: string, segment: number, attempt: number, stuck: Reason | null, counters?: Counters): Promise<void> {
    const change = { leaseOwner: null, leaseUntil: 0, leaseId: null, stuck, counters };
    await this.#update(segmentKey(runId, segment), change, '#attempt = :attempt', { ':attempt': attempt }, { '#attempt': 'attempt' });
  }

  heartbeat(runId: string, segment: number, attempt: number, at: number): Promise<boolean> {
    return this.#update(
      segmentKey(runId, segment),
      { heartbeat: at },
      '#attempt = :attempt',
      { ':attempt': attempt },
      { '#attempt': 'attempt' },
    );
  }

  async markStuck(runId: string, segment: number, reason: Reason): Promise<void> {
    await this.#update(segmentKey(runId, segment), { stuck: reason }, '#state = :open', { ':open': 'open' }, { '#state': 'state' });
  }

  async control(runId: string): Promise<Control> {
    const row = await this.#get({ PK: `RUN#${runId}`, SK: CONTROL });
    if (!row) return { desired: 'run', reason: null, by: '', at: '' };
    const { desired, reason, by, at } = row;
    return { desired, reason, by, at };
  }

  async setControl(runId: string, control: Control): Promise<void> {
    await this.#put({ PK: `RUN#${runId}`, SK: CONTROL, ...control });
  }

  async addEvent(runId: string, event: LedgerEvent): Promise<void> {
    await this.#put({ PK: `RUN#${runId}`, SK: `EVENT#${event.at}#${randomUUID().slice(0, 8)}`, ...event });
  }

  async events(runId: string): Promise<LedgerEvent[]> {
    const rows = await this.#query({
      KeyConditionExpression: 'PK = :p AND begins_with(SK, :s)',
      ExpressionAttributeValues: { ':p': `RUN#${runId}`, ':s': 'EVENT#' },
      ConsistentRead: true,
    });
    return rows.map(({ at, who, what, details }) => ({ at, who, what, details }));
  }

  #call<T>(operation: () => Promise<T>): Promise<T> {
    return call('ledger', this.#deps, operation);
  }

  /** False when the condition did not hold. */
  async #conditional(operation: () => Promise<unknown>): Promise<boolean> {
    try {
      await this.#call(operation);
      return true;
    } catch (error) {
      if (faultOf(error) === 'condition') return false;
      throw error;
    }
  }

  async #get(Key: { PK: string; SK: string }): Promise<Row | undefined> {
    const { Item } = await this.#call(() => this.#documents.send(new GetCommand({ TableName: this.#table, Key, ConsistentRead: true })));
    return Item;
  }

  async #query(input: Omit<QueryCommandInput, 'TableName'>): Promise<Row[]> {
    const rows: Row[] = [];
    let from: Row | undefined;
    do {
      const command = new QueryCommand({ TableName: this.#table, ...input, ...(from && { ExclusiveStartKey: from }) });
      const page = await this.#call(() => this.#documents.send(command));
      rows.push(...(page.Items ?? []));
      from = page.LastEvaluatedKey;
    } while (from && rows.length < (input.Limit ?? Number.POSITIVE_INFINITY));
    return rows;
  }

  #put(Item: Row, ConditionExpression?: string, values?: Row): Promise<boolean> {
    const command = new PutCommand({
      TableName: this.#table,
      Item,
      ...(ConditionExpression && { ConditionExpression }),
      ...(values && { ExpressionAttributeValues: values }),
    });
    return this.#conditional(() => this.#documents.send(command));
  }

  #delete(Key: Row, ConditionExpression: string, values: Row): Promise<boolean> {
    const command = new DeleteCommand({ TableName: this.#table, Key, ConditionExpression, ExpressionAttributeValues: values });
    return this.#conditional(() => this.#documents.send(command));
  }

  /** Sets attributes; false when the condition did not hold. */
  #update(Key: Row, change: object, ConditionExpression: string, values: Row = {}, names: Record<string, string> = {}): Promise<boolean> {
    const entries = Object.entries(change).filter(([, value]) => value !== undefined);
    const command = new UpdateCommand({
      TableName: this.#table,
      Key,
      UpdateExpression: `SET ${entries.map((_, index) => `#u${index} = :u${index}`).join(', ')}`,
      ConditionExpression,
      ExpressionAttributeNames: { ...names, ...Object.fromEntries(entries.map(([name], index) => [`#u${index}`, name])) },
      ExpressionAttributeValues: { ...values, ...Object.fromEntries(entries.map(([, value], index) => [`:u${index}`, value])) },
    });
    return this.#conditional(() => this.#documents.send(command));
  }
}
