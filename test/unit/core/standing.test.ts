import fc from 'fast-check';
import { addCounters, balances, bump, type Counters, eligible, noCounters, total } from '../../../lib/core/counters.ts';
import { evenShares } from '../../../lib/core/even-shares.ts';
import { takePortion } from '../../../lib/core/page.ts';
import type { SegmentRecord } from '../../../lib/core/records/segment.ts';
import { gate, proveComplete } from '../../../lib/core/steps/finish.ts';
import { plan } from '../../../lib/core/steps/plan.ts';
import { judgeStanding, stuckReason } from '../../../lib/core/steps/validate.ts';
import { openSegment } from '../../support/memory-ledger.ts';
import { memoryWorld, RUN_ID, runRecord } from '../../support/memory-ports.ts';
import { doubling, other, thing } from '../../support/thing-definitions.ts';

const counted = (change: Partial<Counters>): Counters => ({ ...noCounters(), ...change });
const segment = (index: number, change: Partial<SegmentRecord> = {}): SegmentRecord => ({ ...openSegment(RUN_ID, index), ...change });
const done = (index: number, change: Partial<SegmentRecord> = {}) => segment(index, { state: 'done', ...change });
const stuck = { code: 'c', message: 'm' };

describe('counters', () => {
  const a = counted({ scanned: 5, filtered: 1, created: 1, skipped: { x: 1, y: 1 }, failed: { z: 1 } });

  test('add up, tally by tally', () => {
    expect(addCounters(a, counted({ scanned: 2, skipped: { y: 2 }, notes: { n: 1 } }))).toStrictEqual(
      counted({ scanned: 7, filtered: 1, created: 1, skipped: { x: 1, y: 3 }, failed: { z: 1 }, notes: { n: 1 } }),
    );
    expect(a.skipped).toStrictEqual({ x: 1, y: 1 });
  });

  test('balance when every scanned item has one outcome', () => {
    expect(balances(a)).toBe(true);
    expect(balances({ ...a, updated: 1 })).toBe(false);
    expect([eligible(a), total(a.skipped)]).toStrictEqual([4, 2]);
  });

  test('bump', () => {
    const tally = {};
    bump(tally, 'a');
    bump(tally, 'a');
    expect(tally).toStrictEqual({ a: 2 });
  });
});

test('evenShares shares all of it, as evenly as can be', () => {
  fc.assert(
    fc.property(fc.integer({ min: -5, max: 10_000 }), fc.integer({ min: 1, max: 300 }), (amount, shares) => {
      const dealt = evenShares(amount, shares);
      expect(dealt).toHaveLength(shares);
      expect(dealt.reduce((sum, share) => sum + share, 0)).toBe(Math.max(0, amount));
      expect(Math.max(...dealt) - Math.min(...dealt)).toBeLessThanOrEqual(1);
    }),
  );
});

