import { BackfillError } from './errors.ts';
import type { Ports } from './ports.ts';
import { type Backoff, backoffMs } from './retry.ts';
import type { Write, WriteResult } from './write.ts';
import { totalUnits } from './write-units.ts';

/** DynamoDB's batch: as many writes are under way at once, and between two looks at the lease. */
export const WRITE_BATCH = 25;

const PATIENCE: Backoff = { attempts: Number.POSITIVE_INFINITY, baseMs: 50, capMs: 5_000 };

/** A passing fault (not a throttle) may recur this often in a row before the segment gives up. */
const MAX_FAULTS = 8;

export interface CarryOutContext {
  ports: Pick<Ports, 'writer' | 'clock' | 'random'>;
  /** Aborts waits. */
  signal: AbortSignal;
  /** Aborts writes under way: only when the lease is lost. */
  writeSignal: AbortSignal;
  /** Throws when too little of the lease is left to write safely. */
  ensureLease: () => void;
}

/** How a write ended; throttles and passing faults are over by then. */
export type FinalResult = Extract<WriteResult, { kind: 'applied' | 'condition-failed' | 'rejected' }>;

export interface Spent {
  writeUnits: number;
  throttles: number;
}

/**
 * Sends conditional writes batch by batch until each has its final result. A throttle is waited out without end.
 * `unsure`: an earlier try's answer was lost, so that the write may have landed though its condition fails now.
 *
 * @throws {BackfillError} `table.unreachable` after too many passing faults in a row
 */
export async function carryOut<T extends { write: Write }>(
  entries: readonly T[],
  context: CarryOutContext,
  decide: (entry: T, result: FinalResult, unsure: boolean) => void,
): Promise<Spent> {
  const { writer, clock, random } = context.ports;
  const spent: Spent = { writeUnits: 0, throttles: 0 };
  const unsure = new Set<T>();
  for (let start = 0; start < entries.length; start += WRITE_BATCH) {
    let batch = entries.slice(start, start + WRITE_BATCH);
    let faults = 0;
    for (let attempt = 1; batch.length > 0; attempt += 1) {
      context.ensureLease();
      const { results, units } = await writer.apply(
        batch.map(({ write }) => write),
        context.writeSignal,
      );
      spent.writeUnits += totalUnits(units);
      let fault: string | undefined;
      batch = batch.filter((entry, index) => {
        const result = results[index] as WriteResult;
        if (result.kind === 'throttled') spent.throttles += 1;
        else if (result.kind === 'retry') {
          fault = result.message;
          unsure.add(entry);
        } else {
          decide(entry, result, unsure.has(entry));
          return false;
        }
        return true;
      });
      faults = fault === undefined ? 0 : faults + 1;
      if (faults > MAX_FAULTS) throw new BackfillError('table.unreachable', `The table does not answer: ${fault}.`);
      if (batch.length > 0) await clock.sleep(backoffMs(attempt, PATIENCE, random), context.signal);
    }
  }
  return spent;
}
