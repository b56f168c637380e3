import { BackfillError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import type { RunRecord, RunStatus } from '../records/run.ts';
import { type Budgets, budgetsOf } from './budgets.ts';

/** Why a run that is over for good has no use for budgets. */
const ENDED: Partial<Record<RunStatus, string>> = {
  complete: 'it is complete',
  limited: 'it has reached its limit',
  aborted: 'it was aborted',
  'rolling-back': 'it is being rolled back: ask it of the rollback',
  'rolled-back': 'it has been rolled back',
};

/**
 * Changes what a run may use, while it goes or stands still: its workers obey within seconds, and those of a later execution from their beginning.
 * Returns the budgets that hold now.
 *
 * @throws {BackfillError} `run.unknown`; `run.refused` when it is over for good
 */
export async function tune(
  runId: string,
  change: Partial<Budgets>,
  who: string,
  { ledger, clock }: Pick<Ports, 'ledger' | 'clock'>,
): Promise<Budgets> {
  const run = await ledger.getRun(runId);
  if (!run) throw new BackfillError('run.unknown', `There is no run ${runId}.`);
  refuseEnded(run);
  const before = budgetsOf(run, await ledger.control(runId));
  await ledger.changeBudgets(runId, change, run.options.budgets);
  const budgets = budgetsOf(run, await ledger.control(runId));
  const at = new Date(clock.now()).toISOString();
  await ledger.addEvent(runId, {
    at,
    who,
    what: 'tune',
    details: { from: differing(change, before, budgets), to: differing(change, budgets, before) },
  });
  return budgets;
}

function refuseEnded({ runId, status }: RunRecord): void {
  const why = ENDED[status];
  if (why)
    throw new BackfillError('run.refused', `Run ${runId} cannot be tuned: ${why}.`, {
      remedy: 'Budgets hold back a run that is still to go on; a new run takes its own.',
      details: { runId, status, action: 'tune' },
    });
}

/** Of what was asked for: what somebody else has changed meanwhile is theirs. */
const differing = (change: Partial<Budgets>, some: Budgets, others: Budgets): Partial<Budgets> =>
  Object.fromEntries(Object.entries(some).filter(([name, value]) => name in change && others[name as keyof Budgets] !== value));
