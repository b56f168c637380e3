import { slowedWords } from './brakes.ts';
import { type Counters, changed, total } from './counters.ts';
import { type ErrorCode, remedies } from './error-codes.ts';
import { budgetFlags, budgetsOf } from './flow/budgets.ts';
import type { Condition, Looked } from './health.ts';
import { type Lagging, laggingWords } from './lagging.ts';
import type { Slowed } from './records/control.ts';
import type { RunRecord } from './records/run.ts';
import { isRehearsal } from './run.ts';
import { type RunState, stateOf } from './transitions.ts';
import { called, plural, tally } from './words.ts';

/** What to do about a run as it stands, the most pressing first. */

/** Above these shares of failed among changed and failed items a run is unhealthy, or worth a look. */
export const UNHEALTHY_ABOVE = 0.05;
export const WARNING_ABOVE = 0.01;

/** Below this share done, a person is told whether it goes on. */
const HALF = 0.5;

/** Above so many pending items it is worth choosing the hour. */
const MANY_PENDING = 1_000;

/** Without a sign of life for so long (milliseconds), a run that should go has stalled: a worker gives one every few seconds. */
export const SILENT_MS = 15_000;

type Found = Omit<Condition, 'advice'>;

export function adviceFor(looked: Looked, found: Found): string[] {
  const { run, counters, ownerGone } = looked;
  const state = stateOf(run, ownerGone);
  if (found.total === 0 && ENDED_WELL.includes(state))
    return [run.rollback ? 'Nothing was to be undone.' : 'Nothing was to be done: no item of the source concerns this backfill.'];
  const advice = state === 'running' ? movingAdvice(looked, found) : standingAdvice(state, looked, found);
  if (found.errorRate > WARNING_ABOVE) advice.push(errorAdvice(looked, found, state));
  if (state === 'running' && counters.throttles > 0)
    advice.push(
      `The table has throttled ${plural(counters.throttles, 'request')}${throttledBy(counters)}: they wait and are sent again, which costs time and nothing else.`,
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
function standingAdvice(state: RunState, looked: Looked, found: Found): string[] {
  const { run, counters } = looked;
  const advice: string[] = [];
  // One that stands before a gate stands where it should.
  if (STOPPED.includes(state) && found.completion < HALF) advice.push('Less than half is done, and nothing moves.');
  const way = wayOn(state, looked);
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

function wayOn(state: RunState, { run, control }: Looked): string | undefined {
  const withBudgets = budgetFlags(budgetsOf(run, control));
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
        ? `It was ended for good; the rest is undone by: ${called(`rollback ${rollback.of}${withBudgets}`, environment)}`
        : `It was ended for good; a new run leaves alone what is done: ${called(`run ${backfill}${withBudgets}`, environment)}`;
    case 'limited':
      return isRehearsal(run)
        ? undefined
        : `Its limit has ended it; the rest is done by: ${called(`run ${backfill}${withBudgets}`, environment)}`;
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
