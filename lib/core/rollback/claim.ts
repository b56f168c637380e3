import { changed } from '../counters.ts';
import type { AnyDefinition } from '../definition.ts';
import { BackfillError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import type { Owner, RunRecord } from '../records/run.ts';
import { allSegments } from '../rounds.ts';
import { isRehearsal, lockNames, sumCounters } from '../run.ts';
import { rollbackOf } from './undoing.ts';

/** As many runs of one backfill are looked at as anybody will ever keep. */
const ALL = 10_000;

/** Runs, newest first, that stand: they changed something, and are not undone. */
export async function standingRuns(backfill: string, ports: Pick<Ports, 'ledger' | 'journal'>): Promise<RunRecord[]> {
  const standing: RunRecord[] = [];
  for (const run of await ports.ledger.listRuns(backfill, ALL)) {
    if (!run.rollback && !isRehearsal(run) && run.status !== 'rolled-back' && (await mayHaveWritten(run, ports))) standing.push(run);
  }
  return standing.sort(newestFirst);
}

/** Ids tell seconds apart; this tells milliseconds. */
export const newestFirst = (a: Pick<RunRecord, 'createdAt'>, b: Pick<RunRecord, 'createdAt'>): number =>
  a.createdAt < b.createdAt ? 1 : -1;

/** One that has not ended stands whatever it did: it holds its locks. A worker that died before its first checkpoint may have written what it had journaled by then. */
async function mayHaveWritten(run: RunRecord, { ledger, journal }: Pick<Ports, 'ledger' | 'journal'>): Promise<boolean> {
  if (['running', 'held', 'rolling-back'].includes(run.status)) return true;
  const isClosed = run.status === 'complete' || run.status === 'limited';
  if (isClosed && run.totals) return changed(run.totals) > 0;
  const segments = await allSegments(ledger, run);
  if (changed(sumCounters(segments)) > 0) return true;
  for (const { segment, chain } of segments) {
    if ((await journal.listAfter(run.runId, segment, chain.seq)).length > 0) return true;
  }
  return false;
}

/** Definitions that write what this one writes. */
function rivals({ definition, definitions, environment }: Ports): AnyDefinition[] {
  const own = new Set(lockNames(definition, environment));
  return definitions.filter((other) => lockNames(other, environment).some((lock) => own.has(lock)));
}

/** Runs that wrote the same attributes of the same table after this one, and stand; of one backfill, newest first. */
async function newerRuns(run: RunRecord, ports: Ports): Promise<RunRecord[]> {
  for (const { name } of rivals(ports)) {
    const newer = (await standingRuns(name, ports)).filter(({ createdAt }) => createdAt > run.createdAt);
    if (newer.length > 0) return newer;
  }
  return [];
}

/** What an older run wrote beneath a newer one could not be told apart any more. @throws `run.refused` */
export async function refuseToWriteBeneathNewer(run: RunRecord, ports: Ports): Promise<void> {
  const [last] = await newerRuns(run, ports);
  if (!last) return;
  throw new BackfillError(
    'run.refused',
    `Run ${run.runId} cannot go on: the newer run ${last.runId} of ${last.backfill} has written the same attributes since.`,
    {
      remedy: `Start a new run, which does what is left: \`npx backfill run ${run.backfill}\`.`,
      details: { newer: last.runId },
    },
  );
}

/** Invariant 7: an older run is not undone beneath a newer one that wrote the same attributes of the same table. @throws `rollback.newer-run` */
export async function refuseBeneathNewer(run: RunRecord, ports: Ports): Promise<void> {
  const newer = await newerRuns(run, ports);
  const [last] = newer;
  if (!last) return;
  const { backfill: name } = last;
  const remedy =
    name === run.backfill
      ? `Undo all of them, newest first: \`npx backfill rollback ${name}\`. Or only that one: \`npx backfill rollback ${last.runId}\`.`
      : `Undo that one first: \`npx backfill rollback ${last.runId}\`.`;
  throw new BackfillError('rollback.newer-run', `Run ${last.runId} of ${name} is newer than ${run.runId} and writes the same attributes.`, {
    remedy,
    details: { newer: newer.map(({ runId }) => runId) },
  });
}

/** Takes the run out of everybody else's hands: no worker of it gets a lease any more, and those that live stop at their next checkpoint. */
export async function claim(run: RunRecord, rollbackId: string, owner: Owner, { ledger, clock }: Ports): Promise<RunRecord> {
  const change = { status: 'rolling-back' as const, epoch: run.epoch + 1, owner, undoneBy: rollbackId };
  await ledger.updateRun(run.runId, run.epoch, change);
  const at = new Date(clock.now()).toISOString();
  const reason = { code: 'rolling-back', message: `Rolled back by ${rollbackId}.` };
  await ledger.command(run.runId, { desired: 'hold', reason, by: rollbackId, at });
  return { ...run, ...change };
}

/** A rollback that ended before it had undone anything leaves the run as it was; one that was held or under way can be resumed. */
export async function giveBack(rollback: RunRecord, ports: Pick<Ports, 'ledger'>): Promise<void> {
  const { of, was, wasUndoneBy } = rollbackOf(rollback);
  const run = await ports.ledger.getRun(of);
  if (isRehearsal(rollback) || rollback.rounds > 1 || !run || run.undoneBy !== rollback.runId) return;
  const status = was === 'running' || was === 'held' ? 'failed' : was;
  await ports.ledger.updateRun(of, run.epoch, { status, undoneBy: wasUndoneBy });
}
