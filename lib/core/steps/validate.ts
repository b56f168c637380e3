import type { CheckResult } from '../checks.ts';
import { BackfillError, errorLine } from '../errors.ts';
import { extended, extendedOver, judgePhase, ownSegments } from '../gate.ts';
import { allowance } from '../page.ts';
import { type PresentPhase, presentPhase, withPhase } from '../phases.ts';
import type { Ports } from '../ports.ts';
import type { Reason, RunRecord } from '../records/run.ts';
import type { SegmentRecord } from '../records/segment.ts';
import { judgeRollback } from '../rollback/finish.ts';
import { allSegments, presentRound } from '../rounds.ts';
import { eligibleSoFar, isRehearsal, sumCounters } from '../run.ts';
import { checkPhase, runChecks } from '../run-checks.ts';
import { currentRun } from './current-run.ts';
import type { RunRef } from './prepare.ts';

/** How the segments stand once the Map is over. */
export type Standing =
  /** All that was to be done is done. */
  | 'closed'
  /** A limit is not used up, though some segments have used up theirs: deal out the rest. */
  | 'short'
  /** A phase is done, and others are not: its gate has been judged. */
  | 'phase'
  | 'held'
  | 'stuck';

export interface Validation {
  standing: Standing;
  /** False when a check failed. */
  good: boolean;
  /** With `phase`: which one, counted from 0. */
  phase?: number | undefined;
}

/** Looks how the segments stand, and once they are closed runs the definition's checks. */
export async function validate(ref: RunRef, ports: Ports): Promise<Validation> {
  const run = await currentRun(ref, ports);
  const segments = await allSegments(ports.ledger, run);
  const { desired } = await ports.ledger.control(run.runId);
  const standing = judgeStanding(run, segments, desired !== 'run');
  if (standing === 'phase') return atGate(run, segments, ports);
  if (standing !== 'closed' || run.rollback || isRehearsal(run)) return { standing, good: true };
  const checks: CheckResult[] = await runChecks(ports, run, segments);
  const phase = presentPhase(run);
  const last = phase && { ...judgePhase(run, ownSegments(phase, segments), checks, new Date(ports.clock.now()).toISOString()), open: true };
  await ports.ledger.updateRun(run.runId, run.epoch, {
    checks,
    ...(phase && last && { phases: withPhase(run, phase.index, { gate: last }) }),
  });
  return { standing, good: last?.verdict !== 'failed' && checks.every(({ status }) => status !== 'fail') };
}

/** Judges a phase whose segments are closed; one that is not bad, but has come to too little to be judged by, is extended. */
async function atGate(run: RunRecord, segments: readonly SegmentRecord[], ports: Ports): Promise<Validation> {
  const phase = presentPhase(run);
  if (!phase) throw new BackfillError('segment.stuck', 'No phase is under way.');
  const { ledger, clock } = ports;
  const own = ownSegments(phase, segments);
  const at = new Date(clock.now()).toISOString();
  const who = run.owner.execution;
  const judged = judgePhase(run, own, await checksAtGate(run, phase, segments, ports), at);
  const upTo = judged.verdict === 'too-few' ? extended(run, phase, sumCounters(own)) : undefined;
  if (upTo !== undefined) {
    await ledger.updateRun(run.runId, run.epoch, { phases: extendedOver(run, phase.index, upTo) });
    await ledger.addEvent(run.runId, { at, who, what: 'extend phase', details: { phase: phase.name, segments: upTo } });
    return { standing: 'short', good: true };
  }
  // What was said of it before stays said.
  const { decision = null, earlier = [] } = phase.gate ?? {};
  const gate = { ...judged, earlier: decision ? [...earlier, decision] : earlier };
  await ledger.updateRun(run.runId, run.epoch, { phases: withPhase(run, phase.index, { gate }) });
  await ledger.addEvent(run.runId, { at, who, what: `gate ${gate.verdict}`, details: { phase: phase.name } });
  return { standing: 'phase', good: gate.verdict !== 'failed', phase: phase.index };
}

/** A check that cannot be made shuts the gate, and does not fail the run: a person can judge what it could not. */
async function checksAtGate(run: RunRecord, phase: PresentPhase, segments: readonly SegmentRecord[], ports: Ports): Promise<CheckResult[]> {
  try {
    return await checkPhase(ports, run, phase, segments);
  } catch (error) {
    const { code, message } = errorLine(error);
    return [{ name: 'not-made', status: 'fail', message: `The checks could not be made: ${code}, ${message}` }];
  }
}

export function judgeStanding(run: RunRecord, all: readonly SegmentRecord[], told: boolean): Standing {
  if (run.rollback) return judgeRollback(run, all, told);
  const segments = presentRound(run, all);
  if (run.rounds > 1) return segments.every(({ state }) => state === 'done') ? 'closed' : told ? 'held' : 'stuck';
  const phase = presentPhase(run);
  if (phase) return judgePhaseStanding(phase, segments, told);
  const { segments: total, limit } = run.options;
  const open = segments.filter(({ state }) => state === 'open');
  if (segments.length === total && open.length === 0) return 'closed';
  if (limit !== null && eligibleSoFar(segments) >= limit && open.every((segment) => allowance(segment) === 0)) return 'closed';
  if (told) return 'held';
  const unfinished = open.some((segment) => segment.stuck !== null || allowance(segment) !== 0);
  return limit !== null && !unfinished ? 'short' : 'stuck';
}

function judgePhaseStanding(phase: PresentPhase, segments: readonly SegmentRecord[], told: boolean): Standing {
  const states = new Map(segments.map(({ segment, state }) => [segment, state]));
  const open = phase.segments.filter((segment) => states.get(segment) !== 'done');
  if (open.length === 0) return phase.isLast ? 'closed' : 'phase';
  if (told) return 'held';
  // It was extended, and the rest is not planned yet.
  return open.every((segment) => !states.has(segment)) ? 'short' : 'stuck';
}

/** What stands in the way, in one line. */
export function stuckReason(segments: readonly SegmentRecord[]): Reason {
  const stuck = segments.filter((segment) => segment.stuck !== null);
  const [first] = stuck;
  if (!first?.stuck) return { code: 'segment.stuck', message: 'Some segments were not finished; their workers ended without a word.' };
  const more = stuck.length > 1 ? `, and ${stuck.length - 1} more` : '';
  return { code: first.stuck.code, message: `Segment ${first.segment}${more}: ${first.stuck.message}` };
}
