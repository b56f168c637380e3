import type { Minute, Operation } from '../../core/flow/traffic.ts';
import type { Throttle } from '../../core/throttle.ts';
import type { WriteUnits } from '../../core/write-units.ts';
import { Capacity, type CapacitySpec } from './capacity.ts';

/** An index that every write touches once, with a whole item. */
export interface IndexSpec {
  name: string;
  /** So many partition keys its entries have; 1: all meet in one partition. */
  keys: number;
  capacity: CapacitySpec;
}

export interface LimitsSpec {
  capacity: CapacitySpec;
  /** At least so many partitions, for its size or its history; more where the capacity needs them. */
  partitions: number;
  indexes: readonly IndexSpec[];
}

interface Index {
  name: string;
  keys: number;
  capacity: Capacity;
}

/** One write as the limits see it. */
export interface Load {
  /** Where the item's key lies between 0 and 1. */
  hash: number;
  /** Which of an index's keys it has: any whole number. */
  entry: number;
  /** Write units, in the table and in each index alike. */
  units: number;
}

/** The limits of a table and its indexes. A request is let in by all of them or by none, and what is refused costs nothing. */
export class TableModel {
  readonly #table: Capacity;
  readonly #indexes: readonly Index[];

  constructor(spec: LimitsSpec, now: number) {
    this.#table = new Capacity(null, spec.capacity, spec.partitions, now);
    this.#indexes = spec.indexes.map(({ name, keys, capacity }) => ({
      name,
      keys,
      capacity: new Capacity(name, capacity, 1, now),
    }));
  }

  /** Lets a write in, or says what refuses it. */
  write({ hash, entry, units }: Load, now: number): Throttle | WriteUnits {
    const refused = this.#table.refusal('write', hash, now) ?? this.#refusedByIndex(entry, now);
    if (refused) return refused;
    const taken: Record<string, number> = { '': units };
    this.#table.take('write', hash, units, now);
    for (const { name, keys, capacity } of this.#indexes) {
      capacity.take('write', hashOf(entry, keys), units, now);
      taken[name] = units;
    }
    return taken;
  }

  /** Lets a read in, or says what refuses it. */
  read(hash: number, units: number, now: number): Throttle | null {
    const refused = this.#table.refusal('read', hash, now);
    if (!refused) this.#table.take('read', hash, units, now);
    return refused;
  }

  /** How much the partition that holds `hash` has to do. */
  load(operation: 'read' | 'write', hash: number, now: number): number {
    return this.#table.load(operation, hash, now);
  }

  /** Units a second of the table (`''`) and its indexes. */
  units(operation: Operation): Record<string, number> {
    return this.#perPart((capacity) => capacity.units(operation));
  }

  /** What everybody took in the minute that began then. */
  taken(minute: number): Minute {
    const of = (operation: Operation) => this.#perPart((capacity) => capacity.taken(operation, minute));
    return { at: minute, write: of('write'), read: of('read') };
  }

  /** Gives the table so many write units a second. */
  provision(units: number, now: number): void {
    this.#table.provision('write', units, now);
  }

  #perPart(of: (capacity: Capacity) => number): Record<string, number> {
    return Object.fromEntries([['', of(this.#table)], ...this.#indexes.map(({ name, capacity }) => [name, of(capacity)])]);
  }

  #refusedByIndex(entry: number, now: number): Throttle | null {
    for (const { keys, capacity } of this.#indexes) {
      const refused = capacity.refusal('write', hashOf(entry, keys), now);
      if (refused) return refused;
    }
    return null;
  }
}

/** Keys are spread evenly over an index's partitions, however few they are. */
const hashOf = (entry: number, keys: number): number => ((entry % keys) + 0.5) / keys;

export const isThrottle = (answer: Throttle | WriteUnits): answer is Throttle => 'limit' in answer;
