import type { RollbackInput, RunInput } from '../options.ts';
import type { Control } from '../records/control.ts';
import type { RunRecord } from '../records/run.ts';

/** What all workers of a run share of something by the second. */
export type Resource = 'writeUnits' | 'readUnits' | 'calls';

export const RESOURCES: readonly Resource[] = ['writeUnits', 'readUnits', 'calls'];

/** What a run may use, all its workers together; `null`: as much as it can. */
export interface Budgets {
  /** Write units a second, those of the table and of its indexes together, as the bill counts them. */
  writeUnits: number | null;
  /** Read units a second. */
  readUnits: number | null;
  /** Calls of the outside service a second. */
  calls: number | null;
  /** Calls of the outside service by this run in one day, UTC. */
  callsPerDay: number | null;
  /** Items that are changed, in all. */
  items: number | null;
  /** What the run may cost in all, as `lib/core/cost.ts` counts it. */
  dollars: number | null;
  /** The share of the capacity of the table and of each index that is left to others, above 0, below 1. */
  reserve: number | null;
  /** On a table billed on demand: never more than twice the former peak within half an hour. */
  ramp: boolean;
}

export const noBudgets: Budgets = {
  writeUnits: null,
  readUnits: null,
  calls: null,
  callsPerDay: null,
  items: null,
  dollars: null,
  reserve: null,
  ramp: true,
};

/** Those that hold now: as the run began with, until somebody tuned them. */
export const budgetsOf = ({ options }: Pick<RunRecord, 'options'>, { budgets }: Pick<Control, 'budgets'>): Budgets =>
  budgets ?? options.budgets;

/** Without what bounds a run as a whole: what a rollback goes by too. */
export const ratesOf = ({ writeUnits, readUnits, reserve, ramp }: Budgets): Budgets => ({
  ...noBudgets,
  writeUnits,
  readUnits,
  reserve,
  ramp,
});

/** What a machine's input says of them. */
export const budgetsIn = (input: Partial<Pick<RunInput & RollbackInput, BudgetOption>>): Partial<Budgets> =>
  Object.fromEntries(
    Object.entries(BUDGET_OF).flatMap(([option, budget]) => {
      const given = input[option as BudgetOption];
      return given === undefined ? [] : [[budget, given]];
    }),
  );

/** Each budget by the option of a machine's input that sets it. */
const BUDGET_OF = {
  maxWriteUnits: 'writeUnits',
  maxReadUnits: 'readUnits',
  maxCallsPerSecond: 'calls',
  maxCallsPerDay: 'callsPerDay',
  maxItems: 'items',
  maxDollars: 'dollars',
  reserve: 'reserve',
  ramp: 'ramp',
} as const satisfies Partial<Record<keyof RunInput, keyof Budgets>>;

export type BudgetOption = keyof typeof BUDGET_OF;

/** An option of a machine's input as it is typed: `--max-write-units`. */
export const flagOf = (option: string): string => `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** As they are typed once more: ` --max-write-units 500 --reserve 0.3`; nothing where there are none. */
export function budgetFlags(budgets: Budgets): string {
  const { ramp, ...amounts } = BUDGET_OF;
  const set = Object.entries(amounts).flatMap(([option, name]) => {
    const budget = budgets[name];
    // A share that was typed in per cent has digits that nobody has typed.
    return budget === null ? [] : [`${flagOf(option)} ${Number(budget.toPrecision(12))}`];
  });
  return [...set, ...(budgets[ramp] ? [] : ['--no-ramp'])].map((one) => ` ${one}`).join('');
}
