import { isRunWide, MOMENTARY, type Throttle, throttleName, throttleNamed, UNTOLD } from '../../../lib/core/throttle.ts';

const write = (limit: Throttle['limit'], index: string | null = null): Throttle => ({ index, operation: 'write', limit });

test.each([
  ['a key range of the table', write('key-range'), false],
  ['one that was over a moment later', MOMENTARY, false],
  ['a key of an index, which all segments feed', write('key-range', 'GSI3'), true],
  ['what the table was given', write('provisioned'), true],
  ['the account', write('account'), true],
  ['one of which nothing was said', UNTOLD, true],
])('%s: whether it holds the whole run', (_, throttle, wide) => {
  expect(isRunWide(throttle)).toBe(wide);
  expect(throttleNamed(throttleName({ ...throttle, operation: 'write' }))).toStrictEqual({ ...throttle, operation: 'write' });
});
