import { eligible } from '../counters.ts';
import { hashOf } from '../journal.ts';
import type { SegmentRecord } from '../ledger.ts';
import type { Ports } from '../ports.ts';
import { eligibleSoFar } from '../run.ts';
import { currentRun } from './current-run.ts';
import type { RunRef } from './prepare.ts';

export interface PlanOutput {
  /** Open segments in a seeded random order, so that neighbours do not meet in one partition. */
  segments: number[];
  concurrency: number;
}

/** Writes the segments that are not in the ledger yet, deals out what a limit still allows, and names the open ones. */
export async function plan(ref: RunRef, ports: Ports): Promise<PlanOutput> {
  const run = await currentRun(ref, ports);
  const { segments: total, limit } = run.options;
  const known = new Map((await ports.ledger.segments(run.runId, total)).map((segment) => [segment.segment, segment]));
  const open = Array.from({ length: total }, (_, segment) => segment).filter((segment) => known.get(segment)?.state !== 'done');
  const order = open.map((segment) => ({ segment, rank: hashOf(`${run.runId}/${segment}`) })).sort((a, b) => (a.rank < b.rank ? -1 : 1));
  const shuffled = order.map(({ segment }) => segment);
  const quotas = limit === null ? shuffled.map(() => null) : dealOut(limit - eligibleSoFar([...known.values()]), shuffled.length);
  const planned = shuffled.map((segment, index) => ({ segment, quota: quota(known.get(segment), quotas[index] ?? null) }));
  await ports.ledger.planSegments(
    run.runId,
    planned.filter(({ segment, quota }) => known.get(segment)?.quota !== quota || !known.has(segment)),
  );
  const worthwhile = shuffled.filter((_, index) => quotas[index] !== 0);
  return { segments: worthwhile, concurrency: ports.concurrency };
}

const quota = (known: SegmentRecord | undefined, share: number | null): number | null =>
  share === null ? null : share + (known ? eligible(known.counters) : 0);

/** As evenly as whole numbers can be: the first ones get one more. */
export function dealOut(amount: number, shares: number): number[] {
  const left = Math.max(0, amount);
  return Array.from({ length: shares }, (_, index) => Math.floor(left / shares) + (index < left % shares ? 1 : 0));
}
