import { Option } from 'commander';
import { findBackfill } from '../../backfills/index.ts';
import { BackfillError } from '../../core/errors.ts';
import { addBudgets, type BudgetFlags, budgetInput } from '../budgets.ts';
import type { CommandSpec } from '../command.ts';
import { factsOfRun, withWord } from '../confirmation.ts';
import { type CommonOptions, type Screen, withEnvironment } from '../context.ts';
import { requireDetachable, requireSameVersion } from '../deployment.ts';
import { drive } from '../drive.ts';
import { MAX_RATE, quantity, typedNumber, typedShare } from '../quantity.ts';

interface RunFlags extends CommonOptions, BudgetFlags {
  limit?: string;
  batchSize?: string;
  segments?: string;
  tolerate?: string;
  hash?: boolean;
  phases?: string;
  approve?: string;
  dryRun?: boolean;
  countOnly?: boolean;
  enrichSample?: string;
  writeUnits?: string;
  backup: boolean;
  raiseWriteUnits?: string;
  confirm?: string;
  rehearsal: boolean;
  enrich: boolean;
  watch: boolean;
  detach?: boolean;
}

/** What a person typed becomes the machine's input; Prepare judges it, so that one set of rules holds for everybody. */
export function inputOf(
  flags: Pick<
    RunFlags,
    | 'limit'
    | 'batchSize'
    | 'segments'
    | 'tolerate'
    | 'hash'
    | 'phases'
    | 'approve'
    | 'dryRun'
    | 'countOnly'
    | 'enrichSample'
    | 'backup'
    | 'raiseWriteUnits'
    | 'confirm'
    | 'rehearsal'
    | 'enrich'
    | keyof BudgetFlags
  >,
): Record<string, unknown> {
  const input = {
    limit: typedNumber(flags.limit),
    batchSize: typedNumber(flags.batchSize),
    segments: typedNumber(flags.segments),
    tolerate: typedShare(flags.tolerate),
    hash: flags.hash,
    phases: flags.phases,
    approve: flags.approve,
    dryRun: flags.dryRun,
    countOnly: flags.countOnly,
    enrichSample: typedNumber(flags.enrichSample),
    ...(flags.backup === false && { backup: false }),
    raiseWriteUnits: typedNumber(flags.raiseWriteUnits),
    ...budgetInput(flags),
    confirm: flags.confirm,
    ...(flags.rehearsal === false && { rehearsal: false }),
    ...(!flags.enrich && { enrich: false }),
  };
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

export const runCommand: CommandSpec = (program, screen, done) => {
  const command = program
    .command('run')
    .argument('<name>', 'a backfill, as `list` names it')
    .description('start a run and show it live')
    .option('--limit <n>', 'work off at most so many eligible items')
    .option('--batch-size <n>', 'items read between two checkpoints (default: as the backfill has it)')
    .option('--segments <n>', 'slices of the table worked side by side (default: by size)')
    .option(
      '--phases <shares>',
      'shares of the segments in per cent, cumulative: 7.5,35,100 or 7.5:50,35:100,100:200; none (default: as the backfill has it)',
    )
    .option('--approve <who>', 'manual: a person lets each phase but the first begin; auto (default, but in production)')
    .option('--tolerate <share>', 'hold the run when more than this share of its items fails: 0.01 or 1% (default)')
    .option('--hash', "take the whole table's hash first, for a rollback to prove itself by (default in local)")
    .option('--dry-run', 'judge and count, show a few items as they would be, write nothing; asks no outside service')
    .option('--count-only', 'with --dry-run: an assessment, as `assess` makes it')
    .option('--enrich-sample <n>', 'with --dry-run: take so many items at most to the outside service, for real')
    .option('--write-units <rate>', 'with --dry-run: the rate that the forecast goes by')
    .option('--no-backup', 'take no backup before the first write')
    .option('--raise-write-units <n>', "raise the table's write capacity to so many units a second while the run goes");
  addBudgets(command, 'run')
    .option('--confirm <word>', 'YES: in production nothing is written without it')
    .option('--no-rehearsal', 'run in production though this version was not rehearsed there within seven days')
    .option('--no-enrich', 'ask no outside service; derive from the table alone')
    .option('--no-watch', 'show nothing until it is over')
    .addOption(detachOption())
    .addOption(jsonOption())
    .action((name: string, flags: RunFlags, command) => done(run(name, { ...command.optsWithGlobals(), ...flags }, screen)));
};

/** Of commands that start an execution. */
export const detachOption = () => new Option('--detach', 'on AWS: return as soon as the run has begun, and print its id');

export const jsonOption = () => new Option('--json', 'print the result as JSON');

function run(name: string, flags: RunFlags, screen: Screen): Promise<number> {
  findBackfill(name);
  const rate = quantity('--write-units', flags.writeUnits, { least: 1, most: MAX_RATE });
  if (rate !== undefined && !flags.dryRun)
    throw new BackfillError('option.invalid', '--write-units says what a forecast goes by, and only a dry run makes one.', {
      remedy: 'Add --dry-run, or leave it out.',
    });
  const json = flags.json ?? false;
  return withEnvironment(flags, async (opened) => {
    requireDetachable(flags.detach, opened);
    requireSameVersion(name, opened);
    const asked = { ...inputOf(flags), startedBy: opened.person };
    const ports = opened.ports(name);
    const input = await withWord(
      { machine: 'backfill', input: asked, json, facts: () => factsOfRun(asked, ports, opened.table(name)) },
      ports,
      screen,
    );
    return drive({ machine: 'backfill', backfill: name, input, quiet: !flags.watch, json, detach: flags.detach, rate }, opened, screen);
  });
}
