import { noCounters } from '../../../../lib/core/counters.ts';
import { noBudgets } from '../../../../lib/core/flow/budgets.ts';
import { spentReason, todayOf } from '../../../../lib/core/flow/caps.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const today = { day: '2026-11-21', callsBefore: 100 };
const totals = { ...noCounters(), updated: 50, serviceCalls: 130 };
const never = (): number => {
  throw new Error('nobody asked what it costs');
};

test.each([
  ['dollars', { dollars: 2 }, 'budget.dollars-spent', 'The run has cost $2.50 of the $2.00 that it may cost.'],
  ['items', { items: 50 }, 'budget.items-spent', 'The run has changed 50 items of the 50 that it may change.'],
  [
    'calls a day',
    { callsPerDay: 30 },
    'budget.calls-spent',
    'The run has made 30 calls today of the 30 that it may make in a day; the next day begins at 2026-11-22T00:00:00.000Z.',
  ],
])('%s that are used up hold the run', (_, budgets, code, message) => {
  expect(spentReason({ ...noBudgets, ...budgets }, totals, () => 2.5, today, NOW)).toStrictEqual({ code, message });
});

test('what is not used up holds nobody; what it costs is worked out only where it matters', () => {
  expect(spentReason(noBudgets, totals, never, today, NOW)).toBeNull();
  const some = { ...noBudgets, items: 51, callsPerDay: 31, dollars: 3 };
  expect(spentReason(some, totals, () => 2.5, today, NOW)).toBeNull();
});

test('a day’s calls are those since it was first looked at, or since the run began', () => {
  const run = { createdAt: '2026-11-21T09:00:00.000Z' };
  expect(todayOf(null, run, { serviceCalls: 7 }, NOW)).toStrictEqual({ day: '2026-11-21', callsBefore: 0 });
  expect(todayOf(today, run, { serviceCalls: 130 }, NOW)).toBe(today);
  expect(todayOf(today, run, { serviceCalls: 130 }, NOW + 86_400_000)).toStrictEqual({ day: '2026-11-22', callsBefore: 130 });
});
