import fc from 'fast-check';
import { boundsBy, roomBeside, type Seen, UNTOLD_UNITS } from '../../../../lib/core/flow/room.ts';
import type { Bound } from '../../../../lib/core/flow/share-out.ts';
import type { Minute, Traffic } from '../../../../lib/core/flow/traffic.ts';
import type { Usage } from '../../../../lib/core/flow/usage.ts';

const MINUTE_MS = 60_000;
const NOW = Date.parse('2026-11-21T12:00:00Z');

const PROVISIONED: Traffic = {
  mode: 'provisioned',
  capacity: { write: { '': 1_000, GSI1: 200 }, read: { '': 500, GSI1: 500 } },
  minutes: [],
  blind: null,
};
const WARM: Traffic = { ...PROVISIONED, mode: 'warm', capacity: { write: { '': 4_000 }, read: { '': 12_000 } } };

const NOTHING: Usage = { own: [], peaks: {} };
const asked = { operation: 'write' as const, budgets: { reserve: 0.3, ramp: true }, parts: { '': 1 }, usage: NOTHING, now: NOW };
const minute = (ago: number, units: number): Minute => ({ at: NOW - ago * MINUTE_MS, write: { '': units }, read: {} });
const limit = (traffic: Traffic, change: Partial<typeof asked> = {}): number | undefined =>
  boundsBy(traffic, { ...asked, ...change })[0]?.limit;

test('a reserve leaves its share of the table and of each index', () => {
  expect(boundsBy(PROVISIONED, { ...asked, parts: { '': 0.5, GSI1: 0.5 } })).toStrictEqual([
    { by: 'reserve', index: null, limit: 1_400 },
    { by: 'reserve', index: 'GSI1', limit: 280 },
  ]);
});

test('an index that the run does not write bounds nothing; before anything was written, each may be all that it writes', () => {
  expect(boundsBy(PROVISIONED, asked)).toStrictEqual([{ by: 'reserve', index: null, limit: 700 }]);
  // Taken for half each they would bear 1,400, all of which may be the table's: twice what is left of it.
  expect(boundsBy(PROVISIONED, { ...asked, parts: {} }).map((bound) => bound.limit)).toStrictEqual([700, 140]);
});

test('others who take more than the reserve have that, and a tenth more', () => {
  expect(limit({ ...PROVISIONED, minutes: [minute(3, 250)] })).toBe(700);
  expect(limit({ ...PROVISIONED, minutes: [minute(3, 500)] })).toBeCloseTo(1_000 - 1.1 * 500);
  expect(limit({ ...PROVISIONED, minutes: [minute(3, 5_000)] })).toBe(1);
});

test('what the run itself took is not theirs', () => {
  const at = NOW - 3 * MINUTE_MS;
  const usage = { own: [{ at, units: 60 * 400 }], peaks: {} };
  expect(limit({ ...PROVISIONED, minutes: [minute(3, 900)] }, { usage })).toBeCloseTo(1_000 - 1.1 * 500);
});

test('what they took in their highest minute of late counts, and longer ago no more', () => {
  expect(limit({ ...PROVISIONED, minutes: [minute(6, 500), minute(3, 100)] })).toBeCloseTo(450);
  expect(limit({ ...PROVISIONED, minutes: [minute(7, 500), minute(3, 100)] })).toBe(700);
});

