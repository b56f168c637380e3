import { userInfo } from 'node:os';
import { Option } from 'commander';
import { findBackfill } from '../../backfills/index.ts';
import { BackfillError } from '../../core/errors.ts';
import { lastSign, lockNames, RESUMABLE, sumCounters, workedMs } from '../../core/run.ts';
import type { CommandSpec } from '../command.ts';
import { type CommonOptions, findRun, type Screen, withEnvironment } from '../context.ts';
import { drive } from '../drive.ts';

interface RunFlags extends CommonOptions {
  limit?: string;
  batchSize?: string;
  segments?: string;
  enrich: boolean;
  watch: boolean;
}

/** What a person typed becomes the machine's input; Prepare judges it, so that one set of rules holds for everybody. */
export function inputOf(flags: Pick<RunFlags, 'limit' | 'batchSize' | 'segments' | 'enrich'>): Record<string, unknown> {
  const number = (text: string | undefined): unknown =>
    text === undefined ? undefined : /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  const input = {
    limit: number(flags.limit),
    batchSize: number(flags.batchSize),
    segments: number(flags.segments),
    ...(!flags.enrich && { enrich: false }),
  };
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

export const who = (): string => `${userInfo().username} (CLI)`;

export const runCommand: CommandSpec = (program, screen, done) => {
  program
    .command('run')
    .argument('<name>', 'a backfill, as `list` names it')
    .description('start a run and show it live')
    .option('--limit <n>', 'work off at most so many eligible items')
    .option('--batch-size <n>', 'items read between two checkpoints (default: 100)')
    .option('--segments <n>', 'slices of the table worked side by side (default: by size)')
    .option('--no-enrich', 'ask no outside service; derive from the table alone')
    .option('--no-watch', 'show nothing until it is over')
    .addOption(jsonOption())
    .action((name: string, flags: RunFlags, command) => done(run(name, { ...command.optsWithGlobals(), ...flags }, screen)));

  program
    .command('resume')
    .argument('<run>', 'a run that is held, failed, or whose process died')
    .description('carry a run on from its last checkpoint')
    .option('--no-watch', 'show nothing until it is over')
    .addOption(jsonOption())
    .action((runId: string, flags: RunFlags, command) => done(resume(runId, { ...command.optsWithGlobals(), ...flags }, screen)));

  program
    .command('abort')
    .argument('<run>', 'a run that has not ended')
    .description('end a run for good; what it did stays')
    .action((runId: string, _: unknown, command) => done(abort(runId, command.optsWithGlobals(), screen)));
};

export const jsonOption = () => new Option('--json', 'print the result as JSON');

function run(name: string, flags: RunFlags, screen: Screen): Promise<number> {
  findBackfill(name);
  const input = { ...inputOf(flags), startedBy: who() };
  return withEnvironment(flags, (opened) =>
    drive({ backfill: name, input, quiet: !flags.watch, json: flags.json ?? false }, opened, screen),
  );
}

function resume(runId: string, flags: RunFlags, screen: Screen): Promise<number> {
  return withEnvironment(flags, async (opened) => {
    const { backfill } = await findRun(opened.ledger, runId);
    return drive({ backfill, input: { resume: runId, startedBy: who() }, quiet: !flags.watch, json: flags.json ?? false }, opened, screen);
  });
}

/** A run that somebody carries is told to end; one that nobody carries is ended here and now. */
function abort(runId: string, flags: CommonOptions, screen: Screen): Promise<number> {
  return withEnvironment(flags, async ({ ledger, runtime, ports }) => {
    const record = await findRun(ledger, runId);
    if (!RESUMABLE.includes(record.status)) throw new BackfillError('run.not-resumable', `Run ${runId} is ${record.status} already.`);
    const at = new Date().toISOString();
    const reason = { code: 'aborted', message: `Aborted by ${who()}.` };
    await ledger.setControl(runId, { desired: 'abort', reason, by: who(), at });
    await ledger.addEvent(runId, { at, who: who(), what: 'abort', details: {} });
    if (record.status === 'running' && !(await runtime.executionEnded(record.owner))) {
      screen.out(`Run ${runId} ends at its next checkpoint.`);
      return 0;
    }
    const segments = await ledger.segments(runId, record.options.segments);
    const worked = workedMs(record, lastSign(segments));
    const change = { status: 'aborted' as const, reason, finishedAt: at, totals: sumCounters(segments), workedMs: worked };
    await ledger.updateRun(runId, record.epoch, change);
    await ledger.releaseLocks(runId, lockNames(ports(record.backfill).definition, record.environment));
    screen.out(`Run ${runId} is aborted; what it did stays.`);
    return 0;
  });
}
