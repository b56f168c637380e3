import { randomUUID } from 'node:crypto';
import type { Counters } from '../../core/counters.ts';
import { BackfillError } from '../../core/errors.ts';
import type { AcquireRequest, Ledger } from '../../core/ledger.ts';
import type { Reason } from '../../core/records/run.ts';
import type { Chain, Checkpoint, SegmentRecord } from '../../core/records/segment.ts';
import { checkpointAttributes, GROUP, newSegment, noLease, segmentKey, segmentOf } from './ledger-rows.ts';
import type { TableRows } from './table-rows.ts';

const ATTEMPT = { '#attempt': 'attempt' };

/** Where each segment stands, and who works on it: every change that a worker makes is fenced by the attempt of its lease. */
export class SegmentRows {
  readonly #rows: TableRows;

  constructor(rows: TableRows) {
    this.#rows = rows;
  }

  async plan(runId: string, segments: readonly { segment: number; quota: number | null }[]): Promise<void> {
    for (let start = 0; start < segments.length; start += GROUP) {
      await Promise.all(
        segments.slice(start, start + GROUP).map(async ({ segment, quota }) => {
          const created = await this.#rows.put(newSegment(runId, segment, quota), 'attribute_not_exists(PK)');
          if (!created) await this.#rows.update(segmentKey(runId, segment), { quota }, 'attribute_exists(PK)');
        }),
      );
    }
  }

  async all(runId: string, total: number): Promise<SegmentRecord[]> {
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

  async one(runId: string, segment: number): Promise<SegmentRecord | undefined> {
    const row = await this.#rows.get(segmentKey(runId, segment));
    return row && segmentOf(row);
  }

  /** For a run that is known to go on: as the ledger's. */
  async acquire({ runId, segment, owner, now, until, isDead }: AcquireRequest): ReturnType<Ledger['acquire']> {
    const key = segmentKey(runId, segment);
    const leaseId = randomUUID();
    const takeAfter = (attempt: number, begun: number) => {
      const change = { attempt: attempt + 1, leaseId, leaseOwner: owner, leaseUntil: until, begun, heartbeat: now, stuck: null };
      return this.#rows.change(key, change, '#attempt = :last', { ':last': attempt }, ATTEMPT);
    };
    // Most segments were nobody's before: of these nothing need be asked.
    const unbegun = await takeAfter(0, now);
    if (unbegun) return { kind: 'acquired', segment: segmentOf(unbegun) };
    const row = await this.#rows.get(key);
    if (!row) throw new BackfillError('run.superseded', `Run ${runId} has no segment ${segment}.`);
    const seen = segmentOf(row);
    if (seen.state === 'done') return { kind: 'acquired', segment: seen };
    // Ours: the answer was lost, and we asked again.
    if (row.leaseId === leaseId) return { kind: 'acquired', segment: seen };
    if (seen.lease && seen.lease.until > now && !(await isDead(seen.lease.owner))) return { kind: 'busy', until: seen.lease.until };

    // As it is then: until the lease is ours, a worker thought dead may check in one more page.
    const taken = await takeAfter(seen.attempt, seen.begun || now);
    if (taken) return { kind: 'acquired', segment: segmentOf(taken) };
    // Somebody else's, or ours after all.
    const held = await this.#rows.get(key);
    if (held?.leaseId === leaseId) return { kind: 'acquired', segment: segmentOf(held) };
    if (!held) throw new BackfillError('lease.lost', `The lease of segment ${segment} was lost as soon as it was taken.`);
    return { kind: 'busy', until: segmentOf(held).lease?.until ?? now };
  }

  async checkpoint(runId: string, segment: number, attempt: number, previous: Chain, checkpoint: Checkpoint): Promise<void> {
    const key = segmentKey(runId, segment);
    const change = { ...checkpointAttributes(checkpoint), ...(checkpoint.state === 'done' && noLease) };
    const values = { ':attempt': attempt, ':previous': previous.seq, ':before': checkpoint.counters.pages - 1 };
    const condition = '#attempt = :attempt AND #chainSeq = :previous AND #pages = :before';
    if (await this.#rows.update(key, change, condition, values, { ...ATTEMPT, '#chainSeq': 'chainSeq', '#pages': 'pages' })) return;
    const now = await this.one(runId, segment);
    const landed = now?.attempt === attempt && now.counters.pages === checkpoint.counters.pages && now.chain.hash === checkpoint.chain.hash;
    if (!landed) throw new BackfillError('lease.lost', `Another worker has taken segment ${segment} over.`);
  }

  async release(runId: string, segment: number, attempt: number, stuck: Reason | null, counters?: Counters): Promise<void> {
    await this.#changeHeld(runId, segment, attempt, { ...noLease, stuck, counters });
  }

  heartbeat(runId: string, segment: number, attempt: number, at: number, heard: string): Promise<boolean> {
    return this.#changeHeld(runId, segment, attempt, { heartbeat: at, heard });
  }

  async markStuck(runId: string, segment: number, reason: Reason): Promise<void> {
    await this.#rows.update(segmentKey(runId, segment), { stuck: reason }, '#state = :open', { ':open': 'open' }, { '#state': 'state' });
  }

  /** False when the lease is not the attempt's any more. */
  #changeHeld(runId: string, segment: number, attempt: number, change: object): Promise<boolean> {
    return this.#rows.update(segmentKey(runId, segment), change, '#attempt = :attempt', { ':attempt': attempt }, ATTEMPT);
  }
}
