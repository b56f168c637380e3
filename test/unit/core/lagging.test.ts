import { noCounters } from '../../../lib/core/counters.ts';
import { type Lagging, laggingSegment, laggingWords } from '../../../lib/core/lagging.ts';
import { layOut, segmentsByPhase } from '../../../lib/core/phases.ts';
import type { RunRecord } from '../../../lib/core/records/run.ts';
import type { SegmentRecord } from '../../../lib/core/records/segment.ts';
import { openSegment } from '../../support/memory-ledger.ts';
import { OWNER, RUN_ID, runRecord } from '../../support/memory-ports.ts';
import { doubling } from '../../support/thing-definitions.ts';

const START = Date.parse('2026-11-21T12:00:00.000Z');
const MINUTE = 60_000;

/** Each began when the run did. */
const done = (segment: number, scanned: number, minutes: number): SegmentRecord => ({
  ...openSegment(RUN_ID, segment),
  state: 'done',
  counters: { ...noCounters(), scanned },
  begun: START,
  heartbeat: START + minutes * MINUTE,
});
const working = (segment: number, scanned: number, begunAt = 0): SegmentRecord => ({
  ...openSegment(RUN_ID, segment),
  counters: { ...noCounters(), scanned },
  lease: { owner: OWNER, attempt: 1, until: START + 1_000 * MINUTE },
  begun: START + begunAt * MINUTE,
  heartbeat: START,
});
const usual = Array.from({ length: 9 }, (_, segment) => done(segment, 9_500 + 100 * segment, 5));

/** After so many minutes. */
const look = (rows: readonly SegmentRecord[], minutes: number, change: Partial<RunRecord> = {}): Lagging | null =>
  laggingSegment({ ...runRecord(doubling, { segments: rows.length }), ...change }, rows, START + minutes * MINUTE);

describe('a segment lags', () => {
  test('that has three times the items that half of the others have', () => {
    const expected = { segment: 9, scanned: 30_000, by: 'items', usual: { scanned: 9_900, workedMs: 5 * MINUTE } };
    expect(look([...usual, working(9, 30_000)], 6)).toMatchObject(expected);
    expect(look([...usual, working(9, 29_000)], 6)).toBeNull();
  });

  test('that takes three times as long, for whatever it does', () => {
    expect(look([...usual, working(9, 500)], 15)).toMatchObject({ segment: 9, by: 'time', workedMs: 15 * MINUTE });
    expect(look([...usual, working(9, 500)], 14)).toBeNull();
    expect(look([...usual, working(9, 500, 10)], 15)).toBeNull();
  });

  test('and of several the one that is at work longest', () => {
    const rows = [...usual, ...usual.map((row) => ({ ...row, segment: row.segment + 9 })), working(18, 40_000, 5), working(19, 35_000, 2)];
    expect(look(rows, 10)).toMatchObject({ segment: 19 });
  });
});

describe('none lags', () => {
  const fat = working(9, 1e6);

  test('before there is enough to tell it by', () => {
    expect(look([...usual.slice(0, 7), fat], 60)).toBeNull();
    expect(look([...usual, ...Array.from({ length: 4 }, (_, index) => working(10 + index, 1e6))], 60)).toBeNull();
  });

  test('by little, however many times as much it is', () => {
    const small = Array.from({ length: 9 }, (_, segment) => ({ ...done(segment, 10, 0), heartbeat: START + 1_000 }));
    expect(look([...small, working(9, 900)], 1)).toBeNull();
    expect(look([...small, working(9, 1_010)], 1)).not.toBeNull();
  });

  test('while it waits its turn, or for a worker that died', () => {
    expect(look([...usual, { ...fat, lease: null }], 60)).toBeNull();
    expect(look([...usual, { ...fat, lease: { owner: OWNER, attempt: 1, until: START } }], 60)).toBeNull();
  });

  test('in a run that stands, and for the time in which one stood', () => {
    expect(look([...usual, fat], 60, { status: 'held' })).toBeNull();
    const resumed = { startedAt: new Date(START + 58 * MINUTE).toISOString() };
    expect(look([...usual, working(9, 500)], 60, resumed)).toBeNull();
    expect(look([...usual, working(9, 500)], 74, resumed)).toMatchObject({ workedMs: 16 * MINUTE });
  });
});

test('a phase is measured by itself, and so is a round', () => {
  const phases = layOut(
    [
      { name: 'pilot', upTo: 10, batchSize: 4 },
      { name: 'rest', upTo: 100, batchSize: 4 },
    ],
    200,
  );
  const phased = { ...runRecord(doubling, { segments: 200 }), phases };
  const [pilot = []] = segmentsByPhase(phased);
  const rows = pilot.map((segment, index) => (index === 0 ? working(segment, 1e6) : done(segment, 100, 1)));
  expect(laggingSegment(phased, rows, START + MINUTE)).toMatchObject({ segment: pilot[0] });
  const retried = [...usual, done(9, 10_000, 5), { ...working(10, 1e6), begun: START }];
  expect(look(retried, 60, { rounds: 2, options: { ...runRecord(doubling).options, segments: 10 } })).toBeNull();
});

test('says which, and how far', () => {
  const lagging = { segment: 9, scanned: 30_000, workedMs: 16 * MINUTE, usual: { scanned: 9_900, workedMs: 5 * MINUTE } };
  expect(laggingWords({ ...lagging, by: 'items' })).toBe('segment 9 lags: 30,000 items so far, and half of the others have 9,900 at most');
  expect(laggingWords({ ...lagging, by: 'time' })).toBe(
    'segment 9 lags: at work for 16 min 0 s, and half of the others took 5 min 0 s at most',
  );
});
