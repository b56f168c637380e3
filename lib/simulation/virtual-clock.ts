import type { Clock } from '../core/retry.ts';

/** Takes a call off again before its time has come. */
export type Cancel = () => void;

interface Due {
  at: number;
  /** Calls of one moment come in the order in which they were asked for. */
  order: number;
  /** `undefined`: taken off. */
  call: (() => void) | undefined;
}

/** Lets everything run that waits for nothing but a promise: Node comes to its immediates only when no such work is left. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Time that moves only when nobody has anything else to do, and then straight to the next thing that is due: hours pass in seconds,
 * and the same program always passes them in the same way. Whole milliseconds, as Node's timers have them; a wait is never cut short.
 *
 * All that is simulated must come back by promises and by this clock alone: work that Node does in the background would be overtaken.
 */
export class VirtualClock implements Clock {
  #now: number;
  #orders = 0;
  readonly #heap: Due[] = [];

  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = (): void => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.after(ms, () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      });
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  /** Calls back once `ms` have passed. */
  after(ms: number, call: () => void): Cancel {
    const due: Due = { at: this.#now + Math.max(0, Math.ceil(ms)), order: this.#orders++, call };
    this.#push(due);
    return () => {
      due.call = undefined;
    };
  }

  /**
   * Lets time pass until `isOver`, which is asked whenever all is quiet.
   *
   * @throws Error when nobody waits for anything any more
   */
  async pass(isOver: () => boolean): Promise<void> {
    for (;;) {
      await settled();
      if (isOver()) return;
      this.#step();
    }
  }

  /** All calls of the next moment. */
  #step(): void {
    let next = this.#pop();
    while (next && !next.call) next = this.#pop();
    if (!next) throw new Error('nobody waits, and it is not over');
    this.#now = next.at;
    next.call?.();
    while (this.#heap[0]?.at === this.#now) this.#pop()?.call?.();
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(heap[parent] as Due, due)) break;
      heap[at] = heap[parent] as Due;
      at = parent;
    }
    heap[at] = due;
  }

  #pop(): Due | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Due, heap[child] as Due)) child += 1;
      if (isBefore(last, heap[child] as Due)) break;
      heap[at] = heap[child] as Due;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

const isBefore = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
