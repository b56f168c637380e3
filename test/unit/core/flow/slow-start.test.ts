import fc from 'fast-check';
import { SlowStart } from '../../../../lib/core/flow/slow-start.ts';

const starting = (part = 1): SlowStart => new SlowStart(part);

test('all workers together begin with what one partition bears', () => {
  expect(starting().rate).toBe(1_000);
  const one = starting(1 / 50);
  expect(one.rate).toBe(20);
  one.begin(3 / 50);
  expect(one.rate).toBe(60);
});

test('who needs more has twice as much each 300 ms, and who does not has no more', () => {
  const start = starting();
  for (let now = 0; now <= 1_500; now += 50) start.press(now);
  expect(start.rate).toBe(32_000);
  expect(starting().rate).toBe(1_000);
});

test('what is refused halves it, and it goes on three seconds after the last refusal', () => {
  const start = starting();
  for (let now = 0; now <= 900; now += 100) start.press(now);
  // Those of one batch are one.
  for (const now of [1_000, 1_010, 1_020, 1_200]) start.refuse(now);
  expect(start.rate).toBe(2_000);
  for (let now = 1_200; now < 4_200; now += 100) start.press(now);
  expect(start.rate).toBe(2_000);
  start.press(4_200);
  expect(start.rate).toBe(4_000);
});

test('it never grows faster than that, whoever presses, and falls by refusals alone', () => {
  const happenings = fc.array(fc.record({ ms: fc.integer({ min: 0, max: 400 }), refused: fc.boolean() }), { maxLength: 60 });
  fc.assert(
    fc.property(happenings, (all) => {
      const start = starting();
      let now = 0;
      for (const { ms, refused } of all) {
        now += ms;
        const before = start.rate;
        if (refused) start.refuse(now);
        else start.press(now);
        expect(start.rate).toBeLessThanOrEqual(1_000 * 2 ** (now / 300));
        if (!refused) expect(start.rate).toBeGreaterThanOrEqual(before);
      }
    }),
  );
});
