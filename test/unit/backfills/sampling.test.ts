import { slotFor } from '../../../lib/backfills/sampling.ts';
import { seededRandom } from '../../../lib/local/sample/random.ts';

function draw(candidates: number, size: number, random: () => number): number[] {
  const sample: number[] = [];
  for (let nth = 1; nth <= candidates; nth += 1) {
    const slot = slotFor(nth, size, random);
    if (slot !== undefined) sample[slot] = nth;
  }
  return sample;
}

test.each([
  [0, 3, []],
  [2, 3, [1, 2]],
  [3, 3, [1, 2, 3]],
  [5, 0, []],
])('of %d candidates for %d places those are taken', (candidates, size, expected) => {
  expect(draw(candidates, size, () => 0.5)).toStrictEqual(expected);
});

test('every candidate has the same chance', () => {
  const { next } = seededRandom(1);
  const ROUNDS = 20_000;
  const times = new Map<number, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const sample = draw(10, 3, next);
    expect(new Set(sample).size).toBe(3);
    for (const nth of sample) times.set(nth, (times.get(nth) ?? 0) + 1);
  }
  // Three of ten: 6,000 times each, give or take 65 (one standard deviation).
  for (let nth = 1; nth <= 10; nth += 1) expect(Math.abs((times.get(nth) ?? 0) - 0.3 * ROUNDS)).toBeLessThan(300);
});
