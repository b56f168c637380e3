import { isRunWide, type Throttle, throttleNamed } from '../throttle.ts';
import { addUnits, totalUnits, type WriteUnits } from '../write-units.ts';
import { RESOURCES, type Resource } from './budgets.ts';
import type { WorkerReport } from './report.ts';

/** A worker that was not heard of for so long has left, or was lost. */
const SILENT_MS = 4_000;

/** A worker that has left its segment has mostly another one by then: what it had is not others' before. */
const BETWEEN_SEGMENTS_MS = 2_500;

interface Heard {
  last: WorkerReport;
  before: WorkerReport | undefined;
}

/** What the governor saw of the workers from one round to the next. It is the governor's own memory: whoever takes its place begins anew, and knows after two rounds. */
export class Observed {
  /** The newest report of each worker, and the one before. */
  #heard = new Map<string, Heard>();
  /** Throttles since the round before, by name. */
  #thrown = new Set<string>();

  /** Takes in what the ledger has of all workers. */
  look(reports: readonly WorkerReport[], now: number): void {
    const heard = new Map<string, Heard>();
    this.#thrown = new Set();
    for (const report of reports) {
      if (now - report.at > (report.busy ? SILENT_MS : BETWEEN_SEGMENTS_MS)) continue;
      const known = this.#heard.get(report.worker);
      if (known && known.last.at >= report.at) {
        heard.set(report.worker, known);
        continue;
      }
      for (const [name, count] of Object.entries(report.throttled))
        if (known && count > (known.last.throttled[name] ?? 0)) this.#thrown.add(name);
      heard.set(report.worker, { last: report, before: known?.last });
    }
    this.#heard = heard;
  }

  /** The newest report of each worker that is at work. */
  get workers(): WorkerReport[] {
    return [...this.#heard.values()].map(({ last }) => last);
  }

  /** What a worker used by the second between its last two reports; `null`: it was heard of once only. */
  useOf(worker: string, resource: Resource): number | null {
    const heard = this.#heard.get(worker);
    return between(heard?.before, heard?.last, resource);
  }

  /** What all used by the second between their last two reports. */
  rates(): Record<Resource, number> {
    const sums = { writeUnits: 0, readUnits: 0, calls: 0 };
    for (const { last, before } of this.#heard.values())
      for (const resource of RESOURCES) sums[resource] += between(before, last, resource) ?? 0;
    return sums;
  }

  /** The parts of all write units that the table (`''`) and each index take. */
  partsOf(): Record<string, number> {
    const units: WriteUnits = {};
    for (const { unitsByIndex } of this.workers) addUnits(units, unitsByIndex);
    const sum = totalUnits(units);
    return sum === 0 ? {} : Object.fromEntries(Object.entries(units).map(([name, some]) => [name, some / sum]));
  }

  /** Of the limits that threw something since the round before, the one of the whole run that reaches farthest. */
  throttled(resource: Resource): Throttle | null {
    const wide = [...this.#thrown].map(throttleNamed).filter((throttle) => isRunWide(throttle) && resourceOf(throttle) === resource);
    return wide.sort((a, b) => REACH.indexOf(a.limit) - REACH.indexOf(b.limit))[0] ?? null;
  }

  /** Whether a key range of the table threw something since the round before. */
  get isHot(): boolean {
    return [...this.#thrown].some((name) => !isRunWide(throttleNamed(name)));
  }
}

const REACH: readonly Throttle['limit'][] = ['account', 'provisioned', 'on-demand', 'key-range', 'unknown'];

const resourceOf = ({ operation }: Throttle): Resource => (operation === 'read' ? 'readUnits' : 'writeUnits');

function between(first: WorkerReport | undefined, last: WorkerReport | undefined, resource: Resource): number | null {
  if (!first || !last || last.at <= first.at) return null;
  return (Math.max(0, last.flows[resource].used - first.flows[resource].used) / (last.at - first.at)) * 1_000;
}
