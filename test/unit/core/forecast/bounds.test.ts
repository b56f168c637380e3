import fc from 'fast-check';
import { USUAL_PACE } from '../../../../lib/core/forecast/assumptions.ts';
import { type Bound, type BoundName, boundsOf, type RunSettings, type WriteRates } from '../../../../lib/core/forecast/bounds.ts';
import { USUAL_SETTINGS } from '../../../../lib/core/forecast.ts';
import { imagine } from '../../../../lib/core/imagined-table.ts';
import type { Workload } from '../../../../lib/core/workload.ts';

/** Each bound by itself, worked out by hand. */

const KB = 1024;
const RUN = { batchSize: 100, segments: 400, looksFirst: false, pricePerCall: undefined };
const million = (change: Partial<Parameters<typeof imagine>[0]> = {}): Workload =>
  imagine({ items: 1e6, itemBytes: KB, indexes: 0, changes: 1, ...change }, RUN);
const RATES: WriteRates = { table: 4_000, indexes: {}, from: 'a test' };

const bounds = (work: Workload, rates: Partial<WriteRates> = {}, settings: Partial<RunSettings> = {}): Bound[] =>
  boundsOf(work, { ...RATES, ...rates }, { ...USUAL_SETTINGS, ...settings });
const secondsBy = (name: BoundName, ...of: Parameters<typeof bounds>): number | undefined =>
  bounds(...of).find((bound) => bound.name === name)?.seconds;

test('all of them, the slowest first', () => {
  const found = bounds(million({ indexes: 1, indexKeys: 2 }), { read: 12_000 });
  expect(found.map(({ name, index }) => [name, index].filter(Boolean).join(' '))).toStrictEqual([
    'index-key index 1',
    'table',
    'index index 1',
    'partitions',
    'workers',
    'quota',
    'table-reads',
    'lambda',
    'ledger',
    'dispatch',
    'journal',
  ]);
  const seconds = found.map((bound) => bound.seconds);
  expect(seconds).toStrictEqual([...seconds].sort((a, b) => b - a));
});

describe('the table', () => {
  test('takes what it takes, and as much again each half hour where it is billed on demand', () => {
    expect(secondsBy('table', million({ items: 1e8 }))).toBe(25_000);
    // A run keeps to 92 % of what the table takes, and that is twice what the run took: 3,680, 6,771, 12,459, 22,924 units a second.
    const steps = [0, 1, 2, 3].map((step) => 3_680 * 1.84 ** step);
    const [first, second, third, fourth] = steps as [number, number, number, number];
    const left = 6e7 - 1_860 * (first + second + third);
    expect(secondsBy('table', million({ items: 6e7 }), { doubles: true })).toBeCloseTo(3 * 1_860 + left / fourth, 6);
    // Then no more than 40,000.
    expect(secondsBy('table', million({ items: 1e9 }), { doubles: true })).toBeCloseTo(
      4 * 1_860 + (1e9 - 1_860 * (first + second + third + fourth)) / 40_000,
      6,
    );
    expect(secondsBy('table', million(), { doubles: true })).toBeCloseTo(1e6 / 3_680, 9);
  });

  test('writes the entries of its local indexes with its own capacity', () => {
    const work = million({ indexes: 1 });
    const [index] = work.writes.indexes;
    const local = { ...work, writes: { ...work.writes, indexes: [{ ...index, name: 'LSI1', units: 1e6, hottest: 0, local: true }] } };
    expect(secondsBy('table', local)).toBe(500);
    expect(bounds(local).some(({ name }) => name === 'index')).toBe(false);
  });

  test('is read at a rate of its own', () => {
    expect(secondsBy('table-reads', million(), { read: 5 })).toBe(25_000);
    expect(secondsBy('table-reads', million())).toBeUndefined();
  });

  test('leaves others what is reserved for them, of each capacity, and then never comes to double', () => {
    const budgets = { ...USUAL_SETTINGS.budgets, reserve: 0.2 };
    const work = million({ items: 6e7, indexes: 1 });
    const of = (name: BoundName, doubles: boolean): number | undefined =>
      secondsBy(name, work, { read: 100, indexes: { 'index 1': 1_000 }, doubles }, { budgets });
    expect([of('table', false), of('index', false), of('table-reads', false)]).toStrictEqual([
      6e7 / 3_200,
      (work.writes.indexes[0]?.units ?? 0) / 800,
      work.readUnits / 80,
    ]);
    expect(of('table', true)).toBe(6e7 / 3_200);
    // A small one leaves less to ramp by than the ramp itself.
    expect(secondsBy('table', work, { doubles: true }, { budgets: { ...budgets, reserve: 0.01 } })).toBe(6e7 / 3_680);
    const [table] = bounds(million(), { read: 1 }, { budgets }).filter(({ name }) => name === 'table');
    expect(table?.means).toBe('3,200 write units/s (a test, less the reserve)');
  });

  test('and none of its indexes goes beyond the quota, unless AWS has said so', () => {
    expect(secondsBy('quota', million(), { table: 1e6 })).toBe(25);
    expect(secondsBy('quota', million(), { table: 1e6, quota: 1e6 })).toBe(1);
  });

  test('has so many partitions, of which a worker writes one at a time', () => {
    expect(secondsBy('partitions', million({ items: 1e9 }), {}, { concurrency: 50 })).toBe(20_000);
    // 954 GB in at least 96 partitions.
    expect(secondsBy('partitions', million({ items: 1e9 }), {}, { concurrency: 1_000 })).toBe(1e9 / 96_000);
  });
});

