import fc from 'fast-check';
import { lookEveryMs, patienceMs, silentMs } from '../../../../lib/core/flow/looks.ts';

test.each([
  [1, 1_000],
  [500, 1_000],
  [1_000, 2_000],
])('%i workers look every %i ms each', (workers, ms) => {
  expect(lookEveryMs(workers)).toBe(ms);
});

test('however many there are, they look five hundred times a second at most, and none is taken for lost who missed a look', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), (workers) => {
      expect((1_000 * workers) / lookEveryMs(workers)).toBeLessThanOrEqual(500);
      expect(silentMs(workers, true)).toBeGreaterThan(3 * lookEveryMs(workers));
      expect(patienceMs(workers) + lookEveryMs(workers)).toBeLessThanOrEqual(silentMs(workers, true));
      expect(silentMs(workers, false)).toBeGreaterThan(2 * lookEveryMs(workers));
    }),
  );
});
