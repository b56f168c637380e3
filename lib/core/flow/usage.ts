import { MINUTE_MS, startOfMinute } from '../minute.ts';
import type { Operation, Traffic, Units } from './traffic.ts';

/** What a run has used of one kind of units of late, and how the most that everybody used has risen. Kept with what is dealt out, so that whoever governs next goes on from it. */
export interface Usage {
  /** Units that the run used in each of the last minutes, oldest first; `at`: when the minute began, in milliseconds since the epoch. */
  own: readonly { at: number; units: number }[];
  /** By index name, units a second in the highest minute so far, each time that it rose; oldest first. */
  peaks: Readonly<Record<string, readonly Peak[]>>;
}

interface Peak {
  /** When that minute was over. */
  at: number;
  units: number;
}

/** What others took is known for so long back. */
const KEPT = 8;

/** A little more is no other peak. */
const RISEN = 1.02;

/** What was reached is reason to go to twice as much only after so long. */
export const HALF_HOUR_MS = 30 * MINUTE_MS;

/** The highest of so many minutes counts for what others take: the newest ones are not known yet, and who comes in bursts will come again. */
const LATELY_MS = 6 * MINUTE_MS;

/** What the run used by the second in the minute that began at `at`. */
export const ownOf = (usage: Usage | null, at: number): number =>
  (1_000 * (usage?.own.find((minute) => minute.at === at)?.units ?? 0)) / MINUTE_MS;

/** Units a second that others took of the table or an index in any of the last minutes, at most. */
export function othersTake(
  { minutes }: Traffic,
  operation: Operation,
  name: string,
  part: number,
  usage: Usage | null,
  now: number,
): number {
  const lately = minutes.filter(({ at }) => now - at <= LATELY_MS);
  return Math.max(0, ...lately.map((minute) => (minute[operation][name] ?? 0) - part * ownOf(usage, minute.at)));
}

/** The most that was ever used by the second, more than half an hour ago: before that it is no reason to go to twice as much, whoever used it. */
export const formerPeak = ({ peaks }: Usage, name: string, now: number): number =>
  peaks[name]?.findLast(({ at }) => at <= now - HALF_HOUR_MS)?.units ?? 0;

/** What is seen in one round of the governor's. */
export interface Round {
  traffic: Traffic;
  operation: Operation;
  /** Units a second that the run used since the round before, which was so many milliseconds ago. */
  rate: number;
  passedMs: number;
  /** The parts of them that the table and each index take. */
  parts: Units;
  now: number;
}

/** A round that comes late says nothing of all the time before it. */
const LONGEST_ROUND_MS = 10_000;

export function nextUsage(last: Usage | null, round: Round): Usage {
  const { traffic, operation, parts, now } = round;
  const names = Object.keys(traffic.capacity[operation]);
  if (!last) return { own: [{ at: startOfMinute(now), units: 0 }], peaks: perName(names, (name) => before(round, name)) };
  const usage = withOwn(last, round);
  const at = startOfMinute(now);
  const present = last.own.at(-1);
  if (present?.at === at) return usage;
  const highest = (name: string): number => {
    const part = parts[name] ?? 0;
    return part * ownOf(last, present?.at ?? 0) + othersTake(traffic, operation, name, part, last, now);
  };
  return { ...usage, peaks: perName(names, (name) => risen(last.peaks[name] ?? [], { at, units: highest(name) }, now)) };
}

/** The units of one round go to the minute in which it ends. */
export function withOwn(usage: Usage, { rate, passedMs, now }: Pick<Round, 'rate' | 'passedMs' | 'now'>): Usage {
  const at = startOfMinute(now);
  const units = (rate * Math.min(passedMs, LONGEST_ROUND_MS)) / 1_000;
  const present = usage.own.at(-1);
  if (present?.at === at) return { ...usage, own: [...usage.own.slice(0, -1), { at, units: present.units + units }] };
  return { ...usage, own: [...usage.own.slice(1 - KEPT), { at, units }] };
}

const perName = <T>(names: readonly string[], of: (name: string) => T): Record<string, T> =>
  Object.fromEntries(names.map((name) => [name, of(name)]));

/** How the most that was used had risen before the run was looked at. */
const before = ({ traffic, operation, now }: Round, name: string): readonly Peak[] =>
  traffic.minutes.reduce<readonly Peak[]>(
    (peaks, minute) => risen(peaks, { at: minute.at + MINUTE_MS, units: minute[operation][name] ?? 0 }, now),
    [],
  );

/** Of those that are old enough the last one says all. */
function risen(peaks: readonly Peak[], latest: Peak, now: number): readonly Peak[] {
  const old = peaks.findLastIndex(({ at }) => at <= now - HALF_HOUR_MS);
  const kept = peaks.slice(Math.max(0, old));
  return latest.units > RISEN * (kept.at(-1)?.units ?? 0) ? [...kept, latest] : kept;
}
