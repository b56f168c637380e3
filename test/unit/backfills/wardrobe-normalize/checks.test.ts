import { checks } from '../../../../lib/backfills/wardrobe-normalize/checks.ts';
import type { CheckContext, CheckResult } from '../../../../lib/core/checks.ts';
import type { Native } from '../../../../lib/core/result.ts';
import { seededRandom } from '../../../../lib/local/sample/random.ts';
import { jeans, NOW } from './items.ts';

async function run(items: Native[], context: Partial<CheckContext> = {}): Promise<Map<string, CheckResult>> {
  const results = await checks({
    read: {
      async *scan() {
        yield* items;
      },
      queryIndex: async () => ({ items: [] }),
    },
    embedded: false,
    runStarted: NOW,
    mode: 'full',
    partial: false,
    failed: () => false,
    clock: () => 0,
    random: () => 0,
    ...context,
  });
  return new Map(results.map((result) => [result.name, result]));
}

const good = (count = 100): Native[] => Array.from({ length: count }, (_, n) => jeans(n));
/** A hundred items, the first so many of them changed. */
const spoiled = (count: number, changes: Native, normalized: Native = {}): Native[] =>
  good().map((item, n) => (n < count ? jeans(n, changes, normalized) : item));
const { normalized: _, ...pending } = jeans(1);
const statuses = (results: Map<string, CheckResult>): Record<string, string> =>
  Object.fromEntries([...results].map(([name, { status }]) => [name, status]));

describe('checks', () => {
  test('pass on a good table', async () => {
    const results = await run(good());
    expect(statuses(results)).toStrictEqual({
      completion: 'pass',
      quality: 'pass',
      compatibility: 'pass',
      consistency: 'pass',
      'success-rate': 'pass',
      'field-counts': 'info',
      'failure-reasons': 'pass',
      advice: 'info',
    });
    expect(results.get('success-rate')?.message).toBe('100 % of 100 normalised items are good in every respect.');
    expect(results.get('field-counts')?.measured).toStrictEqual({ style: 2, occasion: 2, mood: 2, season: 2 });
    expect(results.get('advice')?.message).toMatch(/can be rolled out/);
  });

  test.each([
    ['an empty table', []],
    ['nothing normalised', [pending]],
    ['normalized NULL', [{ ...pending, normalized: null }]],
  ])('have nothing to validate in %s, and say no percentage', async (_, items) => {
    const results = await run(items, { runStarted: undefined });
    for (const name of ['quality', 'compatibility', 'consistency', 'success-rate', 'field-counts', 'failure-reasons'])
      expect(results.get(name)).toStrictEqual({ name, status: 'info', message: 'Nothing to check: there are no normalised items.' });
  });

  test('leave what another version normalised to that', async () => {
    const results = await run([
      ...good(),
      jeans(200, {}, { normalized_version: '0.9', style: 'X' }),
      jeans(201, {}, { normalized_version: '2.0', style: 'X' }),
    ]);
    expect(results.get('success-rate')?.measured).toMatchObject({ judged: 100, good: 100 });
    expect(results.get('completion')).toMatchObject({
      status: 'warn',
      measured: { total: 102, normalized: 100, newer: 1, pending: 1, errors: 0 },
    });
  });

  test.each([
    [0, 'pass'],
    [1, 'info'],
    [5, 'info'],
    [6, 'warn'],
    [10, 'warn'],
    [11, 'fail'],
    [100, 'fail'],
  ])('with %d bad items of a hundred: %s', async (bad, status) => {
    const results = await run(spoiled(bad, {}, { style: ['Casual', 'streetwear'] }));
    expect([results.get('quality')?.status, results.get('success-rate')?.status]).toEqual([status, status]);
    expect(results.get('success-rate')?.measured).toStrictEqual({ judged: 100, of: 100, good: 100 - bad, percent: 100 - bad });
  });

  test('do not round a bad rate up to a good one', async () => {
    const items = Array.from({ length: 10_000 }, (_, n) => jeans(n, {}, n < 501 ? { style: ['x'] } : {}));
    const rate = (await run(items)).get('success-rate');
    expect(rate).toMatchObject({ status: 'warn', measured: { percent: 94.9 } });
  });
});

describe('a sample', () => {
  const table = [...spoiled(50, {}, { style: ['X'] }), pending];

  test('judges so many, and counts all', async () => {
    const random = seededRandom(1).next;
    const results = await run(table, { sampleSize: 40, random });
    expect(results.get('completion')?.measured).toMatchObject({ total: 101 });
    const { measured, message } = results.get('success-rate') as CheckResult;
    expect(measured).toMatchObject({ judged: 40, of: 100 });
    expect(message).toContain('40 normalised items, drawn at random out of 100,');
    // Drawn from all of them, not the first forty, which are all bad.
    expect(Number(measured?.good)).toBeGreaterThan(10);
    expect(Number(measured?.good)).toBeLessThan(30);
  });

  test('of a seed is the same every time, and of another one another', async () => {
    const drawn = async (seed: number) => (await run(table, { sampleSize: 10, random: seededRandom(seed).next })).get('quality')?.examples;
    expect(await drawn(3)).toEqual(await drawn(3));
    expect(await drawn(3)).not.toEqual(await drawn(4));
  });

  test('that is larger than the table is the table', async () => {
    const { measured } = (await run(table, { sampleSize: 1_000 })).get('success-rate') as CheckResult;
    expect(measured).toMatchObject({ judged: 100, of: 100, good: 50 });
  });
});

