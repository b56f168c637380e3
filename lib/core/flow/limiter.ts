import type { Clock } from '../retry.ts';
import { UNKNOWN_MEAN } from './report.ts';
import type { SlowStart } from './slow-start.ts';

/** So long a worker's unused share is kept for it: a page that is begun a little late loses nothing, and one that comes after a pause does not burst. */
const KEPT_MS = 200;

/** A wait is looked at anew so often: the share may have changed. */
const LOOK_MS = 250;

/** How much the latest observation counts in the mean of what one takes. */
const WEIGHT = 0.1;

/** The mean is not thought more than so many times the latest: a giant that came first would have others wait for what they do not take, and then burst. */
const MOST_TIMES = 4;

interface Waiter {
  amount: number;
}

/**
 * A worker's share of one resource: what will probably be used is taken before, and settled with what was used; a debt delays whoever comes next.
 * First come, first served. Over any time it lets pass the share, what is kept, and what one taking may have been mistaken by.
 */
export class Limiter {
  readonly #clock: Clock;
  readonly #start: SlowStart | null;
  readonly #keepsLeft: boolean;
  /** By the second; `null`: without limit. */
  #rate: number | null = null;
  /** What it will be from some moments on, the next one first. */
  #next: readonly { rate: number; at: number }[] = [];
  /** A smaller one for a while. */
  #cut: { rate: number; until: number } | null = null;
  /** Nobody knows yet what is borne. */
  #isStarting = true;
  #tokens = 0;
  /** What was settled since somebody took last, and was not used, where that is kept. */
  #left = 0;
  #filledAt: number;
  #queue: Waiter[] = [];
  #waitedMs = 0;
  #waitingSince: number | null = null;
  #used = 0;
  #mean: number | null = null;

  /**
   * `start`: what holds until somebody knows what is borne; `null`: nothing does. `keepsLeft`: what turns out not to be used while nobody waits is there for the
   * next one besides, as where the last of many like ones is a small one (a page at a segment's end).
   */
  constructor(clock: Clock, start: SlowStart | null = null, keepsLeft = false) {
    this.#clock = clock;
    this.#start = start;
    this.#keepsLeft = keepsLeft;
    // Whoever begins has what is kept for one that comes a little late.
    this.#filledAt = clock.now() - (start ? KEPT_MS : 0);
  }

  /** All that was settled so far. */
  get used(): number {
    return this.#used;
  }

  /** All that was settled, what has come together for whoever waits, and less what is owed: it grows evenly, however large each taking is. */
  get drawn(): number {
    this.#fill();
    return this.#used + (this.#queue.length > 0 ? this.#tokens : Math.min(0, this.#tokens));
  }

  /** What one takes on average; `null`: nothing was settled yet. */
  get mean(): number | null {
    return this.#mean;
  }

  /** What may be used by the second at the moment; `null`: anything. */
  get rate(): number | null {
    this.#turn();
    return this.#rateNow();
  }

  /** The same, once it is known what is borne. */
  get share(): number | null {
    this.#turn();
    return this.#shareNow();
  }

  /** What must still be made good before the first in the queue can go, if that is more than a second's share; else 0. */
  get saving(): number {
    this.#fill();
    const { rate } = this;
    const first = this.#queue[0];
    const need = first ? first.amount - this.#tokens : 0;
    return rate !== null && need > rate ? need : 0;
  }

