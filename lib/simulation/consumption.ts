const STEP_MS = 100;

export const STEPS_A_SECOND = 1000 / STEP_MS;

/** What was consumed when, in steps of a tenth of a second. */
export class Consumption {
  readonly #start: number;
  readonly #join: (a: number, b: number) => number;
  readonly #steps: number[] = [];

  /** `join`: what a step makes of its amounts, if not their sum. */
  constructor(start: number, join = (a: number, b: number): number => a + b) {
    this.#start = start;
    this.#join = join;
  }

  add(amount: number, now: number): void {
    const step = Math.floor((now - this.#start) / STEP_MS);
    while (this.#steps.length <= step) this.#steps.push(0);
    this.#steps[step] = this.#join(this.#steps[step] as number, amount);
  }

  /** The sum from one moment to another, both in seconds since the beginning. */
  between(from: number, to: number): number {
    let sum = 0;
    const end = Math.min(this.#steps.length, Math.round((to * 1000) / STEP_MS));
    for (let step = Math.round((from * 1000) / STEP_MS); step < end; step += 1) sum += this.#steps[step] as number;
    return sum;
  }

  /** The largest step between two moments, in seconds since the beginning. */
  largest(from: number, to: number): number {
    return Math.max(0, ...this.#steps.slice(Math.round((from * 1000) / STEP_MS), Math.round((to * 1000) / STEP_MS)));
  }

  /** The sums of all windows of so many seconds, a step apart, that lie between two moments, in seconds since the beginning. */
  windows(seconds: number, from: number, to: number): number[] {
    const width = Math.round((seconds * 1000) / STEP_MS);
    const first = Math.round((from * 1000) / STEP_MS);
    const last = Math.round((to * 1000) / STEP_MS) - width;
    const sums: number[] = [];
    let sum = 0;
    for (let step = first; step < first + width; step += 1) sum += this.#steps[step] ?? 0;
    for (let step = first; step <= last; step += 1) {
      sums.push(sum);
      sum += (this.#steps[step + width] ?? 0) - (this.#steps[step] ?? 0);
    }
    return sums;
  }
}
