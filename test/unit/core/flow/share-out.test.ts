import { noBudgets } from '../../../../lib/core/flow/budgets.ts';
import { heldBackWords } from '../../../../lib/core/flow/held-back.ts';
import { floorOf } from '../../../../lib/core/flow/looks.ts';
import { Observed } from '../../../../lib/core/flow/observed.ts';
import type { WorkerReport } from '../../../../lib/core/flow/report.ts';
import { shareOut } from '../../../../lib/core/flow/share-out.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');

const report = (worker: string, second: number, use: number, waited: number, change: Partial<WorkerReport> = {}): WorkerReport => ({
  worker,
  at: NOW + 1_000 * second,
  busy: true,
  flows: {
    writeUnits: { used: use, use, waited, mean: 1, saving: 0 },
    readUnits: { used: 0, use: 0, waited: 0, mean: 0, saving: 0 },
    calls: { used: 0, use: 0, waited: 0, mean: 0, saving: 0 },
  },
  unitsByIndex: {},
  throttledAt: {},
  serviceAt: null,
  ...change,
});

const looked = (second: number, writeUnits: number | null) => ({
  now: NOW + 1_000 * second,
  budgets: { ...noBudgets, writeUnits },
  traffic: null,
  concurrency: 4,
});

const heard = (second: number, ...reports: WorkerReport[]): Observed => new Observed(reports, NOW + 1_000 * second, 4);

test('nothing is limited, nothing is said', () => {
  expect(shareOut(null, heard(0, report('a', 0, 5, 0)), looked(0, null))).toBeNull();
});

test('a budget that was taken away lets go with the next round', () => {
  const observed = heard(1, report('a', 1, 50, 1));
  const last = shareOut(null, observed, looked(1, 100));
  expect(last?.deals.writeUnits).toBeDefined();
  expect(shareOut(last, observed, looked(2, null))).toBeNull();
});

test('an idle worker’s share goes to a busy one, and what holds the run back is named', () => {
  const observed = heard(1, report('a', 1, 50, 1), report('b', 1, 0, 0));
  const flow = shareOut(null, observed, looked(1, 100));
  expect(flow?.deals.writeUnits).toMatchObject({ limit: 100, shares: { a: 100, b: 0 } });
  expect(flow?.rates.writeUnits).toBe(50);
  expect(flow?.heldBack).toStrictEqual([{ by: 'budget', resource: 'writeUnits', index: null, limit: 100, use: 50 }]);
  expect(heldBackWords(flow?.heldBack ?? [])).toStrictEqual(['the budget of 100 write units/s (50 in use)']);
});

test('while nobody knows what a write takes, a few spend the whole budget', () => {
  const { flows } = report('a', 1, 0, 1);
  const unknown = { flows: { ...flows, writeUnits: { ...flows.writeUnits, mean: 0 } } };
  const all = Array.from({ length: 30 }, (_, index) => report(`w${index}`, 1, 0, 1, unknown));
  const shares = Object.values(shareOut(null, heard(1, ...all), looked(1, 100))?.deals.writeUnits?.shares ?? {});
  expect(shares.filter((share) => share > 0)).toStrictEqual(Array(4).fill(25));
});

test('whoever was silent for long has no share; whoever is between two segments keeps it for a moment', () => {
  const gone = report('gone', 0, 0, 1);
  const between = report('between', 4, 0, 1, { busy: false });
  const { workers } = heard(5, gone, between, report('here', 5, 0, 1));
  expect(workers.map(({ worker }) => worker)).toStrictEqual(['between', 'here']);
  expect(heard(7, between).workers).toStrictEqual([]);
});

test('the floors of those who are not heard of any more are kept for them, a quarter of an hour long', () => {
  const silent = [report('x', 0, 30, 1), report('y', 0, 30, 1), report('gone', 0, 30, 1, { busy: false })];
  const dealtAfter = (seconds: number): number => {
    const flow = shareOut(null, heard(seconds, ...silent, report('a', seconds, 50, 1)), looked(seconds, 100));
    return Object.values(flow?.deals.writeUnits?.shares ?? {}).reduce((sum, share) => sum + share, 0);
  };
  expect(dealtAfter(60)).toBe(100 - 2 * floorOf(100, 4));
  expect(dealtAfter(900)).toBe(100 - 2 * floorOf(100, 4));
  expect(dealtAfter(901)).toBe(100);
});

test('what was used counts those who are gone; what is used by the second does not', () => {
  const observed = heard(9, report('gone', 1, 30, 0), report('a', 8, 5, 0), report('b', 9, 7, 0));
  expect(observed.used('writeUnits')).toStrictEqual({ units: 42, at: NOW + 8_500 });
  expect(observed.rates().writeUnits).toBe(12);
});

test('an index that throttles sets a ceiling, and is named', () => {
  const throttledAt = { 'GSI3 write key-range': NOW + 900, 'table write key-range': NOW + 800 };
  const observed = heard(1, report('a', 1, 1_000, 1, { throttledAt }));
  const flow = shareOut(null, observed, looked(1, null));
  expect(flow?.deals.writeUnits).toMatchObject({ limit: 1_000 });
  expect(flow?.heldBack.map(({ by, index }) => [by, index])).toStrictEqual([
    ['index', 'GSI3'],
    ['hot-segment', null],
  ]);
  expect(heldBackWords(flow?.heldBack ?? [])[0]).toBe(
    'the limit of index GSI3, which throttles, at 1,000 write units/s for now (1,000 in use)',
  );
});

test('a hot key range of the table is spoken of for a while, and slows nobody else', () => {
  const throttledAt = { 'table write key-range': NOW + 900 };
  const flow = shareOut(null, heard(1, report('a', 1, 10, 0, { throttledAt })), looked(1, null));
  expect(flow).toMatchObject({ deals: {}, ceilings: {}, heldBack: [{ by: 'hot-segment' }] });
  expect(shareOut(flow, heard(12, report('a', 12, 10, 0, { throttledAt })), looked(12, null))).toBeNull();
});

test('a service that is asked too often is spoken of for a while, and limits nothing by that', () => {
  const asked = (second: number): WorkerReport => {
    const one = report('a', second, 10, 0, { serviceAt: NOW + 900 });
    one.flows.calls = { used: 30, use: 12, waited: 0, mean: 1, saving: 0 };
    return one;
  };
  const flow = shareOut(null, heard(1, asked(1)), looked(1, null));
  expect(flow).toMatchObject({ deals: {}, ceilings: {}, serviceAt: NOW + 900 });
  expect(heldBackWords(flow?.heldBack ?? [])).toStrictEqual([
    'the outside service, which answers that it is asked too often (12 calls/s in use)',
  ]);
  expect(shareOut(flow, heard(12, asked(12)), looked(12, null))).toBeNull();
});

test('a worker of an older version does not tell of the service', () => {
  const { serviceAt: _, ...old } = report('a', 1, 10, 0);
  expect(heard(1, old as WorkerReport).serviceAt()).toBeNull();
});

test('workers that wait for their turn, and a large item, are reported', () => {
  const large = report('a', 1, 390, 1);
  large.flows.writeUnits = { used: 390, use: 390, waited: 1, mean: 40, saving: 350 };
  const flow = shareOut(null, heard(1, large, report('b', 1, 0, 1)), looked(1, 5));
  expect(flow?.deals.writeUnits).toMatchObject({ shares: { a: 5, b: 0 }, newcomer: 0 });
  expect(heldBackWords(flow?.heldBack ?? []).slice(1)).toStrictEqual([
    'a large item: 350 write units are still to be made good for it',
    'a budget too small for all workers at once: 1 waits for its turn',
  ]);
});