describe('quality', () => {
  test.each<[string, Native, string]>([
    ['a field is absent', { style: undefined }, 'style is missing'],
    ['a field is NULL', { mood: null }, 'mood is missing'],
    ['a field is no list', { season: 'spring' }, 'season is no list'],
    ['an entry is no text', { style: ['casual', 1] }, 'style holds what is no text'],
    ['upper case', { occasion: ['Everyday', 'weekend'] }, 'occasion has upper case'],
    ['a blank entry', { mood: ['relaxed', ''] }, 'mood has a blank'],
    ['a blank inside', { mood: ['very relaxed'] }, 'mood has a blank'],
    ['a repeated value', { season: ['spring', 'spring'] }, 'season repeats a value'],
    ['an empty list for an original with values', { style: [] }, 'style is empty, its original is not'],
    ['no time', { normalized_at: undefined }, 'normalized_at is no time in UTC'],
    ['a time without Z', { normalized_at: '2026-03-01T09:00:00' }, 'normalized_at is no time in UTC'],
    ['no version', { normalized_version: undefined }, 'normalized_version is missing'],
  ])('%s', async (_, normalized, reason) => {
    const results = await run([jeans(1, {}, normalized)]);
    expect(results.get('quality')).toMatchObject({ status: 'fail', examples: [`item_1: ${reason}`] });
    expect(results.get('failure-reasons')?.measured).toMatchObject({ [reason]: 1 });
  });

  test.each([[[]], [null], [''], [['', ' ', 7]], [new Set([1])]])('an empty list is right for the original %j', async (style) => {
    expect((await run([jeans(1, { style }, { style: [] })])).get('success-rate')?.status).toBe('pass');
  });

  test('normalized is no map', async () => {
    const results = await run([jeans(1, { normalized: 'yes' })]);
    expect(results.get('quality')?.examples).toEqual(['item_1: normalized is no map']);
  });
});

describe('consistency', () => {
  test.each<[string, Native, string]>([
    ['the original was changed', { style: ['Formal'] }, 'style is not what its original gives'],
    ['the original was turned round', { season: ['Summer', 'Spring'] }, 'season is not what its original gives'],
    ['the original is of a wrong shape now', { mood: 7 }, 'the original has a wrong shape'],
  ])('%s', async (_, changes, reason) => {
    const results = await run([jeans(1, changes)]);
    expect(results.get('consistency')).toMatchObject({ status: 'fail', examples: [`item_1: ${reason}`] });
    expect(results.get('quality')?.status).toBe('pass');
    expect(JSON.stringify(results.get('advice'))).toMatch(/Originals were changed/);
  });

  test('holds for plain texts, sets and mixed lists', async () => {
    const changes = {
      style: 'Casual, streetwear',
      occasion: new Set(['Weekend', 'everyday', 'EVERYDAY']),
      mood: [1, 'relaxed', 'Cool', 'COOL'],
    };
    expect((await run([jeans(1, changes)])).get('consistency')?.status).toBe('pass');
  });
});

describe('completion', () => {
  const waiting = (count: number): Native[] => Array.from({ length: count }, (_, n) => ({ ...pending, id: `p${n}` }));

  test.each<[string, number, Partial<CheckContext>, string]>([
    ['some were added since', 5, {}, 'warn'],
    ['too many were left', 20, {}, 'fail'],
    ['the run was limited', 20, { partial: true }, 'info'],
    ['there was no run', 20, { runStarted: undefined }, 'info'],
  ])('%s', async (_, count, context, status) => {
    const result = (await run([...good(), ...waiting(count)], context)).get('completion');
    expect(result).toMatchObject({ status, measured: { total: 100 + count, normalized: 100, pending: count, errors: 0 } });
  });

  test('what is of a wrong shape, or is listed as failed, waits for nothing', async () => {
    const results = await run([...good(), { ...pending, style: 7 }, { ...pending, id: 'failed' }], { failed: ({ id }) => id === 'failed' });
    expect(results.get('completion')).toMatchObject({
      status: 'pass',
      message: expect.stringMatching(
        /^(\d+) of \d+ items are normalised, 0 pending, 2 of a wrong shape or listed as failed: 100 % of what can be done\.$/,
      ),
      measured: { errors: 2, pending: 0, percent: 100 },
    });
  });

  test.each<[number, number, RegExp]>([
    [10, 11, /Less than half is normalised.*stalled/],
    [2_000, 1_001, /1,001 items are pending: run off-peak/],
    [2_000, 1_000, /1,000 items are pending: `npx backfill run/],
  ])('%d normalised, %d pending: advice', async (done, open, expected) => {
    const result = (await run([...good(done), ...waiting(open)])).get('advice');
    expect([result?.message, ...(result?.examples ?? [])].join('\n')).toMatch(expected);
  });

  test('advises against the flag below 90 %', async () => {
    const result = (await run(spoiled(11, {}, { style: ['x'] }))).get('advice');
    expect(result?.message).toBe('Keep FEATURE_SEMANTIC_MATCH off until the failure reasons are mended.');
  });
});
