import { noCounters } from '../../../lib/core/counters.ts';
import { noBudgets } from '../../../lib/core/flow/budgets.ts';
import { conditionOf, type Looked } from '../../../lib/core/health.ts';
import type { Findings, Slowed } from '../../../lib/core/records/control.ts';
import type { RunRecord } from '../../../lib/core/records/run.ts';
import { RUN_ID, runRecord } from '../../support/memory-ports.ts';
import { doubling } from '../../support/thing-definitions.ts';

const START = Date.parse('2026-11-21T12:00:00.000Z');

/** Half-way through 10,000 rows, a fifth of which are of another kind; ten seconds in, one second after the last sign of life. */
const counters = { ...noCounters(), scanned: 5000, filtered: 1000, updated: 3980, skipped: { unlucky: 20 } };

function looked(change: Partial<Looked> = {}, run: Partial<RunRecord> = {}): Looked {
  const seen = { ...counters, ...change.counters };
  return {
    control: { desired: 'run', findings: null, budgets: null },
    at: START + 10_000,
    heartbeat: START + 9_000,
    expected: 10_000,
    through: seen.scanned,
    segments: { total: 8, done: 3 },
    phases: [],
    lagging: null,
    ownerGone: false,
    ...change,
    counters: seen,
    run: { ...runRecord(doubling, { segments: 8 }), ...run },
  };
}

const options = (change: Partial<RunRecord['options']>) => ({ options: { ...runRecord(doubling).options, ...change } });
const advice = (change?: Partial<Looked>, run?: Partial<RunRecord>): string[] => conditionOf(looked(change, run)).advice;
const withFailures = (updated: number, failed: number) => ({ counters: { ...counters, updated, failed: { 'odd-one': failed } } });

describe('how much is done', () => {
  test('items of other kinds are left out, also of what is still to come', () => {
    expect(conditionOf(looked())).toMatchObject({ total: 8000, done: 4000, pending: 4000, errors: 0, estimated: true, completion: 0.5 });
  });

  test('what failed is not done', () => {
    const found = conditionOf(looked({ counters: { ...counters, updated: 3880, failed: { a: 60, b: 40 } } }));
    expect(found).toMatchObject({ total: 8000, done: 3900, pending: 4000, errors: 100, completion: 3900 / 8000 });
  });

  test('a limit counts items that concern the run, so nothing is estimated', () => {
    const found = conditionOf(looked({ expected: 6000, through: 4000 }, options({ limit: 6000 })));
    expect(found).toMatchObject({ total: 6000, done: 4000, pending: 2000, estimated: false });
  });

  test.each([
    ['a complete run', {}, { status: 'complete' as const }],
    ['a run at its limit', {}, { status: 'limited' as const }],
    ['a run whose segments are all done', { segments: { total: 8, done: 8 } }, {}],
    ['a retry', {}, { rounds: 2 }],
  ])('nothing is pending of %s, whatever the estimate was', (_, change, run) => {
    expect(conditionOf(looked(change, run))).toMatchObject({ total: 4000, done: 4000, pending: 0, completion: 1 });
  });

  test('an aborted run keeps what it left', () => {
    expect(conditionOf(looked({}, { status: 'aborted' }))).toMatchObject({ pending: 4000, completion: 0.5 });
  });

  test('where nobody knows how many there are, segments say how far it is', () => {
    expect(conditionOf(looked({ expected: null }))).toMatchObject({ total: null, pending: null, completion: 3 / 8 });
  });

  test('before the first page all that is expected is pending', () => {
    const found = conditionOf(looked({ counters: noCounters(), heartbeat: 0 }));
    expect(found).toMatchObject({ total: 10_000, done: 0, pending: 10_000, completion: 0, errorRate: 0, judged: 0, health: 'healthy' });
  });

  test('an empty table is done', () => {
    const found = conditionOf(looked({ counters: noCounters(), expected: 0 }, { status: 'complete' }));
    expect(found).toMatchObject({ total: 0, completion: 1, health: 'healthy' });
    expect(found.advice).toStrictEqual(['Nothing was to be done: no item of the source concerns this backfill.']);
  });

  test.each([
    ['inspect', 1, 0, 500],
    ['undo', 2, 200, 300],
    ['verify', 3, 500, 0],
  ])('a rollback in its stage %s counts journal entries', (_, rounds, restored, pending) => {
    const rollback = { of: 'r', was: 'complete' as const, wasUndoneBy: null, skipDamaged: false };
    const seen = { ...noCounters(), scanned: restored, restored };
    const found = conditionOf(
      looked({ counters: { ...seen, updated: 0, skipped: {}, filtered: 0 } }, { rollback, rounds, estimatedItems: 500 }),
    );
    expect(found).toMatchObject({ total: 500, done: restored, pending, completion: restored / 500 });
  });
});

