import { itemFromJson, itemToJson } from '../../core/attribute-value.ts';
import { noCounters } from '../../core/counters.ts';
import { NO_FINGERPRINT } from '../../core/fingerprint.ts';
import type { RunRecord } from '../../core/records/run.ts';
import type { Checkpoint, SegmentRecord } from '../../core/records/segment.ts';
import { nothingYet, plainOptions } from '../../core/run.ts';

/** How records lie in the ledger table. Cursors are DynamoDB keys of other tables: kept as JSON text, with their types. */

// biome-ignore lint/suspicious/noExplicitAny: rows come from the document client untyped, and are read here and nowhere else
export type Row = Record<string, any>;

/** Segments that share a partition: a thousand workers' heartbeats must not meet in one. */
export const GROUP = 64;

export const runKey = (runId: string) => ({ PK: `RUN#${runId}`, SK: 'RUN' });

export const segmentKey = (runId: string, segment: number) => ({
  PK: `RUN#${runId}#S${Math.floor(segment / GROUP)}`,
  SK: `SEGMENT#${String(segment).padStart(5, '0')}`,
});

export const runRow = (run: RunRecord): Row => ({ ...runKey(run.runId), GSI1PK: `BACKFILL#${run.backfill}`, GSI1SK: run.runId, ...run });

/** A run that an older version wrote lacks what came since. */
export function runOf({ PK: _, SK: __, GSI1PK: ___, GSI1SK: ____, ...run }: Row): RunRecord {
  return { ...nothingYet, ...(run as RunRecord), options: { ...plainOptions, ...run.options } };
}

/** Nobody works on a segment. */
export const noLease = { leaseOwner: null, leaseUntil: 0, leaseId: null };

export const newSegment = (runId: string, segment: number, quota: number | null): Row => ({
  ...segmentKey(runId, segment),
  runId,
  segment,
  quota,
  ...checkpointAttributes({
    state: 'open',
    cursor: null,
    counters: noCounters(),
    chain: { seq: 0, attempt: 0, hash: '' },
    fingerprint: NO_FINGERPRINT,
  }),
  attempt: 0,
  ...noLease,
  begun: 0,
  heartbeat: 0,
  heard: '',
  stuck: null,
});

export const checkpointAttributes = ({ state, cursor, counters, chain, fingerprint, heartbeat, heard }: Checkpoint): Row => ({
  state,
  cursor: cursor && JSON.stringify(itemToJson(cursor)),
  counters,
  // Beside its counters, for the fence: a page without a journal object does not move the chain.
  pages: counters.pages,
  chainSeq: chain.seq,
  chainAttempt: chain.attempt,
  chainHash: chain.hash,
  fingerprint,
  ...(heartbeat !== undefined && { heartbeat, heard }),
});

export const segmentOf = (row: Row): SegmentRecord => ({
  runId: row.runId,
  segment: row.segment,
  state: row.state,
  cursor: row.cursor && itemFromJson(JSON.parse(row.cursor)),
  quota: row.quota,
  counters: row.counters,
  chain: { seq: row.chainSeq, attempt: row.chainAttempt, hash: row.chainHash },
  fingerprint: row.fingerprint,
  attempt: row.attempt,
  lease: row.leaseOwner && { owner: row.leaseOwner, attempt: row.attempt, until: row.leaseUntil },
  // A row that an older version wrote does not say.
  begun: row.begun ?? row.heartbeat,
  heartbeat: row.heartbeat,
  heard: row.heard,
  stuck: row.stuck,
});
