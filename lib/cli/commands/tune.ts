import { tune } from '../../core/flow/tune.ts';
import { addTunings, type BudgetFlags, tuning } from '../budgets.ts';
import type { CommandSpec } from '../command.ts';
import { type CommonOptions, findRun, type Opened, type Screen, withEnvironment } from '../context.ts';
import { budgetParts } from '../screen/budgets.ts';
import { called, wrap } from '../screen/text.ts';
import { jsonOption } from './run.ts';

interface Flags extends CommonOptions, BudgetFlags {}

export const tuneCommand: CommandSpec = (program, screen, done) => {
  const command = program
    .command('tune')
    .argument('<run>', 'a run, or a rollback, that goes or is to go on')
    .description('change what a run may use, while it goes; `none` takes a budget away');
  addTunings(command)
    .addOption(jsonOption())
    .action((runId: string, _: unknown, asked) => {
      const flags: Flags = asked.optsWithGlobals();
      return done(withEnvironment(flags, (opened) => tuneRun(runId, flags, opened, screen)));
    });
};

/** Sets the budgets and says all that hold now. @throws {BackfillError} `option.invalid`, `run.unknown`, `run.refused` */
export async function tuneRun(
  runId: string,
  flags: Pick<Flags, 'json'> & BudgetFlags,
  { ledger, runtime, person }: Pick<Opened, 'ledger' | 'person'> & { runtime: Pick<Opened['runtime'], 'clock'> },
  screen: Pick<Screen, 'out' | 'columns'>,
): Promise<number> {
  const run = await findRun(ledger, runId);
  const budgets = await tune(runId, tuning(flags, run), person, { ledger, clock: runtime.clock });
  if (flags.json) {
    screen.out(JSON.stringify({ runId, budgets }, null, 2));
    return 0;
  }
  const parts = budgetParts(budgets);
  const what = parts.length === 0 ? 'may use as much as it can' : `goes by: ${parts.join(' · ')}`;
  const when =
    run.status === 'running'
      ? 'its workers obey within seconds'
      : `it stands still, and goes by that once it is carried on: ${called(`resume ${runId}`, run.environment)}`;
  for (const line of wrap(`Run ${runId} ${what}; ${when}.`, screen.columns)) screen.out(line);
  return 0;
}
