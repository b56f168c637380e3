import type { Images, Item } from '../../../lib/core/attribute-value.ts';
import type { TableFacts } from '../../../lib/core/ports.ts';
import { changeUnits, scanUnits, writeUnits } from '../../../lib/core/sizes.ts';

/** "Write operations on global secondary indexes" and "item sizes" of the Amazon DynamoDB Developer Guide, case by case. */

const text = (characters: number): { S: string } => ({ S: 'x'.repeat(characters) });

type Index = TableFacts['indexes'][number];
const index = (projection: string, more: Partial<Index> = {}): Index => ({
  name: 'byColour',
  status: 'ACTIVE',
  key: ['colour'],
  projection,
  ...more,
});
const factsOf = (...indexes: Index[]) => ({
  key: ['id'],
  indexes,
  keyTypes: { id: 'S' as const, colour: 'S' as const, size: 'N' as const },
});

/** An update of `source`, which is read whole. */
function update(source: Item, after: Images, facts = factsOf()) {
  const expect = Object.fromEntries(Object.keys(after).map((name) => [name, source[name] ?? null]));
  return changeUnits({ kind: 'update', key: { id: source.id as Item[string] }, expect, after }, source, facts);
}
const create = (item: Item, facts = factsOf()) => changeUnits({ kind: 'create', key: { id: item.id as Item[string] }, item }, {}, facts);
const indexUnits = ({ indexes }: ReturnType<typeof update>): number[] => indexes.map(({ units }) => units);

/** `id` and its one character are 3 bytes; `pad` and a text of n characters are 3 + n. */
const sized = (bytes: number, more: Item = {}): Item => ({ id: { S: 'a' }, pad: text(bytes - 6), ...more });

describe('units', () => {
  test.each([
    [1, 1],
    [1024, 1],
    [1025, 2],
    [409_600, 400],
  ])('an item of %d bytes takes %d to write', (bytes, units) => {
    expect(writeUnits(bytes)).toBe(units);
    expect(create(sized(Math.max(bytes, 6))).table).toBe(units);
  });

  test.each([
    [1, 0.5],
    [4096, 0.5],
    [4097, 1],
    [1024 ** 2, 128],
  ])('a page of %d bytes takes %d to scan', (bytes, units) => {
    expect(scanUnits(bytes)).toBe(units);
  });
});

describe('the table', () => {
  test('is charged for the larger of before and after', () => {
    const large = sized(3000);
    expect(update(large, { pad: text(1) }).table).toBe(3);
    expect(update(sized(100), { pad: text(3000) }).table).toBe(3);
    expect(update(large, { pad: null }).table).toBe(3);
  });

  test('counts attributes that the update does not name', () => {
    expect(update(sized(2048), { flag: { BOOL: true } }).table).toBe(3);
  });
});

describe('an index', () => {
  const all = factsOf(index('ALL'));
  const red = { colour: { S: 'red' } };

  test('takes one write for an item that comes into it', () => {
    expect(indexUnits(create(sized(100, red), all))).toStrictEqual([1]);
    expect(indexUnits(update(sized(100), red, all))).toStrictEqual([1]);
  });

  test('takes none for an item that is not in it', () => {
    expect(indexUnits(create(sized(100), all))).toStrictEqual([]);
    expect(indexUnits(update(sized(100), { pad: text(5) }, all))).toStrictEqual([]);
  });

  test('takes two where its key changes: the old entry goes, the new one comes', () => {
    const { indexes } = update(sized(1500, red), { colour: { S: 'blue' } }, all);
    expect(indexes.map(({ units }) => units)).toStrictEqual([2, 2]);
    expect(new Set(indexes.map(({ partition }) => partition)).size).toBe(2);
    // Each by its own size.
    expect(indexUnits(update(sized(1500, red), { colour: { S: 'blue' }, pad: text(1) }, all))).toStrictEqual([2, 1]);
  });

  test('takes one write of the old entry’s size for an item that leaves it', () => {
    expect(indexUnits(update(sized(3000, red), { colour: null, pad: text(1) }, all))).toStrictEqual([3]);
  });

  test('takes one where something that it shows changes, by the larger of both', () => {
    expect(indexUnits(update(sized(100, red), { pad: text(2500) }, all))).toStrictEqual([3]);
  });

  test('takes nothing where what it shows stays as it is', () => {
    expect(indexUnits(update(sized(5000, red), { pad: text(1) }, factsOf(index('KEYS_ONLY'))))).toStrictEqual([]);
    const included = factsOf(index('INCLUDE', { projected: ['name'] }));
    expect(indexUnits(update(sized(5000, red), { pad: text(1) }, included))).toStrictEqual([]);
    expect(indexUnits(update(sized(5000, red), { name: { S: 'n' } }, included))).toStrictEqual([1]);
  });

  test('is charged for what it shows alone', () => {
    expect(indexUnits(create(sized(5000, red), factsOf(index('KEYS_ONLY'))))).toStrictEqual([1]);
    expect(indexUnits(create(sized(5000, red), factsOf(index('INCLUDE', { projected: ['pad'] }))))).toStrictEqual([5]);
    // What it includes is not known: it may be everything.
    expect(indexUnits(create(sized(5000, red), factsOf(index('INCLUDE'))))).toStrictEqual([5]);
  });

  test('holds no item that lacks one of its keys, or has one that cannot be', () => {
    const two = factsOf(index('ALL', { key: ['colour', 'size'] }));
    expect(indexUnits(create(sized(100, red), two))).toStrictEqual([]);
    expect(indexUnits(create(sized(100, { ...red, size: { S: 'L' } }), two))).toStrictEqual([]);
    expect(indexUnits(create(sized(100, { colour: { S: '' }, size: { N: '4' } }), two))).toStrictEqual([]);
    expect(indexUnits(create(sized(100, { ...red, size: { N: '4' } }), two))).toStrictEqual([1]);
    // Numbers are one however they are spelled.
    expect(indexUnits(update(sized(100, { ...red, size: { N: '4' } }), { size: { N: '4.0' } }, two))).toStrictEqual([]);
  });

  test('each is charged for itself', () => {
    const facts = factsOf(index('ALL'), index('KEYS_ONLY', { name: 'bySize', key: ['size'] }));
    const { table, indexes } = create(sized(2000, { ...red, size: { N: '4' } }), facts);
    expect([table, ...indexes.map(({ index: name, units }) => `${name} ${units}`)]).toStrictEqual([2, 'byColour 2', 'bySize 1']);
  });
});
