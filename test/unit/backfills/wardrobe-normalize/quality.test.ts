import { quality } from '../../../../lib/backfills/wardrobe-normalize/quality.ts';
import type { Native } from '../../../../lib/core/result.ts';

const holding = (item: Native): string[] =>
  Object.entries(quality)
    .filter(([, holds]) => holds(item))
    .map(([name]) => name);

test('a field is there that has a text', () => {
  const item = { style: ['Casual'], occasion: 'Work, Office', mood: new Set(['calm']), season: ['', 'Summer', 4] };
  expect(holding(item)).toStrictEqual(['style', 'occasion', 'mood', 'season']);
});

test.each([undefined, null, '', '  ', ' , ', [], ['', ' '], [1, null], new Set([1]), 7, true, { primary: 'casual' }, new Uint8Array([1])])(
  'a field that is %p is not',
  (style) => {
    expect(holding({ style, occasion: ['work'] })).toStrictEqual(['occasion']);
  },
);

test.each([
  [{ normalized_version: '1.0', style: [] }, ['normalized-current']],
  [{ normalized_version: '0.9' }, []],
  [{ normalized_version: '2.0' }, []],
  [null, ['normalized-null']],
  [undefined, []],
  ['yes', []],
])('normalized %j', (normalized, expected) => {
  expect(holding({ normalized })).toStrictEqual(expected);
});
