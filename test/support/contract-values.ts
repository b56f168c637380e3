import type { AttributeValue, Item } from '../../lib/core/attribute-value.ts';

/** A value of a type, others that hardly differ from it, and other spellings of the same one. */
export interface Specimen {
  what: string;
  value: AttributeValue;
  near: AttributeValue[];
  same?: AttributeValue[];
}

const S = (text: string): AttributeValue => ({ S: text });
const N = (text: string): AttributeValue => ({ N: text });
const B = (...bytes: number[]): AttributeValue => ({ B: new Uint8Array(bytes) });
const L = (...entries: AttributeValue[]): AttributeValue => ({ L: entries });
const M = (entries: Item): AttributeValue => ({ M: entries });
const SS = (...texts: string[]): AttributeValue => ({ SS: texts });
const NS = (...texts: string[]): AttributeValue => ({ NS: texts });
const BS = (...bytes: number[][]): AttributeValue => ({ BS: bytes.map((entry) => new Uint8Array(entry)) });
const NULL: AttributeValue = { NULL: true };

const DIGITS = '1234567890123456789012345678901234567';
const KB = 1024;
const LARGE = 390 * KB;
const large = new Uint8Array(LARGE).fill(7);
const otherLarge = Uint8Array.from(large);
otherLarge[LARGE - 1] = 8;

const deep = (leaf: AttributeValue): AttributeValue =>
  M({ list: L(N('1'), M({ 'a.b': L(L(), leaf), empty: S('') }), SS('x', 'y')), bytes: B(0, 255), none: NULL, flag: { BOOL: false } });

/** Maps and lists in each other; DynamoDB takes 32 levels. */
export const nested = (leaf: AttributeValue, levels: number): AttributeValue =>
  levels === 0 ? leaf : levels % 2 === 0 ? L(nested(leaf, levels - 1)) : M({ a: nested(leaf, levels - 1) });

