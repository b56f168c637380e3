import { PAGE_BYTES } from './forecast/assumptions.ts';
import { scanUnits, writeUnits } from './sizes.ts';
import type { Workload } from './workload.ts';

/** A table that need not be there. */
export interface ImaginedTable {
  items: number;
  /** Bytes of an item, the larger of before and after. */
  itemBytes: number;
  /** Global indexes that each change touches once; they show whole items. */
  indexes: number;
  /**
   * Different partition keys that each index has, all alike.
   * @default - so many that none matters
   */
  indexKeys?: number | undefined;
  /** The share of the items that are changed, 0 to 1. */
  changes: number;
}

/** What a run over it would be like. */
export interface ImaginedRun {
  batchSize: number;
  segments: number;
  /** Whether a row to be created is looked for first, by a strongly consistent read. */
  looksFirst: boolean;
  /** Dollars a call, one for each change; `undefined`: nobody is called. */
  pricePerCall: number | undefined;
}

/** The workload of a run over a table of the mind. Its own keys are spread well. */
export function imagine({ items, itemBytes, indexes, indexKeys, changes }: ImaginedTable, run: ImaginedRun): Workload {
  const changed = Math.round(items * changes);
  const segments = Math.min(run.segments, items);
  const perPage = Math.max(1, Math.min(run.batchSize, Math.floor(PAGE_BYTES / itemBytes)));
  const pages = items === 0 ? 0 : segments * Math.ceil(items / segments / perPage);
  const scanned = pages === 0 ? 0 : pages * scanUnits((items * itemBytes) / pages);
  const table = changed * writeUnits(itemBytes);
  const calls = run.pricePerCall === undefined ? 0 : changed;
  return {
    records: items,
    changes: changed,
    readUnits: scanned + (run.looksFirst ? items : 0),
    writes: {
      table,
      indexes: Array.from({ length: indexes }, (_, number) => ({
        name: `index ${number + 1}`,
        units: table,
        hottest: indexKeys === undefined ? 0 : 1 / indexKeys,
      })),
      answered: 0,
      unanswered: 0,
    },
    calls,
    asking: calls,
    callsExact: false,
    pricePerCall: run.pricePerCall ?? 0,
    pages,
    segments,
    bytes: items * itemBytes,
  };
}