test('an index whose partition keys are few is as slow as they are', () => {
  expect(secondsBy('index-key', million({ indexes: 1, indexKeys: 1 }))).toBe(1_000);
  expect(secondsBy('index-key', million({ indexes: 1, indexKeys: 4 }))).toBe(250);
  expect(secondsBy('index-key', million({ indexes: 1 }))).toBeUndefined();
});

describe('the workers', () => {
  test('work side by side, and the last segments end the run', () => {
    const one = secondsBy('workers', million(), {}, { concurrency: 1 }) ?? 0;
    // 10,000 pages of 190 ms, 400 segments of half a second.
    expect(one).toBeCloseTo(10_000 * 0.19 + 200, 6);
    expect(secondsBy('workers', million(), {}, { concurrency: 40 })).toBeCloseTo(one / 40, 6);
    expect(secondsBy('workers', million(), {}, { concurrency: 300 })).toBeCloseTo((one * 2) / 400, 6);
    expect(secondsBy('lambda', million(), {}, { concurrency: 1 })).toBeCloseTo(one / 400, 6);
  });

  test('read the next page while they write one: the longer of the two counts', () => {
    const slowScan = { ...USUAL_PACE, scan: 1 };
    expect(secondsBy('workers', million(), {}, { concurrency: 1, pace: slowScan })).toBeCloseTo(10_000 * 1.01 + 200, 6);
  });
});

test.each([
  ['write-budget', { writeUnits: 100, readUnits: null, calls: null, reserve: null }, 20_000],
  ['read-budget', { writeUnits: null, readUnits: 50, calls: null, reserve: null }, 2_500],
  ['call-budget', { writeUnits: null, readUnits: null, calls: 10, reserve: null }, 100_000],
] as const)('a budget is a bound: %s, of table and indexes together', (name, budgets, seconds) => {
  const work = { ...million({ indexes: 1 }), calls: 1e6 };
  expect(secondsBy(name, work, {}, { budgets })).toBe(seconds);
});

test('the engine’s own requests: children of the Map, checkpoints beside heartbeats, journal objects', () => {
  const work = million();
  expect(secondsBy('dispatch', work)).toBe(4);
  // 50 workers write 50 units of heartbeats a second, and 50 of reports; a thousand report half as often.
  expect(secondsBy('ledger', work)).toBe(10_000 / ((4_000 - 50 - 50) / 2));
  expect(secondsBy('ledger', { ...work, segments: 8_000 }, {}, { concurrency: 1_000 })).toBe(10_000 / ((4_000 - 1_000 - 500) / 2));
  expect(secondsBy('journal', work)).toBeCloseTo(10_000 / 3_500, 9);
  expect(secondsBy('journal', million({ changes: 0 }))).toBeUndefined();
});

test('more work never takes less time, nor does a smaller rate', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1, max: 100_000 }), fc.boolean(), (items, table, doubles) => {
      const slowest = (n: number, rate: number): number => bounds(million({ items: n }), { table: rate, doubles })[0]?.seconds ?? 0;
      expect(slowest(items * 2, table)).toBeGreaterThanOrEqual(slowest(items, table) * (1 - 1e-9));
      expect(slowest(items, table * 2)).toBeLessThanOrEqual(slowest(items, table) * (1 + 1e-9));
    }),
  );
});
