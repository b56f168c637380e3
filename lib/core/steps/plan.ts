import { eligible } from '../counters.ts';
import { hashOf } from '../journal.ts';
import type { SegmentRecord } from '../ledger.ts';
import { allowance } from '../page.ts';
import type { Ports } from '../ports.ts';
import { eligibleSoFar } from '../run.ts';
import { currentRun } from './current-run.ts';
import type { RunRef } from './prepare.ts';

export interface PlanOutput {
  /** Open segments in a seeded random order, so that neighbours do not meet in one partition. */
  segments: number[];
  concurrency: number;
}

/** Writes the segments that are not in the ledger yet, deals out what a limit still allows, and names those with work left. */
export async function plan(ref: RunRef, ports: Ports): Promise<PlanOutput> {
  const run = await currentRun(ref, ports);
  const { runId, options } = run;
  const known = await ports.ledger.segments(runId, options.segments);
  const isNew = known.length < options.segments;
  const open = isNew ? allSegments(run.options.segments) : known.filter(({ state }) => state === 'open').map(({ segment }) => segment);
  const order = shuffled(open, runId);
  const unfinished = new Set(known.filter((segment) => segment.state === 'open' && allowance(segment) !== 0).map(({ segment }) => segment));
  // A round that was cut short goes on with the quotas it has: a journaled page may hold items that no counter knows of yet.
  if (!isNew && unfinished.size > 0)
    return { segments: order.filter((segment) => unfinished.has(segment)), concurrency: ports.concurrency };
  const planned = deal(order, known, options.limit);
  await ports.ledger.planSegments(runId, planned);
  return { segments: planned.filter(({ work }) => work).map(({ segment }) => segment), concurrency: ports.concurrency };
}

const allSegments = (total: number): number[] => Array.from({ length: total }, (_, segment) => segment);

function shuffled(segments: readonly number[], seed: string): number[] {
  const ranked = segments.map((segment) => ({ segment, rank: hashOf(`${seed}/${segment}`) }));
  return ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1)).map(({ segment }) => segment);
}

/** A segment's quota counts from its beginning: what it has had, and its share of what is left. */
function deal(order: readonly number[], known: readonly SegmentRecord[], limit: number | null) {
  if (limit === null) return order.map((segment) => ({ segment, quota: null, work: true }));
  const had = new Map(known.map(({ segment, counters }) => [segment, eligible(counters)]));
  const shares = dealOut(limit - eligibleSoFar(known), order.length);
  return order.map((segment, index) => {
    const share = shares[index] ?? 0;
    return { segment, quota: share + (had.get(segment) ?? 0), work: share > 0 };
  });
}

/** As evenly as whole numbers can be: the first ones get one more. */
export function dealOut(amount: number, shares: number): number[] {
  const left = Math.max(0, amount);
  return Array.from({ length: shares }, (_, index) => Math.floor(left / shares) + (index < left % shares ? 1 : 0));
}
