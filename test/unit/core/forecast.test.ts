import { ratesOf } from '../../../lib/core/assessment.ts';
import { type Forecast, forecast, type WriteRates } from '../../../lib/core/forecast.ts';
import { type ImaginedTable, imagine } from '../../../lib/core/imagined-table.ts';
import { prices } from '../../../lib/core/prices.ts';
import type { Workload } from '../../../lib/core/workload.ts';

/** Numbers worked out by hand, from the published prices. */

const RUN = { batchSize: 100, segments: 200, looksFirst: false, pricePerCall: undefined };
const rate = (table: number, indexes: WriteRates['indexes'] = {}): WriteRates => ({ table, indexes, from: 'a test' });
const lineOf = ({ cost }: Forecast, what: string) => cost.lines.find((line) => line.what === what);

const large: ImaginedTable = { items: 100_000_000, itemBytes: 1024, indexes: 0, changes: 1 };
const foresee = (table: ImaginedTable, run = RUN, rates = rate(4000)) => forecast(imagine(table, run), rates, prices);

describe('a hundred million items of 1 KB', () => {
  test('a scan is about $1.56, a rewrite about $62.50', () => {
    const found = foresee(large);
    expect(found.units).toMatchObject({ read: 12_500_000, write: 100_000_000, table: 100_000_000, indexes: [] });
    expect(lineOf(found, 'reading the table')?.dollars).toBeCloseTo(1.5625, 4);
    expect(lineOf(found, 'writing the table')?.dollars).toBeCloseTo(62.5, 4);
    expect(lineOf(found, 'writing its indexes')?.dollars).toBe(0);
  });

  test('and as much again for each index touched', () => {
    const found = foresee({ ...large, indexes: 2 });
    expect(found.units.write).toBe(300_000_000);
    expect(lineOf(found, 'writing its indexes')?.dollars).toBeCloseTo(125, 4);
  });

  test('take 25,000 s at 4,000 units a second; an index has a capacity of its own', () => {
    expect(foresee(large).duration).toMatchObject({ seconds: 25_000, boundBy: 'table', hotKey: false });
    expect(foresee({ ...large, indexes: 2 }).duration.seconds).toBe(25_000);
    expect(foresee({ ...large, indexes: 2 }, RUN, rate(4000, { 'index 2': 1000 })).duration).toMatchObject({
      seconds: 100_000,
      boundBy: 'index 2',
    });
  });

  test('are a million pages: as many checkpoints and journal objects', () => {
    const { requests } = foresee(large);
    expect(requests).toMatchObject({ checkpoints: 1_000_000, journalPuts: 1_000_000, calls: 0 });
    expect(lineOf(foresee(large), 'journal')?.dollars).toBeCloseTo(5, 6);
  });

  test('keep fifty workers for all that time', () => {
    const { requests, cost } = foresee(large);
    // 50 workers for 25,000 s, each of 1,769 MB.
    expect(requests.gbSeconds).toBeCloseTo((50 * 25_000 * 1769) / 1024, 3);
    // Handed over every 720 s: 1,250,000 / 720, and once for each segment.
    expect(requests.invocations).toBe(200 + 1737);
    expect(requests.transitions).toBe(13 + 4 * 200 + 3 * 1737);
    const lambda = cost.lines.find(({ what }) => what === 'Lambda')?.dollars ?? 0;
    expect(lambda).toBeCloseTo(((50 * 25_000 * 1769) / 1024) * 0.0000133334 + (1937 / 1e6) * 0.2, 6);
  });

  test('copies cost by the month', () => {
    const { copies } = foresee({ ...large, items: 1024 ** 2 });
    expect(copies).toStrictEqual({ bytes: 1024 ** 3, pointInTimeRecovery: 0.2, backup: 0.1, restore: 0.15 });
  });

  test('the plan’s formula stands beside: records times 1.5 over a day, and half as much again', () => {
    const { plan, counted } = foresee({ ...large, items: 864_000, indexes: 3 });
    expect([plan.unitsPerSecond, plan.withBuffer]).toStrictEqual([15, 22.5]);
    expect([counted.unitsPerSecond, counted.unitsPerRecord]).toStrictEqual([40, 4]);
  });
});

