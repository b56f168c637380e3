import { unitsOf } from '../../../lib/adapters/dynamodb/consumed.ts';

test.each([
  ['nothing was told', undefined, {}],
  ['a total alone', { CapacityUnits: 3 }, { '': 3 }],
  [
    'table and indexes',
    {
      CapacityUnits: 7,
      Table: { CapacityUnits: 2 },
      GlobalSecondaryIndexes: { GSI1: { CapacityUnits: 4 } },
      LocalSecondaryIndexes: { LSI1: { CapacityUnits: 1 } },
    },
    { '': 2, GSI1: 4, LSI1: 1 },
  ],
  ['indexes without their table', { CapacityUnits: 5, GlobalSecondaryIndexes: { GSI1: { CapacityUnits: 4 } } }, { '': 1, GSI1: 4 }],
])('where %s', (_, consumed, units) => expect(unitsOf(consumed)).toEqual(units));
