import type { Minute, Traffic } from '../../../../lib/core/flow/traffic.ts';
import { formerPeak, nextUsage, othersTake, ownOf, type Round, type Usage } from '../../../../lib/core/flow/usage.ts';

const MINUTE_MS = 60_000;
const START = Date.parse('2026-11-21T12:00:00Z');

const minute = (number: number, units: number): Minute => ({ at: START + number * MINUTE_MS, write: { '': units }, read: {} });
const traffic = (...minutes: Minute[]): Traffic => ({ mode: 'warm', capacity: { write: { '': 4_000 }, read: {} }, minutes, blind: null });

const round = (seconds: number, rate: number, change: Partial<Round> = {}): Round => ({
  traffic: traffic(),
  operation: 'write',
  rate,
  passedMs: 2_000,
  parts: { '': 1 },
  now: START + seconds * 1_000,
  ...change,
});

/** A governor's rounds every two seconds, for so many minutes, at so many units a second. */
function passed(usage: Usage | null, from: number, minutes: number, rate: number): Usage {
  let next = usage;
  for (let second = from * 60; second < (from + minutes) * 60; second += 2) next = nextUsage(next, round(second, rate));
  return next as Usage;
}

test('what the run used is known minute by minute, and so far back as what others take is', () => {
  const usage = passed(null, 0, 12, 300);
  expect(usage.own).toHaveLength(8);
  expect(ownOf(usage, START + 10 * MINUTE_MS)).toBe(300);
  expect(ownOf(usage, START)).toBe(0);
});

test('a round that comes late says nothing of all the time before it', () => {
  const usage = nextUsage(nextUsage(null, round(0, 0)), round(40, 300, { passedMs: 40_000 }));
  expect(usage.own).toStrictEqual([{ at: START, units: 3_000 }]);
});

test('others took what was counted, but for the run’s own', () => {
  const usage = passed(null, 0, 4, 300);
  const others = (...minutes: Minute[]) => othersTake(traffic(...minutes), 'write', '', 1, usage, START + 4 * MINUTE_MS);
  expect(others(minute(2, 500))).toBe(200);
  expect(others(minute(2, 500), minute(1, 700))).toBe(400);
  // The newest minute is not whole yet.
  expect(others(minute(3, 120))).toBe(0);
  expect(others()).toBe(0);
});

test('what was used before the run, and what the run uses, is a former peak half an hour later', () => {
  const first = nextUsage(null, round(0, 0, { traffic: traffic(minute(-40, 900), minute(-35, 700), minute(-10, 1_800)) }));
  expect(formerPeak(first, '', START)).toBe(900);
  expect(formerPeak(first, '', START + 20 * MINUTE_MS)).toBe(900);
  expect(formerPeak(first, '', START + 21 * MINUTE_MS)).toBe(1_800);
  const later = passed(first, 0, 30, 3_600);
  expect(formerPeak(later, '', START + 30 * MINUTE_MS)).toBe(1_800);
  expect(formerPeak(later, '', START + 33 * MINUTE_MS)).toBeCloseTo(3_600, -2);
});

test('a peak that is no more, or hardly more, is not kept; of those that are old enough the last one is', () => {
  const steady = passed(null, 0, 50, 3_600);
  expect(steady.peaks['']?.length).toBeLessThanOrEqual(2);
  const risen = passed(passed(steady, 50, 10, 5_000), 60, 40, 100);
  expect(risen.peaks['']?.map(({ units }) => Math.round(units / 1_000))).toStrictEqual([5]);
  expect(formerPeak(risen, '', START + 100 * MINUTE_MS)).toBeCloseTo(5_000, -2);
});
