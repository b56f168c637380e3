import type { Assessment } from '../core/assessment.ts';
import { BackfillError, isBackfillError } from '../core/errors.ts';
import type { RunRecord } from '../core/records/run.ts';
import { readExamples, varied } from '../core/rehearsal.ts';
import { allSegments } from '../core/rounds.ts';
import { isRehearsal } from '../core/run.ts';
import { consoleLink } from '../workflow/console.ts';
import type { Execution, Following, Order } from '../workflow/execution.ts';
import { assess, resultLines } from './assessing.ts';
import type { Opened, Screen } from './context.ts';
import { sayDifference } from './deployment.ts';
import { switchOffFlags } from './feature-flags.ts';
import { goesOnLines, holdOnInterrupt, leaveOnInterrupt } from './interrupt.ts';
import { liveView } from './live.ts';
import { errorLines, exitCodeOf, fromMachine } from './screen/error.ts';
import { EXAMPLES_SHOWN, exampleLines } from './screen/examples.ts';
import { findingLines, worthSaying } from './screen/findings.ts';
import { called } from './screen/text.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';

interface DriveOptions extends Order {
  /** Show nothing while it goes. */
  quiet: boolean;
  json: boolean;
  /** Only start it. */
  detach?: boolean | undefined;
  /** Write units a second that a forecast goes by; `undefined`: those that the table has. */
  rate?: number | undefined;
}

/** Starts the state machine, in this process or on AWS, shows the run live, sums it up. Returns the exit code. */
export async function drive(options: DriveOptions, opened: Opened, screen: Screen): Promise<number> {
  const { machine, backfill, input, quiet, json, detach = false } = options;
  const { runtime, ledger, carrier } = opened;
  let runId: string | undefined;
  let begun = (): void => undefined;
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const interrupt = carrier.outlives ? leaveOnInterrupt() : holdOnInterrupt(opened, () => runId, screen);
  let following: Following | undefined;
  try {
    if (!json) sayDifference(backfill, opened, 'runs', screen);
    following = await carrier.start({ machine, backfill, input }, async (known) => {
      if (!json) await sayFindings(known, opened, screen);
      runId = known;
      begun();
    });
    const link = consoleLink(following.id);
    if (link !== undefined && !json) screen.err(`execution ${link}`);
    let isOver = false;
    const over = following.end.finally(() => {
      isOver = true;
    });
    // Whoever waits for it hears of it below.
    over.catch(() => undefined);
    const left = interrupt.left.then(() => {
      isOver = true;
    });
    if (detach) {
      await Promise.race([hasBegun, over, left]);
      if (runId !== undefined) return sayDetached({ runId, execution: following.id, link }, json, opened, screen);
    } else if (!quiet && !json) {
      if (!screen.live) screen.err(`preparing ${machine === 'rollback' ? 'the rollback of ' : ''}${backfill}`);
      const view = await liveView(ledger, () => runId, screen, runtime.executionEnded, undefined, undefined, opened.lookEveryMs);
      await view.follow(() => isOver);
    }
    const result = await Promise.race([over, left]);
    if (!result) {
      for (const line of ['Left; the run goes on by itself.', ...goesOnLines(runId, runtime.environment)]) screen.err(line);
      return 130;
    }
    return await sumUp(options, result, runId, interrupt.happened(), opened, screen);
  } finally {
    interrupt.end();
    following?.leave();
  }
}

/** What is there to say of a run that was only started. */
function sayDetached(
  { runId, execution, link }: { runId: string; execution: string; link: string | undefined },
  json: boolean,
  { runtime }: Opened,
  screen: Screen,
): number {
  if (json) screen.out(JSON.stringify({ runId, execution, console: link ?? null }, null, 2));
  else {
    screen.out(runId);
    for (const line of goesOnLines(runId, runtime.environment)) screen.err(line);
  }
  return 0;
}

/** The end of an execution, as it was and as the ledger has it. */
async function sumUp(
  { backfill, json, rate }: DriveOptions,
  result: Execution,
  runId: string | undefined,
  interrupted: boolean,
  opened: Opened,
  screen: Screen,
): Promise<number> {
  const { ledger, runtime } = opened;
  // `null`: the ledger does not answer.
  const found = runId === undefined ? undefined : await takeSnapshot(ledger, runId, Date.now, runtime.executionEnded).catch(() => null);
  const snapshot = found ?? undefined;
  if (snapshot?.run.rollback && !isRehearsal(snapshot.run) && snapshot.run.status === 'complete')
    await switchOffFlags(backfill, opened.flags, screen);
  if (snapshot && !json && result.status === 'succeeded') await showExamples(snapshot.run, opened, screen);
  // What was counted is worth showing though its forecast cannot be made.
  const assessment = snapshot && (await assess(snapshot, opened, rate).catch(() => undefined));
  return conclude(result, found === undefined ? undefined : runId, snapshot, assessment, opened, interrupted, json, screen);
}

/** Before anything is written, and before progress is shown. */
async function sayFindings(runId: string, { ledger }: Opened, screen: Screen): Promise<void> {
  const run = await ledger.getRun(runId).catch(() => undefined);
  const lines = findingLines(worthSaying(run?.preflight ?? []), screen.paint);
  if (lines.length > 0) for (const line of ['', ...lines, '']) screen.err(line);
}

/** What a few items would become, of a rehearsed run. */
async function showExamples(run: RunRecord, { ledger, records }: Opened, screen: Screen): Promise<void> {
  if (!isRehearsal(run) || run.rollback) return;
  const examples = await readExamples(records.artifacts, run.runId, await allSegments(ledger, run));
  if (examples.length > 0) screen.out('');
  for (const line of exampleLines(varied(examples, EXAMPLES_SHOWN), screen.paint, screen.columns)) screen.out(line);
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
    if (runId !== undefined) screen.err(`  What was done is kept: ${called(`resume ${runId}`, opened.runtime.environment)}\n`);
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
