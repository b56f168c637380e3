import type { Operation } from '../../core/flow/traffic.ts';
import { MINUTE_MS } from '../../core/minute.ts';
import type { Throttle } from '../../core/throttle.ts';
import { Bucket } from './bucket.ts';
import { BURST_SECONDS, DOUBLING_MS, PARTITION_UNITS, TABLE_QUOTA } from './limits.ts';
import { Minutes } from './minutes.ts';
import { Partitions } from './partitions.ts';

/** What a table, or an index, is given. */
export type CapacitySpec =
  /** No limit, its partitions' neither: what others than the table do is simulated. */
  | { mode: 'unlimited' }
  /** Units a second. `burstSeconds`: of unused capacity that are saved up when it begins; `keepsBurst` false: none ever is, the worst case. */
  | { mode: 'provisioned'; write: number; read: number; burstSeconds?: number; keepsBurst?: boolean }
  /** Units a second that it bears at first. */
  | { mode: 'on-demand'; write: number; read: number };

interface Kind {
  /** `undefined`: billed on demand, where partitions and quota alone limit it. */
  provisioned: Bucket | undefined;
  quota: Bucket;
  partitions: Partitions;
  ramp: Ramp | undefined;
}

/** The limits of a table (`index: null`) or of one of its indexes. */
export class Capacity {
  readonly #index: string | null;
  /** `undefined`: there is no limit. */
  readonly #kinds: Record<Operation, Kind> | undefined;
  readonly #taken: Record<Operation, Minutes> = { write: new Minutes(), read: new Minutes() };

  constructor(index: string | null, spec: CapacitySpec, partitions: number, now: number) {
    this.#index = index;
    if (spec.mode !== 'unlimited')
      this.#kinds = { write: kindOf('write', spec, partitions, now), read: kindOf('read', spec, partitions, now) };
  }

  /** What refuses a request for the partition that holds `hash`; `null`: nothing does. */
  refusal(operation: Operation, hash: number, now: number): Throttle | null {
    if (!this.#kinds) return null;
    const { quota, provisioned, partitions, ramp } = this.#kinds[operation];
    ramp?.flow(partitions, now);
    const refused = (limit: Throttle['limit']): Throttle => ({ index: this.#index, operation, limit });
    if (!quota.hasAny(now)) return refused('account');
    if (provisioned && !provisioned.hasAny(now)) return refused('provisioned');
    return partitions.at(hash).hasAny(now) ? null : refused('key-range');
  }

  take(operation: Operation, hash: number, units: number, now: number): void {
    this.#taken[operation].add(units, now);
    if (!this.#kinds) return;
    const { quota, provisioned, partitions, ramp } = this.#kinds[operation];
    quota.take(units, now);
    provisioned?.take(units, now);
    partitions.at(hash).take(units, now);
    ramp?.take(units);
  }

  /** How much the partition that holds `hash` has to do: 1 is all that it bears. */
  load(operation: Operation, hash: number, now: number): number {
    return this.#kinds?.[operation].partitions.at(hash).load(now) ?? 0;
  }

  /** Units a second that were taken of it in the minute that began then. */
  taken(operation: Operation, minute: number): number {
    return this.#taken[operation].at(minute);
  }

  /** Units a second that it was given, or that its partitions bear. */
  units(operation: Operation): number {
    if (!this.#kinds) return Number.POSITIVE_INFINITY;
    const { provisioned, partitions } = this.#kinds[operation];
    return provisioned?.rate ?? partitions.count * PARTITION_UNITS[operation];
  }

  /** Gives it other units; of one billed on demand there are none to give. */
  provision(operation: Operation, units: number, now: number): void {
    this.#kinds?.[operation].provisioned?.setRate(units, now);
  }
}

function kindOf(operation: Operation, spec: Exclude<CapacitySpec, { mode: 'unlimited' }>, least: number, now: number): Kind {
  const onDemand = spec.mode === 'on-demand';
  const units = spec[operation];
  const count = Math.max(least, Math.ceil(units / PARTITION_UNITS[operation]));
  return {
    provisioned: onDemand ? undefined : new Bucket(units, spec.keepsBurst === false ? 1 : BURST_SECONDS, now, spec.burstSeconds ?? 1),
    quota: new Bucket(TABLE_QUOTA[operation], 1, now),
    partitions: new Partitions(count, PARTITION_UNITS[operation], now),
    ramp: onDemand ? new Ramp(PARTITION_UNITS[operation], now) : undefined,
  };
}

/** A table billed on demand is divided into more partitions once it has borne a peak for half an hour, until it bears twice as much. */
class Ramp {
  readonly #units: number;
  #minute: number;
  #taken = 0;
  /** Means of whole minutes that are not old enough yet. */
  readonly #recent: { at: number; mean: number }[] = [];

  constructor(units: number, now: number) {
    this.#units = units;
    this.#minute = Math.floor(now / MINUTE_MS);
  }

  take(units: number): void {
    this.#taken += units;
  }

  flow(partitions: Partitions, now: number): void {
    const minute = Math.floor(now / MINUTE_MS);
    if (minute === this.#minute) return;
    this.#recent.push({ at: (this.#minute + 1) * MINUTE_MS, mean: this.#taken / 60 });
    this.#minute = minute;
    this.#taken = 0;
    while (this.#recent[0] && this.#recent[0].at <= now - DOUBLING_MS) {
      const { mean } = this.#recent.shift() as { mean: number };
      partitions.split(Math.floor((2 * mean) / this.#units), now);
    }
  }
}
