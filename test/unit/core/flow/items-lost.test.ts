import { noCounters } from '../../../../lib/core/counters.ts';
import { heldByItems, ItemsLost } from '../../../../lib/core/flow/items-lost.ts';

const MINUTE = 60_000;
const totals = (pages: number) => ({ ...noCounters(), pages, updated: 30 });

test.each([
  ['some are left to be given out', 99, 30, 0],
  ['nobody counts them', undefined, 30, 0],
  ['all are changed', 100, 100, 0],
  ['the last ones are given out', 100, 30, 70],
] as const)('workers wait for items, or do not: %s', (_, given, updated, limit) => {
  const held = heldByItems(100, given, { ...noCounters(), updated }, 5);
  expect(held.map((one) => one.limit)).toStrictEqual(limit === 0 ? [] : [limit]);
  expect(heldByItems(null, given, noCounters(), 5)).toStrictEqual([]);
});

test('items are lost once all are given out and no page was checked in for five minutes', () => {
  const lost = new ItemsLost();
  expect(lost.reason(100, 100, totals(3), 0)).toBeNull();
  expect(lost.reason(100, 100, totals(4), 4 * MINUTE)).toBeNull();
  expect(lost.reason(100, 100, totals(4), 8 * MINUTE)).toBeNull();
  expect(lost.reason(100, 100, totals(4), 9 * MINUTE)).toStrictEqual({
    code: 'budget.items-spent',
    message:
      'The run has changed 30 items of the 100 that it may change; the others were given to workers of which nothing has come for five minutes.',
  });
});

test('what is given back in the meantime begins it anew', () => {
  const lost = new ItemsLost();
  lost.reason(100, 100, totals(4), 0);
  lost.reason(100, 93, totals(4), 4 * MINUTE);
  lost.reason(100, 100, totals(4), 4.5 * MINUTE);
  expect(lost.reason(100, 100, totals(4), 6 * MINUTE)).toBeNull();
});

test.each([undefined, 99])('nobody waits for lost items while %s are given out', (given) => {
  const lost = new ItemsLost();
  lost.reason(100, given, totals(4), 0);
  expect(lost.reason(100, given, totals(4), 9 * MINUTE)).toBeNull();
});
