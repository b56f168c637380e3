import { type AttributeValue, type Item, itemSize, type Key } from '../core/attribute-value.ts';
import { writeUnits } from '../core/sizes.ts';
import { mixed } from './chance.ts';
import type { IndexSpec, LimitsSpec } from './dynamo/table.ts';

/** How large the items of a table are. */
export interface ItemSizes {
  /** Bytes in the mean. */
  mean: number;
  /** Sizes lie between (1 - spread) and (1 + spread) times the mean. Left out: all are the same. */
  spread?: number;
  /** Bytes of single items, by number. */
  giants?: Readonly<Record<number, number>>;
}

/** What a table holds. */
export interface ItemsSpec {
  items: number;
  sizes: ItemSizes;
  /** Every item is in each of them, with one of so many partition keys. */
  indexes: readonly Pick<IndexSpec, 'name' | 'keys'>[];
  /** Items come with all their attributes, the keys of indexes and their bulk, where somebody weighs them; left out: with those that the backfill reads. */
  whole?: boolean;
}

/** A table: what it holds, and what it bears. */
export type TableSpec = Omit<ItemsSpec, 'indexes'> & LimitsSpec;

const WIDTH = 9;

/** The attribute that an index has for its partition key. */
export const indexKey = (index: string): string => `${index}Key`;

export const keyOf = (item: number): Key => ({ id: { S: `i${String(item).padStart(WIDTH, '0')}` } });

export const numberOf = (key: Key): number => Number((key.id as { S: string }).S.slice(1));

/**
 * Millions of items that are made when they are read: an item's number is its place in the order of the keys' hashes, its size follows
 * from the number, and all that is kept of it is how often it was written.
 */
export class Items {
  readonly count: number;
  readonly #spec: ItemsSpec;
  readonly #seed: number;
  readonly #written: Uint8Array;

  constructor(spec: ItemsSpec, seed: number) {
    this.count = spec.items;
    this.#spec = spec;
    this.#seed = seed;
    this.#written = new Uint8Array(spec.items);
  }

  /** Where its key lies between 0 and 1. */
  hash(item: number): number {
    return (item + 0.5) / this.count;
  }

  /** The first item of a segment of so many; that of the segment after the last is `count`. */
  first(segment: number, totalSegments: number): number {
    return Math.ceil((segment * this.count) / totalSegments);
  }

  bytes(item: number): number {
    const { mean, spread = 0, giants } = this.#spec.sizes;
    const giant = giants?.[item];
    if (giant !== undefined) return giant;
    return Math.max(1, Math.round(mean * (1 + spread * ((2 * mixed(item, this.#seed)) / 2 ** 32 - 1))));
  }

  units(item: number): number {
    return writeUnits(this.bytes(item));
  }

  /** Tells of an index which of its keys an item has: any whole number. */
  entry(item: number): number {
    return mixed(item, 0);
  }

  /** As it stands. */
  at(item: number): Item {
    const row: Item = { ...keyOf(item), size: { N: String(item % 1000) } };
    const mark = this.mark(item);
    if (mark) row.mark = mark;
    return this.#spec.whole ? this.#whole(row, item) : row;
  }

  /** With so much bulk that it has its size once it is written. */
  #whole(row: Item, item: number): Item {
    for (const { name, keys } of this.#spec.indexes) row[indexKey(name)] = { S: `k${this.entry(item) % keys}` };
    const rest = itemSize({ ...row, mark: markOf(item), bulk: { S: '' } });
    return { ...row, bulk: { S: 'x'.repeat(Math.max(0, this.bytes(item) - rest)) } };
  }

  /** What the backfill writes; `null`: it has not. */
  mark(item: number): AttributeValue | null {
    return this.#written[item] ? markOf(item) : null;
  }

  write(item: number): void {
    this.#written[item] = Math.min(255, (this.#written[item] as number) + 1);
  }

  /** How many were written so many times. */
  writtenTimes(times: number): number {
    return this.#written.reduce((sum, written) => sum + (written === times ? 1 : 0), 0);
  }
}

const markOf = (item: number): AttributeValue => ({ N: String((item % 1000) + 1) });
