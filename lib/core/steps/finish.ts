import { distinctAsks } from '../asks.ts';
import { putCapacityBack } from '../capacity.ts';
import { balances, type Counters, inBrief } from '../counters.ts';
import type { AnyDefinition } from '../definition.ts';
import { BackfillError, isBackfillError, logged } from '../errors.ts';
import { reasonToHold, rejection } from '../gate.ts';
import { presentPhase, withPhase } from '../phases.ts';
import type { CapacityKeeper, Log, Ports } from '../ports.ts';
import type { Proof, Reason, RunRecord, RunStatus } from '../records/run.ts';
import type { SegmentRecord } from '../records/segment.ts';
import { giveBack } from '../rollback/claim.ts';
import { closeRollback } from '../rollback/finish.ts';
import { allSegments } from '../rounds.ts';
import { baselineOf, isRehearsal, kindOf, lastSign, locksOf, RECONCILER, stampedName, sumCounters, workedMs } from '../run.ts';
import { writeSignOff } from '../sign-off/sign-off.ts';
import { currentRun } from './current-run.ts';
import type { RunRef } from './prepare.ts';
import { judgeStanding, stuckReason, type Validation } from './validate.ts';

export type Decision = 'finish' | 'plan' | 'hold' | 'fail';

/** What comes next: the end, another round or phase, or standing still. */
export async function gate(ref: RunRef, validation: Validation, ports: Ports): Promise<{ decision: Decision }> {
  const { standing, phase } = validation;
  if (standing === 'phase') return { decision: await pass(ref, phase ?? 0, ports) };
  const decisions: Record<Exclude<Validation['standing'], 'phase'>, Decision> = {
    closed: 'finish',
    short: 'plan',
    held: 'hold',
    stuck: 'fail',
  };
  return { decision: decisions[standing] };
}

/** Opens the gate of a phase that was judged good, unless a person shall do that, or has told the run to stand still. */
async function pass(ref: RunRef, index: number, ports: Ports): Promise<Decision> {
  const { ledger, clock } = ports;
  const run = await currentRun(ref, ports);
  // A repeated call, whose first answer was lost.
  if (run.phases[index]?.gate?.open) return 'plan';
  const phase = presentPhase(run);
  if (!phase?.gate) return 'plan';
  const at = new Date(clock.now()).toISOString();
  if ((await ledger.control(run.runId)).desired !== 'run') return 'hold';
  if (phase.gate.verdict === 'failed' || run.options.approve === 'manual') {
    await ledger.command(run.runId, { desired: 'hold', reason: reasonToHold(run, phase), by: run.owner.execution, at });
    return 'hold';
  }
  const opened = withPhase(run, index, { gate: { ...phase.gate, open: true } });
  const baseline = baselineOf(sumCounters(await allSegments(ledger, run)));
  await ledger.updateRun(run.runId, run.epoch, { phases: opened, baseline });
  return 'plan';
}

/** Says no to a run that waits at a gate: it stays held. @throws {BackfillError} `run.superseded` when somebody has let it on meanwhile */
export async function reject(run: RunRecord, who: string, why: string, { ledger, clock }: Ports): Promise<void> {
  const phase = presentPhase(run);
  if (!phase?.gate) throw new BackfillError('run.refused', `Run ${run.runId} does not wait at a gate.`);
  const at = new Date(clock.now()).toISOString();
  const decision = { verdict: 'rejected' as const, who, at, reason: why };
  const phases = withPhase(run, phase.index, { gate: { ...phase.gate, decision } });
  // With a new epoch: an approval that was about to be given comes too late.
  await ledger.updateRun(run.runId, run.epoch, { phases, reason: rejection(phase, who, why), epoch: run.epoch + 1, owner: run.owner });
  await ledger.addEvent(run.runId, { at, who, what: 'reject', details: { phase: phase.name, reason: why } });
}

