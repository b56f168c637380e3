import type { Assessment } from '../core/assessment.ts';
import { BackfillError, isBackfillError } from '../core/errors.ts';
import type { RunRecord } from '../core/ledger.ts';
import { readExamples, varied } from '../core/rehearsal.ts';
import { allSegments } from '../core/rounds.ts';
import { isRehearsal } from '../core/run.ts';
import { flagStore, newExecution } from '../local/environment.ts';
import {
  CLEANUP,
  COORDINATOR,
  type Execution,
  execute,
  type Functions,
  localFunctions,
  PROCESSOR,
  REHEARSER,
} from '../local/interpreter.ts';
import { backfillMachine, rollbackMachine } from '../workflow/machines.ts';
import { assess, resultLines } from './assessing.ts';
import { type Opened, type Screen, who } from './context.ts';
import { switchOffFlags } from './feature-flags.ts';
import { liveView } from './live.ts';
import { errorLines, exitCodeOf, fromMachine } from './screen/error.ts';
import { EXAMPLES_SHOWN, exampleLines } from './screen/examples.ts';
import { findingLines, worthSaying } from './screen/findings.ts';
import { called } from './screen/text.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';

interface DriveOptions {
  machine: 'backfill' | 'rollback';
  backfill: string;
  input: Record<string, unknown>;
  /** Show nothing while it goes. */
  quiet: boolean;
  json: boolean;
  /** Write units a second that a forecast goes by; `undefined`: those that the table has. */
  rate?: number | undefined;
}

/** Runs the state machine in this process, shows it live, sums it up. Returns the exit code. */
export async function drive(
  { machine: which, backfill, input, quiet, json, rate }: DriveOptions,
  opened: Opened,
  screen: Screen,
): Promise<number> {
  const { runtime, ledger } = opened;
  const { id, end } = newExecution();
  let ended: Execution | undefined;
  let runId: string | undefined;
  const functions = localFunctions(runtime);
  const machine =
    which === 'backfill'
      ? backfillMachine(backfill, { coordinator: COORDINATOR, worker: PROCESSOR, rehearser: REHEARSER })
      : rollbackMachine(backfill, { coordinator: COORDINATOR, worker: CLEANUP, rehearser: REHEARSER });
  const observed = watchPrepare(functions, async (prepared) => {
    if (!json) await sayFindings(prepared, opened, screen);
    runId = prepared;
  });
  const execution = execute(machine, input, id, observed).then((result) => {
    ended = result;
    return result;
  });

  const interrupt = holdOnInterrupt(opened, () => runId, screen);
  try {
    if (quiet || json) await execution;
    else {
      if (!screen.live) screen.err(`preparing ${which === 'rollback' ? 'the rollback of ' : ''}${backfill}`);
      const view = await liveView(ledger, () => runId, screen, runtime.executionEnded);
      await view.follow(() => ended !== undefined);
    }
    const result = await execution;
    const snapshot =
      runId === undefined ? undefined : await takeSnapshot(ledger, runId, Date.now, runtime.executionEnded).catch(() => undefined);
    if (snapshot?.run.rollback && !isRehearsal(snapshot.run) && snapshot.run.status === 'complete')
      await switchOffFlags(backfill, flagStore(opened.settings), screen);
    if (snapshot && !json && result.status === 'succeeded') await showExamples(snapshot.run, opened, screen);
    // What was counted is worth showing though its forecast cannot be made.
    const assessment = snapshot && (await assess(snapshot, opened, rate).catch(() => undefined));
    return conclude(result, runId, snapshot, assessment, opened, interrupt.happened(), json, screen);
  } finally {
    interrupt.end();
    end();
  }
}

/** Before anything is written, and before progress is shown. */
async function sayFindings(runId: string, { ledger }: Opened, screen: Screen): Promise<void> {
  const run = await ledger.getRun(runId).catch(() => undefined);
  const lines = findingLines(worthSaying(run?.preflight ?? []), screen.paint);
  if (lines.length > 0) for (const line of ['', ...lines, '']) screen.err(line);
}

/** What a few items would become, of a rehearsed run. */
async function showExamples(run: RunRecord, { ledger, ports }: Opened, screen: Screen): Promise<void> {
  if (!isRehearsal(run) || run.rollback) return;
  const examples = await readExamples(ports(run.backfill).artifacts, run.runId, await allSegments(ledger, run));
  if (examples.length > 0) screen.out('');
  for (const line of exampleLines(varied(examples, EXAMPLES_SHOWN), screen.paint, screen.columns)) screen.out(line);
}

/** The machine opens the run itself: its id is in what Prepare answers. */
function watchPrepare(functions: Functions, heard: (runId: string) => Promise<void>): Functions {
  const coordinate = functions[COORDINATOR] as Functions[string];
  return {
    ...functions,
    [COORDINATOR]: async (payload, invocation) => {
      const result = await coordinate(payload, invocation);
      const { run } = (result ?? {}) as { run?: { runId: string } };
      if (run) await heard(run.runId);
      return result;
    },
  };
}

/** What was not begun cannot be resumed. */
function beforeBeginning(error: Error | undefined): Error | undefined {
  if (!isBackfillError(error) || !error.remedy.includes('resume` the run')) return error;
  return new BackfillError(error.code, error.message, { remedy: 'Mend that, then start again; nothing was begun.' });
}

function conclude(
  result: Execution,
  runId: string | undefined,
  snapshot: Snapshot | undefined,
  assessment: Assessment | undefined,
  opened: Opened,
  interrupted: boolean,
  json: boolean,
  screen: Screen,
): number {
  const failure = result.status === 'failed' ? (result.thrown ?? fromMachine(result.error, result.cause)) : undefined;
  // Without a word of it in the ledger, the error is all there is to tell.
  if (!snapshot || (failure && snapshot.run.status === 'running')) {
    for (const line of errorLines(runId === undefined ? beforeBeginning(failure) : failure, screen.paint, opened.runtime.environment))
      screen.err(line);
    if (runId !== undefined) screen.err(`  What was done is kept: ${called(`resume ${runId}`, opened.settings.environment)}\n`);
    return failure ? exitCodeOf(failure) : 1;
  }
  if (json) screen.out(JSON.stringify(resultOf(snapshot.run, assessment), null, 2));
  else for (const line of resultLines(snapshot, assessment, opened, screen)) screen.out(line);
  if (interrupted) return 130;
  return result.status === 'succeeded' && ['complete', 'limited'].includes(snapshot.run.status) ? 0 : 1;
}

/** An assessment is its own result; a rehearsal is a run with a forecast. */
const resultOf = (run: RunRecord, assessment: Assessment | undefined) =>
  assessment === undefined ? run : run.options.countOnly ? assessment : { ...run, forecast: assessment.forecast };

/** The first Ctrl-C asks the run to stand still at its next checkpoint; a second one leaves at once. */
function holdOnInterrupt({ ledger }: Opened, runId: () => string | undefined, screen: Screen) {
  let happened = false;
  const hold = async (): Promise<void> => {
    const id = runId();
    if (id === undefined) process.exit(130);
    const at = new Date().toISOString();
    const reason = { code: 'interrupted', message: 'Interrupted with Ctrl-C.' };
    await ledger.command(id, { desired: 'hold', reason, by: who(), at });
    await ledger.addEvent(id, { at, who: who(), what: 'pause', details: { ...reason } });
  };
  const onSignal = (): void => {
    if (happened) process.exit(130);
    happened = true;
    screen.err('Pausing at the next checkpoint; Ctrl-C again leaves at once, and loses nothing either.');
    hold().catch(() => process.exit(130));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    happened: () => happened,
    end: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
