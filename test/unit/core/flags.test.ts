import * as fc from 'fast-check';
import { filterFor, requestKey } from '../../../lib/backfills/wardrobe-normalize/feature-flags.ts';
import { isOn, parseRollouts, positionOf } from '../../../lib/core/flags.ts';

describe('a rollout', () => {
  test('is the same on every machine', () => {
    // printf 'FEATURE_X\nann' | sha256sum: the first twelve digits, over 2^48.
    expect(positionOf('FEATURE_X', 'ann')).toBeCloseTo(43.39280472438922, 9);
  });

  test('reaches nobody at 0 and everybody at 100, and keeps whom it has reached', () => {
    fc.assert(
      fc.property(fc.string(), fc.double({ min: 0, max: 100, noNaN: true }), fc.double({ min: 0, max: 100, noNaN: true }), (key, a, b) => {
        expect(isOn({ F: 0 }, 'F', key)).toBe(false);
        expect(isOn({ F: 100 }, 'F', key)).toBe(true);
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        expect(isOn({ F: less }, 'F', key) && !isOn({ F: more }, 'F', key)).toBe(false);
      }),
    );
  });

  test.each([5, 25, 50])('of %d %% reaches about so many', (percent) => {
    const keys = Array.from({ length: 10_000 }, (_, n) => `user_${n}`);
    const reached = keys.filter((key) => isOn({ F: percent }, 'F', key)).length;
    expect(Math.abs(reached / 100 - percent)).toBeLessThan(2);
  });

  test('is off where it is not named', () => {
    expect(isOn({}, 'F', 'ann')).toBe(false);
    expect(isOn({}, 'constructor', 'ann')).toBe(false);
  });
});

describe('the document', () => {
  test('is an object of percentages; true and false are all and none', () => {
    expect(parseRollouts('{"A":5,"B":true,"C":false,"D":0.5}', 'there')).toStrictEqual({ A: 5, B: 100, C: 0, D: 0.5 });
  });

  test.each(['', '[]', '{', '5', '{"A":101}', '{"A":-1}', '{"A":"5"}'])('%j is none', (text) => {
    expect(() => parseRollouts(text, 'there')).toThrow(
      expect.objectContaining({ code: 'flags.unreadable', message: expect.stringContaining('there') }),
    );
  });
});

describe('the filter', () => {
  test.each([
    [{}, 'traditional', false],
    [{ FEATURE_SEMANTIC_MATCH: 100 }, 'semantic', false],
    [{ FEATURE_DEBUG_OUTPUT: 100 }, 'traditional', true],
    [{ FEATURE_SEMANTIC_MATCH: 100, FEATURE_DEBUG_OUTPUT: 100 }, 'semantic', true],
    [{ FEATURE_SEMANTIC_MATCH: 100, FEATURE_DEBUG_OUTPUT: 100, FEATURE_FORCE_TRADITIONAL: 100 }, 'traditional', false],
    [{ FEATURE_SEMANTIC_MATCH: 0, FEATURE_FORCE_TRADITIONAL: 0 }, 'traditional', false],
  ])('with %j is %s, debug %s', (rollouts, mode, debug) => {
    expect(filterFor(rollouts, 'ann')).toStrictEqual({ mode, debug });
  });

  test('works the same for every spelling of a request', () => {
    expect(requestKey({ style: ' Business-Casual ', mood: 'Bold' })).toBe(requestKey({ style: 'business_casual', mood: 'bold' }));
    expect(requestKey({ style: 'bold' })).not.toBe(requestKey({ mood: 'bold' }));
  });
});
