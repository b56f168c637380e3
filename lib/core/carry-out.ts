import { bump, type Counters } from './counters.ts';
import { BackfillError } from './errors.ts';
import type { WorkerFlow } from './flow/worker-flow.ts';
import type { Ports } from './ports.ts';
import { type Backoff, backoffMs } from './retry.ts';
import { isRunWide, throttleName } from './throttle.ts';
import type { Write, WriteResult } from './write.ts';
import { totalUnits } from './write-units.ts';

/** DynamoDB's batch: as many writes are under way at once, and between two looks at the lease. */
export const WRITE_BATCH = 25;

const PATIENCE: Backoff = { attempts: Number.POSITIVE_INFINITY, baseMs: 50, capMs: 5_000 };

/** So many are sent at least after a throttle. */
const FEW = 5;

/** So many batches in a row may come to nothing for passing faults (not throttles) before the segment gives up. */
const MAX_FAULTS = 8;

export interface CarryOutContext {
  ports: Pick<Ports, 'writer' | 'clock' | 'random'>;
  /** Aborts waits. */
  signal: AbortSignal;
  /** Aborts writes under way: only when the lease is lost. */
  writeSignal: AbortSignal;
  /** Throws when too little of the lease is left to write safely. */
  ensureLease: () => void;
  /** What this worker may use; `undefined`: anything, and nobody is told. */
  flow?: WorkerFlow | undefined;
}

/** How a write ended; throttles and passing faults are over by then. */
export type FinalResult = Extract<WriteResult, { kind: 'applied' | 'condition-failed' | 'rejected' }>;

export interface Spent {
  writeUnits: number;
  throttles: number;
  /** By what threw them, such as `table write key-range`. */
  throttledBy: Record<string, number>;
}

/** Counts what was spent. */
export function addSpent(counters: Counters, { writeUnits, throttles, throttledBy }: Spent): void {
  counters.writeUnits += writeUnits;
  counters.throttles += throttles;
  for (const [name, count] of Object.entries(throttledBy)) bump(counters.throttledBy, name, count);
}

/**
 * Sends conditional writes batch by batch until each has its final result, no faster than the worker's share. A throttle is waited out without end:
 * one of a key range of the table by this segment alone, any other by the worker as a whole; either way what was refused has used its turn, and few
 * are sent at first, then more and more.
 * `unsure`: an earlier try's answer was lost, so that the write may have landed though its condition fails now.
 *
 * @throws {BackfillError} `table.unreachable` after too many batches in a row of which passing faults left nothing decided
 */
export async function carryOut<T extends { write: Write }>(
  entries: readonly T[],
  context: CarryOutContext,
  decide: (entry: T, result: FinalResult, unsure: boolean) => void,
): Promise<Spent> {
  const { clock, random } = context.ports;
  const spent: Spent = { writeUnits: 0, throttles: 0, throttledBy: {} };
  const unsure = new Set<T>();
  let pending = entries;
  // Fewer at once after a throttle, as many as before after a few that passed.
  let most = WRITE_BATCH;
  let tries = 0;
  let faults = 0;
  while (pending.length > 0) {
    const batch = pending.slice(0, context.flow?.batchOf(most) ?? most);
    const results = await send(batch, context, spent);
    let fault: string | undefined;
    let isThrottled = false;
    let hot = 0;
    const again = batch.filter((entry, index) => {
      const result = results[index] as WriteResult;
      if (result.kind === 'throttled') {
        isThrottled = true;
        if (!isRunWide(result.throttle)) hot += 1;
      } else if (result.kind === 'retry') {
        fault = result.message;
        unsure.add(entry);
      } else {
        decide(entry, result, unsure.has(entry));
        return false;
      }
      return true;
    });
    pending = again.length === 0 ? pending.slice(batch.length) : [...again, ...pending.slice(batch.length)];
    most = isThrottled ? Math.max(FEW, batch.length >> 2) : Math.min(WRITE_BATCH, 2 * most);
    // Where some of a batch was decided the table does answer: what it refuses of the rest (for others' transactions, say) is those items' own matter.
    const isAnswering = again.length < batch.length;
    faults = fault === undefined || isAnswering ? 0 : faults + 1;
    if (faults > MAX_FAULTS) throw new BackfillError('table.unreachable', `The table does not answer: ${fault}.`);
    tries = isAnswering && !isThrottled ? 0 : tries + 1;
    if (again.length === 0) continue;
    const waitMs = backoffMs(Math.max(1, tries), PATIENCE, random);
    await clock.sleep(Math.max(waitMs, turnMs(hot, context)), context.signal);
  }
  return spent;
}

/** What a key range refuses waits for as long as the segment's part of the worker's share would have taken for it; others may use that meanwhile. */
const turnMs = (hot: number, { flow }: CarryOutContext): number => Math.min(PATIENCE.capMs, flow?.turnMs(hot) ?? 0);

/** One try of a batch, once the worker's share allows it. What it took is known only afterwards. */
async function send(batch: readonly { write: Write }[], context: CarryOutContext, spent: Spent): Promise<WriteResult[]> {
  const { flow } = context;
  const taken = (await flow?.take('writeUnits', batch.length, context.signal)) ?? 0;
  context.ensureLease();
  const { results, units } = await context.ports.writer.apply(
    batch.map(({ write }) => write),
    context.writeSignal,
  );
  spent.writeUnits += totalUnits(units);
  const throttled = results.flatMap((result) => (result.kind === 'throttled' ? [result.throttle] : []));
  // What a limit of the whole run refuses has used its turn: else it would be sent again at once, and refused again.
  const refused = throttled.filter(isRunWide).length;
  flow?.used('writeUnits', taken, units, batch.length - throttled.length, (taken * refused) / batch.length);
  spent.throttles += throttled.length;
  for (const throttle of throttled) {
    bump(spent.throttledBy, throttleName(throttle));
    flow?.throttled(throttle, 'writeUnits');
  }
  return results;
}
