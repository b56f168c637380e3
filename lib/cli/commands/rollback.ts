import { backfills } from '../../backfills/index.ts';
import { BackfillError } from '../../core/errors.ts';
import type { RunRecord } from '../../core/records/run.ts';
import { newestFirst, standingRuns } from '../../core/rollback/claim.ts';
import { addBudgets, type BudgetFlags, budgetInput } from '../budgets.ts';
import type { CommandSpec } from '../command.ts';
import { factsOfRollback, withWord } from '../confirmation.ts';
import { type CommonOptions, findRunOrName, type Opened, type Screen, withEnvironment } from '../context.ts';
import { requireDetachable } from '../deployment.ts';
import { drive } from '../drive.ts';
import { typedNumber } from '../quantity.ts';
import { plural } from '../screen/text.ts';
import { detachOption, jsonOption } from './run.ts';

interface Flags extends CommonOptions, BudgetFlags {
  dryRun?: boolean;
  batchSize?: string;
  skipDamaged?: boolean;
  full?: boolean;
  confirm?: string;
  watch: boolean;
  detach?: boolean;
}

export const rollbackCommand: CommandSpec = (program, screen, done) => {
  const command = program
    .command('rollback')
    .argument('[run-or-name]', 'a run; or a backfill: all its runs that stand, newest first (default: the last run that stands)')
    .description('take back exactly what a run did; what others have changed since is kept and listed')
    .option('--dry-run', 'look, and say what would be done; write nothing')
    .option('--batch-size <n>', 'journal entries taken back between two checkpoints (default: 100)')
    .option('--skip-damaged', 'go on without journal objects that are missing or damaged')
    .option('--full', "hold the whole table's hash against the one from before the run (default in local)");
  addBudgets(command, 'rollback')
    .option('--confirm <word>', 'YES: in production nothing is written without it')
    .option('--no-watch', 'show nothing until it is over')
    .addOption(detachOption())
    .addOption(jsonOption())
    .action((target: string | undefined, _: unknown, command) => done(rollback(target, command.optsWithGlobals(), screen)));
};

function inputOf(flags: Flags, startedBy: string): Record<string, unknown> {
  const input = {
    dryRun: flags.dryRun,
    batchSize: typedNumber(flags.batchSize),
    ...budgetInput(flags),
    skipDamaged: flags.skipDamaged,
    hash: flags.full,
    confirm: flags.confirm,
    startedBy,
  };
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

function rollback(target: string | undefined, flags: Flags, screen: Screen): Promise<number> {
  return withEnvironment(flags, async (opened) => {
    const runs = await chosen(target, opened);
    if (runs.length === 0) {
      const nothing = `Nothing to undo: no run${target === undefined ? '' : ` of ${target}`} stands that changed anything.`;
      screen.out(flags.json ? 'null' : nothing);
    }
    if (runs.length > 1) screen.err(`${plural(runs.length, 'run')} to undo, newest first: ${runs.map(({ runId }) => runId).join(', ')}`);
    const [first] = runs;
    if (!first) return 0;
    const machine = 'rollback';
    const json = flags.json ?? false;
    requireDetachable(flags.detach, opened);
    if (flags.detach && runs.length > 1)
      throw new BackfillError('option.invalid', `--detach cannot undo ${runs.length} runs: each is undone when the one before has ended.`, {
        remedy: `Leave it out, or name one run: \`npx backfill rollback ${first.runId} --detach\`.`,
      });
    const ports = opened.portsOf(first);
    const input = await withWord(
      { machine, input: inputOf(flags, opened.person), json, facts: () => factsOfRollback(runs, ports, opened.table(first.backfill)) },
      ports,
      screen,
    );
    for (const { runId, backfill } of runs) {
      const options = { machine, backfill, input: { ...input, run: runId }, quiet: !flags.watch, json, detach: flags.detach } as const;
      const code = await drive(options, opened, screen);
      if (code !== 0) return code;
      // Beneath a run that was only rehearsed, nothing older can be.
      if (flags.dryRun && runs.length > 1) break;
    }
    return 0;
  });
}

/** Newest first. */
async function chosen(target: string | undefined, { ledger, ports }: Opened): Promise<RunRecord[]> {
  if (target !== undefined && !backfills.some(({ name }) => name === target)) return [await findRunOrName(ledger, target)];
  const names = target === undefined ? backfills.map(({ name }) => name) : [target];
  const standing = (await Promise.all(names.map((name) => standingRuns(name, ports(name))))).flat();
  standing.sort(newestFirst);
  return target === undefined ? standing.slice(0, 1) : standing;
}
