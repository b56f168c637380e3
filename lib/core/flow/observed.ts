import { isRunWide, type Throttle, throttleNamed } from '../throttle.ts';
import { addUnits, totalUnits, type WriteUnits } from '../write-units.ts';
import { RESOURCES, type Resource } from './budgets.ts';
import { silentMs } from './looks.ts';
import type { WorkerReport } from './report.ts';

/** No invocation of a Lambda function lasts longer. */
const LONGEST_LIFE_MS = 900_000;

/** A limit of the whole run that has refused something. */
export interface Refusal {
  of: Throttle;
  /** When it did so last, in milliseconds since the epoch. */
  at: number;
}

/** What a run has used since it began. */
export interface Used {
  units: number;
  /** Milliseconds since the epoch. */
  at: number;
}

/** What the reports of all workers say together. Nothing has to be remembered from one round to the next: whoever comes to govern knows as much. */
export class Observed {
  /** The newest report of each worker that is at work. */
  readonly workers: readonly WorkerReport[];

  /** How many were at work when they were heard of last, and may still be: they died, or are cut off from the ledger. */
  readonly lost: number;

  /** Those too of workers that are gone. */
  readonly #all: readonly WorkerReport[];

  /** `concurrency`: workers that there can be. */
  constructor(reports: readonly WorkerReport[], now: number, concurrency: number) {
    this.#all = reports;
    this.workers = reports.filter(({ at, busy }) => now - at <= silentMs(concurrency, busy));
    this.lost = reports.filter(({ at, busy }) => busy && now - at > silentMs(concurrency, true) && now - at <= LONGEST_LIFE_MS).length;
  }

  /** What all have used together, those too that are gone, and as of when. No round that is missed loses anything of it. */
  used(resource: Resource): Used {
    const units = this.#all.reduce((sum, { flows }) => sum + flows[resource].used, 0);
    return { units, at: this.workers.reduce((sum, { at }) => sum + at, 0) / Math.max(1, this.workers.length) };
  }

  /** What all use by the second. */
  rates(): Record<Resource, number> {
    const sums = { writeUnits: 0, readUnits: 0, calls: 0 };
    for (const { flows } of this.workers) for (const resource of RESOURCES) sums[resource] += flows[resource].use;
    return sums;
  }

  /** The parts of all write units that the table (`''`) and each index take. */
  partsOf(): Record<string, number> {
    const units: WriteUnits = {};
    for (const { unitsByIndex } of this.workers) addUnits(units, unitsByIndex);
    const sum = totalUnits(units);
    return sum === 0 ? {} : Object.fromEntries(Object.entries(units).map(([name, some]) => [name, some / sum]));
  }

  /** Of the limits that refused something after `since`, the one of the whole run that reaches farthest; `null`: none did. */
  refused(resource: Resource, since: number): Refusal | null {
    const wide = this.#refusals().filter(({ of, at }) => at > since && isRunWide(of) && resourceOf(of) === resource);
    return wide.sort((a, b) => REACH.indexOf(a.of.limit) - REACH.indexOf(b.of.limit) || b.at - a.at)[0] ?? null;
  }

  /** When a key range of the table refused something last; `null`: none did. */
  hotAt(): number | null {
    const hot = this.#refusals().filter(({ of }) => !isRunWide(of));
    return hot.reduce<number | null>((last, { at }) => latest(last, at), null);
  }

  /** When the outside service answered last that it is asked too often; `null`: never. A worker of an older version does not tell. */
  serviceAt(): number | null {
    return this.workers.reduce<number | null>((last, { serviceAt }) => latest(last, serviceAt ?? null), null);
  }

  #refusals(): Refusal[] {
    return this.workers.flatMap(({ throttledAt }) => Object.entries(throttledAt).map(([name, at]) => ({ of: throttleNamed(name), at })));
  }
}

/** The later of two moments that may never have come. */
export const latest = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.max(one, other);

const REACH: readonly Throttle['limit'][] = ['account', 'provisioned', 'on-demand', 'key-range', 'momentary', 'unknown'];

const resourceOf = ({ operation }: Throttle): Resource => (operation === 'read' ? 'readUnits' : 'writeUnits');
