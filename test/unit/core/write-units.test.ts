import { addUnits, totalUnits } from '../../../lib/core/write-units.ts';

test('units add up by table and index, whatever an index is called', () => {
  const units = { '': 1, GSI1: 2 };
  addUnits(units, { '': 3, constructor: 4 });
  expect(units).toEqual({ '': 4, GSI1: 2, constructor: 4 });
  expect(totalUnits(units)).toBe(10);
  expect(totalUnits({})).toBe(0);
});