test('the total is that of its lines, at whatever prices', () => {
  const work = imagine({ items: 50_000, itemBytes: 2500, indexes: 1, changes: 0.5 }, { ...RUN, pricePerCall: 0.02, looksFirst: true });
  const dear = { ...prices, writeUnits: 100, asOf: '2030-01' };
  const { cost, units, requests } = forecast(work, rate(1000), dear);
  expect(cost.asOf).toBe('2030-01');
  expect(units).toMatchObject({ table: 75_000, write: 150_000 });
  expect(lineOf({ cost } as Forecast, 'writing the table')?.dollars).toBe(7.5);
  expect(requests.calls).toBe(25_000);
  expect(lineOf({ cost } as Forecast, 'outside calls')?.dollars).toBe(500);
  expect(cost.total).toBeCloseTo(
    cost.lines.reduce((sum, { dollars }) => sum + dollars, 0),
    9,
  );
});

describe('an imagined table', () => {
  test('is read by pages of at most 1 MB, whatever the batch', () => {
    // 400,000 bytes: two to a page.
    expect(imagine({ items: 1000, itemBytes: 400_000, indexes: 0, changes: 1 }, { ...RUN, segments: 1 }).pages).toBe(500);
    expect(imagine({ items: 1000, itemBytes: 100, indexes: 0, changes: 1 }, { ...RUN, segments: 1 }).pages).toBe(10);
  });

  test('each row to be created is looked for first: a strongly consistent read', () => {
    const of = (looksFirst: boolean) => imagine({ items: 4096, itemBytes: 100, indexes: 0, changes: 1 }, { ...RUN, looksFirst }).readUnits;
    expect(of(true) - of(false)).toBe(4096);
  });

  test('without an item there is nothing to do, and nothing to pay', () => {
    const { units, duration, cost, requests } = foresee({ ...large, items: 0 });
    expect([units.write, units.read, duration.seconds, cost.total, requests.transitions]).toStrictEqual([0, 0, 0, 0, 0]);
  });
});

describe('what is slowest sets the time', () => {
  const work: Workload = {
    records: 1000,
    changes: 1000,
    readUnits: 0,
    writes: { table: 1000, indexes: [{ name: 'GSI3', units: 100_000, hottest: 1 }], answered: 0, unanswered: 0 },
    calls: 0,
    asking: 0,
    callsExact: true,
    pricePerCall: 0,
    pages: 10,
    segments: 1,
    bytes: null,
  };

  test('one partition key of an index takes 1,000 units a second', () => {
    expect(forecast(work, rate(40_000), prices).duration).toMatchObject({ seconds: 100, boundBy: 'GSI3', hotKey: true });
    const even = { ...work, writes: { ...work.writes, indexes: [{ name: 'GSI3', units: 100_000, hottest: 0 }] } };
    expect(forecast(even, rate(40_000), prices).duration).toMatchObject({ seconds: 2.5, boundBy: 'GSI3', hotKey: false });
  });

  test('workers are slower than a fast table: half a second a segment, 80 ms of bookkeeping a page, 25 ms for 25 changes, 0.1 ms an item', () => {
    const fast = { ...work, writes: { table: 1000, indexes: [], answered: 0, unanswered: 0 } };
    const { duration, copies } = forecast(fast, rate(1_000_000), prices);
    expect(duration.boundBy).toBe('workers');
    expect(duration.seconds).toBeCloseTo(0.5 + 10 * (0.08 + 4 * 0.025 + 100 * 0.0001), 9);
    expect(copies).toBeNull();
  });
});

describe('the rate', () => {
  const provisioned = { read: 5, write: 50, indexes: { GSI1: { read: 5, write: 10 } } };
  const warm = { read: 20_000, write: 9_000 };
  test.each([
    [{ provisioned, warm: null }, 7, { table: 7, indexes: {}, from: 'as asked for', read: 5, isAsked: true }],
    [
      { provisioned, warm: null },
      undefined,
      { table: 50, indexes: { GSI1: 10 }, from: 'the provisioned capacity', read: 5, quota: 40_000 },
    ],
    [
      { provisioned: undefined, warm },
      undefined,
      { table: 9_000, indexes: {}, from: 'what the table is warm for', read: 20_000, doubles: true, quota: 40_000 },
    ],
    [undefined, undefined, { table: 4_000, indexes: {}, from: 'a new on-demand table', read: 12_000, doubles: true }],
  ])('of %j, asked for %j', (survey, asked, expected) => {
    expect(ratesOf(survey, asked)).toStrictEqual(expected);
  });
});
