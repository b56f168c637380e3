import { adviceFor, UNHEALTHY_ABOVE, WARNING_ABOVE } from './advice.ts';
import { type Counters, changed, eligible, total } from './counters.ts';
import type { HeldBack } from './flow/held-back.ts';
import { TOO_FEW_TO_JUDGE } from './governor.ts';
import type { Lagging } from './lagging.ts';
import type { Control, Slowed } from './records/control.ts';
import type { RunRecord } from './records/run.ts';
import { presentStage } from './rollback/stages.ts';

export type Health = 'healthy' | 'warning' | 'unhealthy';

/** What is known of a run at one moment. */
export interface Looked {
  run: RunRecord;
  control: Pick<Control, 'desired' | 'findings' | 'budgets'>;
  counters: Counters;
  /** Milliseconds since the epoch; so is `heartbeat`, the last sign of life of any worker, 0: none yet. */
  at: number;
  heartbeat: number;
  /** Items, or journal entries, to go through in the present stage, and gone through; `null`: unknown. */
  expected: number | null;
  through: number;
  segments: { total: number; done: number };
  /** In order; none where the run goes through in one. */
  phases: readonly { name: string; state: 'over' | 'now' | 'later'; segments: number; done: number }[];
  /** `null`: no segment is far behind its siblings. */
  lagging: Lagging | null;
  /** Its execution has ended without a word. */
  ownerGone: boolean;
}

/** How a run stands. Of a rollback the items are journal entries of the run that it undoes. */
export interface Condition {
  /** Items that concern the run: done, failed or pending. `null`: unknown; so is `pending`. */
  total: number | null;
  /** Changed, or left alone for a reason. */
  done: number;
  pending: number | null;
  errors: number;
  /** `total` and `pending` are estimates: how many items are still to come is known only roughly, how many of them concern the run less so. */
  estimated: boolean;
  /** `done` of `total`, 0 to 1; where that is unknown, the share of segments that are done. */
  completion: number;
  /** Failed of changed and failed items, 0 to 1; none: 0. */
  errorRate: number;
  /** How many items that rate is of, and whether they are too few for it to say much. */
  judged: number;
  tooFew: boolean;
  health: Health;
  /** How far an alarm holds it back; `null`: it does not, or the run stands. */
  slowed: Slowed | null;
  /** What holds a run back that goes, the most binding first: a budget, the table, an index. */
  heldBack: readonly HeldBack[];
  /** The segment that is far behind its siblings, if one is. */
  lagging: Lagging | null;
  /** What to do about it, the most pressing first. */
  advice: string[];
}

export function conditionOf(looked: Looked): Condition {
  const { counters, segments } = looked;
  const errors = total(counters.failed);
  const done = changed(counters) + total(counters.skipped);
  const pending = pendingOf(looked);
  const all = pending === null ? null : done + errors + pending;
  const judged = changed(counters) + errors;
  const errorRate = judged === 0 ? 0 : errors / judged;
  const ofErrors = healthOf(errorRate, judged);
  const slowed = slowedNow(looked);
  const condition = {
    total: all,
    done,
    pending,
    errors,
    estimated: (pending ?? 0) > 0 && looked.run.options.limit === null,
    completion: all === null ? segments.done / Math.max(1, segments.total) : all === 0 ? 1 : done / all,
    errorRate,
    judged,
    tooFew: judged < TOO_FEW_TO_JUDGE,
    health: slowed && ofErrors === 'healthy' ? ('warning' as const) : ofErrors,
    slowed,
    heldBack: heldBackNow(looked),
    lagging: looked.lagging,
  };
  return { ...condition, advice: adviceFor(looked, condition) };
}

/** What the governor has said last of a run that goes. */
export const slowedNow = ({ run, control, ownerGone }: Pick<Looked, 'run' | 'control' | 'ownerGone'>): Slowed | null =>
  run.status === 'running' && !ownerGone && control.desired === 'run' ? (control.findings?.slowed ?? null) : null;

/** What the governor has found older than that (milliseconds), it would not say now. */
const FRESH_MS = 10_000;

/** The same of what is shared out among its workers. */
export const heldBackNow = ({ run, control, ownerGone, at }: Pick<Looked, 'run' | 'control' | 'ownerGone' | 'at'>): readonly HeldBack[] => {
  const flow = control.findings?.flow;
  const goes = run.status === 'running' && !ownerGone && control.desired === 'run';
  return goes && flow && at - flow.at <= FRESH_MS ? flow.heldBack : [];
};

/** A few bad items among few are worth a look, and no alarm. */
export function healthOf(errorRate: number, judged: number): Health {
  if (errorRate > UNHEALTHY_ABOVE && judged >= TOO_FEW_TO_JUDGE) return 'unhealthy';
  return errorRate > WARNING_ABOVE ? 'warning' : 'healthy';
}

/** Of what is still to be scanned, as large a share will concern the run as of what was scanned. */
function pendingOf(looked: Looked): number | null {
  const { run, counters, expected, through } = looked;
  if (isThrough(looked)) return 0;
  if (run.rollback) return Math.max(0, Math.max(run.estimatedItems ?? 0, counters.scanned) - counters.scanned);
  if (expected === null) return null;
  const left = Math.max(0, expected - through);
  if (run.options.limit !== null || counters.scanned === 0) return left;
  return Math.round((left * eligible(counters)) / counters.scanned);
}

/** Nothing is left to be gone through, whatever the estimate was. */
function isThrough({ run, segments }: Looked): boolean {
  if (run.proof !== null || run.status === 'complete' || run.status === 'limited') return true;
  if (run.rollback) return presentStage(run) === 'verify';
  // A retry comes after the whole scan.
  return run.rounds > 1 || (segments.total > 0 && segments.done === segments.total);
}

/** Without a page that was checked in for so long (milliseconds), a running run calls for a person. */
const STALLED_MS = 15 * 60_000;

/** Whether a running run has come to nothing for too long. One that still waits for its backup, or for its capacity, has not begun. */
export function isStalled(
  { options, backup, capacity, startedAt }: Pick<RunRecord, 'options' | 'backup' | 'capacity' | 'startedAt'>,
  { findings }: Pick<Control, 'findings'>,
  now: number,
): boolean {
  if ((options.backup && backup?.status !== 'available') || capacity?.state === 'raising') return false;
  return now - Math.max(Date.parse(startedAt), findings?.movedAt ?? 0) >= STALLED_MS;
}
