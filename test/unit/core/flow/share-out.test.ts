import { noBudgets } from '../../../../lib/core/flow/budgets.ts';
import { heldBackWords } from '../../../../lib/core/flow/held-back.ts';
import { Observed } from '../../../../lib/core/flow/observed.ts';
import type { WorkerReport } from '../../../../lib/core/flow/report.ts';
import { shareOut } from '../../../../lib/core/flow/share-out.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');

const report = (worker: string, second: number, used: number, waited: number, change: Partial<WorkerReport> = {}): WorkerReport => ({
  worker,
  at: NOW + 1_000 * second,
  busy: true,
  flows: {
    writeUnits: { used, waited, mean: 1, saving: 0 },
    readUnits: { used: 0, waited: 0, mean: 0, saving: 0 },
    calls: { used: 0, waited: 0, mean: 0, saving: 0 },
  },
  unitsByIndex: {},
  throttled: {},
  ...change,
});

const looked = (second: number, writeUnits: number | null) => ({
  now: NOW + 1_000 * second,
  budgets: { ...noBudgets, writeUnits },
  traffic: null,
  concurrency: 4,
});

/** What a governor knows that has heard all this, second by second. */
function heard(...rounds: WorkerReport[][]): Observed {
  const observed = new Observed();
  for (const [second, reports] of rounds.entries()) observed.look(reports, NOW + 1_000 * second);
  return observed;
}

test('nothing is limited, nothing is said', () => {
  expect(shareOut(null, heard([report('a', 0, 5, 0)]), looked(0, null))).toBeNull();
});

test('an idle worker’s share goes to a busy one, and what holds the run back is named', () => {
  const observed = heard([report('a', 0, 0, 1), report('b', 0, 0, 0)], [report('a', 1, 50, 1), report('b', 1, 0, 0)]);
  const flow = shareOut(null, observed, looked(1, 100));
  expect(flow?.deals.writeUnits).toMatchObject({ limit: 100, budget: 100, shares: { a: 100, b: 0 } });
  expect(flow?.rates.writeUnits).toBe(50);
  expect(flow?.heldBack).toStrictEqual([{ by: 'budget', resource: 'writeUnits', index: null, limit: 100, use: 50 }]);
  expect(heldBackWords(flow?.heldBack ?? [])).toStrictEqual(['the budget of 100 write units/s (50 in use)']);
});

test('whoever was silent for long has no share; whoever is between two segments keeps it for a moment', () => {
  const gone = report('gone', 0, 0, 1);
  const between = report('between', 4, 0, 1, { busy: false });
  const { workers } = heard([gone], [], [], [], [gone, between], [gone, between, report('here', 5, 0, 1)]);
  expect(workers.map(({ worker }) => worker)).toStrictEqual(['between', 'here']);
  expect(heard([between], [], [], [], [], [], [], [between]).workers).toStrictEqual([]);
});

test('an index that throttles sets a ceiling, and is named', () => {
  const observed = heard(
    [report('a', 0, 0, 0)],
    [report('a', 1, 1_000, 1, { throttled: { 'GSI3 write key-range': 3, 'table write key-range': 1 } })],
  );
  const flow = shareOut(null, observed, looked(1, null));
  expect(flow?.deals.writeUnits).toMatchObject({ limit: 700, budget: null });
  expect(flow?.heldBack.map(({ by, index }) => [by, index])).toStrictEqual([
    ['index', 'GSI3'],
    ['hot-segment', null],
  ]);
  expect(heldBackWords(flow?.heldBack ?? [])[0]).toBe(
    'the limit of index GSI3, which throttles, at 700 write units/s for now (1,000 in use)',
  );
});

test('a hot key range of the table is spoken of for a while, and slows nobody else', () => {
  const observed = heard([report('a', 0, 0, 0)], [report('a', 1, 10, 0, { throttled: { 'table write key-range': 1 } })]);
  const flow = shareOut(null, observed, looked(1, null));
  expect(flow).toMatchObject({ deals: {}, ceilings: {}, heldBack: [{ by: 'hot-segment' }] });
  observed.look([report('a', 12, 10, 0, { throttled: { 'table write key-range': 1 } })], NOW + 12_000);
  expect(shareOut(flow, observed, looked(12, null))).toBeNull();
});

test('workers that wait for their turn, and a large item, are reported', () => {
  const large = report('a', 1, 390, 1);
  large.flows.writeUnits = { used: 390, waited: 1, mean: 40, saving: 350 };
  const flow = shareOut(null, heard([report('a', 0, 0, 1)], [large, report('b', 1, 0, 1)]), looked(1, 5));
  expect(flow?.deals.writeUnits).toMatchObject({ shares: { a: 5, b: 0 }, newcomer: 0 });
  expect(heldBackWords(flow?.heldBack ?? []).slice(1)).toStrictEqual([
    'a large item: 350 write units are still to be made good for it',
    'a budget too small for all workers at once: 1 wait for their turn',
  ]);
});
