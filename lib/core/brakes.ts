import { MINUTE_MS } from './minute.ts';
import type { Brake, Slowed } from './records/control.ts';
import type { Reason, RunRecord } from './records/run.ts';
import { plural } from './words.ts';

/** How alarms that stand on a table slow the runs there, let them speed up again, and at last have them stand still. All times in milliseconds. */

/** The reason of a run that stands still until an alarm is over. */
export const BRAKE = 'brake.throttled';

export const isBrake = (reason: Reason | null): boolean => reason?.code === BRAKE;

/** An alarm that was deleted while it stood never says that it is over. */
const FORGOTTEN_AFTER_MS = 24 * 60 * MINUTE_MS;

/** So long the run goes slower and slower; then it stands still. */
const PATIENCE_MS = 5 * MINUTE_MS;

/** The share of their time that workers may work, by how long an alarm has stood. */
const PACES = [
  { from: 0, pace: 0.5 },
  { from: MINUTE_MS, pace: 0.25 },
  { from: 3 * MINUTE_MS, pace: 0.1 },
] as const;

/** Once all alarms are over, so long on each step of the way back. */
const RISE_EVERY_MS = 30_000;

/** A worker rests so long at most after one page. */
const LONGEST_REST_MS = 120_000;

/** Those that count at this moment, the oldest first. */
export const standing = (brakes: readonly Brake[], now: number): Brake[] =>
  brakes.filter(({ since }) => now - Date.parse(since) < FORGOTTEN_AFTER_MS).sort((a, b) => (a.since < b.since ? -1 : 1));

/** For how long they have slowed this execution: one that begins, or is carried on, under an alarm is tried again, slowly. */
const age = (oldest: Brake, startedAt: string, now: number): number => now - Math.max(Date.parse(oldest.since), Date.parse(startedAt));

/** How slow the run shall go now. `brakes` count all; `null`: as fast as it can. */
export function slowedBy(
  brakes: readonly Brake[],
  last: Slowed | null,
  { startedAt }: Pick<RunRecord, 'startedAt'>,
  now: number,
): Slowed | null {
  const [oldest] = brakes;
  if (!oldest) return last && risen(last, now);
  const { alarm, since } = oldest;
  const step = PACES.findLast(({ from }) => age(oldest, startedAt, now) >= from) ?? PACES[0];
  // While it speeds up again, another alarm does not make it faster.
  return { pace: Math.min(step.pace, last?.pace ?? 1), alarm, since, stands: true, at: now };
}

/** One step faster, once it was slow for long enough since the alarm was over. */
function risen(last: Slowed, now: number): Slowed | null {
  if (last.stands) return { ...last, stands: false, at: now };
  if (now - last.at < RISE_EVERY_MS) return last;
  const faster = PACES.findLast(({ pace }) => pace > last.pace);
  return faster ? { ...last, pace: faster.pace, at: now } : null;
}

/** Why the run shall stand still; `null`: it need not. */
export function reasonToStop(brakes: readonly Brake[], { startedAt }: Pick<RunRecord, 'startedAt'>, now: number): Reason | null {
  const [oldest] = brakes;
  if (!oldest || age(oldest, startedAt, now) < PATIENCE_MS) return null;
  const minutes = plural(Math.floor(age(oldest, startedAt, now) / MINUTE_MS), 'minute');
  return {
    code: BRAKE,
    message: `Alarm ${oldest.alarm} stands since ${oldest.since}, and ${minutes} of going slower did not end it: ${oldest.reason}`,
  };
}

/** How much longer a worker rests that has worked for so long, and rested for so long since. */
export const restMs = (workedMs: number, restedMs: number, pace: number): number =>
  Math.max(0, Math.min(LONGEST_REST_MS, workedMs * (1 / pace - 1)) - restedMs);

/** `03:12 UTC`. */
const clockTime = (iso: string): string => `${iso.slice(11, 16)} UTC`;

/** `slowed to 25 % by alarm X since 03:12 UTC`. */
export const slowedWords = ({ pace, alarm, since, stands }: Slowed): string =>
  stands
    ? `slowed to ${100 * pace} % by alarm ${alarm} since ${clockTime(since)}`
    : `speeding up again, at ${100 * pace} %: alarm ${alarm} is over`;

/** Whether the run stands still for an alarm and for nothing else. */
export const isBraked = ({ status, reason }: Pick<RunRecord, 'status' | 'reason'>): boolean => status === 'held' && isBrake(reason);
