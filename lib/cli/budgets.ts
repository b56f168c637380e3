import type { Command } from 'commander';
import { BackfillError } from '../core/errors.ts';
import { type BudgetOption, type Budgets, budgetsIn } from '../core/flow/budgets.ts';
import { parseRunInput } from '../core/options.ts';
import type { RunRecord } from '../core/records/run.ts';
import { typedNumber, typedShare } from './quantity.ts';

/** Budgets as a person types them: for a run that begins, and for one that is tuned. */

export type BudgetFlags = Partial<Record<Exclude<BudgetOption, 'ramp'>, string>> & { ramp?: boolean };

type Of = 'run' | 'rollback';

const OPTIONS: readonly { name: Exclude<BudgetOption, 'ramp'>; flag: string; what: string; of: readonly Of[] }[] = [
  {
    name: 'maxWriteUnits',
    flag: '--max-write-units <n>',
    what: 'write units a second, table and indexes together',
    of: ['run', 'rollback'],
  },
  { name: 'maxReadUnits', flag: '--max-read-units <n>', what: 'read units a second', of: ['run', 'rollback'] },
  { name: 'maxCallsPerSecond', flag: '--max-calls-per-second <n>', what: 'calls of the outside service a second', of: ['run'] },
  {
    name: 'maxCallsPerDay',
    flag: '--max-calls-per-day <n>',
    what: 'calls of the outside service a day (UTC); then the run is held',
    of: ['run'],
  },
  { name: 'maxItems', flag: '--max-items <n>', what: 'items changed; then the run is held', of: ['run'] },
  { name: 'maxDollars', flag: '--max-dollars <n>', what: 'dollars; then the run is held', of: ['run'] },
  {
    name: 'reserve',
    flag: '--reserve <share>',
    what: 'of the capacity of table and indexes, left to others: 0.3 or 30%',
    of: ['run', 'rollback'],
  },
];

const NO_RAMP = ['--no-ramp', 'on demand: go beyond twice the former peak within half an hour'] as const;

/** At most so much of each, by all workers together. */
export function addBudgets(command: Command, of: Of): Command {
  for (const { flag, what } of OPTIONS.filter((option) => option.of.includes(of))) command.option(flag, atMost(what));
  return command.option(...NO_RAMP);
}

const atMost = (what: string): string => (what.startsWith('of ') ? `a share ${what}` : `at most so many ${what}`);

/** `none` takes a budget away. */
export function addTunings(command: Command): Command {
  for (const { flag, what } of OPTIONS) command.option(flag, `${atMost(what)}; none`);
  // The first of the two: otherwise the other one would stand unless it is typed.
  return command.option('--ramp', 'on demand: at most twice the former peak within half an hour').option(...NO_RAMP);
}

/** What the machine's input says of them; Prepare judges it. The ramp is there unless it is taken away. */
export const budgetInput = (flags: BudgetFlags): Record<string, unknown> => ({
  ...Object.fromEntries(given(flags).map(({ name, text }) => [name, name === 'reserve' ? typedShare(text) : typedNumber(text)])),
  ...(flags.ramp === false && { ramp: false }),
});

const given = (flags: BudgetFlags) =>
  OPTIONS.flatMap(({ name, flag, of }) => {
    const text = flags[name];
    return text === undefined ? [] : [{ name, flag: flag.split(' ')[0] as string, text, of }];
  });

/**
 * What a run's budgets are to become. A rollback asks nobody, and goes through to its end.
 *
 * @throws {BackfillError} `option.invalid`
 */
export function tuning(flags: BudgetFlags, run: Pick<RunRecord, 'rollback' | 'runId'>): Partial<Budgets> {
  const asked = given(flags);
  if (asked.length === 0 && flags.ramp === undefined)
    throw new BackfillError('option.invalid', 'There is nothing to tune.', {
      remedy: `Give at least one of ${OPTIONS.map(({ flag }) => flag).join(', ')}, --ramp and --no-ramp; none takes a budget away.`,
    });
  const foreign = asked.find(({ of }) => run.rollback && !of.includes('rollback'));
  if (foreign)
    throw new BackfillError('option.invalid', `${foreign.flag} cannot go with a rollback, and ${run.runId} is one.`, {
      remedy: 'A rollback goes by --max-write-units, --max-read-units, --reserve and --no-ramp; `npx backfill pause` holds it.',
    });
  const ramp = flags.ramp === undefined ? {} : { ramp: flags.ramp };
  const lifted = asked.filter(({ text }) => text === 'none').map(({ name }) => name);
  const kept = Object.fromEntries(Object.entries(flags).filter(([name]) => !lifted.includes(name as (typeof lifted)[number])));
  const set = budgetsIn(parseRunInput(budgetInput(kept)));
  // Whatever it is set to: only its name in the budgets is wanted.
  const none = Object.keys(budgetsIn(Object.fromEntries(lifted.map((name) => [name, 1]))));
  return { ...set, ...ramp, ...Object.fromEntries(none.map((name) => [name, null])) };
}
