import type { CheckResult } from '../checks.ts';
import type { Reason, RunRecord, SegmentRecord } from '../ledger.ts';
import { allowance } from '../page.ts';
import type { Ports } from '../ports.ts';
import { judgeRollback } from '../rollback/finish.ts';
import { allSegments, presentRound } from '../rounds.ts';
import { eligibleSoFar, isRehearsal } from '../run.ts';
import { runChecks } from '../run-checks.ts';
import { currentRun } from './current-run.ts';
import type { RunRef } from './prepare.ts';

/** How the segments stand once the Map is over. */
export type Standing =
  /** All that was to be done is done. */
  | 'closed'
  /** A limit is not used up, though some segments have used up theirs: deal out the rest. */
  | 'short'
  | 'held'
  | 'stuck';

export interface Validation {
  standing: Standing;
  /** False when a check failed. */
  good: boolean;
}

/** Looks how the segments stand, and once they are closed runs the definition's checks. */
export async function validate(ref: RunRef, ports: Ports): Promise<Validation> {
  const run = await currentRun(ref, ports);
  const segments = await allSegments(ports.ledger, run);
  const { desired } = await ports.ledger.control(run.runId);
  const standing = judgeStanding(run, segments, desired !== 'run');
  if (run.rollback || isRehearsal(run)) return { standing, good: true };
  if (standing !== 'closed') return { standing, good: true };
  const checks: CheckResult[] = await runChecks(ports, run, segments);
  await ports.ledger.updateRun(run.runId, run.epoch, { checks });
  return { standing, good: checks.every(({ status }) => status !== 'fail') };
}

export function judgeStanding(run: RunRecord, all: readonly SegmentRecord[], told: boolean): Standing {
  if (run.rollback) return judgeRollback(run, all, told);
  const segments = presentRound(run, all);
  if (run.rounds > 1) return segments.every(({ state }) => state === 'done') ? 'closed' : told ? 'held' : 'stuck';
  const { segments: total, limit } = run.options;
  const open = segments.filter(({ state }) => state === 'open');
  if (segments.length === total && open.length === 0) return 'closed';
  if (limit !== null && eligibleSoFar(segments) >= limit && open.every((segment) => allowance(segment) === 0)) return 'closed';
  if (told) return 'held';
  const unfinished = open.some((segment) => segment.stuck !== null || allowance(segment) !== 0);
  return limit !== null && !unfinished ? 'short' : 'stuck';
}

/** What stands in the way, in one line. */
export function stuckReason(segments: readonly SegmentRecord[]): Reason {
  const stuck = segments.filter((segment) => segment.stuck !== null);
  const [first] = stuck;
  if (!first?.stuck) return { code: 'segment.stuck', message: 'Some segments were not finished; their workers ended without a word.' };
  const more = stuck.length > 1 ? `, and ${stuck.length - 1} more` : '';
  return { code: first.stuck.code, message: `Segment ${first.segment}${more}: ${first.stuck.message}` };
}
