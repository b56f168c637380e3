import { changed } from '../../core/counters.ts';
import { type Budgets, budgetsOf } from '../../core/flow/budgets.ts';
import type { Snapshot } from '../snapshot.ts';
import { count, money, rate } from './text.ts';

/** What a run may use, and how much of that it does. */

/** What it uses at the moment, or has used; `undefined`: not known. */
interface Use {
  writeUnits?: number | undefined;
  readUnits?: number | undefined;
  calls?: number | undefined;
  callsToday?: number | undefined;
  items?: number | undefined;
  dollars?: number | undefined;
}

/** `498 of 500 write units/s`, `$1.72 of $5.00`; without a use the budgets alone. None: it may use as much as it can. */
export function budgetParts(budgets: Budgets, use: Use = {}): string[] {
  const of = (amount: number | undefined, text: (value: number) => string, budget: number | null, unit: string): string[] =>
    budget === null ? [] : [`${amount === undefined ? '' : `${text(amount)} of `}${text(budget)}${unit}`];
  return [
    ...of(use.writeUnits, figure, budgets.writeUnits, ' write units/s'),
    ...of(use.readUnits, figure, budgets.readUnits, ' read units/s'),
    ...of(use.calls, figure, budgets.calls, ' calls/s'),
    ...of(use.callsToday, figure, budgets.callsPerDay, use.callsToday === undefined ? ' calls a day' : ' calls today'),
    ...of(use.items, count, budgets.items, ' items'),
    ...of(use.dollars, money, budgets.dollars, ''),
    ...(budgets.reserve === null ? [] : [`${rate(budgets.reserve)} left to others`]),
    ...(budgets.ramp ? [] : ['no ramp']),
  ];
}

/** Budgets may be small and broken: 0.6 calls a second. */
const figure = (value: number): string => (value >= 100 ? count(value) : String(Number(value.toPrecision(3))));

/** Of a run at one moment. `dollars`: its cost so far, where that is known. Rates only while it goes. */
export function budgetsNow({ run, control, counters, ownerGone }: Snapshot, dollars?: number): string[] {
  const flow = control.findings?.flow;
  const goes = run.status === 'running' && !ownerGone && flow;
  return budgetParts(budgetsOf(run, control), {
    ...(goes && { ...flow.rates, callsToday: flow.today ? counters.serviceCalls - flow.today.callsBefore : undefined }),
    items: changed(counters),
    dollars,
  });
}
