import type { ConsumedCapacity } from '@aws-sdk/client-dynamodb';
import type { WriteUnits } from '../../core/write-units.ts';

/** Units by table and index, where an endpoint tells them apart; all to the table's account where it does not. */
export function unitsOf(consumed: ConsumedCapacity | undefined): WriteUnits {
  if (!consumed) return {};
  const { CapacityUnits = 0, Table, GlobalSecondaryIndexes = {}, LocalSecondaryIndexes = {} } = consumed;
  const units: WriteUnits = {};
  let ofIndexes = 0;
  for (const [name, { CapacityUnits: some = 0 }] of Object.entries({ ...GlobalSecondaryIndexes, ...LocalSecondaryIndexes })) {
    units[name] = some;
    ofIndexes += some;
  }
  units[''] = Table?.CapacityUnits ?? CapacityUnits - ofIndexes;
  return units;
}