describe('health', () => {
  test.each([
    [0, 10_000, 'healthy'],
    [100, 9_900, 'healthy'],
    [101, 9_899, 'warning'],
    [500, 9_500, 'warning'],
    [501, 9_499, 'unhealthy'],
    [10_000, 0, 'unhealthy'],
  ])('%d failed and %d changed: %#', (failed, updated, health) => {
    const found = conditionOf(looked(withFailures(updated, failed)));
    expect(found).toMatchObject({ health, errorRate: failed / 10_000, judged: 10_000, tooFew: false });
  });

  test('skipped and filtered items are not judged', () => {
    const found = conditionOf(looked({ counters: { ...counters, updated: 900, skipped: { unlucky: 9000 }, failed: { a: 100 } } }));
    expect(found).toMatchObject({ errorRate: 0.1, judged: 1000, health: 'unhealthy' });
  });

  test('fewer than a hundred are too few, and it says so', () => {
    const few = looked(withFailures(96, 3));
    expect(conditionOf(few)).toMatchObject({ judged: 99, tooFew: true, health: 'warning' });
    expect(conditionOf(few).advice.at(-1)).toContain('though of 99 items, which is too few to say much');
    expect(conditionOf(looked(withFailures(97, 3))).advice.at(-1)).not.toContain('too few');
  });
});

describe('advice', () => {
  const early = { expected: 20_000 };

  test('a run that goes is let go on, with a word on the hour if much is pending', () => {
    expect(advice(early)).toStrictEqual([
      'Less than half is done, and it is still running: let it go on.',
      `About 12,000 items are pending: where others feel its writes, pause it and carry it on off-peak: npx backfill pause ${RUN_ID}`,
    ]);
    expect(advice({ expected: 6000 })).toStrictEqual(['It is still running: let it go on.']);
  });

  test.each([
    [1000, 1],
    [1001, 2],
  ])('%d pending items are worth %d words', (left, words) => {
    const limited = options({ limit: 4000 + left });
    expect(advice({ expected: 4000 + left, through: 4000 }, limited)).toHaveLength(words);
  });

  test('a silent run has stalled; a young one, or one just carried on, has not', () => {
    expect(advice({ ...early, at: START + 24_001 })[0]).toBe(
      `Less than half is done, and it has stalled: no sign of life for 15 seconds. If its process is gone: npx backfill resume ${RUN_ID}`,
    );
    expect(advice({ at: START + 60_000 })[0]).toContain('It has stalled');
    expect(advice({ at: START + 24_000 })[0]).not.toContain('stalled');
    expect(advice({ at: START + 60_000, heartbeat: 0 })[0]).not.toContain('stalled');
    expect(advice({ at: START + 60_000 }, { startedAt: '2026-11-21T12:00:50.000Z' })[0]).not.toContain('stalled');
  });

  test('nobody is silent while the table is checked', () => {
    expect(advice({ at: START + 60_000, segments: { total: 8, done: 8 } })).toStrictEqual([
      'Every segment is done, and it is being checked: wait for its end.',
    ]);
  });

  test('a run that was told to stand still is waited for', () => {
    expect(advice({ control: { desired: 'hold', findings: null, budgets: null } })).toStrictEqual([
      'It stands still at its next checkpoint: wait for its workers.',
    ]);
  });

  test.each([
    ['errors.too-many', 'mend it, then `npx backfill resume` the run'],
    ['service.quota-spent', 'Wait for the hour that the message names'],
    ['paused', `Carry it on when you are ready: npx backfill resume ${RUN_ID}`],
  ])('a run held for %s', (code, words) => {
    const held = advice(early, { status: 'held', reason: { code, message: 'm' } });
    expect(held[0]).toBe('Less than half is done, and nothing moves.');
    expect(held[1]).toContain(words);
    expect(held[2]).toBe('About 12,000 items are pending: carry it on off-peak.');
  });

  test.each([
    ['approval.awaited', `It waits for a person, who lets the next phase begin or does not: npx backfill approve ${RUN_ID} --reason "..."`],
    ['gate.failed', `Its gate is shut: mend the cause, and have it judged again: npx backfill resume ${RUN_ID}`],
    ['gate.rejected', `A person rejected it: have its gate judged again, and then approved: npx backfill resume ${RUN_ID}`],
  ])('a run held before a gate by %s stands where it should', (code, words) => {
    const held = advice(early, { status: 'held', reason: { code, message: 'm' } });
    expect(held).toStrictEqual([words, 'About 12,000 items are pending: carry it on off-peak.']);
  });

  test('nobody is silent while a gate is judged', () => {
    const pilot = { name: 'pilot', state: 'now' as const, segments: 2, done: 2 };
    expect(advice({ at: START + 60_000, phases: [pilot] })).toStrictEqual([
      'Phase pilot is done, and its gate is being judged: wait for it.',
    ]);
    expect(advice({ at: START + 60_000, phases: [{ ...pilot, done: 1 }] })[0]).toContain('stalled');
  });

  test('its commands are those of the run’s environment', () => {
    expect(advice({ ownerGone: true, expected: 5000 }, { environment: 'staging' })[0]).toContain(
      `npx backfill resume ${RUN_ID} -e staging`,
    );
  });

  test('an interrupted run is carried on', () => {
    expect(advice({ ownerGone: true, expected: 5000 })).toStrictEqual([
      `Nobody carries it any more, and nothing is lost; carry it on: npx backfill resume ${RUN_ID}`,
    ]);
  });

  test('what has ended before its time says who does the rest', () => {
    expect(advice({ expected: 6000 }, { status: 'aborted' })).toStrictEqual([
      'It was ended for good; a new run leaves alone what is done: npx backfill run doubling',
    ]);
    expect(advice({}, { status: 'limited' })).toStrictEqual(['Its limit has ended it; the rest is done by: npx backfill run doubling']);
    const within = { desired: 'run' as const, findings: null, budgets: { ...noBudgets, writeUnits: 500 } };
    expect(advice({ control: within }, { status: 'limited' })).toStrictEqual([
      'Its limit has ended it; the rest is done by: npx backfill run doubling --max-write-units 500',
    ]);
    const rollback = { of: 'the-run', was: 'complete' as const, wasUndoneBy: null, skipDamaged: false };
    expect(advice({ ...early }, { status: 'aborted', rollback, rounds: 2 })).toContain(
      'It was ended for good; the rest is undone by: npx backfill rollback the-run',
    );
  });

  test('a run that ended well needs none', () => {
    expect(advice({}, { status: 'complete' })).toStrictEqual([]);
  });

  test('a rehearsal says what it would do, and never asks for a pause', () => {
    const dry = options({ dryRun: true });
    expect(advice({}, { ...dry, status: 'complete' })).toStrictEqual(['It would change 3,980 items: do it off-peak.']);
    expect(advice(early, dry)).toStrictEqual(['Less than half is done, and it is still running: let it go on.']);
    expect(advice(withFailures(500, 100), { ...dry, status: 'complete' })).toStrictEqual([
      `More than 5 % would fail; which, and why: npx backfill report ${RUN_ID}`,
    ]);
  });

  test('too many errors are looked into, and stopped while it goes', () => {
    expect(advice({ ...withFailures(980, 20), expected: 5000 })).toContain(
      `More than 1 % failed; which, and why: npx backfill report ${RUN_ID}`,
    );
    expect(advice({ ...withFailures(900, 100), expected: 5000 })).toContain(
      `More than 5 % failed; which, and why: npx backfill report ${RUN_ID} Pause it meanwhile: npx backfill pause ${RUN_ID}`,
    );
  });

  test('throttles are explained while it goes', () => {
    const throttled = { counters: { ...counters, throttles: 7 }, expected: 5000 };
    expect(advice(throttled).at(-1)).toContain('The table has throttled 7 requests');
    expect(advice(throttled, { status: 'complete' })).toStrictEqual([]);
  });
});

