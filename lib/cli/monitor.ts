import { itemToJson } from '../core/attribute-value.ts';
import { type CostSoFar, costSoFar } from '../core/cost.ts';
import { type Condition, conditionOf } from '../core/health.ts';
import { failureToJson } from '../core/journal.ts';
import type { Ports } from '../core/ports.ts';
import { type Recent, recentOf } from '../core/recent.ts';
import { allSegments } from '../core/rounds.ts';
import { type RunState, stateOf } from '../core/transitions.ts';
import { timeLeft } from './screen/progress.ts';
import type { RateMeter, Snapshot } from './snapshot.ts';

/** What takes more than the ledger's counters to know. */
export interface Details extends Recent {
  cost: CostSoFar;
}

/** Everything that `monitor` knows of a run at one moment. */
export interface Monitored {
  snapshot: Snapshot;
  state: RunState;
  condition: Condition;
  itemsPerSecond: number;
  /** `null`: it does not move, or nobody knows how far it has to go. */
  secondsLeft: number | null;
  /** `undefined`: not looked up. */
  details: Details | undefined;
}

export async function lookInto(
  { run, workedMs }: Snapshot,
  ports: Pick<Ports, 'ledger' | 'journal' | 'artifacts' | 'prices' | 'concurrency'>,
): Promise<Details> {
  const segments = await allSegments(ports.ledger, run);
  const { prices, concurrency } = ports;
  return { ...(await recentOf(ports, run, segments)), cost: costSoFar(run, segments, { prices, concurrency, workedMs }) };
}

export function monitored(snapshot: Snapshot, meter: RateMeter, details: Details | undefined): Monitored {
  const itemsPerSecond = meter.perSecond(snapshot);
  const left = timeLeft(snapshot, itemsPerSecond);
  return {
    snapshot,
    state: stateOf(snapshot.run, snapshot.ownerGone),
    condition: conditionOf(snapshot),
    itemsPerSecond,
    secondsLeft: left === null ? null : Math.round(left / 1000),
    details,
  };
}

/** As `--json` prints it and `--save-report` keeps it; items are DynamoDB's JSON. */
export function monitoredToJson({ snapshot, details, ...rest }: Monitored): object {
  if (!details) return { ...snapshot, ...rest };
  const { changes, errors, ...known } = details;
  return {
    ...snapshot,
    ...rest,
    ...known,
    recent: changes.map(({ key, ...change }) => ({ ...change, key: itemToJson(key) })),
    errors: errors.map(failureToJson),
  };
}

/** The details at most so often (milliseconds): a page may be repainted oftener. What cannot be looked up now is shown as it was last. */
export function detailsEvery(
  ms: number,
  look: (snapshot: Snapshot) => Promise<Details>,
): (snapshot: Snapshot) => Promise<Details | undefined> {
  let last: Details | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return async (snapshot) => {
    if (snapshot.at - lookedAt < ms) return last;
    lookedAt = snapshot.at;
    last = await look(snapshot).catch(() => last);
    return last;
  };
}
