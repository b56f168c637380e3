import fc from 'fast-check';
import { dispatchOrder } from '../../../lib/core/dispatch-order.ts';
import { numbers } from '../../../lib/core/rounds.ts';

const sorted = (segments: readonly number[]): number[] => [...segments].sort((a, b) => a - b);

test('every segment is begun once, in an order that the seed alone decides', () => {
  const segments = fc.uniqueArray(fc.nat({ max: 100_000 }), { maxLength: 300 });
  fc.assert(
    fc.property(segments, fc.string(), (some, seed) => {
      const order = dispatchOrder(some, seed);
      expect(sorted(order)).toStrictEqual(sorted(some));
      expect(dispatchOrder(sorted(some), seed)).toStrictEqual(order);
    }),
  );
});

test('another run begins elsewhere', () => {
  expect(dispatchOrder(numbers(200), 'a')).not.toStrictEqual(dispatchOrder(numbers(200), 'b'));
});

test.each([8, 16, 50])('of %d begun one after another, a quarter of the table has a quarter, give or take two', (some) => {
  for (const seed of numbers(20).map(String)) {
    const order = dispatchOrder(numbers(2_000), seed);
    for (let from = 0; from + some <= 320; from += some) {
      const quarters = [0, 0, 0, 0];
      for (const segment of order.slice(from, from + some))
        quarters[Math.floor(segment / 500)] = (quarters[Math.floor(segment / 500)] ?? 0) + 1;
      for (const count of quarters) expect(Math.abs(count - some / 4)).toBeLessThanOrEqual(2.5);
    }
  }
});
