import { isBraked, reasonToStop, restMs, slowedBy, slowedWords, standing } from '../../../lib/core/brakes.ts';
import type { Brake, Slowed } from '../../../lib/core/records/control.ts';

const NOW = Date.parse('2026-11-21T12:00:00.000Z');
const ago = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();
const brake = (seconds: number, alarm = 'writes'): Brake => ({ alarm, reason: 'Threshold crossed.', since: ago(seconds), by: 'test' });
const slowed = (change: Partial<Slowed> = {}): Slowed => ({
  pace: 0.25,
  alarm: 'writes',
  since: ago(90),
  stands: true,
  at: NOW - 2_000,
  ...change,
});
const DAY = 86_400;

test('an alarm counts for a day, the oldest first', () => {
  expect(standing([brake(5, 'b'), brake(9, 'a'), brake(DAY, 'old'), brake(DAY - 1, 'c')], NOW).map(({ alarm }) => alarm)).toEqual([
    'c',
    'a',
    'b',
  ]);
});

describe('how slow', () => {
  const pace = (brakes: Brake[], last: Slowed | null, startedAgo = 3600) =>
    slowedBy(brakes, last, { startedAt: ago(startedAgo) }, NOW)?.pace ?? 1;

  test.each([
    ['no alarm', [], null, 1],
    ['one that has begun', [brake(0)], null, 0.5],
    ['after most of a minute', [brake(59)], null, 0.5],
    ['after a minute', [brake(60)], null, 0.25],
    ['after most of three', [brake(179)], null, 0.25],
    ['after three', [brake(180)], null, 0.1],
    ['after an hour', [brake(3600)], null, 0.1],
    ['by the one that has stood longest', [brake(180), brake(1)], null, 0.1],
    ['a new one while it speeds up again', [brake(0)], slowed({ pace: 0.25, stands: false }), 0.25],
  ])('%s', (_, brakes, last, expected) => {
    expect(pace(brakes, last)).toBe(expected);
  });

  test('what was before this execution began does not count: it is tried again', () => {
    expect(pace([brake(3600)], null, 10)).toBe(0.5);
    expect(pace([brake(3600)], null, 70)).toBe(0.25);
  });

  test('says by which alarm, and since when', () => {
    expect(slowedBy([brake(70, 'first'), brake(10, 'second')], null, { startedAt: ago(3600) }, NOW)).toEqual({
      pace: 0.25,
      alarm: 'first',
      since: ago(70),
      stands: true,
      at: NOW,
    });
  });

  test('once the alarm is over it speeds up step by step, not at a bound', () => {
    const paces: number[] = [];
    let last: Slowed | null = slowed({ pace: 0.1 });
    for (let second = 0; second <= 100; second += 2) {
      last = slowedBy([], last, { startedAt: ago(3600) }, NOW + second * 1000);
      paces.push(last?.pace ?? 1);
    }
    expect(paces.filter((one, index) => one !== paces[index - 1])).toEqual([0.1, 0.25, 0.5, 1]);
    expect([0.25, 0.5, 1].map((one) => 2 * paces.indexOf(one))).toEqual([30, 60, 90]);
  });
});

describe('when it stands still', () => {
  const stops = (brakes: Brake[], startedAgo = 3600) => reasonToStop(brakes, { startedAt: ago(startedAgo) }, NOW);

  test('not without an alarm, and not before five minutes of it', () => {
    expect(stops([])).toBeNull();
    expect(stops([brake(299)])).toBeNull();
    expect(stops([brake(3600)], 299)).toBeNull();
  });

  test('then it says which, since when, and why', () => {
    expect(stops([brake(301, 'writes')])).toEqual({
      code: 'brake.throttled',
      message: `Alarm writes stands since ${ago(301)}, and 5 minutes of going slower did not end it: Threshold crossed.`,
    });
  });

  test('only such a run goes on by itself', () => {
    const reason = { code: 'brake.throttled', message: '' };
    expect(isBraked({ status: 'held', reason })).toBe(true);
    expect(isBraked({ status: 'aborted', reason })).toBe(false);
    expect(isBraked({ status: 'held', reason: { code: 'paused', message: '' } })).toBe(false);
    expect(isBraked({ status: 'held', reason: null })).toBe(false);
  });
});

test.each([
  [1_000, 0, 1, 0],
  [1_000, 0, 0.5, 1_000],
  [1_000, 0, 0.25, 3_000],
  [1_000, 0, 0.1, 9_000],
  [1_000, 400, 0.5, 600],
  [1_000, 2_000, 0.5, 0],
  [60_000, 0, 0.1, 120_000],
  [0, 0, 0.1, 0],
])('having worked %d ms and rested %d ms at pace %d it rests %d ms more', (worked, rested, pace, expected) => {
  expect(restMs(worked, rested, pace)).toBeCloseTo(expected, 6);
});

test('in words', () => {
  expect(slowedWords(slowed({ since: '2026-11-21T03:12:40.000Z' }))).toBe('slowed to 25 % by alarm writes since 03:12 UTC');
  expect(slowedWords(slowed({ stands: false, pace: 0.5 }))).toBe('speeding up again, at 50 %: alarm writes is over');
});