/** Ends an execution on purpose: the run is held, its cursors and its locks are kept. */
export async function hold(ref: RunRef, ports: Ports): Promise<{ status: RunStatus }> {
  const run = await currentRun(ref, ports);
  const { reason, desired, by } = await ports.ledger.control(run.runId);
  const status: RunStatus = desired === 'abort' ? 'aborted' : 'held';
  const totals = sumCounters(await allSegments(ports.ledger, run));
  await close(run, status, { totals, reason: reason ?? { code: 'held', message: `Held by ${by}.` } }, ports);
  return { status };
}

/** Proves that the run is complete, keeps its totals and its stats file, and lets go of its locks. */
export async function finish(ref: RunRef, validation: Validation, ports: Ports): Promise<{ status: RunStatus; verdict: 'good' | 'bad' }> {
  const run = await currentRun(ref, ports);
  const segments = await allSegments(ports.ledger, run);
  const { totals, proof } = proveComplete(run, segments, ports.clock.now());
  const status: RunStatus = segments.every(({ state }) => state === 'done') ? 'complete' : 'limited';
  const ended = { ...run, status, totals, proof, finishedAt: proof.at, workedMs: workedMs(run, ports.clock.now()) };
  if (run.rollback) {
    const { good, ...kept } = await closeRollback(ended, segments, totals, ports);
    await close(run, status, { totals, proof, reason: null, ...kept }, ports);
    return { status, verdict: good ? 'good' : 'bad' };
  }
  if (isRehearsal(run)) ended.distinctAsks = await distinctAsks(ports.artifacts, run.runId, segments, totals);
  const name = `reports/${stampedName('backfill_stats', ports.clock.now())}`;
  const stats = await ports.artifacts.put(name, `${JSON.stringify(ended, null, 2)}\n`);
  const signed = isRehearsal(run) ? undefined : await writeSignOff(ended, totals, ports);
  await close(run, status, { totals, proof, stats, distinctAsks: ended.distinctAsks, ...signed, reason: null }, ports);
  return { status, verdict: validation.good ? 'good' : 'bad' };
}

/** Invariant 5: every chain of cursors has closed (or its quota is used up), and every count adds up. */
export function proveComplete(run: RunRecord, segments: readonly SegmentRecord[], now: number): { totals: Counters; proof: Proof } {
  if (judgeStanding(run, segments, false) !== 'closed') throw new BackfillError('segment.stuck', 'Not every segment is closed.');
  const wrong = segments.find(({ counters }) => !balances(counters));
  if (wrong)
    throw new BackfillError('segment.stuck', `The counts of segment ${wrong.segment} do not add up.`, {
      details: { counters: wrong.counters },
    });
  const closed = segments.filter(({ state, cursor }) => state === 'done' && cursor === null).length;
  const proof = { at: new Date(now).toISOString(), segments: segments.length, closed, balanced: segments.length };
  return { totals: sumCounters(segments), proof };
}

export interface CaughtError {
  Error?: string | undefined;
  Cause?: string | undefined;
}

/** Any error ends here: the run is `failed`, can be resumed, and holds no lock. */
export async function recordFailure(ref: RunRef, error: CaughtError | undefined, ports: Ports): Promise<{ code: string; message: string }> {
  const run = await currentRun(ref, ports);
  const segments = await allSegments(ports.ledger, run);
  const reason = error ? { code: error.Error ?? 'machine.failed', message: causeText(error.Cause) } : stuckReason(segments);
  // It had come to its end, or stands still, already: what failed is what comes after that.
  if (run.status !== 'running') {
    await putCapacityBack(run, ports);
    if (run.status !== 'held') await ports.ledger.releaseLocks(run.runId, locksOf(run, ports.definition));
    return reason;
  }
  // Workers may outlive the execution that carried them.
  await ports.ledger.command(run.runId, {
    desired: 'hold',
    reason,
    by: run.owner.execution,
    at: new Date(ports.clock.now()).toISOString(),
  });
  await close(run, 'failed', { totals: sumCounters(segments), reason }, ports);
  return reason;
}

/** Lambda wraps an error's message in JSON. */
function causeText(cause = ''): string {
  try {
    return String(JSON.parse(cause).errorMessage ?? cause);
  } catch {
    return cause;
  }
}

