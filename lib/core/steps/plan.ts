import { eligible, total } from '../counters.ts';
import { dispatchOrder } from '../dispatch-order.ts';
import { evenShares } from '../even-shares.ts';
import { dealFirst } from '../flow/first-deal.ts';
import { allowance } from '../page.ts';
import { presentPhase, shuffled } from '../phases.ts';
import type { Ports } from '../ports.ts';
import type { RunRecord } from '../records/run.ts';
import type { SegmentRecord } from '../records/segment.ts';
import { planRollback } from '../rollback/plan.ts';
import { allSegments, numbers, openOf } from '../rounds.ts';
import { eligibleSoFar } from '../run.ts';
import { currentRun } from './current-run.ts';
import type { RunRef } from './prepare.ts';

export interface PlanOutput {
  /** Open segments in a seeded random order, so that neighbours do not meet in one partition. */
  segments: number[];
  concurrency: number;
}

/** Writes the segments of the present round that are not in the ledger yet, and names those with work left. */
export async function plan(ref: RunRef, ports: Ports): Promise<PlanOutput> {
  const run = await currentRun(ref, ports);
  const known = await allSegments(ports.ledger, run);
  const segments = await openSegments(run, known, ports);
  await dealFirst(run, ports);
  return { segments: dispatchOrder(segments, run.runId), concurrency: ports.concurrency };
}

function openSegments(run: RunRecord, known: readonly SegmentRecord[], ports: Ports): Promise<number[]> {
  if (run.rollback) return planRollback(run, known, ports);
  if (run.rounds > 1) return planRetry(run, known, ports);
  const phase = presentPhase(run);
  return phase ? openOf(phase.segments, run, known, ports.ledger) : planScan(run, known, ports);
}

/** Deals out what a limit still allows. */
async function planScan({ runId, options }: RunRecord, known: readonly SegmentRecord[], { ledger }: Ports): Promise<number[]> {
  const isNew = known.length < options.segments;
  const open = isNew ? numbers(options.segments) : known.filter(({ state }) => state === 'open').map(({ segment }) => segment);
  const unfinished = new Set(known.filter((segment) => segment.state === 'open' && allowance(segment) !== 0).map(({ segment }) => segment));
  // A round that was cut short goes on with the quotas it has: a journaled page may hold items that no counter knows of yet.
  if (!isNew && unfinished.size > 0) return open.filter((segment) => unfinished.has(segment));
  const planned = deal(shuffled(open, runId), known, options.limit);
  await ledger.planSegments(runId, planned);
  return planned.filter(({ work }) => work).map(({ segment }) => segment);
}

/** A segment for each one of the scan in which something failed. */
async function planRetry(run: RunRecord, known: readonly SegmentRecord[], { ledger }: Ports): Promise<number[]> {
  const { rounds, options } = run;
  const first = (rounds - 1) * options.segments;
  const failed = new Map<number, number>();
  for (const { segment, counters } of known.filter((one) => one.segment < first)) {
    const base = segment % options.segments;
    failed.set(base, (failed.get(base) ?? 0) + total(counters.failed));
  }
  const wanted = [...failed].filter(([, count]) => count > 0).map(([base]) => first + base);
  return openOf(wanted, run, known, ledger);
}

/** A segment's quota counts from its beginning: what it has had, and its share of what is left. */
function deal(order: readonly number[], known: readonly SegmentRecord[], limit: number | null) {
  if (limit === null) return order.map((segment) => ({ segment, quota: null, work: true }));
  const had = new Map(known.map(({ segment, counters }) => [segment, eligible(counters)]));
  const shares = evenShares(limit - eligibleSoFar(known), order.length);
  return order.map((segment, index) => {
    const share = shares[index] ?? 0;
    return { segment, quota: share + (had.get(segment) ?? 0), work: share > 0 };
  });
}
