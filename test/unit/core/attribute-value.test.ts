import {
  type AttributeValue,
  canonicalItem,
  canonicalNumber,
  type Item,
  itemSize,
  keyId,
  matchesImages,
  pick,
  sameItem,
  sameValue,
} from '../../../lib/core/attribute-value.ts';
import { isOurs } from '../../../lib/core/intent.ts';

const bytes = (...values: number[]) => new Uint8Array(values);

test.each([
  ['1', '1e0'],
  ['100', '1e2'],
  ['-0.0', '0'],
  ['+1.50', '15e-1'],
  ['.5', '5e-1'],
  ['12345678901234567890123456789012345678', '12345678901234567890123456789012345678e0'],
  ['1E-130', '1e-130'],
  ['no number', 'no number'],
])('the number %s is %s', (text, canonical) => {
  expect(canonicalNumber(text)).toBe(canonical);
});

describe('sameValue', () => {
  const same: [string, AttributeValue, AttributeValue][] = [
    ['texts', { S: 'a' }, { S: 'a' }],
    ['spellings of a number', { N: '1.0' }, { N: '1' }],
    ['bytes', { B: bytes(1, 2) }, { B: bytes(1, 2) }],
    ['bytes within a larger buffer', { B: bytes(0, 1, 2, 3).subarray(1, 3) }, { B: bytes(1, 2) }],
    ['sets in another order', { SS: ['b', 'a'] }, { SS: ['a', 'b'] }],
    ['number sets in another spelling and order', { NS: ['10', '2.0'] }, { NS: ['2', '1e1'] }],
    ['binary sets', { BS: [bytes(2), bytes(1)] }, { BS: [bytes(1), bytes(2)] }],
    ['maps in another order', { M: { a: { N: '1' }, b: { NULL: true } } }, { M: { b: { NULL: true }, a: { N: '1.0' } } }],
    ['lists', { L: [{ N: '1' }, { S: '1' }] }, { L: [{ N: '1' }, { S: '1' }] }],
  ];
  test.each(same)('%s', (_, a, b) => {
    expect(sameValue(a, b)).toBe(true);
  });

  const different: [string, AttributeValue | null, AttributeValue | null][] = [
    ['a text and a number', { S: '1' }, { N: '1' }],
    ['numbers that a double would round together', { N: '9007199254740993' }, { N: '9007199254740992' }],
    ['true and false', { BOOL: true }, { BOOL: false }],
    ['lists in another order', { L: [{ N: '1' }, { N: '2' }] }, { L: [{ N: '2' }, { N: '1' }] }],
    ['a set and a list', { SS: ['a'] }, { L: [{ S: 'a' }] }],
    ['a map with one attribute more', { M: { a: { N: '1' } } }, { M: { a: { N: '1' }, b: { N: '1' } } }],
    ['NULL and absent', { NULL: true }, null],
    ['empty and absent', { S: '' }, null],
    ['texts joined otherwise', { SS: ['a,b'] }, { SS: ['a', 'b'] }],
  ];
  test.each(different)('not %s', (_, a, b) => {
    expect(sameValue(a, b)).toBe(false);
  });

  test('absent is absent', () => {
    expect(sameValue(undefined, null)).toBe(true);
  });

  // Fails: both are written `BOOLfalse`.
  test('not six certain bytes and `false`', () => {
    expect(sameValue({ B: new Uint8Array(Buffer.from('OOLfalse', 'base64')) }, { BOOL: false })).toBe(false);
  });
});

test('sameItem', () => {
  expect(sameItem({ a: { N: '1' }, b: { S: 'x' } }, { b: { S: 'x' }, a: { N: '1.0' } })).toBe(true);
  expect(sameItem({ a: { N: '1' } }, { a: { N: '1' }, b: { NULL: true } })).toBe(false);
  expect(sameItem({ a: { N: '1' } }, { b: { N: '1' } })).toBe(false);
});

