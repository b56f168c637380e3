import { dropsEntries, normalize, normalizeField, skipReason } from '../../../../lib/backfills/wardrobe-normalize/normalize.ts';
import { canonical } from '../../../../lib/backfills/wardrobe-normalize/spelling.ts';
import { JEANS, JEANS_NORMALIZED, NOW } from './items.ts';

describe('one value', () => {
  test.each([
    ['Business Casual', 'business_casual'],
    ['business-casual', 'business_casual'],
    ['BUSINESS_CASUAL', 'business_casual'],
    ['businesscasual', 'business_casual'],
    ['  Business \t Casual\n', 'business_casual'],
    ['semi-formal', 'semi_formal'],
    ['semi_formal', 'semi_formal'],
    ['semi formal', 'semi_formal'],
    ['Fashion-Forward', 'fashion_forward'],
    ['fashion_forward', 'fashion_forward'],
    ['laid-back', 'laid_back'],
    ['laidback', 'laid_back'],
    ['Laid Back', 'laid_back'],
    ['Easy-Going', 'easygoing'],
    ['one-of-a-kind', 'one_of_a_kind'],
    ['night‑out', 'night_out'],
    ['Büro Chic', 'büro_chic'],
    ['some - new _ thing', 'some_new_thing'],
    ['constructor', 'constructor'],
    ['__proto__', 'proto'],
    ['', ''],
    [' \n\t', ''],
    ['-_ -', ''],
  ])('%j is %j', (value, expected) => expect(canonical(value)).toBe(expected));
});

describe('one field', () => {
  test.each([
    ['a list', ['Casual', 'Streetwear'], ['casual', 'streetwear']],
    ['order kept, duplicates dropped', ['Formal', 'casual', 'FORMAL', 'Casual '], ['formal', 'casual']],
    ['spellings of one value', ['semi-formal', 'Semi Formal', 'semi_formal'], ['semi_formal']],
    ['blanks', ['', ' ', 'casual', '\n', '--'], ['casual']],
    ['no texts', [1, 'Casual', null, true, ['formal'], { a: 1 }, undefined], ['casual']],
    ['a plain text', 'Casual', ['casual']],
    ['a comma list', ' Casual, Business Casual ,,casual', ['casual', 'business_casual']],
    ['an empty text', '', []],
    ['a set, sorted for it has no order', new Set(['Streetwear', 'casual', 'Boho']), ['boho', 'casual', 'streetwear']],
    ['a set of numbers', new Set([1, 2]), []],
    ['NULL', null, []],
    ['nothing', undefined, []],
    ['an empty list', [], []],
    ['an entry with a comma stays one entry', ['Casual, Formal'], ['casual,_formal']],
  ])('%s', (_, raw, expected) => expect(normalizeField(raw)).toStrictEqual(expected));
});

describe('an item', () => {
  test('gets what the originals say', () => expect(normalize(JEANS, NOW)).toStrictEqual(JEANS_NORMALIZED));

  test('without any field has four empty lists', () => {
    expect(normalize({}, NOW)).toStrictEqual({
      style: [],
      occasion: [],
      mood: [],
      season: [],
      normalized_at: NOW,
      normalized_version: '1.0',
    });
  });

  test.each([
    [undefined, undefined],
    [null, undefined],
    [{ normalized_version: '1.0' }, 'already-normalized'],
    [JEANS_NORMALIZED, 'already-normalized'],
    [{ normalized_version: '0.9' }, undefined],
    [{ normalized_version: '0.10' }, undefined],
    [{ normalized_version: 1 }, undefined],
    [{ normalized_version: 'v1.0' }, undefined],
    [{ style: ['casual'] }, undefined],
    [{ normalized_version: '1.1' }, 'newer-version'],
    [{ normalized_version: '2' }, 'newer-version'],
    [{ normalized_version: '1.0.1' }, 'newer-version'],
    ['1.0', undefined],
    [['1.0'], undefined],
  ])('with normalized %j is skipped as %s', (normalized, reason) => expect(skipReason({ normalized })).toBe(reason));

  test('that loses an entry is told of', () => {
    expect(dropsEntries({ style: ['a', 1] })).toBe(true);
    expect(dropsEntries({ season: new Set([1]) })).toBe(true);
    expect(dropsEntries({ style: ['a', ''], mood: null, occasion: 'x', season: new Set(['y']) })).toBe(false);
  });
});
