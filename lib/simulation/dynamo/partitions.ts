import { Bucket } from './bucket.ts';

/** A partition bears a second's worth at once and no more: what is saved up beyond that is the table's. */
const SAVED_SECONDS = 1;

/** The partitions of a table or of an index, by where a key's hash lies between 0 and 1. */
export class Partitions {
  readonly #units: number;
  #buckets: Bucket[];

  /** `units`: what each of them bears a second. */
  constructor(count: number, units: number, now: number) {
    this.#units = units;
    this.#buckets = buckets(count, units, now);
  }

  get count(): number {
    return this.#buckets.length;
  }

  /** Which one holds a hash. */
  at(hash: number): Bucket {
    return this.#buckets[Math.min(this.count - 1, Math.floor(hash * this.count))] as Bucket;
  }

  /** They are divided until there are so many. */
  split(count: number, now: number): void {
    if (count > this.count) this.#buckets = buckets(count, this.#units, now);
  }
}

const buckets = (count: number, units: number, now: number): Bucket[] =>
  Array.from({ length: count }, () => new Bucket(units, SAVED_SECONDS, now));
