import type { CheckContext } from '../../../core/checks.ts';
import { receiptOf } from '../keys.ts';
import { writtenSince } from './moments.ts';
import type { Partition, PartitionCheck } from './partitions.ts';
import { count, Examples, keyText, nothingToCheck, plural } from './wording.ts';

/** No place row without metadata row. A new one may be half of a dual write under way: `dual-writes` judges it. */
export function orphans(context: CheckContext): PartitionCheck {
  const isNew = writtenSince(context.runStarted);
  const found = new Examples();
  let places = 0;
  return {
    see(partition: Partition) {
      places += partition.places.length;
      for (const row of partition.orphans) if (!isNew(row)) found.add(keyText(row));
    },
    results: () => [
      places === 0
        ? nothingToCheck('orphans', 'place rows')
        : {
            name: 'orphans',
            status: found.total === 0 ? 'pass' : 'fail',
            message: `${count(found.total)} of ${plural(places, 'place row')} ${found.total === 1 ? 'has' : 'have'} no metadata row.`,
            measured: { places, orphans: found.total },
            ...found.field,
          },
    ],
  };
}

/** One place row a receipt. The table's key forbids equal keys, but not two spellings of one receipt id. */
export function duplicates(): PartitionCheck {
  const found = new Examples();
  let places = 0;
  return {
    see(partition: Partition) {
      places += partition.places.length;
      const seen = new Set<number>();
      for (const row of partition.places) {
        const { receiptId } = receiptOf({ PK: String(row.PK), SK: String(row.SK) });
        if (seen.has(receiptId)) found.add(keyText(row));
        seen.add(receiptId);
      }
    },
    results: () => [
      places === 0
        ? nothingToCheck('duplicates', 'place rows')
        : {
            name: 'duplicates',
            status: found.total === 0 ? 'pass' : 'fail',
            message: `${count(found.total)} of ${plural(places, 'place row')} ${found.total === 1 ? 'repeats' : 'repeat'} a receipt that has one already.`,
            measured: { places, duplicates: found.total },
            ...found.field,
          },
    ],
  };
}
