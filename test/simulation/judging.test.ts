import fc from 'fast-check';
import { Consumption } from '../../lib/simulation/consumption.ts';
import { isKept } from '../../lib/simulation/scenario.ts';

describe('what was consumed when', () => {
  const event = fc.record({ at: fc.nat(20_000), amount: fc.integer({ min: 1, max: 50 }) });

  test('every window holds what came in it, to a tenth of a second', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), fc.integer({ min: 1, max: 10 }), (events, seconds) => {
        const consumed = new Consumption(1_000);
        for (const { at, amount } of [...events].sort((a, b) => a.at - b.at)) consumed.add(amount, 1_000 + at);
        const sums = consumed.windows(seconds, 2, 20);

        const begins = sums.map((_, index) => 2_000 + 100 * index);
        const within = (from: number): number =>
          events.filter(({ at }) => at >= from && at < from + 1_000 * seconds).reduce((all, { amount }) => all + amount, 0);
        expect(sums).toHaveLength((20 - 2 - seconds) * 10 + 1);
        expect(sums).toStrictEqual(begins.map(within));
        expect(begins.map((from) => consumed.between(from / 1000, from / 1000 + seconds))).toStrictEqual(sums);
      }),
    );
  });

  test('of the largest, the largest step', () => {
    const largest = new Consumption(0, Math.max);
    for (const [at, amount] of [
      [10, 3],
      [20, 7],
      [950, 5],
      [2_500, 9],
    ] as const)
      largest.add(amount, at);

    expect([largest.largest(0, 1), largest.largest(0.5, 2), largest.largest(0, 3)]).toStrictEqual([7, 5, 9]);
  });
});

test('a figure that is none keeps no bound', () => {
  const verdict = { what: '', unit: '', least: 1, most: 2 };

  expect([0.9, 1, 2, 2.1, Number.NaN, Number.POSITIVE_INFINITY].map((figure) => isKept({ ...verdict, figure }))).toStrictEqual([
    false,
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(isKept({ what: '', unit: '', figure: Number.NaN, most: 1 })).toBe(false);
});
