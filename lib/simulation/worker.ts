import type { Clock } from '../core/retry.ts';

/** A process that works on segments, one after the other: a Lambda environment, or a CLI's. */
export class Worker {
  /** Of this process alone: time stands still for a worker that is gone, so that nothing it waits for ever comes. */
  readonly clock: Clock;
  /** Resolves when it dies. */
  readonly death: Promise<'dead'>;
  /** Until when it finds nothing to read (milliseconds since the epoch). */
  idleUntil = 0;
  #isDead = false;
  #die: () => void = () => undefined;

  constructor(
    readonly number: number,
    clock: Clock,
  ) {
    this.death = new Promise((resolve) => {
      this.#die = () => resolve('dead');
    });
    this.clock = {
      now: () => clock.now(),
      sleep: async (ms, signal) => {
        try {
          await clock.sleep(ms, signal);
        } finally {
          // A process that is gone neither goes on nor fails.
          if (this.#isDead) await new Promise(() => undefined);
        }
      },
    };
  }

  /** At once, whatever is under way: what has been sent may land, and nobody hears of it. */
  kill(): void {
    this.#isDead = true;
    this.#die();
  }
}