describe('an alarm slows it', () => {
  const slowed: Slowed = { pace: 0.25, alarm: 'writes-throttled', since: '2026-11-21T03:12:00.000Z', stands: true, at: START };
  const found = (change: Partial<Slowed> = {}) => ({
    control: { desired: 'run' as const, findings: { slowed: { ...slowed, ...change } } as Findings, budgets: null },
  });

  test('which is worth a look, and says how far, by which, since when, and what to do', () => {
    const condition = conditionOf(looked(found()));
    expect(condition).toMatchObject({ health: 'warning', slowed });
    expect(condition.advice[0]).toMatch(/^Slowed to 25 % by alarm writes-throttled since 03:12 UTC\. See what throttles the table/);
    expect(condition.advice.join(' ')).not.toContain('failed');
  });

  test('and once it is over the run speeds up by itself', () => {
    expect(advice(found({ stands: false }))[0]).toBe('Speeding up again, at 25 %: alarm writes-throttled is over. Nothing is to be done.');
  });

  test('but not one that stands, or is told to', () => {
    expect(conditionOf(looked(found(), { status: 'held' })).slowed).toBeNull();
    expect(conditionOf(looked({ ...found(), ownerGone: true })).slowed).toBeNull();
    expect(conditionOf(looked({ control: { ...found().control, desired: 'hold' } }))).toMatchObject({ slowed: null, health: 'healthy' });
  });
});

describe('a segment that lags', () => {
  const lagging = { segment: 9, scanned: 30_000, workedMs: 960_000, usual: { scanned: 9_900, workedMs: 300_000 } };

  test.each([
    ['items', 'Segment 9 lags: 30,000 items so far', 'let it, the others are nearly done.'],
    ['time', 'Segment 9 lags: at work for 16 min 0 s', 'or let it go on.'],
  ] as const)('by %s is named, with what to think of it', (by, begins, ends) => {
    const condition = conditionOf(looked({ lagging: { ...lagging, by } }));
    expect(condition).toMatchObject({ health: 'healthy', lagging: { segment: 9 } });
    expect(condition.advice[0]?.startsWith(begins)).toBe(true);
    expect(condition.advice[0]?.endsWith(ends)).toBe(true);
  });
});
