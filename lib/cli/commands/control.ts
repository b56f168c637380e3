import { setTimeout as sleep } from 'node:timers/promises';
import { closingPorts } from '../../../lambdas/runtime.ts';
import { BackfillError } from '../../core/errors.ts';
import type { Command } from '../../core/records/control.ts';
import type { RunRecord } from '../../core/records/run.ts';
import { abandon, keepHeld, reject } from '../../core/steps/finish.ts';
import { type Action, transition } from '../../core/transitions.ts';
import type { CommandSpec } from '../command.ts';
import { factsOfRetry, withWord } from '../confirmation.ts';
import { type CommonOptions, findRun, type Opened, type Screen, withEnvironment } from '../context.ts';
import { requireDetachable } from '../deployment.ts';
import { drive } from '../drive.ts';
import { summaryLines } from '../screen/summary.ts';
import { plural } from '../screen/text.ts';
import { type Snapshot, takeSnapshot } from '../snapshot.ts';
import { detachOption, jsonOption } from './run.ts';

interface Flags extends CommonOptions {
  watch: boolean;
  wait: boolean;
  detach?: boolean;
  reason?: string;
  confirm?: string;
}

/** Control of a run from any terminal, through the ledger alone. */
export const controlCommands: CommandSpec = (program, screen, done) => {
  const wait = '--no-wait';
  const command = (name: string, what: string, description: string) =>
    program.command(name).argument('<run>', what).description(description);

  command(
    'pause',
    'a run, or a rollback, that is under way or waits for the end of an alarm',
    'let a run stand still at its next checkpoint',
  )
    .option('--reason <text>', 'why, for the report')
    .option(wait, 'return at once, without waiting until it stands still')
    .action((runId: string, _: Flags, asked) => done(stop('pause', runId, asked.optsWithGlobals(), screen)));

  command('resume', 'a run, or a rollback, that is held, failed, or whose process died', 'carry a run on from its last checkpoint')
    .option('--no-watch', 'show nothing until it is over')
    .addOption(detachOption())
    .addOption(jsonOption())
    .action((runId: string, _: Flags, asked) => done(carryOn('resume', runId, asked.optsWithGlobals(), screen)));

  command('approve', 'a run that waits at a gate', 'let a held run begin its next phase, over a shut gate too')
    .requiredOption('--reason <text>', 'why, for the report')
    .option('--no-watch', 'show nothing until it is over')
    .addOption(detachOption())
    .addOption(jsonOption())
    .action((runId: string, _: Flags, asked) => done(carryOn('approve', runId, asked.optsWithGlobals(), screen)));

  command('reject', 'a run that waits at a gate', 'do not let a held run begin its next phase')
    .requiredOption('--reason <text>', 'why, for the report')
    .action((runId: string, _: Flags, asked) => done(sayNo(runId, asked.optsWithGlobals(), screen)));

  command('retry', 'a run that has come to its end', 'try only the items that failed once more, in the same run')
    .option('--confirm <word>', 'YES: in production nothing is written without it')
    .option('--no-watch', 'show nothing until it is over')
    .addOption(detachOption())
    .addOption(jsonOption())
    .action((runId: string, _: Flags, asked) => done(carryOn('retry', runId, asked.optsWithGlobals(), screen)));

  command('abort', 'a run, or a rollback, that has not ended', 'end a run for good; what it did stays')
    .option('--reason <text>', 'why, for the report')
    .option(wait, 'return at once, without waiting until it has ended')
    .action((runId: string, _: Flags, asked) => done(stop('abort', runId, asked.optsWithGlobals(), screen)));
};

function carryOn(action: 'resume' | 'approve' | 'retry', runId: string, flags: Flags, screen: Screen): Promise<number> {
  return withEnvironment(flags, async (opened) => {
    const run = await findRun(opened.ledger, runId);
    const { backfill, rollback } = run;
    const machine = rollback && action === 'resume' ? 'rollback' : 'backfill';
    const json = flags.json ?? false;
    const given = action === 'approve' ? { resume: runId, approval: flags.reason } : { [action]: runId };
    const asked = { ...given, ...(flags.confirm !== undefined && { confirm: flags.confirm }), startedBy: opened.person };
    requireDetachable(flags.detach, opened);
    const ports = opened.portsOf(run);
    // Before an execution is started that could only fail.
    transition(run, action, await opened.runtime.executionEnded(run.owner));
    // What is carried on was confirmed when it began.
    const input =
      action === 'retry'
        ? await withWord({ machine, input: asked, json, facts: () => factsOfRetry(run, ports, opened.table(backfill)) }, ports, screen)
        : asked;
    return drive({ machine, backfill, input, quiet: !flags.watch, json, detach: flags.detach }, opened, screen);
  });
}

