import { codec } from '../../../../lib/adapters/dynamodb/codec.ts';
import { wardrobeNormalize } from '../../../../lib/backfills/wardrobe-normalize/definition.ts';
import { WardrobeItem } from '../../../../lib/backfills/wardrobe-normalize/schema.ts';
import { JEANS, JEANS_NORMALIZED, NOW } from './items.ts';

const { name: _, ...jeans } = JEANS;
const item = jeans as WardrobeItem;
const context = { now: NOW, run: { id: 'r' }, answer: undefined };

describe('wardrobe-normalize', () => {
  test('declares where it reads and what it may touch', () => {
    expect(wardrobeNormalize).toMatchObject({
      name: 'wardrobe-normalize',
      version: '1.0',
      source: { kind: 'table-scan', table: 'wardrobe', key: ['id'], where: {} },
      reads: ['style', 'occasion', 'mood', 'season'],
      writes: ['normalized'],
      requires: { indexes: [] },
    });
    expect(wardrobeNormalize.target).toBeUndefined();
    expect(wardrobeNormalize.service).toBeUndefined();
  });

  test('sets normalized, and nothing else', () => {
    expect(wardrobeNormalize.transform(item, context)).toStrictEqual({
      kind: 'update',
      set: { normalized: JEANS_NORMALIZED },
      remove: [],
      notes: [],
    });
  });

  test('notes that an entry was left out', () => {
    expect(wardrobeNormalize.transform({ ...item, mood: ['calm', 7] }, context)).toMatchObject({ notes: ['non-text-dropped'] });
  });

  test('leaves the item that it is given alone', () => {
    const before = structuredClone(item);
    wardrobeNormalize.transform(item, context);
    expect(item).toStrictEqual(before);
  });

  test('skips what this version has normalised', () => {
    expect(wardrobeNormalize.skip?.({ ...item, normalized: JEANS_NORMALIZED })).toBe('already-normalized');
    expect(wardrobeNormalize.skip?.({ ...item, normalized: null })).toBeUndefined();
  });
});

/** As the engine hands items over. */
const fits = (attributes: Parameters<typeof codec.toNative>[0]): boolean =>
  WardrobeItem.safeParse(codec.toNative({ id: { S: 'i' }, ...attributes })).success;

describe('the schema', () => {
  test.each([
    ['nothing', {}],
    ['a list', { style: { L: [{ S: 'a' }] } }],
    ['a mixed list', { style: { L: [{ S: 'a' }, { N: '1' }, { NULL: true }, { M: {} }] } }],
    ['an empty list', { mood: { L: [] } }],
    ['a text', { occasion: { S: 'a, b' } }],
    ['an empty text', { occasion: { S: '' } }],
    ['NULL', { season: { NULL: true } }],
    ['a set', { season: { SS: ['a'] } }],
    ['a set of numbers', { season: { NS: ['1'] } }],
    ['normalized NULL', { normalized: { NULL: true } }],
    ['normalized a text', { normalized: { S: 'x' } }],
    ['normalized a map', { normalized: { M: { style: { S: 'x' } } } }],
  ] as const)('takes %s', (_, attributes) => expect(fits(attributes as never)).toBe(true));

  test.each([
    ['a number', { style: { N: '1' } }],
    ['a number of many digits', { style: { N: '12345678901234567890123456789012345678' } }],
    ['a boolean', { occasion: { BOOL: true } }],
    ['a map', { mood: { M: { a: { S: 'b' } } } }],
    ['bytes', { season: { B: new Uint8Array([1]) } }],
    ['a number for an id', { id: { N: '1' } }],
  ] as const)('refuses %s', (_, attributes) => expect(fits(attributes as never)).toBe(false));

  test('refuses an item without id', () => expect(WardrobeItem.safeParse({ style: ['a'] }).success).toBe(false));
});