describe('plan', () => {
  const planned = (limit: number | null, segments: number, rows: SegmentRecord[] = []) => {
    const world = memoryWorld({ definition: doubling, items: [], options: { limit, segments } });
    world.ledger.rows.clear();
    for (const row of rows) world.ledger.rows.set(row.segment, row);
    return { ledger: world.ledger, output: plan({ runId: RUN_ID, epoch: 1 }, world.ports) };
  };

  test('names every open segment once, not in order', async () => {
    const { segments } = await planned(null, 20).output;
    expect([...segments].sort((a, b) => a - b)).toStrictEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(segments).not.toStrictEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  test('deals out what the limit still allows to those that are open', async () => {
    const used = { quota: 3, counters: counted({ scanned: 3, updated: 3 }) };
    const { ledger, output } = planned(13, 3, [done(0, used), segment(1, used), segment(2, used)]);
    expect([...(await output).segments].sort()).toStrictEqual([1, 2]);
    const left = [1, 2].map((index) => ledger.rows.get(index)).map((row) => (row?.quota ?? 0) - eligible(row?.counters ?? noCounters()));
    expect(left).toStrictEqual([2, 2]);
  });

  test('a round that was cut short goes on with the quotas it has', async () => {
    const used = { quota: 3, counters: counted({ scanned: 3, updated: 3 }) };
    const { ledger, output } = planned(10, 3, [done(0, used), segment(1, used), segment(2, { quota: 3 })]);
    expect((await output).segments).toStrictEqual([2]);
    expect([1, 2].map((index) => ledger.rows.get(index)?.quota)).toStrictEqual([3, 3]);
  });

  test('a limit smaller than the number of segments leaves some out', async () => {
    expect((await planned(2, 8).output).segments).toHaveLength(2);
  });

  test('an older execution is superseded', async () => {
    const { ports } = memoryWorld({ definition: doubling, items: [] });
    await expect(plan({ runId: RUN_ID, epoch: 0 }, ports)).rejects.toMatchObject({ code: 'run.superseded' });
  });
});

describe('takePortion', () => {
  const page = {
    items: [other('a'), thing('b', 1), other('c'), thing('d', 2), thing('e', 3), other('f')],
    scanned: 6,
    cursor: { id: { S: 'f' } },
    readUnits: 9,
  };
  const take = (allowed: number | null, one = page) => {
    const { items, ...rest } = takePortion(one, { kind: 'thing' }, ['id'], allowed);
    return { ids: items.map(({ id }) => (id as { S: string }).S), ...rest };
  };

  test.each([
    [null, { ids: ['b', 'd', 'e'], scanned: 6, cursor: { id: { S: 'f' } } }],
    [1, { ids: ['b'], scanned: 2, cursor: { id: { S: 'b' } } }],
    [2, { ids: ['b', 'd'], scanned: 4, cursor: { id: { S: 'd' } } }],
    [3, { ids: ['b', 'd', 'e'], scanned: 5, cursor: { id: { S: 'e' } } }],
    [4, { ids: ['b', 'd', 'e'], scanned: 6, cursor: { id: { S: 'f' } } }],
  ])('with a quota of %j', (allowed, expected) => {
    expect(take(allowed)).toStrictEqual(expected);
  });

  test('a quota that ends with the last page closes the segment', () => {
    const last = { ...page, items: page.items.slice(0, 2), scanned: 2, cursor: null as never };
    expect(take(1, last)).toMatchObject({ ids: ['b'], scanned: 2, cursor: null });
  });
});

describe('judgeStanding', () => {
  const judge = (segments: SegmentRecord[], limit: number | null = null, told = false, total = 2) =>
    judgeStanding(runRecord(doubling, { segments: total, limit }), segments, told);
  const used = { quota: 2, counters: counted({ scanned: 2, updated: 2 }) };

  test.each<[string, string]>([
    ['closed', judge([done(0), done(1)])],
    ['stuck', judge([done(0), segment(1)])],
    ['stuck', judge([done(0), segment(1, { stuck })])],
    ['held', judge([done(0), segment(1)], null, true)],
    ['closed', judge([done(0), done(1)], null, true)],
    ['stuck', judge([done(0)])],
    ['closed', judge([segment(0, used), segment(1, used)], 4)],
    ['short', judge([segment(0, used), done(1, { quota: 2 })], 4)],
    ['held', judge([segment(0, used), done(1, { quota: 2 })], 4, true)],
    ['stuck', judge([segment(0, used), segment(1, { quota: 2 })], 4)],
    ['stuck', judge([segment(0, { ...used, stuck }), done(1, { quota: 2 })], 4)],
    ['closed', judge([segment(0, used), done(1), segment(2, { quota: 0 })], 2, false, 3)],
  ])('%s', (expected, standing) => {
    expect(standing).toBe(expected);
  });

  test.each([
    ['closed', 'finish'],
    ['short', 'plan'],
    ['held', 'hold'],
    ['stuck', 'fail'],
  ] as const)('after %s comes %s', async (standing, decision) => {
    const { ports } = memoryWorld({ definition: doubling, items: [] });
    expect(await gate({ runId: RUN_ID, epoch: 1 }, { standing, good: true }, ports)).toStrictEqual({ decision });
  });

  test('what stands in the way is said in one line', () => {
    expect(stuckReason([done(0), segment(1, { stuck }), segment(2, { stuck })])).toStrictEqual({
      code: 'c',
      message: 'Segment 1, and 1 more: m',
    });
    expect(stuckReason([segment(1)])).toMatchObject({ code: 'segment.stuck' });
  });
});

// Invariant 5.
describe('proveComplete', () => {
  const run = runRecord(doubling, { segments: 2 });
  const good = counted({ scanned: 2, updated: 1, skipped: { x: 1 } });

  test('gives the sum of segments that are closed and balance', () => {
    expect(proveComplete(run, [done(0, { counters: good }), done(1, { counters: good })], 0)).toMatchObject({
      totals: { scanned: 4, updated: 2, skipped: { x: 2 } },
      proof: { at: '1970-01-01T00:00:00.000Z', segments: 2, closed: 2, balanced: 2 },
    });
  });

  test.each([
    ['open', [done(0), segment(1)]],
    ['missing', [done(0)]],
    ['out of balance', [done(0), done(1, { counters: { ...good, updated: 2 } })]],
  ])('refuses where one is %s', (_, segments) => {
    expect(() => proveComplete(run, segments, 0)).toThrow(expect.objectContaining({ code: 'segment.stuck' }));
  });
});