/** Every type of DynamoDB's, with the values at its edges. */
export const specimens: readonly Specimen[] = [
  { what: 'S', value: S('text'), near: [S('texT'), S('text '), S('tex'), S('')] },
  { what: 'S, empty', value: S(''), near: [S(' '), S('\u0000')] },
  { what: 'S, composed', value: S('caf\u00e9'), near: [S('cafe\u0301'), S('cafe')] },
  { what: 'S, beyond the BMP', value: S('\u{1F9FE}\u{10FFFF}'), near: [S('\u{1F9FE}'), S('\u{1F9FF}\u{10FFFF}')] },
  { what: 'S, control characters', value: S('\u0000\n\u2028"\\'), near: [S('\u0000\n\u2028"\\\\'), S('\n\u2028"\\')] },
  { what: 'S, a number', value: S('1'), near: [N('1'), S('1.0')] },
  { what: 'S, 390 KB', value: S('x'.repeat(LARGE)), near: [S(`${'x'.repeat(LARGE - 1)}y`), S('x'.repeat(LARGE - 1))] },
  { what: 'N', value: N('1'), near: [N('1.1'), N('-1'), S('1'), N('10')], same: [N('1.0'), N('01'), N('10e-1'), N('0.1E+1')] },
  { what: 'N, zero', value: N('0'), near: [N('1e-130'), S('0')], same: [N('-0'), N('0.000'), N('0e10')] },
  { what: 'N, written as -0', value: N('-0'), near: [N('-1e-130'), N('1')], same: [N('0')] },
  { what: 'N, trailing zeros', value: N('1.500'), near: [N('1.501'), N('15')], same: [N('1.5'), N('15e-1'), N('150E-2')] },
  {
    what: 'N, 38 digits',
    value: N(`${DIGITS}8`),
    near: [N(`${DIGITS}9`), N(`-${DIGITS}8`), N(`${DIGITS}.8`)],
    same: [N(`${DIGITS}8.0`), N(`0.${DIGITS}8e38`)],
  },
  { what: 'N, 38 digits behind the point', value: N(`-0.${DIGITS}8`), near: [N(`-0.${DIGITS}9`), N(`0.${DIGITS}8`)] },
  {
    what: 'N, the largest',
    value: N('9.9999999999999999999999999999999999999E+125'),
    near: [N('9.9999999999999999999999999999999999998E+125')],
  },
  { what: 'N, the smallest', value: N('1E-130'), near: [N('2E-130'), N('0'), N('-1E-130')], same: [N('0.1e-129')] },
  { what: 'N, a large exponent', value: N('1e100'), near: [N('1e101'), N('1.1e100')], same: [N(`1${'0'.repeat(100)}`)] },
  { what: 'B', value: B(0, 128, 255), near: [B(0, 128, 254), B(0, 128), B(0, 128, 255, 0), S('AID/')] },
  { what: 'B, empty', value: B(), near: [B(0), S('')] },
  { what: 'B, 390 KB', value: { B: large }, near: [{ B: otherLarge }, { B: large.subarray(1) }] },
  { what: 'BOOL, true', value: { BOOL: true }, near: [{ BOOL: false }, S('true'), N('1')] },
  { what: 'BOOL, false', value: { BOOL: false }, near: [{ BOOL: true }, NULL, N('0')] },
  { what: 'NULL', value: NULL, near: [{ BOOL: false }, { BOOL: true }, S('')] },
  { what: 'SS', value: SS('a', 'b'), near: [SS('a'), SS('a', 'b', 'c'), SS('a', 'B'), L(S('a'), S('b'))], same: [SS('b', 'a')] },
  { what: 'SS, of one', value: SS('a'), near: [S('a'), SS('b')] },
  { what: 'SS, with an empty one', value: SS('', 'a'), near: [SS('a'), SS(' ', 'a')] },
  { what: 'NS', value: NS('1', '2.5'), near: [NS('1'), NS('1', '2.6'), SS('1', '2.5')], same: [NS('2.5', '1'), NS('1.0', '2.50')] },
  { what: 'NS, spelled otherwise', value: NS('1.0', '25e-1'), near: [NS('1', '2')], same: [NS('1', '2.5')] },
  { what: 'NS, 38 digits', value: NS(`${DIGITS}8`, '1'), near: [NS(`${DIGITS}9`, '1')] },
  { what: 'BS', value: BS([1, 2], [3]), near: [BS([1, 2]), BS([1, 2], [4]), SS('AQI=', 'Aw==')], same: [BS([3], [1, 2])] },
  { what: 'BS, with an empty one', value: BS([], [1]), near: [BS([1]), BS([0], [1])] },
  { what: 'L', value: L(S('a'), N('1')), near: [L(N('1'), S('a')), L(S('a')), L(S('a'), N('2')), L(S('a'), N('1'), NULL)] },
  { what: 'L, numbers spelled otherwise', value: L(N('1.50')), near: [L(N('1.51'))], same: [L(N('1.5'))] },
  { what: 'L, empty', value: L(), near: [L(NULL), L(L()), M({})] },
  { what: 'L, of sets', value: L(SS('a', 'b'), NS('1')), near: [L(SS('a'), NS('1')), L(SS('a', 'b'), NS('2'))] },
  { what: 'L, of 30', value: L(...Array.from({ length: 30 }, (_, i) => N(String(i)))), near: [L(...Array(30).fill(N('1')))] },
  { what: 'M', value: M({ a: S('x'), b: N('1') }), near: [M({ a: S('x') }), M({ a: S('x'), b: N('2') }), M({ a: S('x'), B: N('1') })] },
  { what: 'M, one name more', value: M({ a: S('x') }), near: [M({ a: S('x'), b: NULL }), M({})] },
  { what: 'M, empty', value: M({}), near: [M({ a: NULL }), L()] },
  {
    what: 'M, odd names',
    value: M({ 'a.b': N('1'), 'a b': N('2'), '#c': N('3'), ':d': N('4'), size: N('5'), ключ: N('6'), constructor: N('7') }),
    near: [M({ a: M({ b: N('1') }), 'a b': N('2'), '#c': N('3'), ':d': N('4'), size: N('5'), ключ: N('6'), constructor: N('7') })],
  },
  { what: 'M and L, nested', value: deep(S('leaf')), near: [deep(S('Leaf')), deep(NULL), deep(L(S('leaf')))] },
  { what: 'M and L, 16 levels deep', value: nested(S('leaf'), 16), near: [nested(S('leaf'), 15), nested(S('Leaf'), 16)] },
];

/** Names that expressions cannot spell out, or that mean something else there, or in JavaScript. */
export const oddNames: readonly string[] = [
  'name',
  'size',
  'SET',
  'attribute_exists',
  'a.b',
  'a[0]',
  'a b',
  ' ',
  '#a',
  ':a',
  '#n0',
  ':v0',
  'naïve',
  'ключ',
  '\u{1F9FE}',
  'constructor',
  'toString',
  '0',
  'x'.repeat(255),
];

/** A value of each type, none of which a specimen is equal to. */
export const others: readonly AttributeValue[] = [
  S('of another type'),
  N('4711'),
  B(47, 11),
  SS('of another type'),
  NS('4711'),
  BS([47, 11]),
  L(S('of another type')),
  M({ of: S('another type') }),
];
