import type { Clock } from '../../lib/core/retry.ts';
import { defaultServiceLimits } from '../../lib/core/service.ts';
import { WATCH_EVERY_MS } from '../../lib/core/watcher.ts';

export interface FakeClock extends Clock {
  /** What was waited for, in milliseconds, in order; the watcher's and the timeouts' left out. */
  readonly waits: number[];
  advance(ms: number): void;
}

const aborted = (signal: AbortSignal | undefined): Promise<void> =>
  new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

/** Time passes only by being waited for, and then at once. What waits beside the work (the watcher, a call's timeout, the invocation's end) never wakes. */
export function fakeClock(start = Date.parse('2026-11-21T12:00:00Z')): FakeClock {
  let now = start;
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      if (ms === WATCH_EVERY_MS || ms >= defaultServiceLimits.timeoutMs) return aborted(signal);
      waits.push(ms);
      now += ms;
    },
  };
}

export interface SteppedClock extends Clock {
  /** Ends the wait that is under way, and lets what hangs on it run. */
  step(): Promise<void>;
  /** So much passes, and no wait is over yet. */
  pass(ms: number): void;
}

export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock on which every wait lasts until the test says so. */
export function steppedClock(): SteppedClock {
  let wake: (() => void)[] = [];
  let now = 0;
  return {
    now: () => now,
    sleep: (ms, signal) =>
      Promise.race([
        new Promise<void>((resolve) => {
          const due = now + ms;
          wake.push(() => {
            now = Math.max(now, due);
            resolve();
          });
        }),
        aborted(signal),
      ]),
    async step() {
      const sleepers = wake;
      wake = [];
      for (const end of sleepers) end();
      await breathe();
    },
    pass(ms) {
      now += ms;
    },
  };
}
