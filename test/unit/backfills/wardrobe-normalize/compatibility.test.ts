import { moodTable } from '../../../../lib/backfills/wardrobe-normalize/compatibility/mood.ts';
import { occasionTable } from '../../../../lib/backfills/wardrobe-normalize/compatibility/occasion.ts';
import { styleTable } from '../../../../lib/backfills/wardrobe-normalize/compatibility/style.ts';
import { partnersOf, type Table, valuesOf } from '../../../../lib/backfills/wardrobe-normalize/compatibility/table.ts';
import {
  explain,
  isCompatible,
  matches,
  type RequestField,
  readValues,
} from '../../../../lib/backfills/wardrobe-normalize/compatibility.ts';
import { canonical, spellingKey } from '../../../../lib/backfills/wardrobe-normalize/spelling.ts';

const tables: [RequestField, Table][] = [
  ['style', styleTable],
  ['mood', moodTable],
  ['occasion', occasionTable],
];

const item = (style: unknown, occasion: unknown, mood?: unknown) => ({ style, occasion, mood });

describe('the tables', () => {
  test.each([
    // Spellings of one value count once: of style's 72, mood's 181 and occasion's 78 names, these values are left.
    ['style', styleTable, 71, 211],
    ['mood', moodTable, 180, 313],
    ['occasion', occasionTable, 75, 190],
  ] as const)('%s has its values and its edges', (_, table, values, edges) => {
    expect(valuesOf(table)).toHaveLength(values);
    expect(Object.values(table.both).flatMap(partnersOf)).toHaveLength(edges);
  });

  test.each(tables)('%s lists every edge once, in canonical spelling', (_, table) => {
    const edges = Object.entries(table.both).flatMap(([value, partners]) =>
      partnersOf(partners).map((partner) => [value, partner].sort().join(' ')),
    );
    expect(new Set(edges).size).toBe(edges.length);
    expect(valuesOf(table).filter((value) => canonical(value) !== value)).toEqual([]);
  });

  test('spell no value in two ways', () => {
    const values = [...new Set(tables.flatMap(([, table]) => valuesOf(table)))];
    expect(new Set(values.map(spellingKey)).size).toBe(values.length);
  });

  test('have exactly these one-way entries', () => {
    expect(styleTable.oneWay).toEqual({});
    expect(moodTable.oneWay).toEqual({});
    expect(Object.fromEntries(Object.entries(occasionTable.oneWay).map(([value, partners]) => [value, partnersOf(partners)]))).toEqual({
      casual: ['business_casual'],
      gym: ['casual', 'sports'],
      loungewear: ['casual', 'cozy', 'everyday', 'home', 'indoor', 'relaxed', 'weekend'],
    });
  });

  test.each([
    ['style', 'classic', 'winter'],
    ['style', 'modern', 'fashion forward'],
    ['style', 'trendy', 'y2k'],
    ['mood', 'casual', 'laidback'],
    ['mood', 'relaxed', 'laid-back'],
    ['mood', 'bold', 'Eye Catching'],
    ['mood', 'fierce', 'strong'],
    ['occasion', 'dinner', 'business casual'],
    ['occasion', 'formal', 'Semi Formal'],
    ['occasion', 'casual', 'smart casual'],
    ['occasion', 'summer', 'tropical'],
  ] as const)('%s: %s and %s go together, both ways', (field, a, b) => {
    expect([isCompatible(field, a, b), isCompatible(field, b, a)]).toEqual([true, true]);
  });

  test.each([
    ['casual', 'business casual'],
    ['gym', 'casual'],
    ['gym', 'sports'],
    ['loungewear', 'weekend'],
  ])('occasion: %s finds %s, and is not found by it', (from, to) => {
    expect([isCompatible('occasion', from, to), isCompatible('occasion', to, from)]).toEqual([true, false]);
  });

  test('a field has its own table, and compatibility does not carry over', () => {
    expect(isCompatible('style', 'dinner', 'brunch')).toBe(false);
    expect([isCompatible('style', 'classic', 'business'), isCompatible('style', 'business', 'polished')]).toEqual([true, true]);
    expect(isCompatible('style', 'romantic', 'techwear')).toBe(false);
    expect(isCompatible('style', 'romantic', 'summer') && isCompatible('style', 'summer', 'casual')).toBe(true);
    expect(isCompatible('style', 'romantic', 'casual')).toBe(false);
  });
});

