import { type Ceiling, nextCeiling } from '../../../../lib/core/flow/ceiling.ts';
import type { Throttle } from '../../../../lib/core/throttle.ts';

const TABLE: Throttle = { index: null, operation: 'write', limit: 'provisioned' };

/** A run that takes all it may of a table with `capacity`, round by round; what it is refused is seen a round later. */
function simulate(capacity: (second: number) => number, wanted: number, seconds: number) {
  let ceiling: Ceiling | undefined;
  const taken: number[] = [];
  const refused: number[] = [];
  for (let second = 0; second < seconds; second += 1) {
    const sent = Math.min(wanted, ceiling?.limit ?? Number.POSITIVE_INFINITY);
    taken.push(Math.min(sent, capacity(second)));
    refused.push(Math.max(0, sent - capacity(second)));
    const throttled = (refused.at(-1) ?? 0) > 0 ? TABLE : null;
    ceiling = nextCeiling(ceiling, { now: 1_000 * second, rate: taken.at(-1) ?? 0, throttled }, wanted);
  }
  return { taken, refused, ceiling };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test('there is none until something throttles', () => {
  expect(nextCeiling(undefined, { now: 0, rate: 100, throttled: null }, null)).toBeUndefined();
});

test('a throttle lowers it by a factor below what is taken, and names the limit', () => {
  const index: Throttle = { index: 'GSI3', operation: 'write', limit: 'key-range' };
  expect(nextCeiling(undefined, { now: 7, rate: 1_000, throttled: index }, null)).toMatchObject({ limit: 700, known: 1_000, of: index });
});

test('what was on its way when it was lowered does not lower it again', () => {
  const first = nextCeiling(undefined, { now: 0, rate: 1_000, throttled: TABLE }, null);
  expect(nextCeiling(first, { now: 1_000, rate: 800, throttled: TABLE }, null)).toMatchObject({ limit: 700, throttledAt: 1_000 });
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
