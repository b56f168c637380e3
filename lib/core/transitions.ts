import { isBraked } from './brakes.ts';
import { BackfillError } from './errors.ts';
import { isAwaiting, isRejected, isShut } from './gate.ts';
import type { RunRecord, RunStatus } from './records/run.ts';
import { isRehearsal } from './run.ts';

/** What a person may ask of a run. */
export type Action = 'pause' | 'resume' | 'approve' | 'reject' | 'abort' | 'retry' | 'rollback';

/**
 * A run whose record says `running` though its execution has ended is `interrupted`; a held one may wait for a person to open a gate,
 * stand before one that did not let it through, have been rejected by a person, or stand still until an alarm is over.
 */
export type RunState = RunStatus | 'interrupted' | 'awaiting-approval' | 'gate-shut' | 'rejected' | 'braked';

export function stateOf(run: Pick<RunRecord, 'status' | 'reason'>, executionEnded: boolean): RunState {
  if (isAwaiting(run)) return 'awaiting-approval';
  if (isShut(run)) return 'gate-shut';
  if (isRejected(run)) return 'rejected';
  if (isBraked(run)) return 'braked';
  return run.status === 'running' && executionEnded ? 'interrupted' : run.status;
}

/** Where the action leads, or why it is refused and what to do instead. `RUN` and `ROLLBACK` stand for ids, `NAME` for the backfill's. */
type Rule = { to: RunStatus } | { why: string; instead: string };

const to = (status: RunStatus): Rule => ({ to: status });
const no = (why: string, instead: string): Rule => ({ why, instead });

const report = 'Read what it did with `npx backfill report RUN`.';
const startAnew = 'Start a new run with `npx backfill run NAME`.';
const resumeFirst = 'Carry it on first, with `npx backfill resume RUN`.';
const letOn = 'Let it go on with `npx backfill approve RUN --reason ...`, or not, with `npx backfill reject RUN --reason ...`.';
const judgeAgain = 'Have its gate judged again with `npx backfill resume RUN`; then it can be approved.';
const noGate = 'it does not wait at a gate';
const theRollback = 'Ask it of the rollback instead: ROLLBACK.';

/** Every transition that a person can ask for. The machine itself leads a running run to `held`, `complete`, `limited`, `failed` or `aborted`. */
export const transitions: Readonly<Record<Action, Readonly<Record<RunState, Rule>>>> = {
  pause: {
    running: to('held'),
    interrupted: no('nobody carries it any more, so it stands still already', 'Carry it on with `npx backfill resume RUN`.'),
    held: no('it is held already', 'Carry it on with `npx backfill resume RUN`.'),
    'awaiting-approval': no('it waits for approval already', letOn),
    'gate-shut': no('its gate is shut, so it stands still already', 'Judge the gate again with `npx backfill resume RUN`.'),
    rejected: no('it stands still already: a person rejected it', judgeAgain),
    braked: to('held'),
    complete: no('it is complete', report),
    limited: no('it has reached its limit', report),
    failed: no('it has failed, so it stands still already', 'Carry it on with `npx backfill resume RUN`.'),
    aborted: no('it was aborted', report),
    'rolling-back': no('it is being rolled back', theRollback),
    'rolled-back': no('it has been rolled back', startAnew),
  },
  resume: {
    running: no('it is being carried out already', 'Watch it with `npx backfill monitor RUN --watch`.'),
    interrupted: to('running'),
    held: to('running'),
    'awaiting-approval': no('it waits for approval', letOn),
    'gate-shut': to('running'),
    rejected: to('running'),
    braked: to('running'),
    complete: no('it is complete, so nothing is left to do', 'Try what failed once more with `npx backfill retry RUN`.'),
    limited: no('it has reached its limit', 'A new run does the rest: `npx backfill run NAME`.'),
    failed: to('running'),
    aborted: no('it was aborted, which is for good', 'A new run leaves alone what is done already: `npx backfill run NAME`.'),
    'rolling-back': no('it is being rolled back', theRollback),
    'rolled-back': no('it has been rolled back', startAnew),
  },
  approve: {
    running: no(noGate, 'Watch it with `npx backfill monitor RUN --watch`.'),
    interrupted: no(noGate, resumeFirst),
    held: no(noGate, resumeFirst),
    'awaiting-approval': to('running'),
    'gate-shut': to('running'),
    rejected: no('a person rejected it', judgeAgain),
    braked: no(noGate, resumeFirst),
    complete: no('it is complete', report),
    limited: no('it has reached its limit', report),
    failed: no(noGate, resumeFirst),
    aborted: no('it was aborted, which is for good', startAnew),
    'rolling-back': no('it is being rolled back', theRollback),
    'rolled-back': no('it has been rolled back', startAnew),
  },
  reject: {
    running: no(noGate, 'Pause it with `npx backfill pause RUN`.'),
    interrupted: no(noGate, 'End it with `npx backfill abort RUN`.'),
    held: no(noGate, 'End it with `npx backfill abort RUN`.'),
    'awaiting-approval': to('held'),
    'gate-shut': no('its gate is shut already', 'End it with `npx backfill abort RUN`, or undo it with `npx backfill rollback RUN`.'),
    rejected: no('it was rejected already', 'End it with `npx backfill abort RUN`, or undo it with `npx backfill rollback RUN`.'),
    braked: no(noGate, 'End it with `npx backfill abort RUN`.'),
    complete: no('it is complete', 'Undo it with `npx backfill rollback RUN`.'),
    limited: no('it has reached its limit', 'Undo it with `npx backfill rollback RUN`.'),
    failed: no(noGate, 'End it with `npx backfill abort RUN`.'),
    aborted: no('it was aborted already', 'Undo it with `npx backfill rollback RUN`.'),
    'rolling-back': no('it is being rolled back', theRollback),
    'rolled-back': no('it has been rolled back', startAnew),
  },
  abort: {
    running: to('aborted'),
    interrupted: to('aborted'),
    held: to('aborted'),
    'awaiting-approval': to('aborted'),
    'gate-shut': to('aborted'),
    rejected: to('aborted'),
    braked: to('aborted'),
    complete: no('it is complete', 'Undo it with `npx backfill rollback RUN`.'),
    limited: no('it has reached its limit', 'Undo it with `npx backfill rollback RUN`.'),
    failed: to('aborted'),
    aborted: no('it was aborted already', 'Undo it with `npx backfill rollback RUN`.'),
    'rolling-back': no('it is being rolled back', theRollback),
    'rolled-back': no('it has been rolled back', startAnew),
  },
  retry: {
    running: no('it is still under way', 'Wait for its end: `npx backfill monitor RUN --watch`.'),
    interrupted: no('it has not come to its end', resumeFirst),
    held: no('it has not come to its end', resumeFirst),
    'awaiting-approval': no('it has not come to its end', letOn),
    'gate-shut': no('it has not come to its end', resumeFirst),
    rejected: no('it has not come to its end', judgeAgain),
    braked: no('it has not come to its end', resumeFirst),
    complete: to('running'),
    limited: to('running'),
    failed: no('it has not come to its end', resumeFirst),
    aborted: no('it was aborted, which is for good', startAnew),
    'rolling-back': no('it is being rolled back', theRollback),
    'rolled-back': no('it has been rolled back', startAnew),
  },
  rollback: {
    running: no('it is still writing', 'Pause or end it first: `npx backfill pause RUN` or `npx backfill abort RUN`.'),
    interrupted: to('rolling-back'),
    held: to('rolling-back'),
    'awaiting-approval': to('rolling-back'),
    'gate-shut': to('rolling-back'),
    rejected: to('rolling-back'),
    braked: to('rolling-back'),
    complete: to('rolling-back'),
    limited: to('rolling-back'),
    failed: to('rolling-back'),
    aborted: to('rolling-back'),
    'rolling-back': to('rolling-back'),
    'rolled-back': no('it has been rolled back already, by ROLLBACK', 'Read what was undone with `npx backfill report ROLLBACK`.'),
  },
};

