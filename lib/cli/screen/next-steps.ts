import { type Counters, changed, total } from '../../core/counters.ts';
import { budgetFlags, budgetsOf } from '../../core/flow/budgets.ts';
import { isAwaiting, isRejected, isShut } from '../../core/gate.ts';
import type { RunRecord } from '../../core/records/run.ts';
import { isRehearsal } from '../../core/run.ts';
import type { Snapshot } from '../snapshot.ts';
import { called, plural, table } from './text.ts';

/** What a person may do once a run has ended or stands still. */

type Step = [command: string, what: string];

/** How to look at what a backfill has made. */
const READING: Readonly<Record<string, Step>> = {
  'receipt-place': ['query receipt-place --geohash dr5reg --neighbours', 'read what was made'],
  'wardrobe-normalize': ['query wardrobe-normalize --pass-rate', 'what it does for those who search'],
};

/** What is used up, and how more of it is allowed. */
const RAISED: Readonly<Record<string, string>> = {
  'budget.items-spent': '--max-items N',
  'budget.dollars-spent': '--max-dollars N',
  'budget.calls-spent': '--max-calls-per-day N',
};

/** What is worth doing now, the likeliest first. */
export function nextSteps(snapshot: Snapshot): string[] {
  const { run, counters, ownerGone } = snapshot;
  const steps = stepsAfter(snapshot).map(([command, what]) => [`  ${called(command, run.environment)}`, what]);
  return [...leadOf(run, counters, ownerGone), 'next', ...table(steps, '    ')];
}

function leadOf(run: RunRecord, counters: Counters, ownerGone: boolean): string[] {
  if (run.status === 'held')
    return [isShut(run) || isRejected(run) ? 'What was done is kept; no further phase has begun.' : 'Nothing is lost.', ''];
  // Damage that is found before the first stage of undoing stops it; damage found later comes too late for that.
  if (run.reason?.code === 'journal.damaged')
    return [run.rounds > 1 ? 'What was undone before that stays undone.' : 'Nothing was undone.', ''];
  if (run.status === 'failed' || ownerGone) return [counters.scanned === 0 ? 'Nothing was done yet.' : 'What was done is kept.', ''];
  const nothing = nothingToDo(run, counters);
  return nothing === undefined ? [] : [nothing, ''];
}

function nothingToDo({ status, rollback }: RunRecord, counters: Counters): string | undefined {
  if (status !== 'complete' || changed(counters) > 0) return undefined;
  if (rollback) return counters.scanned === 0 ? 'Nothing to do: that run changed nothing.' : undefined;
  if (counters.scanned === 0) return 'Nothing to do: the table is empty.';
  const bad = total(counters.failed);
  if (bad > 0)
    return `Nothing else was left to do: ${plural(bad, 'item')} cannot be worked off as ${bad === 1 ? 'it is' : 'they are'}, all others are done or left alone for a reason.`;
  return 'Nothing was left to do: every item was there already or is left alone for a reason.';
}

function stepsAfter({ run, control, counters, ownerGone, undone }: Snapshot): Step[] {
  const { runId, backfill, status, rollback } = run;
  const withBudgets = budgetFlags(budgetsOf(run, control));
  if (status === 'running' && !ownerGone) return [[`monitor ${runId} --watch`, 'see it go']];
  if (rollback && run.reason?.code === 'journal.damaged')
    return [
      [`rollback ${rollback.of}${withBudgets}`, 'once the objects are back'],
      [`rollback ${rollback.of} --skip-damaged${withBudgets}`, 'go on without what they hold'],
    ];
  if (isAwaiting(run))
    return [
      [`report ${runId}`, 'what the phase did, and how its gate was judged'],
      [`validate ${backfill}`, 'look at the table yourself'],
      [`approve ${runId} --reason "..."`, 'let the next phase begin'],
      [`reject ${runId} --reason "..."`, 'do not; it stays held'],
      [`rollback ${runId}`, 'take back what it did'],
    ];
  if (isShut(run))
    return [
      [`report ${runId}`, 'what the phase did, and how its gate was judged'],
      [`resume ${runId}`, 'judge the gate again, once the cause is mended'],
      [`approve ${runId} --reason "..."`, 'go on all the same'],
      [`rollback ${runId}`, 'take back what it did'],
    ];
  if (isRejected(run))
    return [
      [`report ${runId}`, 'what the phase did, and who said what of it'],
      [`resume ${runId}`, 'have the gate judged again; then it can be approved'],
      [`rollback ${runId}`, 'take back what it did'],
    ];
  if (status === 'held' || status === 'failed' || ownerGone) {
    const more = RAISED[run.reason?.code ?? ''];
    const steps: Step[] = [
      ...(more ? [[`tune ${runId} ${more}`, 'let it use more; else it is held again'] satisfies Step] : []),
      [`resume ${runId}`, 'goes on from its last checkpoint'],
      [`report ${runId}`, 'what happened so far'],
    ];
    return rollback ? steps : [...steps, [`rollback ${runId}`, 'take back what it did']];
  }
  if (rollback && status === 'aborted')
    return [
      [`report ${runId}`, 'what happened so far'],
      [`rollback ${rollback.of}${withBudgets}`, 'undo the rest'],
    ];
  if (rollback) {
    const kept = total(counters.skipped) + total(counters.failed);
    const report: Step = [`report ${runId}`, kept > 0 ? 'what was kept, with both versions, and why' : 'the whole report'];
    return isRehearsal(run)
      ? [report, [`rollback ${rollback.of}${withBudgets}`, 'do it']]
      : [report, [`run ${backfill}${undone ? budgetFlags(undone.options.budgets) : ''}`, 'run it again, as if it had never been']];
  }
  const failed = total(counters.failed) > 0;
  if (isRehearsal(run)) {
    const look: Step[] = failed ? [[`report ${runId}`, 'what would fail, item by item']] : [];
    const act: Step[] =
      changed(counters) > 0 ? [[`run ${backfill}${withBudgets}`, 'do it']] : [[`validate ${backfill}`, 'check what is there']];
    return [...look, ...act];
  }
  const report: Step = [`report ${runId}`, failed ? 'what failed, item by item, and what was noted' : 'the whole report'];
  if (status === 'aborted' || status === 'rolling-back') return [report, [`rollback ${runId}`, 'take back what it did']];
  if (status === 'rolled-back') return [report, [`run ${backfill}${withBudgets}`, 'run it again, as if it had never been']];
  const steps: Step[] = [report];
  if (failed) steps.push([`retry ${runId}`, 'try only what failed once more']);
  if (status === 'limited') steps.push([`run ${backfill}${withBudgets}`, 'the rest']);
  steps.push([`validate ${backfill}`, 'run the checks again at any time']);
  const reading = READING[backfill];
  if (reading) steps.push(reading);
  if (changed(counters) > 0) steps.push([`rollback ${runId}`, 'take all of it back']);
  return steps;
}
