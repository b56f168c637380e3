import fc from 'fast-check';
import { type AttributeValue, type Item, itemSize, sameValue } from '../../lib/core/attribute-value.ts';
import { changeUnits } from '../../lib/core/sizes.ts';
import { value } from './values.ts';

/** Write units of a change, whatever the items and the indexes. */

const NAMES = ['a', 'b', 'c', 'd'];
const wide = fc.nat(5000).map((length): AttributeValue => ({ S: 'x'.repeat(length) }));
const body: fc.Arbitrary<Item> = fc
  .tuple(...NAMES.map(() => fc.option(fc.oneof(value, wide), { nil: undefined })))
  .map((values) => Object.fromEntries(NAMES.flatMap((name, at) => (values[at] ? [[name, values[at]]] : []))));
const indexOf = fc
  .record({
    key: fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 2 }),
    projection: fc.constantFrom('ALL', 'KEYS_ONLY', 'INCLUDE'),
    projected: fc.subarray(NAMES),
  })
  .map((index) => ({ name: 'index', status: 'ACTIVE', ...index }));
const ID: Item = { id: { S: 'one' } };
const factsOf = (...indexes: (typeof indexOf extends fc.Arbitrary<infer T> ? T : never)[]) => ({ key: ['id'], indexes, keyTypes: {} });

function unitsOf(before: Item, after: Item, facts: ReturnType<typeof factsOf>) {
  const changed = NAMES.filter((name) => !sameValue(before[name], after[name]));
  const images = (item: Item) => Object.fromEntries(changed.map((name) => [name, item[name] ?? null]));
  const change = { kind: 'update' as const, key: ID, expect: images(before), after: images(after) };
  const { table, indexes } = changeUnits(change, { ...ID, ...before }, facts);
  return { table, index: indexes.reduce((sum, { units }) => sum + units, 0) };
}

test('taking a change back takes what it took', () => {
  fc.assert(
    fc.property(body, body, indexOf, (before, after, index) => {
      expect(unitsOf(after, before, factsOf(index))).toStrictEqual(unitsOf(before, after, factsOf(index)));
    }),
  );
});

test('the table is charged by its larger side, and an index never more than both of its entries', () => {
  fc.assert(
    fc.property(body, body, indexOf, (before, after, index) => {
      const { table, index: taken } = unitsOf(before, after, factsOf(index));
      const sides = [before, after].map((item) => Math.ceil(itemSize({ ...ID, ...item }) / 1024));
      expect(table).toBe(Math.max(...sides));
      expect(taken).toBeLessThanOrEqual((sides[0] as number) + (sides[1] as number));
    }),
  );
});

test('what changes nothing costs no index anything, and showing more never costs less', () => {
  fc.assert(
    fc.property(body, body, indexOf, (before, after, index) => {
      expect(unitsOf(before, before, factsOf(index)).index).toBe(0);
      const of = (projection: 'ALL' | 'KEYS_ONLY' | 'INCLUDE') => unitsOf(before, after, factsOf({ ...index, projection })).index;
      expect(of('KEYS_ONLY')).toBeLessThanOrEqual(of('INCLUDE'));
      expect(of('INCLUDE')).toBeLessThanOrEqual(of('ALL'));
    }),
  );
});
