import type { Throttle } from '../throttle.ts';

/** What throttles have taught of what the table, an index or the account takes, and how it is tried again. */
export interface Ceiling {
  /** Units a second of the whole run. */
  limit: number;
  /** What was taken when something was throttled last. */
  known: number;
  /** What was known before it sank: where the way up is taken slowly once more. */
  former: number;
  /** Whose limit it was. */
  of: Throttle;
  /** Since when `known` is about the same, when something was throttled last, and when it was last lowered: milliseconds since the epoch. */
  since: number;
  throttledAt: number;
  loweredAt: number;
  /** Units taken since then, and until when they are counted. */
  taken: number;
  countedAt: number;
}

/** What was seen since the governor's last round. */
export interface Taken {
  now: number;
  /** Units a second that the whole run used. */
  rate: number;
  /** The farthest-reaching limit that has throttled since; `null`: none of the whole run's. */
  throttled: Throttle | null;
}

/** Far below what was taken, so that what piled up is worked off; then just below it, once nothing throttles. */
const DOWN_TO = 0.7;
const AFTER_PROBE = 0.92;
const PLATEAU = 0.95;

/** Workers hear of a change, and the governor of what came of it, within so long: no throttle before counts against it. */
const ECHO_MS = 2_500;

/** A limit below this part of what was known is another one. */
const SUNK_TO = 0.8;

/** So long without a throttle, the run goes up to the plateau; so long, and more is tried. */
const CALM_MS = 1_500;
const PATIENT_MS = 2_500;

/** A limit that stands for longer than this is tried less often. */
const LASTING_MS = 90_000;
const LASTING_PATIENT_MS = 15_000;

/** How many times what is known is tried, by how long more is tried already: capacity that was saved up for bursts hides a limit for a while. */
const PROBES = [
  { from: 0, to: 1.03 },
  { from: 2_500, to: 1.08 },
  { from: 3_500, to: 1.15 },
  { from: 4_500, to: 1.4 },
  { from: 5_500, to: 2.2 },
  { from: 6_000, to: 4 },
  { from: 7_000, to: 16 },
] as const;

/** Beyond what is known no more is tried than so many times what is taken. */
const AHEAD = 1.7;

/** No ceiling is lower: one write a second must be possible. */
const LOWEST = 1;

/** A limit that is never come near any more is forgotten. */
const FORGOTTEN_MS = 60_000;

/**
 * One round of the governor's: down at once, by a factor, when a limit of the whole run throttles; then to just below what it took, and after a
 * while beyond, in growing steps. `undefined`: nothing holds the run back.
 *
 * `wanted`: what the run may use anyhow; `null`: anything.
 */
export function nextCeiling(before: Ceiling | undefined, taken: Taken, wanted: number | null): Ceiling | undefined {
  const { now, rate, throttled } = taken;
  if (!before) return throttled ? first(throttled, taken) : undefined;
  const last = { ...before, taken: before.taken + (rate * (now - before.countedAt)) / 1_000, countedAt: now };
  if (throttled) return lowered(last, throttled, taken);
  const { former, known } = last;
  const limit = raised(last, taken);
  if (wanted !== null && limit >= wanted) return undefined;
  if (now - last.throttledAt > FORGOTTEN_MS && rate < limit / 2) return undefined;
  // Back where it was before: from there on it is tried anew.
  if (known < SUNK_TO * former && limit >= PLATEAU * former)
    return { ...last, known: former, limit: PLATEAU * former, since: now, throttledAt: now - CALM_MS };
  return { ...last, limit };
}

const atLeast = (limit: number): number => Math.max(LOWEST, limit);

const first = (of: Throttle, { now, rate }: Taken): Ceiling => ({
  of,
  limit: atLeast(DOWN_TO * rate),
  known: atLeast(rate),
  former: atLeast(rate),
  since: now,
  throttledAt: now,
  loweredAt: now,
  taken: 0,
  countedAt: now,
});

function lowered(last: Ceiling, of: Throttle, { now, rate }: Taken): Ceiling {
  const { limit, known, loweredAt } = last;
  const next = { ...last, of, throttledAt: now };
  // What was on its way when it was lowered.
  if (now - loweredAt < ECHO_MS) return next;
  // From one throttle to the next, bursts are used up as they were saved up: what was taken between them is what there is.
  const mean = (1_000 * last.taken) / (now - loweredAt);
  const sunk = atLeast(Math.min(rate, mean));
  const isOther = sunk < SUNK_TO * known;
  return {
    ...next,
    loweredAt: now,
    taken: 0,
    known: sunk,
    limit: atLeast((limit > known ? AFTER_PROBE : DOWN_TO) * sunk),
    ...(isOther && { former: known, since: now }),
  };
}

const patienceOf = ({ since }: Ceiling, now: number): number => (now - since > LASTING_MS ? LASTING_PATIENT_MS : PATIENT_MS);

/** How many times what is known was tried when it had been tried for so long; 1: it was not. */
const probeAt = (ms: number): number => PROBES.findLast(({ from }) => ms >= from)?.to ?? 1;

function raised(last: Ceiling, { now, rate }: Taken): number {
  const { limit, known, throttledAt } = last;
  const calm = now - throttledAt;
  if (calm < CALM_MS) return limit;
  const patience = patienceOf(last, now);
  if (calm < patience) return Math.max(limit, PLATEAU * known);
  // It does not run ahead of what is really taken: whoever comes late would burst into it.
  return Math.max(limit, Math.min(probeAt(calm - patience) * known, Math.max(AHEAD * rate, known)));
}
