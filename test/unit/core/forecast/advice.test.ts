import { type Advice, adviseOn, type Recommendation } from '../../../../lib/core/forecast/advice.ts';
import type { RunSettings, WriteRates } from '../../../../lib/core/forecast/bounds.ts';
import { boundsOf } from '../../../../lib/core/forecast/bounds.ts';
import { USUAL_SETTINGS } from '../../../../lib/core/forecast.ts';
import { type ImaginedTable, imagine } from '../../../../lib/core/imagined-table.ts';

/** What lifts the bound that holds a run, and what would be in vain. */

const NEW: WriteRates = { table: 4_000, indexes: {}, from: 'a new on-demand table', doubles: true };
const SLOW: WriteRates = { table: 100, indexes: { 'index 1': 50 }, from: 'the provisioned capacity' };

interface Case {
  table?: Partial<ImaginedTable>;
  rates?: WriteRates;
  settings?: Partial<RunSettings>;
  segments?: number;
}

function advise({ table, rates = NEW, settings, segments = 400 }: Case): { advice: Advice; seconds: number } {
  const full = { ...USUAL_SETTINGS, batchSize: 100, ...settings };
  const run = { batchSize: full.batchSize, segments, looksFirst: false, pricePerCall: undefined };
  const work = imagine({ items: 1e8, itemBytes: 1_000, indexes: 0, changes: 1, ...table }, run);
  return { advice: adviseOn(work, rates, full), seconds: boundsOf(work, rates, full)[0]?.seconds ?? 0 };
}
const of = (what: Recommendation['what'], given: Case): Recommendation | undefined =>
  advise(given).advice.recommended.find((one) => one.what === what);

test('a run of less than a minute needs none', () => {
  expect(advise({ table: { items: 10_000 } }).advice.recommended).toStrictEqual([]);
  expect(advise({ table: { items: 0 } }).advice).toStrictEqual({ recommended: [], seconds: 0 });
});

describe('concurrency', () => {
  test('as much as the table can take, where the workers are slower', () => {
    const found = advise({ settings: { concurrency: 4 } });
    const workers = found.advice.recommended.find(({ what }) => what === 'concurrency');
    expect(workers).toMatchObject({ now: 4, why: 'workers at once: 4 are slower than the table' });
    expect(workers?.value).toBeGreaterThan(8);
    expect(found.advice.seconds).toBeLessThan(found.seconds / 2);
    expect(advise({ settings: { concurrency: workers?.value ?? 0 } }).seconds).toBeLessThanOrEqual(found.advice.seconds * 1.2);
  });

  test('never more than Lambda lets an account have', () => {
    const fast = { ...NEW, table: 1e9, quota: 1e9, isAsked: true };
    const found = of('concurrency', {
      table: { items: 1e9 },
      rates: fast,
      settings: { concurrency: 10, pace: { ...USUAL_SETTINGS.pace, batch: 100 } },
    });
    expect(found?.value).toBe(1_000);
  });

  test('fewer where one key of an index holds them all', () => {
    const given = { table: { indexes: 1, indexKeys: 1 } };
    expect(of('concurrency', given)).toMatchObject({ now: 50, why: expect.stringContaining('enough for one key of index 1') });
    expect(of('concurrency', given)?.value).toBeLessThan(10);
    expect(advise(given).advice.seconds).toBe(advise(given).seconds);
  });

  test('as it is where the table’s capacity can be raised instead', () => {
    expect(of('concurrency', { rates: SLOW })).toMatchObject({ value: 50, now: 50 });
  });
});

describe('a batch', () => {
  test('is larger where a page goes mostly to its bookkeeping', () => {
    expect(of('batchSize', {})).toMatchObject({
      now: 100,
      value: 250,
      why: '400,000 checkpoints instead of 1,000,000, and as many journal objects',
    });
    expect(of('batchSize', { settings: { batchSize: 250 } })).toMatchObject({ now: 250, value: 250 });
    expect(of('batchSize', { table: { changes: 0.1 } })).toMatchObject({ value: 1_000 });
  });

  test('is no larger than a page of 1 MB, and stays where there are few pages', () => {
    expect(of('batchSize', { table: { itemBytes: 8_000 } })).toMatchObject({ value: 100 });
    expect(of('batchSize', { table: { items: 500_000 } })).toMatchObject({ value: 100 });
  });
});

describe('capacity', () => {
  test('is raised up to what holds the run next, for table and indexes', () => {
    const found = advise({ rates: SLOW, table: { indexes: 1 } });
    const capacity = found.advice.recommended.find(({ what }) => what === 'writeUnits');
    expect(capacity).toMatchObject({ now: 50, why: 'write units/s: index 1 is slower than the workers' });
    expect(found.advice.seconds).toBeLessThan(found.seconds / 100);
  });

  test('is left alone where that would save little, where a person asks about it, and where it is not what holds', () => {
    expect(of('writeUnits', { table: { items: 1e9 } })).toBeUndefined();
    expect(of('writeUnits', { rates: { ...SLOW, isAsked: true } })).toBeUndefined();
    expect(of('writeUnits', { table: { indexes: 1, indexKeys: 1 } })).toBeUndefined();
  });

  test('is all of it: beside a reserve more is needed, of which the run has its part', () => {
    const alone = { rates: SLOW, settings: { concurrency: 10 } };
    const reserved = { rates: SLOW, settings: { concurrency: 10, budgets: { ...USUAL_SETTINGS.budgets, reserve: 0.5 } } };
    const [whole, half] = [of('writeUnits', alone), of('writeUnits', reserved)];
    expect(half).toMatchObject({ now: 100 });
    expect((half?.value ?? 0) / (whole?.value ?? 1)).toBeCloseTo(2, 1);
    expect(advise(reserved).advice.seconds / advise(alone).advice.seconds).toBeCloseTo(1, 1);
  });

  test('says of warm throughput that it stays', () => {
    expect(of('writeUnits', { rates: { ...NEW, table: 500 }, table: { items: 1e7 } })?.why).toMatch(
      /warm throughput is billed once, and stays$/,
    );
  });
});

test('segments are more where each would be too large, or where more workers need them', () => {
  expect(of('segments', { segments: 4 })).toMatchObject({ now: 4, value: 400, why: '250,000 items each' });
  expect(of('segments', { table: { items: 1e9 } })).toMatchObject({ value: 4_000 });
  expect(of('segments', { segments: 5_000 })).toMatchObject({ value: 5_000 });
});