describe('matches', () => {
  test('"classic" matches "business casual"', () => {
    expect(matches({ style: 'classic' }, item(['business casual'], ['work']))).toBe(true);
    expect(matches({ style: 'Classic' }, item(['Business Casual'], ['work']))).toBe(true);
    expect(matches({ style: 'classic' }, item(['business casual'], ['work']), 'traditional')).toBe(false);
  });

  test('an empty request matches, even an item with nothing', () => {
    expect(matches({}, item(['casual'], ['work']))).toBe(true);
    expect(matches({}, {})).toBe(true);
    expect(matches({ style: ' ', mood: '' }, {})).toBe(true);
  });

  test('an item without mood matches, an item without style or occasion does not', () => {
    const request = { style: 'classic', occasion: 'work', mood: 'bold' };
    expect(matches(request, item(['classic'], ['work']))).toBe(true);
    expect(matches(request, item(['classic'], ['work'], []))).toBe(true);
    expect(matches(request, item(undefined, ['work'], ['bold']))).toBe(false);
    expect(matches(request, item(['classic'], null, ['bold']))).toBe(false);
    expect(matches(request, item([], ['work'], ['bold']))).toBe(false);
  });

  test('every field must match by itself', () => {
    const worn = item(['classic'], ['work'], ['bold']);
    expect(matches({ style: 'business', occasion: 'office', mood: 'strong' }, worn)).toBe(true);
    expect(matches({ style: 'grunge', occasion: 'office', mood: 'strong' }, worn)).toBe(false);
    expect(matches({ style: 'business', occasion: 'beach', mood: 'strong' }, worn)).toBe(false);
    expect(matches({ style: 'business', occasion: 'office', mood: 'calm' }, worn)).toBe(false);
  });

  test.each(['smart casual', 'Smart-Casual', 'SMART_CASUAL', ' smart  casual '])('separators and case never matter: %j', (spelled) => {
    for (const mode of ['semantic', 'traditional'] as const)
      expect(matches({ occasion: spelled }, item([], ['Smart Casual']), mode)).toBe(true);
    expect(matches({ occasion: 'brunch' }, item([], [spelled]))).toBe(true);
    expect(matches({ occasion: spelled }, item([], ['brunch']))).toBe(true);
  });

  test('a value that no table knows matches itself', () => {
    expect(matches({ style: 'Kawaii Goth' }, item(['kawaii-goth'], []))).toBe(true);
    expect(matches({ style: 'kawaii' }, item(['classic'], []))).toBe(false);
    expect(matches({ style: 'constructor' }, item(['classic'], []))).toBe(false);
  });

  test('traditional matching takes equal values only', () => {
    expect(matches({ style: 'classic' }, item(['Classic'], []), 'traditional')).toBe(true);
    expect(matches({ style: 'classic' }, item(['timeless'], []), 'traditional')).toBe(false);
    expect(matches({ mood: 'bold' }, item([], []), 'traditional')).toBe(true);
  });
});

describe('readers', () => {
  test('take the normalised value where it is not empty, else the raw one in lower case', () => {
    const both = { style: ['Raw Value'], normalized: { style: ['classic'], normalized_version: '1.0' } };
    expect(readValues(both, 'style')).toEqual(['classic']);
    expect(readValues({ ...both, normalized: { style: [] } }, 'style')).toEqual(['raw value']);
    expect(readValues({ ...both, normalized: null }, 'style')).toEqual(['raw value']);
    expect(readValues({ style: 'Casual, Formal' }, 'style')).toEqual(['casual', 'formal']);
    expect(readValues({}, 'style')).toEqual([]);
  });

  test('are told why', () => {
    const request = { style: 'classic', occasion: 'work', mood: 'bold' };
    expect(explain(request, item(['timeless'], ['work']))).toEqual({ style: 'compatible', occasion: 'equal', mood: 'any-mood' });
    expect(explain({ style: 'classic' }, item(undefined, ['work']))).toEqual({
      style: 'missing',
      occasion: 'not-asked',
      mood: 'not-asked',
    });
    expect(explain(request, item(['timeless'], ['gala'], ['calm']), 'traditional')).toEqual({
      style: 'different',
      occasion: 'different',
      mood: 'different',
    });
  });
});
