import type { Counters } from '../counters.ts';
import { changed } from '../counters.ts';
import { DAY_MS } from '../day.ts';
import type { FlowFindings } from '../records/control.ts';
import type { Reason, RunRecord } from '../records/run.ts';
import { count, plural } from '../words.ts';
import type { Budgets } from './budgets.ts';

/** What bounds a run as a whole, and holds it once it is used up, by what was checked in; pages under way are still ended. Items are counted before, too: `ItemsShare`. */

const dayOf = (now: number): string => new Date(now).toISOString().slice(0, 10);

/** Calls of the outside service from before today: those that there were when the day, or the run, was first looked at. */
export function todayOf(
  last: FlowFindings['today'],
  { createdAt }: Pick<RunRecord, 'createdAt'>,
  { serviceCalls }: Pick<Counters, 'serviceCalls'>,
  now: number,
): NonNullable<FlowFindings['today']> {
  const day = dayOf(now);
  if (last?.day === day) return last;
  return { day, callsBefore: createdAt.startsWith(day) ? 0 : serviceCalls };
}

/** Why the run shall stand still; `null`: nothing is used up. */
export function spentReason(
  { items, dollars, callsPerDay }: Budgets,
  totals: Counters,
  cost: () => number,
  today: NonNullable<FlowFindings['today']>,
  now: number,
): Reason | null {
  const dollarsSoFar = dollars === null ? 0 : cost();
  if (dollars !== null && dollarsSoFar >= dollars)
    return { code: 'budget.dollars-spent', message: `The run has cost ${money(dollarsSoFar)} of the ${money(dollars)} that it may cost.` };
  if (items !== null && changed(totals) >= items)
    return {
      code: 'budget.items-spent',
      message: `The run has changed ${plural(changed(totals), 'item')} of the ${count(items)} that it may change.`,
    };
  const calls = totals.serviceCalls - today.callsBefore;
  if (callsPerDay !== null && calls >= callsPerDay) {
    const next = new Date(Date.parse(`${dayOf(now)}T00:00:00Z`) + DAY_MS).toISOString();
    return {
      code: 'budget.calls-spent',
      message: `The run has made ${plural(calls, 'call')} today of the ${count(callsPerDay)} that it may make in a day; the next day begins at ${next}.`,
    };
  }
  return null;
}

const money = (dollars: number): string => `$${dollars < 1 ? Number(dollars.toPrecision(3)) : dollars.toFixed(2)}`;
