import { slowedWords } from './brakes.ts';
import { type Counters, changed, eligible, total } from './counters.ts';
import { type ErrorCode, remedies } from './error-codes.ts';
import type { HeldBack } from './flow/held-back.ts';
import { TOO_FEW_TO_JUDGE } from './governor.ts';
import { type Lagging, laggingWords } from './lagging.ts';
import type { Control, RunRecord, Slowed } from './ledger.ts';
import { presentStage } from './rollback/stages.ts';
import { isRehearsal } from './run.ts';
import { type RunState, stateOf } from './transitions.ts';
import { called, plural, tally } from './words.ts';

/** Above these shares of failed among changed and failed items a run is unhealthy, or worth a look. */
export const UNHEALTHY_ABOVE = 0.05;
export const WARNING_ABOVE = 0.01;

/** Below this share done, a person is told whether it goes on. */
const HALF = 0.5;

/** Above so many pending items it is worth choosing the hour. */
const MANY_PENDING = 1_000;

/** Without a sign of life for so long (milliseconds), a run that should go has stalled: a worker gives one every few seconds. */
export const SILENT_MS = 15_000;

export type Health = 'healthy' | 'warning' | 'unhealthy';

/** What is known of a run at one moment. */
export interface Looked {
  run: RunRecord;
  control: Pick<Control, 'desired' | 'findings'>;
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

type Found = Omit<Condition, 'advice'>;

function adviceFor(looked: Looked, found: Found): string[] {
  const { run, counters, ownerGone } = looked;
  const state = stateOf(run, ownerGone);
  if (found.total === 0 && ENDED_WELL.includes(state))
    return [run.rollback ? 'Nothing was to be undone.' : 'Nothing was to be done: no item of the source concerns this backfill.'];
  const advice = state === 'running' ? movingAdvice(looked, found) : standingAdvice(state, looked, found);
  if (found.errorRate > WARNING_ABOVE) advice.push(errorAdvice(looked, found, state));
  if (state === 'running' && counters.throttles > 0)
    advice.push(
      `The table has throttled ${plural(counters.throttles, 'request')}${throttledBy(counters)}: they wait and are sent again, which costs time; at a quieter hour it would go faster.`,
    );
  return advice;
}

/** ` (table write key-range 2 · GSI3 write provisioned 1)`, as far as it was told. */
const throttledBy = ({ throttledBy }: Counters): string => (total(throttledBy) === 0 ? '' : ` (${tally(throttledBy)})`);

/** Milliseconds without a sign of life; 0 until the present execution has given its first. */
export const silentFor = ({ run, at, heartbeat }: Pick<Looked, 'run' | 'at' | 'heartbeat'>): number =>
  heartbeat < Date.parse(run.startedAt) ? 0 : at - heartbeat;

function movingAdvice(looked: Looked, found: Found): string[] {
  const { run, control } = looked;
  if (control.desired !== 'run')
    return [`It ${control.desired === 'hold' ? 'stands still' : 'ends'} at its next checkpoint: wait for its workers.`];
  if (found.pending === 0 && looked.segments.done === looked.segments.total)
    return ['Every segment is done, and it is being checked: wait for its end.'];
  const judged = looked.phases.find(({ state, segments, done }) => state === 'now' && done === segments);
  if (judged) return [`Phase ${judged.name} is done, and its gate is being judged: wait for it.`];
  const half = found.completion < HALF ? 'Less than half is done' : undefined;
  const braked = found.slowed ? [slowedAdvice(found.slowed)] : [];
  const silent = silentFor(looked);
  if (silent > SILENT_MS) {
    const words = `no sign of life for ${plural(Math.round(silent / 1000), 'second')}`;
    const lead = half ? `${half}, and it has stalled` : 'It has stalled';
    return [`${lead}: ${words}. If its process is gone: ${called(`resume ${run.runId}`, run.environment)}`];
  }
  const lags = found.lagging ? [laggingAdvice(found.lagging)] : [];
  const advice = [...braked, ...lags, half ? `${half}, and it is still running: let it go on.` : 'It is still running: let it go on.'];
  if (writes(run) && isMany(found.pending))
    advice.push(
      `${pendingWords(found, run)}: where others feel its writes, pause it and carry it on off-peak: ${called(`pause ${run.runId}`, run.environment)}`,
    );
  return advice;
}

function laggingAdvice(lagging: Lagging): string {
  const words = sentence(laggingWords(lagging));
  return lagging.by === 'items'
    ? `${words}. All items of one partition key are in one segment, which one worker goes through: let it, the others are nearly done.`
    : `${words}. One partition of the table, or of an index, may be hot with it: see who else writes there, or let it go on.`;
}

const sentence = (words: string): string => `${words[0]?.toUpperCase()}${words.slice(1)}`;

function slowedAdvice(slowed: Slowed): string {
  const lead = sentence(slowedWords(slowed));
  if (!slowed.stands) return `${lead}. Nothing is to be done.`;
  return `${lead}. See what throttles the table, and who else writes there; when the alarm is over it speeds up by itself, and after five minutes without relief it stands still until then.`;
}

/** What is worth doing about a run that nobody works on. */
function standingAdvice(state: RunState, { run, counters }: Looked, found: Found): string[] {
  const advice: string[] = [];
  // One that stands before a gate stands where it should.
  if (STOPPED.includes(state) && found.completion < HALF) advice.push('Less than half is done, and nothing moves.');
  const way = wayOn(state, run);
  if (way) advice.push(way);
  const goesOn = WAITING.includes(state) || (STOPPED.includes(state) && state !== 'aborted');
  if (goesOn && writes(run) && isMany(found.pending)) advice.push(`${pendingWords(found, run)}: carry it on off-peak.`);
  const would = changed(counters);
  if (isRehearsal(run) && would > MANY_PENDING && ENDED_WELL.includes(state))
    advice.push(`It would change ${plural(would, 'item')}: do it off-peak.`);
  return advice;
}

const STOPPED: readonly RunState[] = ['held', 'braked', 'failed', 'interrupted', 'aborted'];
const WAITING: readonly RunState[] = ['awaiting-approval', 'gate-shut', 'rejected'];
const ENDED_WELL: readonly RunState[] = ['complete', 'limited'];

function wayOn(state: RunState, run: RunRecord): string | undefined {
  const { runId, backfill, environment, rollback, reason, undoneBy } = run;
  switch (state) {
    case 'awaiting-approval':
      return `It waits for a person, who lets the next phase begin or does not: ${called(`approve ${runId} --reason "..."`, environment)}`;
    case 'gate-shut':
      return `Its gate is shut: mend the cause, and have it judged again: ${called(`resume ${runId}`, environment)}`;
    case 'rejected':
      return `A person rejected it: have its gate judged again, and then approved: ${called(`resume ${runId}`, environment)}`;
    case 'interrupted':
      return `Nobody carries it any more, and nothing is lost; carry it on: ${called(`resume ${runId}`, environment)}`;
    case 'held':
    case 'braked':
    case 'failed':
      // A pause by a person calls for nothing but going on.
      return reason && reason.code in remedies
        ? remedies[reason.code as ErrorCode]
        : `Carry it on when you are ready: ${called(`resume ${runId}`, environment)}`;
    case 'aborted':
      return rollback
        ? `It was ended for good; the rest is undone by: ${called(`rollback ${rollback.of}`, environment)}`
        : `It was ended for good; a new run leaves alone what is done: ${called(`run ${backfill}`, environment)}`;
    case 'limited':
      return isRehearsal(run) ? undefined : `Its limit has ended it; the rest is done by: ${called(`run ${backfill}`, environment)}`;
    case 'rolling-back':
      return `It is being undone; see it go: ${called(`monitor ${undoneBy} --watch`, environment)}`;
    default:
      return undefined;
  }
}

function errorAdvice({ run }: Looked, { health, judged, tooFew }: Found, state: RunState): string {
  const above = health === 'unhealthy' ? UNHEALTHY_ABOVE : WARNING_ABOVE;
  const fails = run.rollback ? 'could not be taken back' : isRehearsal(run) ? 'would fail' : 'failed';
  const few = tooFew ? `, though of ${plural(judged, 'item')}, which is too few to say much` : '';
  const stop =
    state === 'running' && writes(run) && health === 'unhealthy' && !tooFew
      ? ` Pause it meanwhile: ${called(`pause ${run.runId}`, run.environment)}`
      : '';
  return `More than ${100 * above} % ${fails}${few}; which, and why: ${called(`report ${run.runId}`, run.environment)}${stop}`;
}

const writes = (run: RunRecord): boolean => !isRehearsal(run);

const isMany = (pending: number | null): boolean => pending !== null && pending > MANY_PENDING;

const pendingWords = ({ pending, estimated }: Found, { rollback }: RunRecord): string =>
  `${estimated ? 'About ' : ''}${plural(pending ?? 0, rollback ? 'journal entry' : 'item', rollback ? 'journal entries' : 'items')} ${pending === 1 ? 'is' : 'are'} pending`;

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
