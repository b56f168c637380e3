import * as z from 'zod/mini';
import type { AnyDefinition } from '../lib/core/definition.ts';
import { isStalled } from '../lib/core/health.ts';
import type { Reason, RunRecord } from '../lib/core/records/run.ts';
import { interrupt } from '../lib/core/steps/finish.ts';
import { machineNames } from '../lib/workflow/names.ts';
import { letGo, type Oversight, runsOf } from './oversight.ts';

/** Ends runs whose execution was stopped, timed out, or died before it could say so; every few minutes it looks for what no event has told. */

const ExecutionEvent = z.object({
  'detail-type': z.literal('Step Functions Execution Status Change'),
  detail: z.object({
    executionArn: z.string(),
    status: z.enum(['ABORTED', 'TIMED_OUT', 'FAILED']),
    error: z.optional(z.nullable(z.string())),
    cause: z.optional(z.nullable(z.string())),
  }),
});
type Ended = z.infer<typeof ExecutionEvent>['detail'];

/** What the rule that goes by the clock sends. */
const Sweep = z.object({ sweep: z.literal(true) });

/** An execution that began just now may not be known to `DescribeExecution` yet. */
const YOUNG_MS = 60_000;

/** `stalled` hears how many running runs have come to nothing for a while, at every sweep. May be called with the same event again. */
export function createReconciler(oversight: () => Promise<Oversight>, stalled: (runs: number) => void) {
  return async (event: unknown): Promise<void> => {
    const here = await oversight();
    const ended = z.safeParse(ExecutionEvent, event);
    if (ended.success) return reconcile(ended.data.detail, here);
    if (z.safeParse(Sweep, event).success) return sweep(here, stalled);
    here.log.warn('not an event for the reconciler');
  };
}

async function reconcile(ended: Ended, here: Oversight): Promise<void> {
  const { executionArn } = ended;
  // `arn:aws:states:<region>:<account>:execution:<machine>:<name>`; a child of a Map has `<machine>/<label>` there, and carries no run.
  const machine = executionArn.split(':')[6] ?? '';
  const definition = here.definitions.find(({ name }) => Object.values(machineNames(name, here.environment)).includes(machine));
  if (!definition) {
    here.log.info('not an execution of a definition that this code has', { execution: executionArn });
    return;
  }
  const runs = (await runsOf(definition, 'running', here)).filter(({ owner }) => owner.execution === executionArn);
  for (const run of runs) await end(run, definition, reasonOf(ended), here);
}

const STATUS_WORDS = { ABORTED: 'was stopped', TIMED_OUT: 'ran out of time', FAILED: 'failed before it could say so' } as const;

function reasonOf({ status, error, cause }: Ended): Reason {
  const said = [error, cause].filter(Boolean).join(': ');
  return { code: 'execution.stopped', message: `Its execution ${STATUS_WORDS[status]}${said ? ` (${said})` : ''}.` };
}

async function end(run: RunRecord, definition: AnyDefinition, reason: Reason, here: Oversight): Promise<boolean> {
  const keeper = here.keeper(here.tableName(definition.source.table));
  return interrupt(run.runId, run.owner.execution, reason, { ...here, definition, keeper });
}

async function sweep(here: Oversight, stalled: (runs: number) => void): Promise<void> {
  const { definitions, log, tableName } = here;
  const failures: unknown[] = [];
  // One run that cannot be looked after keeps no other from it; the sweep fails at its end all the same.
  const trying = <T>(look: () => Promise<T>): Promise<T | undefined> =>
    look().catch((error) => {
      failures.push(error);
      return undefined;
    });
  let count = 0;
  for (const definition of definitions) {
    for (const run of (await trying(() => runsOf(definition, 'running', here))) ?? []) {
      if (!(await trying(() => standsStill(run, definition, here)))) continue;
      count += 1;
      log.warn('nothing was checked in for a while', { runId: run.runId });
    }
  }
  stalled(count);
  // What a lost word, or an alarm that nobody will ever call over, has left standing still.
  for (const table of new Set(definitions.map(({ source }) => tableName(source.table))))
    await trying(() => letGo(table, 'reconciler: the alarm is over', here));
  if (failures.length > 0) throw failures[0];
}

/** Ends a run that nobody carries; of one that is carried, whether it has come to nothing for a while. */
async function standsStill(run: RunRecord, definition: AnyDefinition, here: Oversight): Promise<boolean> {
  const { ledger, clock, executionEnded } = here;
  const reason: Reason = { code: 'execution.stopped', message: 'Its execution has ended without a word.' };
  const isYoung = clock.now() - Date.parse(run.startedAt) < YOUNG_MS;
  if (!isYoung && (await executionEnded(run.owner)) && (await end(run, definition, reason, here))) return false;
  return isStalled(run, await ledger.control(run.runId), clock.now());
}
