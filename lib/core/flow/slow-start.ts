/** Units a second that one partition bears, and so any table and any index, however its keys lie. Source: "Partitions and data distribution", Amazon DynamoDB Developer Guide. */
const FIRST = 1_000;

/** Whoever waits for more has twice as much after so long. */
const DOUBLE_MS = 300;

/** After a refusal half is tried, after so long once more; and after so long without one it goes on. */
const HALVE_MS = 100;
const CALM_MS = 3_000;

/**
 * What a worker allows itself while nobody knows what the table bears. All workers of a run begin with what one partition bears, together; each doubles
 * that as long as it needs more and nothing is refused. So little is refused until the governor has found the limit, and where there is none, it is
 * found out within a second or two.
 */
export class SlowStart {
  #rate = 0;
  /** `null`: nobody has waited for it yet. */
  #grownAt: number | null = null;
  #refusedAt = Number.NEGATIVE_INFINITY;

  /** `part` of all that can be worked on at once, above 0, at most 1. */
  constructor(part: number) {
    this.begin(part);
  }

  /** Units a second. */
  get rate(): number {
    return this.#rate;
  }

  /** It is such a part now. */
  begin(part: number): void {
    this.raise(FIRST * part);
  }

  /** Somebody waits for it. */
  press(now: number): void {
    this.#grownAt ??= now;
    if (now - this.#grownAt < DOUBLE_MS || now - this.#refusedAt < CALM_MS) return;
    this.#grownAt = now;
    this.#rate *= 2;
  }

  refuse(now: number): void {
    if (now - this.#refusedAt >= HALVE_MS) this.#rate /= 2;
    this.#refusedAt = now;
  }

  /** So much is known to be borne. */
  raise(rate: number): void {
    this.#rate = Math.max(this.#rate, rate);
  }
}
