import { noCounters } from '../../../lib/core/counters.ts';
import type { RunOptions } from '../../../lib/core/records/run.ts';
import type { SegmentRecord } from '../../../lib/core/records/segment.ts';
import { proveComplete } from '../../../lib/core/steps/finish.ts';
import { plan } from '../../../lib/core/steps/plan.ts';
import { judgeStanding } from '../../../lib/core/steps/validate.ts';
import { openSegment } from '../../support/memory-ledger.ts';
import { memoryWorld, RUN_ID } from '../../support/memory-ports.ts';
import { doubling } from '../../support/thing-definitions.ts';

/** What a limit deals out to the segments of a scan. */

async function planned(options: Partial<RunOptions>, rows: readonly SegmentRecord[] = []) {
  const world = memoryWorld({ definition: doubling, items: [], options, overrides: { concurrency: 7 } });
  world.ledger.rows.clear();
  for (const row of rows) world.ledger.rows.set(row.segment, row);
  const { segments, concurrency } = await plan({ runId: RUN_ID, epoch: 1 }, world.ports);
  const quotas = [...world.ledger.rows.values()].map(({ quota }) => quota);
  return { segments, concurrency, quotas, rows: world.ledger.rows };
}
const used = (segment: number, state: SegmentRecord['state'], quota: number | null, scanned = 0): SegmentRecord => ({
  ...openSegment(RUN_ID, segment),
  state,
  quota,
  counters: { ...noCounters(), scanned, updated: scanned },
});
const sorted = (numbers: readonly (number | null)[]): number[] => numbers.map(Number).sort((a, b) => b - a);

test('a limit is dealt out as evenly as can be, and all segments are in the ledger', async () => {
  const { segments, quotas, concurrency } = await planned({ limit: 10, segments: 4 });
  expect(sorted(quotas)).toStrictEqual([3, 3, 2, 2]);
  expect(sorted(segments)).toStrictEqual([3, 2, 1, 0]);
  expect(concurrency).toBe(7);
});

test('who gets nothing is in the ledger, and not begun', async () => {
  const { segments, quotas, rows } = await planned({ limit: 2, segments: 4 });
  expect(sorted(quotas)).toStrictEqual([1, 1, 0, 0]);
  expect(segments.map((segment) => rows.get(segment)?.quota)).toStrictEqual([1, 1]);
});

test('without a limit nobody has a quota', async () => {
  const { segments, quotas } = await planned({ limit: null, segments: 3 });
  expect(quotas).toStrictEqual([null, null, null]);
  expect(segments).toHaveLength(3);
});

test('segments that a dead planner did not come to are planned', async () => {
  const { segments, rows } = await planned({ limit: null, segments: 3 }, [used(0, 'open', null)]);
  expect([sorted(segments), rows.size]).toStrictEqual([[2, 1, 0], 3]);
});

test('what is left of a limit goes to those that are open, on top of what they had', async () => {
  const rows = [used(0, 'done', 4, 1), used(1, 'open', 4, 4), used(2, 'open', 4, 4), used(3, 'done', 4, 2)];
  const { segments, rows: then } = await planned({ limit: 16, segments: 4 }, rows);
  expect(sorted(segments)).toStrictEqual([2, 1]);
  expect(sorted([1, 2].map((segment) => then.get(segment)?.quota ?? 0))).toStrictEqual([7, 6]);
  expect([0, 3].map((segment) => then.get(segment)?.quota)).toStrictEqual([4, 4]);
});

test('where all of it is used up nobody begins', async () => {
  const rows = [used(0, 'open', 2, 2), used(1, 'open', 2, 3)];
  expect((await planned({ limit: 4, segments: 2 }, rows)).segments).toStrictEqual([]);
});

test('the order is the same for whoever plans once more', async () => {
  const options = { limit: null, segments: 30 };
  expect((await planned(options)).segments).toStrictEqual((await planned(options)).segments);
});

/** Of a state's input and output. Source: "Step Functions service quotas", AWS Step Functions Developer Guide. */
const PAYLOAD_BYTES = 256 * 1024;

test('ten thousand segments, of whatever round, are numbers that fit a state’s payload with all else that it holds', async () => {
  const output = await planned({ limit: null, segments: 10_000 });
  expect(output.segments).toHaveLength(10_000);
  const late = { ...output, segments: output.segments.map((segment) => segment + 1_000 * 10_000) };
  for (const { segments, concurrency } of [output, late]) {
    const state = { mode: 'write', run: { runId: RUN_ID, epoch: 1_000 }, error: null, plan: { result: { segments, concurrency } } };
    expect(JSON.stringify(state).length).toBeLessThan(PAYLOAD_BYTES / 2);
  }
});

test('a segment that a limit left out is not closed, though it has no cursor', () => {
  const run = { ...memoryWorld({ definition: doubling, items: [], options: { limit: 2, segments: 3 } }).run };
  const { proof } = proveComplete(
    run,
    [used(0, 'done', 1, 1), { ...used(1, 'open', 1, 1), cursor: { id: { S: 'x' } } }, used(2, 'open', 0)],
    0,
  );
  expect(proof).toMatchObject({ segments: 3, closed: 1, balanced: 3 });
});

test('a limit is not closed as long as one segment may go on, for its journaled page may hold what no counter knows of', () => {
  const { run } = memoryWorld({ definition: doubling, items: [], options: { limit: 2, segments: 3 } });
  const rows = [used(0, 'done', 2, 2), used(1, 'open', 1), used(2, 'open', 0)];
  expect(judgeStanding(run, rows, false)).toBe('stuck');
  expect(judgeStanding(run, rows, true)).toBe('held');
  expect(judgeStanding(run, [used(0, 'done', 2, 2), used(1, 'open', 0), used(2, 'open', 0)], true)).toBe('closed');
});