function sayNo(runId: string, flags: Flags, screen: Screen): Promise<number> {
  return withEnvironment(flags, async ({ ledger, runtime, portsOf, logFile, person }) => {
    const run = await findRun(ledger, runId);
    transition(run, 'reject', await runtime.executionEnded(run.owner));
    const why = flags.reason?.trim();
    if (!why) throw new BackfillError('option.invalid', '--reason is empty: say why.');
    await reject(run, person, why, portsOf(run));
    const snapshot = await takeSnapshot(ledger, runId, Date.now, runtime.executionEnded);
    if (snapshot) for (const line of summaryLines(snapshot, screen.paint, screen.columns, logFile(run.backfill))) screen.out(line);
    return 0;
  });
}

const WORDS = {
  pause: { desired: 'hold', asking: 'pausing', code: 'paused', by: 'Paused' },
  abort: { desired: 'abort', asking: 'ending', code: 'aborted', by: 'Aborted' },
} as const;

/** A run that somebody carries is told to stop; one that nobody carries is ended here and now, or kept from going on by itself. */
function stop(action: Extract<Action, 'pause' | 'abort'>, runId: string, flags: Flags, screen: Screen): Promise<number> {
  return withEnvironment(flags, async (opened) => {
    const { ledger, runtime, person } = opened;
    const run = await findRun(ledger, runId);
    const gone = run.status !== 'running' || (await runtime.executionEnded(run.owner));
    const target = transition(run, action, gone);
    const { desired, code, by } = WORDS[action];
    const at = new Date().toISOString();
    const reason = { code, message: `${by} by ${person}${flags.reason ? `: ${flags.reason}` : '.'}` };
    if (gone && action === 'pause') await keepHeld(run, reason, opened);
    else if (gone) await abandon(run, reason, closingPorts(run, runtime));
    else await ledger.command(runId, { desired, reason, by: person, at });
    await ledger.addEvent(runId, { at, who: person, what: action, details: flags.reason ? { reason: flags.reason } : {} });
    if (!gone && flags.wait) await untilStopped(run, { ...reason, action, at }, opened, screen);
    if (!gone && !flags.wait) {
      screen.out(`Run ${runId} ${action === 'pause' ? 'stands still' : 'ends'} at its next checkpoint.`);
      return 0;
    }
    const snapshot = await takeSnapshot(ledger, runId, Date.now, runtime.executionEnded);
    if (!snapshot) return 1;
    for (const line of summaryLines(snapshot, screen.paint, screen.columns, opened.logFile(run.backfill))) screen.out(line);
    if (snapshot.run.status === target || snapshot.ownerGone) return 0;
    screen.err(`It came to its end before it could be ${action === 'pause' ? 'paused' : 'aborted'}.`);
    return 1;
  });
}

/** Says when the workers have heard, and waits until none works any more. */
async function untilStopped(
  run: RunRecord,
  told: { action: 'pause' | 'abort'; at: Command['at'] },
  { ledger, runtime, lookEveryMs }: Opened,
  screen: Screen,
): Promise<void> {
  const began = Date.now();
  const after = (): string => `after ${((Date.now() - began) / 1000).toFixed(1)} s`;
  screen.err(`${WORDS[told.action].asking} ${run.runId} at its next checkpoint`);
  let said = false;
  for (;;) {
    const snapshot = await takeSnapshot(ledger, run.runId, Date.now, runtime.executionEnded);
    if (snapshot?.run.status !== 'running' || snapshot.ownerGone) return;
    if (!said && hasHeard(snapshot)) {
      said = true;
      screen.err(`${plural(snapshot.segments.heard, 'worker')} ${snapshot.segments.heard === 1 ? 'has' : 'have'} heard it, ${after()}`);
    }
    await sleep(lookEveryMs);
  }
}

const hasHeard = ({ segments }: Snapshot): boolean => segments.working > 0 && segments.heard === segments.working;
