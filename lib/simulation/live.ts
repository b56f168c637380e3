import type { Random } from '../core/retry.ts';
import { untilNext } from './chance.ts';
import { latency } from './dynamo/latency.ts';
import { isThrottle, type TableModel } from './dynamo/table.ts';
import type { Observed } from './observed.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Requests of others that come as they like, spread over the table, or at one of its partitions. */
export interface LiveSpec {
  /** Writes a second, of so many units each. */
  writes: number;
  units: number;
  /** Every so many seconds they are so many a second, for so long. */
  bursts?: { every: number; lasts: number; writes: number };
  /** All keys lie here, between 0 and 1; left out: anywhere. */
  at?: number;
}

/** How the SDK retries: each wait a random share of 50 ms, 100 ms, 200 ms and so on. */
const RETRY_BASE_MS = 50;
const RETRIES = 10;

/** Begins a live workload, which goes on as long as time does. */
export function goLive(spec: LiveSpec, { model, observed, clock, random }: LiveSide): void {
  const start = clock.now();
  // The clock has whole milliseconds; arrivals have not.
  let next = start;
  const arrive = (): void => {
    request(spec, clock.now(), { model, observed, clock, random });
    next += 1000 * untilNext(writesAt(spec, (next - start) / 1000), random);
    clock.after(next - clock.now(), arrive);
  };
  arrive();
}

function writesAt({ writes, bursts }: LiveSpec, second: number): number {
  if (!bursts) return writes;
  // A burst ends a period, so that whoever comes first meets a quiet table.
  return second % bursts.every < bursts.every - bursts.lasts ? writes : bursts.writes;
}

interface LiveSide {
  model: TableModel;
  observed: Observed;
  clock: VirtualClock;
  random: Random;
}

function request({ units, at }: LiveSpec, began: number, { model, observed, clock, random }: LiveSide): void {
  const load = { hash: at ?? random(), entry: Math.floor(random() * 2 ** 32), units };
  const attempt = (tries: number): void => {
    const now = clock.now();
    const answer = model.write(load, now);
    const ms = latency('item', model.load('write', load.hash, now), random);
    if (!isThrottle(answer)) observed.liveUnits.add(units, now);
    else if (tries === 1) observed.liveThrottled += 1;
    if (isThrottle(answer) && tries <= RETRIES) clock.after(ms + random() * RETRY_BASE_MS * 2 ** (tries - 1), () => attempt(tries + 1));
    else observed.liveMs.push(now + ms - began);
  };
  attempt(1);
}
