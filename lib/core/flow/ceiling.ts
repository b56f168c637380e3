import type { Throttle } from '../throttle.ts';
import type { Refusal, Used } from './observed.ts';

/** What throttles have taught of what the table, an index or the account takes, and how it is tried again. */
export interface Ceiling {
  /** Units a second of the whole run. */
  limit: number;
  /** What is taken before anything is refused, units a second. */
  known: number;
  /** Over how many seconds that was measured: the longer, the surer. */
  measured: number;
  /** What the run had used when it was lowered last. */
  from: Used;
  /** Whether more than what is known has been taken since then. */
  isMore: boolean;
  /** Whose limit it was. */
  of: Throttle;
  /** Since when `known` is about the same, when something was refused last, and when it was last lowered: milliseconds since the epoch. */
  since: number;
  throttledAt: number;
  loweredAt: number;
}

/** What the governor sees in a round. */
export interface Seen {
  now: number;
  /** Units a second that the whole run uses. */
  rate: number;
  /** What it has used until now. */
  used: Used;
  /** What a limit of the whole run has refused since it was last looked; `null`: nothing. */
  refused: Refusal | null;
}

/** Workers hear of a lower limit within so long: what was refused before does not count against it. */
const ECHO_MS = 1_500;

/** So long after a refusal a little more is tried; after longer, where the limit has been the same for so long. */
const CALM_MS = 2_000;
const LASTING_MS = 90_000;
const LASTING_CALM_MS = 15_000;

/** So many times what is known is tried; once there is more, that much further is gone so many times over, round by round. */
const PROBE = 1.055;
const FASTER = 5;

/** What was saved up since a refusal is spent within so many seconds, and so many seconds' worth of it at most: what is known may be too much. */
const SPENT_S = 2;
const MOST_SAVED_S = 0.2;

/** Beyond what is known no more is tried than so many times what is taken: whoever comes late would burst into it. */
const AHEAD = 1.7;

/** Reports come so many seconds early or late: by so much either end of what is measured may be wrong. */
const JITTER = 0.03;

/** What was measured over less than so many seconds is no less sure, and over more no surer: limits change. */
const SHORTEST = 2.5;
const LONGEST = 20;

/** A limit that is not within this part of what was known is another one. */
const SAME = 0.8;

/** No ceiling is lower: one write a second must be possible. */
const LOWEST = 1;

/** A limit that is never come near any more is forgotten. */
const FORGOTTEN_MS = 60_000;

/**
 * One round of the governor's. When a limit of the whole run refuses something, the ceiling falls to what was really taken: a bucket that
 * refuses is empty, so what was taken from one refusal to the next is what flows into it, whatever was saved up in between. What was saved up
 * is spent first, for it would hide the limit; after a while a little more is tried. If that is refused, nothing but the little more was; if it
 * is not, what is taken soon exceeds what is known by more than a full bucket could hide, and the ceiling rises faster and faster. `undefined`:
 * nothing holds the run back.
 *
 * `wanted`: what the run may use anyhow; `null`: anything.
 */
export function nextCeiling(before: Ceiling | undefined, seen: Seen, wanted: number | null): Ceiling | undefined {
  const { now, rate, used, refused } = seen;
  if (!before) return refused ? first(refused, seen) : undefined;
  // Workers count from nothing again when a run that was held goes on.
  const last = used.units < before.from.units ? { ...before, from: used } : before;
  if (refused) return lowered(last, refused, seen);
  const isMore = last.isMore || isProven(last, used);
  const limit = raised({ ...last, isMore }, seen);
  if (wanted !== null && limit >= wanted) return undefined;
  if (now - last.throttledAt > FORGOTTEN_MS && rate < limit / 2) return undefined;
  return { ...last, limit, isMore };
}

const atLeast = (limit: number): number => Math.max(LOWEST, limit);

function first({ of, at }: Refusal, { now, rate, used }: Seen): Ceiling {
  const known = atLeast(rate);
  return { limit: known, known, measured: SHORTEST, from: used, isMore: false, of, since: now, throttledAt: at, loweredAt: now };
}

function lowered(last: Ceiling, { of, at }: Refusal, seen: Seen): Ceiling {
  const next = { ...last, of, throttledAt: at };
  if (at - last.loweredAt < ECHO_MS) return next;
  const { now, used } = seen;
  const { known, measured } = learnt(last, seen);
  const isSame = known > SAME * last.known && SAME * known < last.known;
  return { ...next, limit: known, known, measured, from: used, isMore: false, since: isSame ? last.since : now, loweredAt: now };
}

/** What is taken before anything is refused, and over how long that was seen: as before and since, unless that is another limit now. */
function learnt(last: Ceiling, { rate, used }: Seen): Pick<Ceiling, 'known' | 'measured'> {
  const { units, seconds } = between(last.from, used);
  const mean = seconds > 0 ? units / seconds : rate;
  // On the way up, what it is now counts, and not what it was on the way: if it was one.
  if (last.isMore && mean > PROBE * last.known) return { known: atLeast(rate), measured: SHORTEST };
  if (mean <= SAME * last.known || SAME * mean >= last.known) return { known: atLeast(mean), measured: Math.max(SHORTEST, seconds) };
  const measured = last.measured + seconds;
  return { known: atLeast((last.known * last.measured + units) / measured), measured: Math.min(LONGEST, measured) };
}

function raised(last: Ceiling, seen: Seen): number {
  const { limit, known, isMore } = last;
  const probe = (PROBE - 1) * known;
  const spent = (known * Math.max(0, savedUp(last, seen.used))) / SPENT_S;
  const quiet = known + Math.max(spent, isCalm(last, seen) ? probe : 0);
  const tried = isMore ? Math.max(limit, known + FASTER * Math.max(limit - known, probe)) : quiet;
  return Math.min(tried, Math.max(known, AHEAD * seen.rate));
}

const isCalm = ({ throttledAt, since }: Ceiling, { now }: Seen): boolean =>
  now - throttledAt >= (now - since > LASTING_MS ? LASTING_CALM_MS : CALM_MS);

/** Seconds of what is known that were not taken since the last refusal: a bucket that was empty has them now. Less than none: more was taken. */
function savedUp({ from, known }: Ceiling, used: Used): number {
  const { units, seconds } = between(from, used);
  return Math.min(MOST_SAVED_S, seconds - units / known);
}

/** Whether more was taken since the last refusal than would have been let in, however wrong what is known may be. */
const isProven = (last: Ceiling, used: Used): boolean =>
  -savedUp(last, used) > JITTER + (2 * JITTER * between(last.from, used).seconds) / last.measured;

const between = (from: Used, to: Used): { units: number; seconds: number } => ({
  units: to.units - from.units,
  seconds: (to.at - from.at) / 1_000,
});
