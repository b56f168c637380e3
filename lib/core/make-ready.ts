import { POLL_MS, raising } from './capacity.ts';
import { isBackfillError } from './errors.ts';
import type { Ports } from './ports.ts';
import type { BackupRecord, RunRecord } from './records/run.ts';
import { isRehearsal } from './run.ts';
import { currentRun } from './steps/current-run.ts';
import type { RunRef } from './steps/prepare.ts';

/** `more`: call again, it takes longer than one invocation. */
export interface Readiness {
  next: 'done' | 'more';
}

/** A coordinator lives for fifteen minutes; no single look takes the other five. */
const INVOCATION_MS = 10 * 60_000;

/**
 * What must stand before the first write: the backup, AVAILABLE, and the write capacity that was asked for. May be repeated at any time:
 * the ledger knows how far it came. A rehearsal needs neither, and a run that was told to stand still waits for neither.
 *
 * @throws {BackfillError} `backup.failed`, `capacity.refused`, `artifacts.unwritable`, `run.superseded`
 */
export async function makeReady(ref: RunRef, ports: Ports): Promise<Readiness> {
  const { clock, ledger } = ports;
  const until = clock.now() + INVOCATION_MS;
  const raise = raising();
  for (;;) {
    const run = await currentRun(ref, ports);
    if (isRehearsal(run) || (await ledger.control(run.runId)).desired !== 'run') return { next: 'done' };
    if ((await backedUp(run, ports)) && (await raise(run, ports))) return { next: 'done' };
    if (clock.now() >= until) return { next: 'more' };
    await clock.sleep(POLL_MS);
  }
}

/** One backup for each run, from before its first write: one that is carried on has it already. */
async function backedUp(run: RunRecord, ports: Ports): Promise<boolean> {
  if (!run.options.backup || run.backup?.status === 'available') return true;
  const backup = run.backup ? await look(run, run.backup, ports) : await ports.keeper.backUp(`backfill-${run.backfill}-${run.runId}`);
  const isAvailable = backup.status === 'available';
  if (run.backup && !isAvailable) return false;
  await ports.ledger.updateRun(run.runId, run.epoch, { backup });
  const at = new Date(ports.clock.now()).toISOString();
  const { where, bytes } = backup;
  await ports.ledger.addEvent(run.runId, {
    at,
    who: run.owner.execution,
    what: isAvailable ? 'backup available' : 'backup',
    details: { where, bytes },
  });
  return isAvailable;
}

/** One that will never be there is forgotten, so that the run, once resumed, takes another. */
async function look(run: RunRecord, backup: BackupRecord, { keeper, ledger }: Ports): Promise<BackupRecord> {
  try {
    return await keeper.backupStatus(backup);
  } catch (error) {
    if (isBackfillError(error) && error.code === 'backup.failed') await ledger.updateRun(run.runId, run.epoch, { backup: null });
    throw error;
  }
}
