import { type Counters, total } from '../counters.ts';
import { BackfillError } from '../errors.ts';
import { readListing } from '../listings.ts';
import type { Ports } from '../ports.ts';
import type { RunRecord } from '../records/run.ts';
import type { SegmentRecord } from '../records/segment.ts';
import { presentRound } from '../rounds.ts';
import { stampedName } from '../run.ts';
import type { Standing } from '../steps/validate.ts';
import { stagesOf } from './stages.ts';
import { rollbackOf } from './undoing.ts';

/** How the segments of a rollback stand once a Map is over. `short`: the next stage comes. */
export function judgeRollback(run: RunRecord, segments: readonly SegmentRecord[], told: boolean): Standing {
  const present = presentRound(run, segments);
  const isDone = present.length === run.options.segments && present.every(({ state }) => state === 'done');
  if (isDone) return run.rounds < stagesOf(run).length ? 'short' : 'closed';
  return told ? 'held' : 'stuck';
}

/** What a rollback's stats file says beside its record. */
export interface RollbackFacts {
  of: string;
  dryRun: boolean;
  restored: number;
  deleted: number;
  /** Items that somebody else has changed since, and that were left alone. */
  kept: number;
  failed: number;
  /** Items that were read again and are as before. */
  verified: number;
  /** Journal objects that were gone on without. */
  damaged: unknown[];
  tableHash: { before: string | null; after: string | null; same: boolean | null };
}

/** Sums a rollback up, marks the run as undone, and keeps the stats file. */
export async function closeRollback(
  run: RunRecord,
  segments: readonly SegmentRecord[],
  totals: Counters,
  ports: Ports,
): Promise<{ stats: string; tableHash: string | null; good: boolean }> {
  const { ledger, artifacts, inspector, clock } = ports;
  const { of } = rollbackOf(run);
  const { dryRun } = run.options;
  const inspected = totals.notes.entries ?? 0;
  if (inspected !== totals.scanned)
    throw new BackfillError(
      'journal.damaged',
      `The journal had ${inspected} entries when it was inspected, and ${totals.scanned} were met since.`,
    );
  const tableHash = run.options.hash ? await inspector.hash() : null;
  const undone = await ledger.getRun(of);
  const before = undone?.tableHash ?? null;
  const facts: RollbackFacts = {
    of,
    dryRun,
    restored: totals.restored,
    deleted: totals.deleted,
    kept: total(totals.skipped),
    failed: total(totals.failed),
    verified: totals.notes.verified ?? 0,
    damaged: await readListing(artifacts, 'damaged', run.runId, segments),
    tableHash: { before, after: tableHash, same: tableHash === null ? null : tableHash === before },
  };
  const name = `reports/${stampedName('rollback_stats', clock.now())}`;
  const stats = await artifacts.put(name, `${JSON.stringify({ ...facts, totals, run: { ...run, tableHash } }, null, 2)}\n`);
  // What failed can be taken back once more.
  if (!dryRun && facts.failed === 0 && undone && undone.undoneBy === run.runId && undone.status !== 'rolled-back') {
    await ledger.updateRun(of, undone.epoch, { status: 'rolled-back' });
    const at = new Date(clock.now()).toISOString();
    await ledger.addEvent(of, { at, who: run.owner.execution, what: 'rolled-back', details: { rollback: run.runId } });
  }
  return { stats, tableHash, good: facts.failed === 0 };
}
