import type { CheckContext, ItemReader } from '../../../core/checks.ts';
import { placeKey, placePartition } from '../keys.ts';
import { placeIdOf } from '../place-id.ts';
import type { ReceiptMetadata } from '../schema.ts';
import { writtenSince } from './moments.ts';
import type { Partition, PartitionCheck } from './partitions.ts';
import { Examples, keyText, nothingToCheck, percent, plural } from './wording.ts';

/** More missing rows than that are no matter of timing. */
const MAX_SECOND_LOOKS = 1000;

/** The scan may have come between an application's two writes; by now the second one has landed. */
async function hasPlaceByNow(reader: ItemReader, item: ReceiptMetadata): Promise<boolean> {
  const key = placeKey(item);
  const { items } = await reader.queryIndex({
    index: 'GSI2',
    partition: { name: 'GSI2PK', value: placePartition(placeIdOf(item) ?? '') },
    prefix: { name: 'GSI2SK', value: `${key.PK}#${key.SK}` },
    limit: 1,
  });
  return items.some((row) => row.PK === key.PK && row.SK === key.SK);
}

/**
 * What the application wrote since the run began has both its rows. That is told by the rows' timestamps: a metadata row newer than the
 * run's beginning, or a place row newer than that. Metadata rows without a place id need no place row.
 */
export function dualWrites({ read, runStarted, partial }: CheckContext): PartitionCheck {
  const isNew = writtenSince(runStarted);
  const withoutPlace: ReceiptMetadata[] = [];
  const missing = new Examples();
  let written = 0;

  const lookAgain = async (): Promise<void> => {
    for (const item of withoutPlace) {
      if (!(await hasPlaceByNow(read, item))) missing.add(`${keyText(item)}: no place row`);
    }
  };

  return {
    see({ receipts, orphans }: Partition) {
      for (const { metadata, item, eligible, place } of receipts) {
        if (!item || !eligible || !(isNew(metadata) || isNew(place))) continue;
        written += 1;
        if (place) continue;
        if (withoutPlace.length < MAX_SECOND_LOOKS) withoutPlace.push(item);
        else missing.add(`${keyText(item)}: no place row`);
      }
      for (const row of orphans) {
        if (!isNew(row)) continue;
        written += 1;
        missing.add(`${keyText(row)}: no metadata row`);
      }
    },
    async results() {
      if (written === 0) return [nothingToCheck('dual-writes', 'receipts written since a run began')];
      await lookAgain();
      const both = written - missing.total;
      return [
        {
          name: 'dual-writes',
          // A limited run may well be older than the application's dual writes: for a person's eye only.
          status: missing.total === 0 ? 'pass' : partial ? 'warn' : 'fail',
          message: `${percent(both, written)} % of ${plural(written, 'receipt')} written since the run began ${written === 1 ? 'has' : 'have'} both metadata and place row.`,
          measured: { written, both, missing: missing.total, percent: percent(both, written) },
          ...missing.field,
        },
      ];
    },
  };
}
