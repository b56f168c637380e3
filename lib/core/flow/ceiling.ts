import type { Throttle } from '../throttle.ts';

/** What throttles have taught of what the table, an index or the account takes, and how it is tried again. */
export interface Ceiling {
  /** Units a second of the whole run. */
  limit: number;
  /** What was taken when something was throttled last. */
  known: number;
  /** Whose limit it was. */
  of: Throttle;
  /** When something was throttled last, and when `limit` last changed: milliseconds since the epoch. */
  throttledAt: number;
  movedAt: number;
}