/** What it takes to end a run, its definition or not. */
export interface ClosingPorts extends Pick<Ports, 'ledger' | 'clock'> {
  /** `undefined`: the run's backfill has none any more. */
  definition: AnyDefinition | undefined;
  keeper: CapacityKeeper;
  log: Log;
}

/**
 * A run whose execution was stopped, or ended without a word, is `failed` and can be resumed; its workers are told to stand still.
 * False: it is not running any more, or another execution carries it; nothing was done.
 */
export async function interrupt(runId: string, execution: string, reason: Reason, ports: ClosingPorts): Promise<boolean> {
  const { ledger, clock } = ports;
  const { at: told } = await ledger.control(runId);
  const run = await ledger.getRun(runId);
  if (run?.status !== 'running' || run.owner.execution !== execution) return false;
  const segments = await allSegments(ledger, run);
  const worked = workedMs(run, lastSign(segments));
  try {
    // With a new epoch: no worker of the old one gets a lease any more.
    await close(run, 'failed', { totals: sumCounters(segments), reason, epoch: run.epoch + 1, owner: run.owner }, ports, worked);
  } catch (error) {
    if (isBackfillError(error) && error.code === 'run.superseded') return false;
    throw error;
  }
  // Only now, and over what they were told then: whoever carries the run on meanwhile is not told so.
  await ledger.command(runId, { desired: 'hold', reason, by: RECONCILER, at: new Date(clock.now()).toISOString() }, told);
  return true;
}

/** A run that stands still for an alarm shall stand still for a person: the end of the alarm does not start it again. @throws {BackfillError} `run.superseded` when it was started meanwhile */
export async function keepHeld(run: RunRecord, reason: Reason, { ledger }: Pick<Ports, 'ledger'>): Promise<void> {
  // With a new epoch: a start for the end of the alarm, on its way already, comes too late.
  await ledger.updateRun(run.runId, run.epoch, { reason, epoch: run.epoch + 1, owner: run.owner });
}

/** A run that nobody carries any more is ended by a person. @throws {BackfillError} `run.superseded` when somebody carries it on after all */
export async function abandon(run: RunRecord, reason: Reason, ports: ClosingPorts): Promise<void> {
  const segments = await allSegments(ports.ledger, run);
  const worked = workedMs(run, lastSign(segments));
  // Workers may outlive the execution that carried them.
  await ports.ledger.command(run.runId, { desired: 'abort', reason, by: reason.code, at: new Date(ports.clock.now()).toISOString() });
  // With a new epoch: whoever was about to carry it on comes too late.
  await close(run, 'aborted', { totals: sumCounters(segments), reason, epoch: run.epoch + 1, owner: run.owner }, ports, worked);
}

/** Every status but `held` lets go of the locks. */
async function close(
  run: RunRecord,
  status: RunStatus,
  change: Partial<RunRecord>,
  ports: ClosingPorts,
  worked = workedMs(run, ports.clock.now()),
): Promise<void> {
  const { ledger, definition, clock, log } = ports;
  // Before the status: should this be the last thing that is done, the run still counts as carried, and ends once more.
  await putCapacityBack(run, ports);
  const at = new Date(clock.now()).toISOString();
  await ledger.updateRun(run.runId, run.epoch, { ...change, status, finishedAt: at, workedMs: worked });
  const details = { ...(change.reason && { reason: change.reason }) };
  await ledger.addEvent(run.runId, { at, who: run.owner.execution, what: status, details });
  // Of use to a governor only. A worker that outlives the run may leave one row more.
  await ledger.forgetReports(run.runId);
  const isWell = status === 'complete' || status === 'limited';
  log[isWell ? 'info' : 'warn'](`${kindOf(run)} ${status}`, {
    runId: run.runId,
    ...(change.reason && logged(change.reason)),
    ...(change.totals && inBrief(change.totals)),
  });
  if (run.rollback && (status === 'failed' || status === 'aborted')) await giveBack(run, ports);
  if (status !== 'held') await ledger.releaseLocks(run.runId, locksOf(run, definition));
}
