import { LEDGER_UNITS_A_PAGE } from './cost.ts';
import type { Prices } from './prices.ts';
import type { Requests, Workload } from './workload.ts';

/** A worker's watcher writes its heartbeat, as large as a checkpoint, and reads what it is told so often. */
const WATCH_SECONDS = 2;

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

/** All that is paid for, billed on demand. `workerSeconds`: what all workers together are there for. */
export function costLines(work: Workload, requests: Requests, workerSeconds: number, prices: Prices): ForecastLine[] {
  const looks = workerSeconds / WATCH_SECONDS;
  const ledgerWrites = (requests.checkpoints + looks) * LEDGER_UNITS_A_PAGE;
  const perMillion = (quantity: number, price: number): number => (quantity / 1e6) * price;
  const perThousand = (quantity: number, price: number): number => (quantity / 1e3) * price;
  const indexUnits = work.writes.indexes.reduce((sum, { units }) => sum + units, 0);
  return [
    { what: 'reading the table', quantity: work.readUnits, unit: 'read units', dollars: perMillion(work.readUnits, prices.readUnits) },
    {
      what: 'writing the table',
      quantity: work.writes.table,
      unit: 'write units',
      dollars: perMillion(work.writes.table, prices.writeUnits),
    },
    { what: 'writing its indexes', quantity: indexUnits, unit: 'write units', dollars: perMillion(indexUnits, prices.writeUnits) },
    { what: 'outside calls', quantity: requests.calls, unit: 'calls', dollars: requests.calls * work.pricePerCall },
    {
      what: 'ledger',
      quantity: ledgerWrites,
      unit: 'write units',
      dollars: perMillion(ledgerWrites, prices.writeUnits) + perMillion(looks, prices.readUnits),
    },
    {
      what: 'journal',
      quantity: requests.journalPuts,
      unit: 'objects',
      dollars: perThousand(requests.journalPuts, prices.objectPuts),
    },
    {
      what: 'Lambda',
      quantity: requests.gbSeconds,
      unit: 'GB-seconds',
      dollars: requests.gbSeconds * prices.lambdaGbSecond + perMillion(requests.invocations, prices.lambdaRequests),
    },
    {
      what: 'Step Functions',
      quantity: requests.transitions,
      unit: 'transitions',
      dollars: perThousand(requests.transitions, prices.transitions),
    },
  ];
}

export function copiesOf(bytes: number | null, prices: Prices): Copies | null {
  if (bytes === null) return null;
  const gb = bytes / BYTES_PER_GB;
  return { bytes, pointInTimeRecovery: gb * prices.pitrGbMonth, backup: gb * prices.backupGbMonth, restore: gb * prices.restoreGb };
}
