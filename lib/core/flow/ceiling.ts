import type { Throttle } from '../throttle.ts';

/** What throttles have taught of what the table, an index or the account takes, and how it is tried again. */
export interface Ceiling {
  /** Units a second of the whole run. */
  limit: number;
  /** What was taken when something was throttled last. */
  known: number;
  /** Whose limit it was. */
  of: Throttle;
  /** Since when there is one, when something was throttled last, and when it was last lowered: milliseconds since the epoch. */
  since: number;
  throttledAt: number;
  loweredAt: number;
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
const AFTER_PROBE = 0.9;
const PLATEAU = 0.95;

/** What is known of a limit sinks with each try beyond it, never by more. */
const FORGET = 0.97;

/** Workers hear of a change, and the governor of what came of it, within so long: no throttle before counts against it. */
const ECHO_MS = 2_500;

/** So long without a throttle, the run goes up to the plateau; so long, and more is tried. */
const CALM_MS = 1_500;
const PATIENT_MS = 3_000;

/** A limit that stands for longer than this is tried less often. */
const LASTING_MS = 90_000;
const LASTING_PATIENT_MS = 15_000;

/** Parts of what is known, by how long more has been tried in vain to be throttled. */
const PROBES = [
  { from: 0, to: 1.05 },
  { from: 2_000, to: 1.15 },
  { from: 3_000, to: 1.4 },
  { from: 4_000, to: 2 },
  { from: 5_000, to: 4 },
  { from: 6_000, to: 16 },
] as const;

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
export function nextCeiling(last: Ceiling | undefined, { now, rate, throttled }: Taken, wanted: number | null): Ceiling | undefined {
  if (throttled) return lowered(last, rate, throttled, now);
  if (!last) return undefined;
  const limit = raised(last, now);
  if (wanted !== null && limit >= wanted) return undefined;
  if (now - last.throttledAt > FORGOTTEN_MS && rate < limit / 2) return undefined;
  return { ...last, limit };
}

function lowered(last: Ceiling | undefined, rate: number, of: Throttle, now: number): Ceiling {
  const began = { of, since: last?.since ?? now, throttledAt: now, loweredAt: now };
  if (!last) return { ...began, limit: Math.max(LOWEST, DOWN_TO * rate), known: Math.max(LOWEST, rate) };
  // What was on its way when it was lowered.
  if (now - last.loweredAt < ECHO_MS) return { ...last, of, throttledAt: now };
  const known = Math.max(LOWEST, rate);
  if (last.limit <= last.known) return { ...began, limit: Math.max(LOWEST, DOWN_TO * known), known };
  const tried = Math.max(known, FORGET * last.known);
  return { ...began, limit: Math.max(LOWEST, AFTER_PROBE * tried), known: tried };
}

function raised({ limit, known, since, throttledAt }: Ceiling, now: number): number {
  const calm = now - throttledAt;
  const patience = now - since > LASTING_MS ? LASTING_PATIENT_MS : PATIENT_MS;
  if (calm < CALM_MS) return limit;
  if (calm < patience) return Math.max(limit, PLATEAU * known);
  const probe = PROBES.findLast(({ from }) => calm - patience >= from) ?? PROBES[0];
  return Math.max(limit, probe.to * known);
}
