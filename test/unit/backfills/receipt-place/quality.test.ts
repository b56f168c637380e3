import { quality } from '../../../../lib/backfills/receipt-place/quality.ts';
import type { Native } from '../../../../lib/core/result.ts';

const sound: Native = { place_id: 'ChIJ1234', merchant_name: 'Café Ö', address: '1 Main St', latitude: 40.7, longitude: -74 };
const holding = (item: Native): string[] =>
  Object.entries(quality)
    .filter(([, holds]) => holds(item))
    .map(([name]) => name);

const ALL = ['valid-place-id', 'merchant-name', 'address', 'all-three', 'coordinates'];
const but = (...names: string[]): string[] => ALL.filter((name) => !names.includes(name));

test('all of it holds for a sound row', () => {
  expect(holding(sound)).toStrictEqual(ALL);
});

test.each([
  ['', but('valid-place-id', 'all-three')],
  [null, but('valid-place-id', 'all-three')],
  [undefined, but('valid-place-id', 'all-three')],
  [' No_Results', but('valid-place-id', 'all-three')],
  ['INVALID', but('valid-place-id', 'all-three')],
  ['null', but('valid-place-id', 'all-three')],
  [['ChIJ1234'], but('valid-place-id', 'all-three')],
  [4711, but('valid-place-id', 'all-three')],
])('place_id %j', (place_id, expected) => {
  expect(holding({ ...sound, place_id })).toStrictEqual(expected);
});

test.each(['merchant_name', 'address'])('%s that says nothing, or is no text, is none', (name) => {
  const lacking = but(name === 'address' ? 'address' : 'merchant-name', 'all-three');
  for (const value of ['', '  ', 'N/A', 'unknown', null, undefined, 17, ['text'], { text: 1 }])
    expect(holding({ ...sound, [name]: value })).toStrictEqual(lacking);
});

test.each([
  [91, 0],
  [0, 180.5],
  [40.7, undefined],
  [undefined, -74],
  ['40.7', '-74'],
  [Number.NaN, 0],
])('latitude %j with longitude %j is no place', (latitude, longitude) => {
  expect(holding({ ...sound, latitude, longitude })).toStrictEqual(but('coordinates'));
});

test('(0,0) is one, though a suspicious one', () => {
  expect(holding({ ...sound, latitude: 0, longitude: 0 })).toStrictEqual(ALL);
});