test('matchesImages', () => {
  const item = { a: { N: '1' }, b: { S: 'x' } };
  expect(matchesImages(item, { a: { N: '1.0' }, c: null })).toBe(true);
  expect(matchesImages(item, { b: null })).toBe(false);
  expect(matchesImages(item, { c: { NULL: true } })).toBe(false);
});

test('a key has one id', () => {
  expect(keyId({ PK: { S: 'a' }, SK: { N: '1' } })).toBe(keyId({ SK: { N: '1.0' }, PK: { S: 'a' } }));
  expect(keyId({ PK: { S: 'a' }, SK: { S: 'b' } })).not.toBe(keyId({ PK: { S: 'ab' }, SK: { S: '' } }));
});

describe('isOurs', () => {
  const item = { id: { S: 'a' }, n: { N: '2' } };
  test.each([
    ['the row as made', { kind: 'create' as const, key: { id: { S: 'a' } }, item }, item, true],
    ['the row and something more', { kind: 'create' as const, key: { id: { S: 'a' } }, item }, { ...item, m: { N: '1' } }, false],
    ['no row', { kind: 'create' as const, key: { id: { S: 'a' } }, item }, undefined, false],
    [
      'set and removed',
      { kind: 'update' as const, key: { id: { S: 'a' } }, expect: { n: null, m: { N: '1' } }, after: { n: { N: '2' }, m: null } },
      item,
      true,
    ],
    ['not removed', { kind: 'update' as const, key: { id: { S: 'a' } }, expect: {}, after: { n: null } }, item, false],
  ])('%s', (_, write, standing, expected) => {
    expect(isOurs(write, standing)).toBe(expected);
  });
});

// Sources for the sizes: "DynamoDB item sizes and formats", Amazon DynamoDB Developer Guide.
test.each<[string, AttributeValue, number]>([
  ['text in UTF-8', { S: 'é€' }, 1 + 5],
  ['number', { N: '1234' }, 1 + 3],
  ['negative number', { N: '-1234' }, 1 + 4],
  ['number with zeros behind', { N: '1000000' }, 1 + 2],
  ['binary', { B: bytes(1, 2, 3) }, 1 + 3],
  ['boolean', { BOOL: true }, 1 + 1],
  ['null', { NULL: true }, 1 + 1],
  ['empty list', { L: [] }, 1 + 3],
  ['list', { L: [{ S: 'ab' }, { BOOL: true }] }, 1 + 3 + 1 + 2 + 1 + 1],
  ['map', { M: { key: { S: 'ab' } } }, 1 + 3 + 1 + 3 + 2],
  ['text set', { SS: ['a', 'bc'] }, 1 + 3],
])('the size of a %s', (_, value, size) => {
  expect(itemSize({ a: value })).toBe(size);
});

test('pick keeps what is there', () => {
  expect(pick({ a: { S: '1' }, b: { S: '2' } }, ['b', 'c'])).toStrictEqual({ b: { S: '2' } });
});

// Fails: an inherited property is taken for an attribute.
test('pick does not invent an attribute called `constructor`', () => {
  expect(Object.keys(pick({ a: { S: '1' } }, ['constructor']))).toStrictEqual([]);
});

describe('the canonical text of items that look alike', () => {
  const one = { S: 'x' };

  test.each<[string, Item, string]>([
    ['sorted', { a: one, b: one, c: one }, '{"a":S"x","b":S"x","c":S"x"}'],
    ['in another order', { a: one, c: one, b: one }, '{"a":S"x","b":S"x","c":S"x"}'],
    ['another last name', { a: one, b: one, d: one }, '{"a":S"x","b":S"x","d":S"x"}'],
    ['one name less', { a: one, b: one }, '{"a":S"x","b":S"x"}'],
    ['one of them a map of the same names', { a: { M: { a: one, b: one } }, b: one }, '{"a":M{"a":S"x","b":S"x"},"b":S"x"}'],
    ['a name that needs escapes', { a: one, 'b"': one }, '{"a":S"x","b\\"":S"x"}'],
    ['none', {}, '{}'],
  ])('%s', (_, item, text) => {
    expect(canonicalItem(item)).toBe(text);
  });
});