test('never more than the reserve leaves, nor than others leave, and never nothing', () => {
  const figures = fc.record({
    units: fc.integer({ min: 1, max: 40_000 }),
    reserve: fc.double({ min: 0, max: 0.95, noNaN: true }),
    others: fc.integer({ min: 0, max: 50_000 }),
    part: fc.double({ min: 0.01, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(figures, ({ units, reserve, others, part }) => {
      const traffic = { ...PROVISIONED, capacity: { write: { '': units }, read: {} }, minutes: [minute(2, others)] };
      const used = part * (limit(traffic, { parts: { '': part }, budgets: { reserve, ramp: true } }) ?? 0);
      expect(used).toBeGreaterThan(0.999);
      expect(used).toBeLessThanOrEqual(Math.max(1, Math.min((1 - reserve) * units, units - others)) + 1e-6);
    }),
  );
});

describe('on demand', () => {
  const budgets = { reserve: null as unknown as number, ramp: true };
  const reached = (ago: number, units: number): Usage => ({ own: [], peaks: { '': [{ at: NOW - ago * MINUTE_MS, units }] } });

  test('no more than the table is ready for, a little less so that no key range has more than its part', () => {
    expect(limit(WARM, { budgets })).toBeCloseTo(0.92 * 4_000);
  });

  test('twice what was reached, half an hour later and no sooner', () => {
    expect(limit(WARM, { budgets, usage: reached(29, 3_600) })).toBeCloseTo(0.92 * 4_000);
    expect(limit(WARM, { budgets, usage: reached(30, 3_600) })).toBeCloseTo(0.92 * 7_200);
  });

  test('others have what they take of it', () => {
    expect(limit({ ...WARM, minutes: [minute(2, 1_000)] }, { budgets })).toBeCloseTo(0.92 * 4_000 - 1_100);
  });

  test('unless it is told not to mind; and a table with provisioned capacity has no ramp', () => {
    expect(boundsBy(WARM, { ...asked, budgets: { ...budgets, ramp: false } })).toStrictEqual([]);
    expect(boundsBy(PROVISIONED, { ...asked, budgets })).toStrictEqual([]);
  });
});

describe('in a round of the governor’s', () => {
  const seen: Seen = {
    now: NOW,
    traffic: PROVISIONED,
    budgets: { reserve: 0.3, ramp: true },
    rates: { writeUnits: 300, readUnits: 100, calls: 0 },
    parts: { '': 1 },
  };

  test('reads are bounded as writes are, by the table alone', () => {
    const { bounds } = roomBeside(null, seen);
    expect(bounds.writeUnits).toStrictEqual([{ by: 'reserve', index: null, limit: 700 }]);
    expect(bounds.readUnits).toStrictEqual([{ by: 'reserve', index: null, limit: 350 }]);
    expect(bounds.calls).toStrictEqual([]);
  });

  test('entries of a local index are written with its table’s capacity, and are of what its table took', () => {
    const parts = { '': 0.5, LSI1: 0.3, GSI1: 0.2 };
    const first = roomBeside(null, { ...seen, parts });
    expect(first.bounds.writeUnits).toStrictEqual([
      { by: 'reserve', index: null, limit: 875 },
      { by: 'reserve', index: 'GSI1', limit: 700 },
    ]);
    // Of the 600 units a second that the table took, the run took 480.
    const usage = { read: NOTHING, write: { own: [{ at: NOW, units: 60 * 600 }], peaks: {} } };
    const traffic = { ...PROVISIONED, minutes: [minute(0, 600)] };
    const { bounds } = roomBeside({ at: NOW, usage, blind: null }, { ...seen, budgets: { reserve: 0, ramp: true }, parts, traffic });
    expect(bounds.writeUnits[0]?.limit).toBeCloseTo((1_000 - 1.1 * 120) / 0.8);
  });

  test('a ramp bounds reads only where they come near it', () => {
    const warm = { ...seen, traffic: WARM, budgets: { reserve: null, ramp: true } };
    expect(roomBeside(null, warm).bounds.readUnits).toStrictEqual([]);
    const near = roomBeside(null, { ...warm, rates: { ...seen.rates, readUnits: 6_000 } });
    expect(near.bounds.readUnits).toStrictEqual([{ by: 'ramp', index: null, limit: 0.92 * 12_000 }]);
  });

  test('what the run used goes into what is remembered, and out of what others took', () => {
    const first = roomBeside(null, seen);
    const second = roomBeside({ at: NOW, usage: first.usage, blind: null }, { ...seen, now: NOW + 2_000 });
    expect(second.usage?.write.own).toStrictEqual([{ at: NOW, units: 600 }]);
    expect(second.usage?.read.own).toStrictEqual([{ at: NOW, units: 200 }]);
  });

  test('until anybody answers, what was known before holds on, and what the run uses is counted', () => {
    const { bounds, usage } = roomBeside(null, seen);
    const beside = { writeUnits: bounds.writeUnits[0] as Bound, readUnits: bounds.readUnits[0] as Bound };
    const last = { at: NOW, usage, beside, blind: 'denied' };
    const unheard = { ...seen, now: NOW + 2_000, traffic: undefined };
    const next = roomBeside(last, unheard);
    expect(next).toMatchObject({ bounds, blind: 'denied' });
    expect(next.usage?.write).toMatchObject({ own: [{ at: NOW, units: 600 }], peaks: usage?.write.peaks });
    expect(next.usage?.read.own).toStrictEqual([{ at: NOW, units: 200 }]);
    const free = { writeUnits: [], readUnits: [], calls: [] };
    expect(roomBeside(last, { ...unheard, budgets: { reserve: null, ramp: true } }).bounds).toStrictEqual(free);
    expect(roomBeside(null, { ...unheard, budgets: { reserve: null, ramp: true } })).toStrictEqual({
      bounds: free,
      usage: null,
      blind: null,
    });
    // Of a reserve that nobody knows in units, next to nothing may be used.
    const untold = [{ by: 'untold', index: null, limit: UNTOLD_UNITS }];
    const held = { ...free, writeUnits: untold, readUnits: untold };
    expect(roomBeside(null, unheard)).toStrictEqual({ bounds: held, usage: null, blind: null });
    const since = { at: NOW, usage: null, beside: { writeUnits: untold[0] as Bound, readUnits: untold[0] as Bound }, blind: null };
    expect(roomBeside(since, unheard).bounds).toStrictEqual(held);
    expect(roomBeside(since, { ...unheard, traffic: PROVISIONED }).bounds.writeUnits[0]?.by).toBe('reserve');
  });

  test('nothing is remembered, and nothing bounded, where nothing is minded', () => {
    const nothing = { bounds: { writeUnits: [], readUnits: [], calls: [] }, usage: null, blind: null };
    expect(roomBeside(null, { ...seen, budgets: { reserve: null, ramp: true } })).toStrictEqual(nothing);
    expect(roomBeside(null, { ...seen, budgets: { reserve: null, ramp: true }, traffic: null })).toStrictEqual(nothing);
  });

  test('a reserve of which nobody knows the capacity, or what others take, says so', () => {
    expect(roomBeside(null, { ...seen, traffic: null }).blind).toContain('does not tell what the table can take');
    expect(roomBeside(null, { ...seen, traffic: { ...PROVISIONED, blind: 'denied' } })).toMatchObject({
      blind: 'denied',
      bounds: { writeUnits: [{ limit: 700 }] },
    });
  });
});