  /** `at`: from that moment on, in milliseconds since the epoch; until then it is what it was. */
  setRate(rate: number | null, at = Number.NEGATIVE_INFINITY): void {
    this.#fill();
    if (rate !== null && this.#rate !== null && at > this.#clock.now()) {
      // What comes before that comes nevertheless; what was said of the same moment is said anew.
      this.#next = [...this.#next.filter((one) => one.at < at), { rate, at }];
      return;
    }
    this.#next = [];
    // Of a share that there was not, nothing is kept.
    if (this.#rate === null && rate !== null) this.#tokens = Math.min(0, this.#tokens);
    this.#rate = rate;
  }

  /** Whether a limit has been found, so that every share is within it. */
  setBorne(isBorne: boolean): void {
    this.#fill();
    this.#isStarting = !isBorne;
    if (isBorne && this.#rate !== null) this.#start?.raise(this.#rate);
  }

  /** For so many milliseconds no more than this, whatever the share is. */
  cut(rate: number, ms: number): void {
    this.#fill();
    this.#cut = { rate, until: this.#clock.now() + ms };
  }

  /** A limit has refused something before anybody knew of it. */
  refuse(): void {
    this.#fill();
    if (this.#isStarting) this.#start?.refuse(this.#clock.now());
  }

  /** The share of the time since it was last asked in which somebody waited, 0 to 1. */
  takeWaited(sinceMs: number): number {
    this.#countWait();
    const waited = this.#waitedMs;
    this.#waitedMs = 0;
    return sinceMs <= 0 ? 0 : Math.min(1, waited / sinceMs);
  }

  /** How many may be taken at once so that others on the same share, and the next look at it, do not wait for long. */
  atOnce(most: number): number {
    const { rate, share } = this;
    if (rate === null) return most;
    // A share that is dealt is kept to the item, while one that a worker allows itself need not be.
    const unknown = share === null ? UNKNOWN_MEAN : Number.POSITIVE_INFINITY;
    return Math.max(1, Math.min(most, Math.floor((rate * KEPT_MS) / 1_000 / Math.max(this.#mean ?? unknown, 1e-9))));
  }

  /** Takes what `count` of them will probably use, once it is there; returns how much that was. */
  async take(count: number, signal: AbortSignal | undefined): Promise<number> {
    signal?.throwIfAborted();
    const me: Waiter = { amount: this.#advance(count * (this.#mean ?? UNKNOWN_MEAN)) };
    this.#queue.push(me);
    try {
      for (let missing = this.#missingMs(me); missing > 0; missing = this.#missingMs(me)) {
        this.#waitingSince ??= this.#clock.now();
        this.#press();
        await this.#clock.sleep(Math.ceil(Math.min(missing, LOOK_MS)), signal);
      }
      if (this.rate !== null) this.#tokens -= me.amount;
      this.#left = 0;
      return me.amount;
    } finally {
      this.#queue = this.#queue.filter((one) => one !== me);
      this.#countWait();
    }
  }

  /** What was `taken` for them took `used`, of `count` that were carried out. `lost`: of what was taken, for what was refused; it comes not back. */
  settle(taken: number, used: number, count: number, lost = 0): void {
    this.#fill();
    const left = taken - used - lost;
    if (this.rate !== null) this.#tokens += left;
    if (this.#keepsLeft && this.#queue.length === 0) this.#left += Math.max(0, left);
    this.#used += used;
    if (count > 0) this.#learn(used / count);
  }

  #press(): void {
    const { rate, share } = this;
    if (rate !== share) this.#start?.press(this.#clock.now());
  }

  #learn(one: number): void {
    if (this.#mean === null) this.#mean = one;
    else {
      const mean = Math.min(this.#mean, MOST_TIMES * one);
      this.#mean = mean + WEIGHT * (one - mean);
    }
  }

  /** Of what takes more than a second's share, that much is taken before, and the rest is a debt. */
  #advance(probably: number): number {
    const { rate } = this;
    return rate === null ? probably : Math.min(probably, Math.max(rate, 1));
  }

  #missingMs(me: Waiter): number {
    this.#fill();
    const { rate } = this;
    if (rate === null) return 0;
    let before = me.amount;
    for (const one of this.#queue) {
      if (one === me) break;
      before += one.amount;
    }
    const isFirst = this.#queue[0] === me;
    const missing = before - this.#tokens;
    if (missing <= 1e-9) return isFirst ? 0 : 1;
    return rate === 0 ? LOOK_MS : Math.max(1, (missing / rate) * 1_000);
  }

  /** Somebody who saves up may hold more than is kept for those who do not wait. */
  #fill(): void {
    const now = this.#clock.now();
    this.#turn();
    this.#fillUntil(now);
  }

  /** What was to come later comes now, if its time has come. */
  #turn(): void {
    for (let next = this.#next[0]; next && next.at <= this.#clock.now(); next = this.#next[0]) {
      this.#fillUntil(next.at);
      this.#next = this.#next.slice(1);
      this.#rate = next.rate;
    }
  }

  #rateNow(): number | null {
    const share = this.#shareNow();
    return this.#start && this.#isStarting ? Math.min(share ?? Number.POSITIVE_INFINITY, this.#start.rate) : share;
  }

  #shareNow(): number | null {
    if (this.#cut && this.#cut.until <= this.#clock.now()) this.#cut = null;
    if (!this.#cut) return this.#rate;
    return this.#rate === null ? this.#cut.rate : Math.min(this.#rate, this.#cut.rate);
  }

  #fillUntil(now: number): void {
    const rate = this.#rateNow();
    const kept = this.#left + Math.max(((rate ?? 0) * KEPT_MS) / 1_000, this.#mean ?? 0, this.#queue[0]?.amount ?? 0);
    if (rate === null) this.#tokens = 0;
    else this.#tokens = Math.min(kept, this.#tokens + (rate * Math.max(0, now - this.#filledAt)) / 1_000);
    this.#filledAt = now;
  }

  /** Adds the wait that is under way, and begins another if somebody still waits. */
  #countWait(): void {
    if (this.#waitingSince === null) return;
    const now = this.#clock.now();
    this.#waitedMs += now - this.#waitingSince;
    this.#waitingSince = this.#queue.length > 0 ? now : null;
  }
}
