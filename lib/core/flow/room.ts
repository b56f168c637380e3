import type { FlowFindings } from '../records/control.ts';
import { addUnits, type WriteUnits } from '../write-units.ts';
import { type Budgets, RESOURCES, type Resource } from './budgets.ts';
import type { Bound } from './share-out.ts';
import type { Operation, Traffic, Units } from './traffic.ts';
import { formerPeak, nextUsage, othersTake, type Usage, withOwn } from './usage.ts';

/** Others may use a little more by the time it is heard of. */
const MARGIN = 1.1;

/** A table billed on demand may throttle what is more than twice its former peak. Source: "On-demand capacity mode", Amazon DynamoDB Developer Guide. */
export const RAMP = 2;

/** Keys are spread over the partitions about evenly, and never wholly: what all of them bear together, some of them would be asked for too much. */
export const EVEN = 0.92;

/** A run that stood still would not see when the others have gone. */
const LEAST = 1;

/** Units a second, of the whole run, that leave others their reserve however little the table can take: about one batch of small items. */
export const UNTOLD_UNITS = 25;

/** What is seen in one round of the governor's. */
export interface Seen {
  now: number;
  /** `undefined`: nobody has answered yet. */
  traffic: Traffic | null | undefined;
  budgets: Pick<Budgets, 'reserve' | 'ramp'>;
  /** Units a second that the whole run uses. */
  rates: Readonly<Record<Resource, number>>;
  /** The parts of its write units that the table and each index take. */
  parts: Units;
}

export interface Room {
  bounds: Readonly<Record<Resource, Bound[]>>;
  usage: FlowFindings['usage'];
  blind: string | null;
}

type Left = Pick<FlowFindings, 'at' | 'usage' | 'beside' | 'blind'>;

/** Scans read the table, whatever indexes it has. */
const READS: Units = { '': 1 };

/** What the run may use beside others, and of a table that grows with use. `last`: what the round before left behind. */
export function roomBeside(last: Left | null, seen: Seen): Room {
  const { now, traffic, budgets, rates, parts } = seen;
  if (traffic === undefined) return asItWas(last, seen);
  const bounds: Record<Resource, Bound[]> = { writeUnits: [], readUnits: [], calls: [] };
  if (!traffic)
    return { bounds, usage: null, blind: budgets.reserve === null ? null : 'The endpoint does not tell what the table can take.' };
  if (!isMinded(traffic, budgets)) return { bounds, usage: null, blind: null };
  const passedMs = last ? now - last.at : 0;
  const writes = byCapacity(parts, traffic.capacity.write);
  const next = (operation: Operation, rate: number, split: Units): Usage =>
    nextUsage(last?.usage?.[operation] ?? null, { traffic, operation, rate, passedMs, parts: split, now });
  const usage = { write: next('write', rates.writeUnits, writes), read: next('read', rates.readUnits, READS) };
  bounds.writeUnits = boundsBy(traffic, { operation: 'write', budgets, parts: writes, usage: usage.write, now });
  const reads = boundsBy(traffic, { operation: 'read', budgets, parts: READS, usage: usage.read, now });
  bounds.readUnits = reads.filter(({ by, limit }) => by === 'reserve' || rates.readUnits > NEAR * limit);
  return { bounds, usage, blind: traffic.blind };
}

/** What has no capacity of its own, as a local index has none, takes of the table's. */
function byCapacity(parts: Units, capacity: Units): Units {
  const units: WriteUnits = {};
  for (const [name, part] of Object.entries(parts)) addUnits(units, { [Object.hasOwn(capacity, name) ? name : '']: part });
  return units;
}

/** Until somebody answers, what was known before holds on, and the run's own units are counted. A reserve of nobody knows how much leaves next to nothing. */
function asItWas(last: Left | null, { now, budgets, rates }: Seen): Room {
  const bounds: Record<Resource, Bound[]> = { writeUnits: [], readUnits: [], calls: [] };
  for (const resource of RESOURCES) {
    const bound = last?.beside?.[resource];
    if (bound && (bound.by === 'ramp' ? budgets.ramp : budgets.reserve !== null)) bounds[resource] = [bound];
    else if (budgets.reserve !== null && resource !== 'calls') bounds[resource] = [{ by: 'untold', index: null, limit: UNTOLD_UNITS }];
  }
  if (!last) return { bounds, usage: null, blind: null };
  const { usage, blind } = last;
  const passedMs = now - last.at;
  const counted = usage && {
    write: withOwn(usage.write, { rate: rates.writeUnits, passedMs, now }),
    read: withOwn(usage.read, { rate: rates.readUnits, passedMs, now }),
  };
  return { bounds, usage: counted, blind };
}

/** What is bounded for the sake of others, or of the table's own growth. */
export const isMinded = ({ mode }: Pick<Traffic, 'mode'>, { reserve, ramp }: Pick<Budgets, 'reserve' | 'ramp'>): boolean =>
  reserve !== null || (ramp && mode === 'warm');

/** A scan reads far less than a table billed on demand bears: only where it comes near are reads dealt out, for each worker's share is a part of the row that all read. */
const NEAR = 0.5;

interface Asked {
  operation: Operation;
  budgets: Pick<Budgets, 'reserve' | 'ramp'>;
  /** Before anything was used, each is thought to take all of it: the first write tells. */
  parts: Units;
  usage: Usage;
  now: number;
}

/** The least that the table and each index allow, for all units of the run together. */
export function boundsBy(traffic: Traffic, { operation, budgets, parts, usage, now }: Asked): Bound[] {
  const { reserve, ramp } = budgets;
  const capacity = traffic.capacity[operation];
  const names = Object.keys(capacity);
  const isNew = Object.keys(parts).length === 0;
  return names.flatMap((name) => {
    const part = isNew ? 1 : (parts[name] ?? 0);
    if (part === 0) return [];
    const index = name === '' ? null : name;
    const units = capacity[name] ?? 0;
    const others = MARGIN * othersTake(traffic, operation, name, part, usage, now);
    const bound = (by: Bound['by'], left: number): Bound => ({ by, index, limit: Math.max(LEAST, left) / part });
    const borne = EVEN * Math.max(units, RAMP * formerPeak(usage, name, now));
    return [
      ...(reserve === null ? [] : [bound('reserve', units - Math.max(reserve * units, others))]),
      ...(ramp && traffic.mode === 'warm' ? [bound('ramp', borne - others)] : []),
    ];
  });
}