const PASSIVE: Record<Action, string> = {
  pause: 'paused',
  resume: 'resumed',
  approve: 'approved',
  reject: 'rejected',
  abort: 'aborted',
  retry: 'retried',
  rollback: 'rolled back',
};

/** A rollback is paused, resumed and aborted like any run; the rest makes no sense of it. */
const ofRollback: Readonly<Partial<Record<Action, Rule>>> = {
  approve: no('it is a rollback, which has no gates', 'Carry it on with `npx backfill resume RUN`.'),
  reject: no('it is a rollback, which has no gates', 'End it with `npx backfill abort RUN`.'),
  retry: no('it is a rollback', 'Read what it kept, and why, with `npx backfill report RUN`.'),
  rollback: no('it is a rollback', 'To have again what it undid, run the backfill: `npx backfill run NAME`.'),
};

/** What to do with a rollback that has ended. */
const afterRollback: Readonly<Partial<Record<RunStatus, { instead: string }>>> = {
  complete: { instead: report },
  aborted: { instead: 'The rest is undone by rolling the same run back once more: `npx backfill rollback UNDONE`.' },
};

/** Nor is a rehearsal retried or rolled back. */
const ofRehearsal: Readonly<Partial<Record<Action, Rule>>> = {
  approve: no('it was a rehearsal, which has no gates', 'Start the run itself with `npx backfill run NAME`.'),
  reject: no('it was a rehearsal, which has no gates', 'Nothing is to be done.'),
  retry: no('it was a rehearsal', 'Start the run itself with `npx backfill run NAME`.'),
  rollback: no('it was a rehearsal, and wrote nothing', 'Nothing is to be done.'),
};

/**
 * Where an action leads a run.
 *
 * @throws {BackfillError} `run.refused` saying why, and what to do instead
 */
export function transition(run: RunRecord, action: Action, executionEnded: boolean): RunStatus {
  const rule =
    (run.rollback && ofRollback[action]) || (isRehearsal(run) && ofRehearsal[action]) || transitions[action][stateOf(run, executionEnded)];
  if ('to' in rule) return rule.to;
  const { instead } = run.rollback ? { ...rule, ...afterRollback[run.status] } : rule;
  const filled = (text: string): string =>
    text
      .replaceAll('RUN', run.runId)
      .replaceAll('ROLLBACK', run.undoneBy ?? 'its rollback')
      .replaceAll('NAME', run.backfill)
      .replaceAll('UNDONE', run.rollback?.of ?? run.runId);
  throw new BackfillError('run.refused', `Run ${run.runId} cannot be ${PASSIVE[action]}: ${filled(rule.why)}.`, {
    remedy: filled(instead),
    details: { runId: run.runId, status: run.status, action },
  });
}
