import { LEDGER_UNITS_A_PAGE } from '../cost.ts';
import { type Prices, unitPrices } from '../prices.ts';
import type { Requests, Workload } from '../workload.ts';
import { ROW_READ_UNITS, WATCH_SECONDS } from './assumptions.ts';

const BYTES_PER_GB = 1024 ** 3;

export interface ForecastLine {
  /** What will be paid for. */
  what: string;
  quantity: number;
  unit: string;
  dollars: number;
}

/** Dollars a month for copies of the table as it is now, and once for having one back. */
export interface Copies {
  bytes: number;
  pointInTimeRecovery: number;
  backup: number;
  restore: number;
}

/** All that is paid for, billed on demand. `workers` are there for so many seconds. */
export function costLines(
  work: Workload,
  requests: Requests,
  { workers, seconds }: { workers: number; seconds: number },
  prices: Prices,
): ForecastLine[] {
  const price = unitPrices(prices);
  const looks = (workers * seconds) / WATCH_SECONDS;
  const ledgerWrites = (requests.checkpoints + looks) * LEDGER_UNITS_A_PAGE;
  // Each worker reads what it is told, and the governor the rows of all segments.
  const ledgerReads = looks + (work.segments * ROW_READ_UNITS * seconds) / WATCH_SECONDS;
  const indexUnits = work.writes.indexes.reduce((sum, { units }) => sum + units, 0);
  const line = (what: string, quantity: number, unit: string, each: number, beside = 0): ForecastLine => ({
    what,
    quantity,
    unit,
    dollars: quantity * each + beside,
  });
  return [
    line('reading the table', work.readUnits, 'read units', price.readUnit),
    line('writing the table', work.writes.table, 'write units', price.writeUnit),
    line('writing its indexes', indexUnits, 'write units', price.writeUnit),
    line('outside calls', requests.calls, 'calls', work.pricePerCall),
    line('ledger', ledgerWrites, 'write units', price.writeUnit, ledgerReads * price.readUnit),
    line('journal', requests.journalPuts, 'objects', price.objectPut),
    line('Lambda', requests.gbSeconds, 'GB-seconds', price.lambdaGbSecond, requests.invocations * price.lambdaRequest),
    line('Step Functions', requests.transitions, 'transitions', price.transition),
  ];
}

export function copiesOf(bytes: number | null, prices: Prices): Copies | null {
  if (bytes === null) return null;
  const gb = bytes / BYTES_PER_GB;
  return { bytes, pointInTimeRecovery: gb * prices.pitrGbMonth, backup: gb * prices.backupGbMonth, restore: gb * prices.restoreGb };
}
