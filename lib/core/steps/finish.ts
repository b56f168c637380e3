import { balances, type Counters } from '../counters.ts';
import { BackfillError } from '../errors.ts';
import type { RunRecord, RunStatus, SegmentRecord } from '../ledger.ts';
import type { Ports } from '../ports.ts';
import { lockNames, stampedName, sumCounters, workedMs } from '../run.ts';
import { currentRun } from './current-run.ts';
import type { RunRef } from './prepare.ts';
import { judgeStanding, stuckReason, type Validation } from './validate.ts';

export type Decision = 'finish' | 'plan' | 'hold' | 'fail';

/** What comes next: the end, another round, or standing still. */
export function gate(validation: Validation): { decision: Decision } {
  const decisions: Record<Validation['standing'], Decision> = { closed: 'finish', short: 'plan', held: 'hold', stuck: 'fail' };
  return { decision: decisions[validation.standing] };
}

/** Ends an execution on purpose: the run is held, its cursors and its locks are kept. */
export async function hold(ref: RunRef, ports: Ports): Promise<{ status: RunStatus }> {
  const run = await currentRun(ref, ports);
  const { reason, desired, by } = await ports.ledger.control(run.runId);
  const status: RunStatus = desired === 'abort' ? 'aborted' : 'held';
  const totals = sumCounters(await ports.ledger.segments(run.runId, run.options.segments));
  await close(run, status, { totals, reason: reason ?? { code: 'held', message: `Held by ${by}.` } }, ports);
  if (status === 'aborted') await ports.ledger.releaseLocks(run.runId, lockNames(ports.definition, run.environment));
  return { status };
}

/** Proves that the run is complete, keeps its totals and its stats file, and lets go of its locks. */
export async function finish(ref: RunRef, validation: Validation, ports: Ports): Promise<{ status: RunStatus; verdict: 'good' | 'bad' }> {
  const run = await currentRun(ref, ports);
  const segments = await ports.ledger.segments(run.runId, run.options.segments);
  const totals = proveComplete(run, segments);
  const allDone = segments.every(({ state }) => state === 'done');
  const status: RunStatus = allDone ? 'complete' : 'limited';
  const name = `reports/${stampedName('backfill_stats', ports.clock.now())}`;
  const finished = {
    ...run,
    status,
    totals,
    finishedAt: new Date(ports.clock.now()).toISOString(),
    workedMs: workedMs(run, ports.clock.now()),
  };
  const stats = await ports.artifacts.put(name, `${JSON.stringify(finished, null, 2)}\n`);
  await close(run, status, { totals, stats, reason: null }, ports);
  await ports.ledger.releaseLocks(run.runId, lockNames(ports.definition, run.environment));
  return { status, verdict: validation.good ? 'good' : 'bad' };
}

/** Invariant 5: every chain of cursors has closed (or its quota is used up), and every count adds up. */
export function proveComplete(run: RunRecord, segments: readonly SegmentRecord[]): Counters {
  if (judgeStanding(run, segments, false) !== 'closed') throw new BackfillError('segment.stuck', 'Not every segment is closed.');
  const wrong = segments.find(({ counters }) => !balances(counters));
  if (wrong)
    throw new BackfillError('segment.stuck', `The counts of segment ${wrong.segment} do not add up.`, {
      details: { counters: wrong.counters },
    });
  return sumCounters(segments);
}

export interface CaughtError {
  Error?: string | undefined;
  Cause?: string | undefined;
}

/** Any error ends here: the run is `failed`, can be resumed, and holds no lock. */
export async function recordFailure(ref: RunRef, error: CaughtError | undefined, ports: Ports): Promise<{ code: string; message: string }> {
  const run = await currentRun(ref, ports);
  const segments = await ports.ledger.segments(run.runId, run.options.segments);
  const reason = error ? { code: error.Error ?? 'machine.failed', message: causeText(error.Cause) } : stuckReason(segments);
  await close(run, 'failed', { totals: sumCounters(segments), reason }, ports);
  await ports.ledger.releaseLocks(run.runId, lockNames(ports.definition, run.environment));
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

async function close(run: RunRecord, status: RunStatus, change: Partial<RunRecord>, ports: Ports): Promise<void> {
  const now = ports.clock.now();
  const at = new Date(now).toISOString();
  await ports.ledger.updateRun(run.runId, run.epoch, { ...change, status, finishedAt: at, workedMs: workedMs(run, now) });
  await ports.ledger.addEvent(run.runId, {
    at,
    who: run.owner.execution,
    what: status,
    details: { ...(change.reason && { reason: change.reason }) },
  });
}
