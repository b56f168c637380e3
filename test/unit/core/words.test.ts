import { calledIn, rate } from '../../../lib/core/words.ts';

test.each([
  [0, '0 %'],
  [0.058, '5.8 %'],
  [0.05849, '5.85 %'],
  [1, '100 %'],
  [0.000049, '<0.01 %'],
])('the share %d is %s', (share, text) => {
  expect(rate(share)).toBe(text);
});

test('a command is called in its environment, unless it names one', () => {
  const text = 'Look with `npx backfill runs`, or `npx backfill runs -e staging`; `npm test` is none.';
  expect(calledIn(text, 'local')).toBe(text);
  expect(calledIn(text, 'production')).toBe(
    'Look with `npx backfill runs -e production`, or `npx backfill runs -e staging`; `npm test` is none.',
  );
});
