/**
 * A capacity in units a second, of which what is not used can be saved up.
 * Like DynamoDB it lets a request in as long as anything is left, whatever that takes: what is too much is owed.
 */
export class Bucket {
  #rate: number;
  #savedSeconds: number;
  #level: number;
  #at: number;
  /** Units a second of late, the last second weighing most. */
  #used = 0;

  /** `savedSeconds`: so much of it can be saved up, and one second of it is there at first. */
  constructor(rate: number, savedSeconds: number, now: number, firstSeconds = 1) {
    this.#rate = rate;
    this.#savedSeconds = savedSeconds;
    this.#level = rate * Math.min(firstSeconds, savedSeconds);
    this.#at = now;
  }

  get rate(): number {
    return this.#rate;
  }

  /** From now on; what was saved up is kept as far as there is room for it. */
  setRate(rate: number, now: number): void {
    this.#flow(now);
    this.#rate = rate;
    this.#level = Math.min(this.#level, rate * this.#savedSeconds);
  }

  hasAny(now: number): boolean {
    this.#flow(now);
    return this.#level > 0;
  }

  take(units: number, now: number): void {
    this.#flow(now);
    this.#level -= units;
    this.#used += units;
  }

  /** What is used of it of late: 1 is all of it. */
  load(now: number): number {
    this.#flow(now);
    return this.#used / this.#rate;
  }

  #flow(now: number): void {
    const seconds = (now - this.#at) / 1000;
    if (seconds === 0) return;
    this.#at = now;
    this.#level = Math.min(this.#rate * this.#savedSeconds, this.#level + this.#rate * seconds);
    this.#used *= Math.exp(-seconds);
  }
}
