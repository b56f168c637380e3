import fc from 'fast-check';
import type { AttributeValue, Item } from '../../lib/core/attribute-value.ts';

/** A decimal as a sign, up to 38 digits and an exponent: `digits * 10^power`. */
export const decimal = fc.record({
  negative: fc.boolean(),
  digits: fc.bigInt({ min: 0n, max: 10n ** 38n - 1n }),
  power: fc.integer({ min: -60, max: 60 }),
});
export type Decimal = typeof decimal extends fc.Arbitrary<infer T> ? T : never;

/** One of the spellings of a decimal: zeros before and behind, a point anywhere, an exponent to match. */
export const spelling = fc.record({ leading: fc.nat(3), trailing: fc.nat(3), point: fc.nat(40), big: fc.boolean(), plus: fc.boolean() });
export type Spelling = typeof spelling extends fc.Arbitrary<infer T> ? T : never;

export function spell({ negative, digits, power }: Decimal, { leading, trailing, point, big, plus }: Spelling): string {
  const all = `${'0'.repeat(leading)}${digits}${'0'.repeat(trailing)}`;
  const behind = Math.min(point, all.length);
  const exponent = power - trailing + behind;
  const number = behind === 0 ? all : `${all.slice(0, all.length - behind)}.${all.slice(all.length - behind)}`;
  const sign = negative ? '-' : plus ? '+' : '';
  return exponent === 0 ? `${sign}${number}` : `${sign}${number}${big ? 'E' : 'e'}${exponent > 0 && plus ? '+' : ''}${exponent}`;
}

export const number = fc.tuple(decimal, spelling).map(([value, how]) => spell(value, how));
const bytes = fc.uint8Array({ maxLength: 12 });

/** Attribute names; `__proto__` is none that JavaScript's objects could hold. */
export const name = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => text !== '__proto__');

const SURROGATES = { from: 0xd800, size: 0x800 };

/** Any character at all, as fast-check's `binary` has them, which takes a second to build. */
const character = fc.nat(0x10ffff - SURROGATES.size).map(
  (place) => String.fromCodePoint(place < SURROGATES.from ? place : place + SURROGATES.size),
  (text) => {
    const point = typeof text === 'string' && [...text].length === 1 ? text.codePointAt(0) : undefined;
    if (point === undefined) throw new TypeError('It is not one character.');
    return point < SURROGATES.from ? point : point - SURROGATES.size;
  },
);

const valueWith = (numbers: fc.Arbitrary<string>): fc.Arbitrary<AttributeValue> =>
  fc.letrec<{ value: AttributeValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.string({ unit: character }).map((S) => ({ S })),
      numbers.map((N) => ({ N })),
      bytes.map((B) => ({ B })),
      fc.boolean().map((BOOL) => ({ BOOL })),
      fc.constant({ NULL: true as const }),
      fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 4 }).map((SS) => ({ SS })),
      fc.uniqueArray(fc.integer().map(String), { minLength: 1, maxLength: 4 }).map((NS) => ({ NS })),
      fc.uniqueArray(bytes, { minLength: 1, maxLength: 4, selector: (entry) => entry.join() }).map((BS) => ({ BS })),
      fc.array(tie('value'), { maxLength: 4 }).map((L) => ({ L })),
      fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }).map((M) => ({ M })),
    ),
  })).value;

export const value = valueWith(number);

/** As dynalite takes it, too: it refuses a plus sign before a number. */
export const storableValue = valueWith(fc.tuple(decimal, spelling).map(([decimal, how]) => spell(decimal, { ...how, plus: false })));

export const item: fc.Arbitrary<Item> = fc.dictionary(name, value, { maxKeys: 6, noNullPrototype: true });
export const key: fc.Arbitrary<Item> = fc.oneof(
  fc.string({ minLength: 1 }).map((S) => ({ id: { S } })),
  fc.tuple(fc.string({ minLength: 1 }), number).map(([S, N]) => ({ id: { S }, at: { N } })),
);
