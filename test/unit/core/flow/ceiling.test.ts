import { type Ceiling, nextCeiling, type Seen } from '../../../../lib/core/flow/ceiling.ts';
import type { Throttle } from '../../../../lib/core/throttle.ts';

const TABLE: Throttle = { index: null, operation: 'write', limit: 'provisioned' };

/** A run that takes all it may of a table with `capacity`, round by round; what it is refused is seen a round later. */
function simulate(capacity: (second: number) => number, wanted: number, seconds: number) {
  let ceiling: Ceiling | undefined;
  const taken: number[] = [];
  const refused: number[] = [];
  for (let second = 0; second < seconds; second += 1) {
    const sent = Math.min(wanted, ceiling?.limit ?? Number.POSITIVE_INFINITY);
    const got = Math.min(sent, capacity(second));
    taken.push(got);
    refused.push(sent - got);
    const now = 1_000 * (second + 1);
    const used = { units: taken.reduce((sum, some) => sum + some, 0), at: now };
    ceiling = nextCeiling(ceiling, { now, rate: got, used, refused: sent > got ? { of: TABLE, at: now } : null }, wanted);
  }
  return { taken, refused, ceiling };
}

const seen = (now: number, rate: number, of: Throttle | null, units = 0): Seen => ({
  now,
  rate,
  used: { units, at: now },
  refused: of && { of, at: now },
});

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test('there is none until something throttles', () => {
  expect(nextCeiling(undefined, seen(0, 100, null), null)).toBeUndefined();
});

test('a throttle lowers it to what is taken, and names the limit', () => {
  const index: Throttle = { index: 'GSI3', operation: 'write', limit: 'key-range' };
  expect(nextCeiling(undefined, seen(7, 1_000, index), null)).toMatchObject({ limit: 1_000, known: 1_000, of: index });
});

test('what was on its way when it was lowered does not lower it again', () => {
  const first = nextCeiling(undefined, seen(0, 1_000, TABLE), null);
  expect(nextCeiling(first, seen(1_000, 800, TABLE, 800), null)).toMatchObject({ limit: 1_000, throttledAt: 1_000 });
});

test('capacity that is halved for a minute: soon just below it, and soon back', () => {
  const storm = (second: number): number => (second >= 20 && second < 80 ? 500 : 1_000);
  const { taken, refused, ceiling } = simulate(storm, 1_000, 120);
  expect(mean(taken.slice(30, 80))).toBeGreaterThan(0.85 * 500);
  expect(mean(refused.slice(30, 80))).toBeLessThan(0.02 * 500);
  expect(Math.min(...taken.slice(90))).toBe(1_000);
  expect(ceiling).toBeUndefined();
});

test('a limit that stays is tried less and less often', () => {
  const { refused } = simulate(() => 500, 1_000, 400);
  const tries = (from: number, to: number): number => refused.slice(from, to).filter((some) => some > 0).length;
  expect(tries(200, 300)).toBeLessThan(tries(0, 100));
  expect(mean(refused.slice(100))).toBeLessThan(0.01 * 500);
});

/** Refused at 0 s, calm until 12 s, and then proven, rightly or not, and refused on the way up at 15 s, when so many units were used since then. */
function climbed(units: number): Ceiling | undefined {
  const first = nextCeiling(undefined, seen(0, 1_000, TABLE), null);
  const proven = nextCeiling(first, seen(12_000, 1_050, null, 12_600), null);
  expect(proven).toMatchObject({ isMore: true });
  return nextCeiling(proven, seen(15_000, 1_400, TABLE, units), null);
}

test('a climb that took no more than a probe would have leaves what is known as it is', () => {
  expect(climbed(15_150)?.known).toBeGreaterThan(1_000);
  expect(climbed(15_150)?.known).toBeLessThan(1_010);
});

test('a climb that took more goes by what it took in the end', () => {
  expect(climbed(16_200)).toMatchObject({ known: 1_400, measured: 2.5 });
});

test('what was not taken since a refusal is spent, before anything more is tried, and no more of it than what is known bears', () => {
  const first = nextCeiling(undefined, seen(0, 1_000, TABLE), null);
  expect(nextCeiling(first, seen(1_000, 900, null, 900), null)?.limit).toBeCloseTo(1_050);
  expect(nextCeiling(first, seen(1_000, 900, null, 500), null)?.limit).toBeCloseTo(1_100);
  expect(nextCeiling(first, seen(1_000, 1_000, null, 1_000), null)?.limit).toBe(1_000);
});

test('a run that goes on after it was held is counted from nothing again', () => {
  const before = nextCeiling(undefined, seen(0, 100, TABLE, 50_000), null);
  const resumed = nextCeiling(before, seen(60_000, 90, null, 0), null);
  const refused = nextCeiling(resumed, seen(70_000, 95, TABLE, 950), null);
  expect(refused?.known).toBeGreaterThan(95);
  expect(refused?.known).toBeLessThan(100);
});
