/** What is wrong with real wardrobes, and how often. */
import type { AttributeValue } from '../../core/attribute-value.ts';
import type { Random } from './random.ts';

/** Shares of the fields that a flaw strikes; at most one a field. */
export const fieldFlawShares = {
  /** `Casual` instead of `[Casual]`. */
  plainText: 0.06,
  /** `Casual, Streetwear`. */
  commaText: 0.04,
  emptyText: 0.01,
  /** Blank entries in the list. */
  blanks: 0.03,
  /** One value twice, in two spellings. */
  repeated: 0.05,
  null: 0.03,
  missing: 0.03,
  emptyList: 0.02,
  /** Numbers, NULL or booleans among the texts. */
  mixedTypes: 0.015,
  set: 0.03,
} as const;

export type FieldFlaw = keyof typeof fieldFlawShares;

/** Items that are rare enough to be counted: so many in every sample that has room for them. */
export const itemFlawCounts = {
  /** These five violate the schema: a number, a map, a boolean, bytes, a huge number instead of a list. */
  shapeNumber: 3,
  shapeMap: 2,
  shapeBoolean: 1,
  shapeBytes: 1,
  shapeHugeNumber: 1,
  /** A set of numbers: a list without a single text. */
  numberSet: 2,
  /** None of the four fields is there. */
  bare: 4,
  /** `normalized` is a text. */
  normalizedText: 2,
  /** By a later version than this one. */
  normalizedNewer: 2,
  /** By this version, but the originals were changed afterwards. */
  normalizedStale: 3,
} as const;

export type ItemFlaw = keyof typeof itemFlawCounts;

/** Shares of the items that stand in `normalized` already; the rest have none. */
export const normalizedShares = {
  /** By this version, as the application writes new items. */
  current: 0.03,
  /** By version 0.9, which kept blanks and hyphens. */
  older: 0.04,
  /** NULL, as the former rollback left it. */
  null: 0.05,
} as const;

export type NormalizedBefore = keyof typeof normalizedShares;

/** A canonical value as people write it: `Business Casual`, `business-casual`, ` BUSINESS  CASUAL `. */
export function spelledByPeople(random: Random, value: string): string {
  if (value === 'laid_back' && random.chance(0.4)) return random.pick(['laidback', 'Laidback']);
  const words = value.split('_');
  const joined = words.join(random.pick([' ', ' ', ' ', '-', '_', '  ']));
  const cased = random.pick([
    joined,
    joined.toLowerCase(),
    joined.replace(/\b[a-z]/g, (letter) => letter.toUpperCase()),
    joined.toUpperCase(),
  ]);
  return random.chance(0.05) ? ` ${cased}\t` : cased;
}

const texts = (values: readonly string[]): AttributeValue => ({ L: values.map((S) => ({ S })) });

/** The attribute for some values, with a flaw; `undefined`: it is left out. */
export function flawedField(random: Random, values: readonly string[], flaw: FieldFlaw | undefined): AttributeValue | undefined {
  const spelled = values.map((value) => spelledByPeople(random, value));
  switch (flaw) {
    case undefined:
      return texts(spelled);
    case 'plainText':
      return { S: spelled[0] ?? '' };
    case 'commaText':
      return { S: spelled.join(random.pick([', ', ',', ' , ', ',,'])) };
    case 'emptyText':
      return { S: '' };
    case 'blanks':
      return texts([...spelled.slice(0, 1), '', ...spelled.slice(1), '  ', '\n']);
    case 'repeated':
      return texts([...spelled, ...values.slice(0, 1).map((value) => value.replaceAll('_', '-').toUpperCase())]);
    case 'null':
      return { NULL: true };
    case 'missing':
      return undefined;
    case 'emptyList':
      return { L: [] };
    case 'mixedTypes':
      return { L: [{ N: '42' }, ...spelled.map((S) => ({ S })), random.pick([{ NULL: true as const }, { BOOL: true }, { L: [] }])] };
    case 'set':
      return { SS: [...new Set(spelled)] };
  }
}

/** What stands in a field that violates the schema. */
export const wrongShapes: Partial<Record<ItemFlaw, AttributeValue>> = {
  shapeNumber: { N: '7' },
  shapeMap: { M: { primary: { S: 'casual' } } },
  shapeBoolean: { BOOL: true },
  shapeBytes: { B: new Uint8Array([1, 2, 3]) },
  shapeHugeNumber: { N: '12345678901234567890123456789012345678' },
  numberSet: { NS: ['1', '2.5', '12345678901234567890123456789012345678'] },
};
