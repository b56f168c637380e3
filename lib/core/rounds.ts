import type { Ledger } from './ledger.ts';
import type { RunRecord } from './records/run.ts';
import type { SegmentRecord } from './records/segment.ts';

/** A run's segments come in rounds of `options.segments`: the scan and each retry of a run, the stages of a rollback. */

/** All segments of a run, of every round. */
export const allSegments = (ledger: Ledger, { runId, rounds, options }: RunRecord): Promise<SegmentRecord[]> =>
  ledger.segments(runId, rounds * options.segments);

/** Those of the round that is under way. */
export const presentRound = ({ rounds, options }: RunRecord, segments: readonly SegmentRecord[]): SegmentRecord[] =>
  segments.filter(({ segment }) => segment >= (rounds - 1) * options.segments);

/** Plans those of `wanted` that the ledger does not have yet, and names those that are open. */
export async function openOf(
  wanted: readonly number[],
  run: RunRecord,
  known: readonly SegmentRecord[],
  ledger: Ledger,
): Promise<number[]> {
  const states = new Map(presentRound(run, known).map(({ segment, state }) => [segment, state]));
  const missing = wanted.filter((segment) => !states.has(segment));
  if (missing.length > 0)
    await ledger.planSegments(
      run.runId,
      missing.map((segment) => ({ segment, quota: null })),
    );
  return wanted.filter((segment) => states.get(segment) !== 'done');
}

export const numbers = (total: number, from = 0): number[] => Array.from({ length: total }, (_, index) => from + index);
