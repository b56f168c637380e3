import fc from 'fast-check';
import { MOST_BYTES, MOST_ITEMS, MOST_SEGMENTS, segmentCount } from '../../../lib/core/segment-count.ts';

const KB = 1024;
const whole = { concurrency: 50, isPhased: false, limit: null, batchSize: 100 };

describe('a table is cut', () => {
  test.each([
    ['an empty one', { items: 0, bytes: null }, 8],
    ['a small one', { items: 3_000, bytes: 3_000 * KB }, 8],
    ['500 items to each', { items: 20_000, bytes: 20_000 * KB }, 40],
    ['8 MB to each', { items: 20_000, bytes: 20_000 * 100 * KB }, 245],
    ['eight for each worker', { items: 1_000_000, bytes: 1_000_000 * KB }, 400],
    ['eight for each worker, of a hundred million', { items: 100_000_000, bytes: null }, 400],
    ['250,000 items to each', { items: 1_000_000_000, bytes: null }, 4_000],
    ['2 GB to each', { items: 10_000_000, bytes: 10_000_000 * 390 * KB }, 1_860],
    ['as often as can be', { items: 1e12, bytes: null }, 10_000],
    ['one of unknown size', { items: null, bytes: null }, 400],
  ])('%s', (_, extent, expected) => {
    expect(segmentCount(extent, whole)).toBe(expected);
  });

  test('by the workers there are', () => {
    const extent = { items: 10_000_000, bytes: null };
    expect([1, 8, 1000].map((concurrency) => segmentCount(extent, { ...whole, concurrency }))).toStrictEqual([40, 64, 8_000]);
  });

  test('so that a phase is a fair share, however small the table or the limit', () => {
    expect(segmentCount({ items: 3_000, bytes: null }, { ...whole, isPhased: true })).toBe(200);
    expect(segmentCount({ items: 1_000_000_000, bytes: null }, { ...whole, isPhased: true })).toBe(4_000);
  });

  test('seldom for a small limit', () => {
    expect(segmentCount({ items: 10_000_000, bytes: null }, { ...whole, limit: 250 })).toBe(3);
    expect(segmentCount({ items: 10_000_000, bytes: null }, { ...whole, limit: 10_000_000 })).toBe(400);
  });
});

test('no segment of a whole run is too fat as long as a Map can hold them, and a larger table never has fewer', () => {
  const size = fc.integer({ min: 0, max: MOST_ITEMS * MOST_SEGMENTS });
  fc.assert(
    fc.property(size, fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 1000 }), (items, itemKb, concurrency) => {
      const bytes = Math.min(items * itemKb * KB, MOST_BYTES * MOST_SEGMENTS);
      const count = segmentCount({ items, bytes }, { ...whole, concurrency });
      expect(items / count).toBeLessThanOrEqual(MOST_ITEMS);
      expect(bytes / count).toBeLessThanOrEqual(MOST_BYTES);
      expect(count).toBeLessThanOrEqual(MOST_SEGMENTS);
      expect(segmentCount({ items: items * 2, bytes: bytes * 2 }, { ...whole, concurrency })).toBeGreaterThanOrEqual(count);
    }),
  );
});
