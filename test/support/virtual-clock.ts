import type { Clock } from '../../lib/core/retry.ts';
import { breathe } from './fake-clock.ts';

export interface VirtualClock extends Clock {
  /** Lets time pass, from one wait's end to the next, until `work` is done. */
  until<T>(work: Promise<T>): Promise<T>;
}

/** Time in which everything happens in its order and nothing takes any: it jumps to the next wait that ends once nobody has anything else to do. */
export function virtualClock(start = Date.parse('2026-11-21T12:00:00Z')): VirtualClock {
  let now = start;
  let waits: { at: number; end: () => void }[] = [];
  const forget = (wait: (typeof waits)[number]): void => {
    waits = waits.filter((one) => one !== wait);
  };
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const stop = (): void => {
          forget(wait);
          reject(signal?.reason);
        };
        const end = (): void => {
          signal?.removeEventListener('abort', stop);
          resolve();
        };
        const wait = { at: now + ms, end };
        waits.push(wait);
        signal?.addEventListener('abort', stop, { once: true });
      }),
    async until(work) {
      let isOver = false;
      const over = () => {
        isOver = true;
      };
      work.then(over, over);
      for (;;) {
        await breathe();
        if (isOver) return work;
        const next = waits.reduce((first, wait) => (wait.at < first.at ? wait : first), waits[0] as (typeof waits)[number]);
        if (!next) throw new Error('nobody waits, and the work is not done');
        now = next.at;
        forget(next);
        next.end();
      }
    },
  };
}
