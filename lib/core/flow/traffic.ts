import type { Budgets } from './budgets.ts';
import type { Bound } from './share-out.ts';

/** What a table and its indexes can take, and what everybody takes of it: write units a second by index name; the table is `''`. */
export interface Traffic {
  /** `warm`: billed on demand; what it is ready for, which grows with use. */
  mode: 'provisioned' | 'warm';
  capacity: Record<string, number>;
  /** Consumed by everybody, this run included, lately; `null`: nobody here counts it. */
  consumed: Record<string, number> | null;
}

export interface TrafficMeter {
  /** Asked once a minute. `null`: the endpoint does not tell what the table can take. */
  read(): Promise<Traffic | null>;
}

/** The most that the run took by the second: in these minutes and those before, in this half hour, and in all half hours before. Milliseconds since the epoch. */
export interface Most {
  minutesSince: number;
  minutes: number;
  minutesBefore: number;
  halfHourSince: number;
  halfHour: number;
  former: number;
}

/** Others may use a little more by the time it is heard of. */
const MARGIN = 1.1;

/** What was consumed is known so late. */
const MINUTES_MS = 2 * 60_000;

/** A table billed on demand may throttle what is more than twice its former peak within so long. Source: "On-demand capacity mode", Amazon DynamoDB Developer Guide. */
const HALF_HOUR_MS = 30 * 60_000;
const RAMP = 2;

/** A run that stood still would not see when the others have gone. */
const LEAST = 1;

export function mostOf(last: Most | null, rate: number, now: number): Most {
  if (!last) return { minutesSince: now, minutes: rate, minutesBefore: 0, halfHourSince: now, halfHour: rate, former: 0 };
  const most = { ...last, minutes: Math.max(last.minutes, rate), halfHour: Math.max(last.halfHour, rate) };
  if (now - last.minutesSince >= MINUTES_MS) Object.assign(most, { minutesSince: now, minutes: rate, minutesBefore: most.minutes });
  if (now - last.halfHourSince >= HALF_HOUR_MS)
    Object.assign(most, { halfHourSince: now, halfHour: rate, former: Math.max(last.former, most.halfHour) });
  return most;
}

/**
 * What a run may write by the second beside others, and on a table that grows with use: the least that the table and each index allow,
 * by the `parts` of its units that they take. Before anything was written, all are taken for equal.
 */
export function boundsBy(
  { mode, capacity, consumed }: Traffic,
  { reserve, ramp }: Pick<Budgets, 'reserve' | 'ramp'>,
  parts: Readonly<Record<string, number>>,
  most: Most,
): Bound[] {
  const names = Object.keys(capacity);
  const isNew = Object.keys(parts).length === 0;
  const mine = Math.max(most.minutes, most.minutesBefore);
  return names.flatMap((name) => {
    const part = isNew ? 1 / names.length : (parts[name] ?? 0);
    if (part === 0) return [];
    const index = name === '' ? null : name;
    const units = capacity[name] ?? 0;
    const bounds: Bound[] = [];
    if (reserve !== null) {
      const others = Math.max(0, (consumed?.[name] ?? 0) - part * mine);
      bounds.push({ by: 'reserve', index, limit: Math.max(LEAST, units - Math.max(reserve * units, MARGIN * others)) / part });
    }
    if (ramp && mode === 'warm') bounds.push({ by: 'ramp', index, limit: Math.max(units, RAMP * part * most.former) / part });
    return bounds;
  });
}

const ASK_EVERY_MS = 60_000;

/** The governor's memory of what a table can take. */
export class TrafficSeen {
  #traffic: Traffic | null = null;
  #askedAt = Number.NEGATIVE_INFINITY;

  /** What cannot be had just now is as it was. */
  async look(meter: TrafficMeter, now: number): Promise<Traffic | null> {
    if (now - this.#askedAt < ASK_EVERY_MS) return this.#traffic;
    this.#askedAt = now;
    this.#traffic = await meter.read().catch(() => this.#traffic);
    return this.#traffic;
  }
}
