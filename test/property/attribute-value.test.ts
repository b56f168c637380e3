import fc from 'fast-check';
import {
  canonicalNumber,
  canonicalValue,
  imagesFromJson,
  imagesToJson,
  itemFromJson,
  itemToJson,
  sameItem,
  sameValue,
} from '../../lib/core/attribute-value.ts';
import { addFingerprints, fingerprint, NO_FINGERPRINT } from '../../lib/core/fingerprint.ts';
import { type Decimal, decimal, item, name, spell, spelling, value } from './values.ts';

const throughJson = <T>(json: T): T => JSON.parse(JSON.stringify(json));

/** The decimal as a whole number of 10^-60. */
const scaled = ({ negative, digits, power }: Decimal): bigint => digits * 10n ** BigInt(power + 60) * (negative ? -1n : 1n);

describe('numbers', () => {
  test('however a number is spelled, it has one canonical form', () => {
    fc.assert(
      fc.property(decimal, spelling, spelling, (number, a, b) => {
        expect(canonicalNumber(spell(number, a))).toBe(canonicalNumber(spell(number, b)));
      }),
    );
  });

  test('two numbers have the same form exactly when they are equal', () => {
    const near = fc
      .tuple(decimal, fc.constantFrom(-1n, 0n, 1n), fc.integer({ min: -2, max: 2 }))
      .map(([a, digits, power]): [Decimal, Decimal] => [
        a,
        { ...a, digits: a.digits + digits < 0n ? 0n : a.digits + digits, power: Math.max(-60, Math.min(60, a.power + power)) },
      ]);
    fc.assert(
      fc.property(near, spelling, spelling, ([a, b], x, y) => {
        expect(canonicalNumber(spell(a, x)) === canonicalNumber(spell(b, y))).toBe(scaled(a) === scaled(b));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('values', () => {
  test('come back from JSON as they were', () => {
    fc.assert(
      fc.property(item, (one) => {
        const back = itemFromJson(throughJson(itemToJson(one)));
        expect(back).toStrictEqual(one);
        expect(sameItem(one, back)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('images come back from JSON, absent ones too', () => {
    fc.assert(
      fc.property(fc.dictionary(name, fc.option(value), { noNullPrototype: true }), (images) => {
        expect(imagesFromJson(throughJson(imagesToJson(images)))).toStrictEqual({ ...images });
      }),
    );
  });

  test('are the same exactly when their canonical texts are', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(sameValue(a, b)).toBe(canonicalValue(a) === canonicalValue(b));
        expect(sameValue(a, a)).toBe(true);
        expect(sameValue(a, null)).toBe(false);
      }),
    );
  });
});

describe('fingerprints', () => {
  test('do not depend on the order of items, nor of their attributes', () => {
    const shuffled = fc
      .array(item, { maxLength: 6 })
      .chain((items) => fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length })));
    fc.assert(
      fc.property(shuffled, ([items, other]) => {
        const turned = other.map((one) => Object.fromEntries(Object.entries(one).reverse()));
        expect(fingerprint(turned)).toBe(fingerprint(items));
      }),
    );
  });

  test('of two halves add up to that of the whole', () => {
    fc.assert(
      fc.property(fc.array(item), fc.array(item), (a, b) => {
        expect(addFingerprints(fingerprint(a), fingerprint(b))).toBe(fingerprint([...a, ...b]));
        expect(addFingerprints(fingerprint(a), NO_FINGERPRINT)).toBe(fingerprint(a));
      }),
    );
  });
});
