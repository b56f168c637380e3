/** Exponential backoff with full jitter, as a pure function and as a loop whose clock and dice are passed in. */

export interface Backoff {
  /** Tries in all, the first included. */
  attempts: number;
  baseMs: number;
  capMs: number;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when that aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export type Random = () => number;

/** Milliseconds to wait before try number `attempt` + 1; between half and all of `base * 2^(attempt-1)`, capped. */
export function backoffMs(attempt: number, { baseMs, capMs }: Backoff, random: Random): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** (attempt - 1));
  return ceiling / 2 + (random() * ceiling) / 2;
}

export interface RetryDeps {
  clock: Clock;
  random: Random;
  signal?: AbortSignal | undefined;
}

export interface RetryPolicy {
  /** `false`: throw; `true`: back off and try again; a number: try again after so many milliseconds at least. */
  retries: (error: unknown) => boolean | number;
  /** Errors that are tried again without end, until the signal aborts. */
  endless?: (error: unknown) => boolean;
}

/** Calls `operation` until it succeeds, its error is not worth another try, or the tries are used up. Throws the last error. */
export async function withRetry<T>(operation: () => Promise<T>, backoff: Backoff, policy: RetryPolicy, deps: RetryDeps): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    deps.signal?.throwIfAborted();
    try {
      return await operation();
    } catch (error) {
      const verdict = policy.retries(error);
      const spent = attempt >= backoff.attempts && !policy.endless?.(error);
      if (verdict === false || spent) throw error;
      const floor = typeof verdict === 'number' ? verdict : 0;
      await deps.clock.sleep(Math.max(floor, backoffMs(attempt, backoff, deps.random)), deps.signal);
    }
  }
}
