import { BackfillError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import type { RunRecord } from '../records/run.ts';
import type { RunRef } from './prepare.ts';

/** @throws {BackfillError} `run.unknown`; `run.superseded` when another execution has taken the run over. */
export async function currentRun({ runId, epoch }: RunRef, { ledger }: Ports): Promise<RunRecord> {
  const run = await ledger.getRun(runId);
  if (!run) throw new BackfillError('run.unknown', `There is no run ${runId}.`);
  if (run.epoch !== epoch)
    throw new BackfillError(
      'run.superseded',
      `Run ${runId} is carried on by another execution since (epoch ${run.epoch}, ours is ${epoch}).`,
    );
  return run;
}
