import { BackfillError } from './errors.ts';
import type { RunRecord } from './records/run.ts';
import { isRehearsal } from './run.ts';
import type { RunState } from './transitions.ts';

/** What a run left behind can be judged once it has come to its end, and while it stands. */
export const isFinished = (state: RunState): boolean => state === 'complete' || state === 'limited';

/** Why what stands there is not this run's to be judged, and what to do about it, `RUN` standing for its id. */
type Refusal = { why: string; first?: string };

const resume = 'Carry it on with `npx backfill resume RUN`';

const refusals: Readonly<Record<RunState, Refusal | null>> = {
  complete: null,
  limited: null,
  running: { why: 'it is still running', first: 'Wait for its end with `npx backfill monitor RUN --watch`' },
  interrupted: { why: 'it never finished: its process is gone', first: resume },
  held: { why: 'it never finished: it is held', first: resume },
  'awaiting-approval': {
    why: 'it never finished: it waits for approval',
    first: 'Let it go on with `npx backfill approve RUN --reason ...`',
  },
  'gate-shut': { why: 'it never finished: its gate is shut', first: 'Judge the gate again with `npx backfill resume RUN`' },
  rejected: { why: 'it never finished: a person rejected it', first: 'Have its gate judged again with `npx backfill resume RUN`' },
  braked: {
    why: 'it never finished: it stands still until an alarm is over',
    first: 'Wait for its end with `npx backfill monitor RUN --watch`',
  },
  failed: { why: 'it never finished: it has failed', first: resume },
  aborted: { why: 'it never finished: it was aborted' },
  'rolling-back': { why: 'it is being rolled back' },
  'rolled-back': { why: 'it has been rolled back' },
};

const refusalOf = (run: RunRecord, state: RunState): Refusal | null => {
  if (run.rollback) return { why: 'it is a rollback, which verifies itself' };
  return isRehearsal(run) ? { why: 'it was a rehearsal, and wrote nothing' } : refusals[state];
};

/** @throws {BackfillError} `run.refused` saying how the run stands, and what is possible instead */
export function requireFinished(run: RunRecord, state: RunState): void {
  const refusal = refusalOf(run, state);
  if (!refusal) return;
  const asItIs = `udge the table as it is with \`npx backfill validate ${run.backfill}\`.`;
  const remedy = refusal.first ? `${refusal.first.replace('RUN', run.runId)}; or j${asItIs}` : `J${asItIs}`;
  const details = { runId: run.runId, status: run.status, action: 'validate' };
  throw new BackfillError('run.refused', `Run ${run.runId} cannot be validated: ${refusal.why}.`, { remedy, details });
}
