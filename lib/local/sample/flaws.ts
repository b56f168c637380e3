/** What is wrong with real receipts, and how often. */
import { type AttributeValue, type Item, itemSize } from '../../core/attribute-value.ts';
import { type Random, weightedIndex } from './random.ts';

/** Shares of the rows that a flaw can strike: all of them, unless a comment says otherwise. Flaws of one group exclude each other. */
export const flawShares = {
  placeId: {
    /** `null`, as a text. */
    placeIdLiteralNull: 0.01,
    placeIdNoResults: 0.008,
    placeIdInvalid: 0.005,
    /** The three above in another case, or with blanks around them. */
    placeIdSpelledOtherwise: 0.003,
    placeIdEmpty: 0.015,
    /** 37 characters where others have 27: Google answers NOT_FOUND. */
    placeIdTooLong: 0.01,
  },
  name: {
    nameIsStreetAddress: 0.015,
    nameEmpty: 0.003,
    nameUpperCase: 0.08,
    /** Of the wholesale clubs' rows: `X WHOLESALE`, `X - WHOLESALE`. */
    nameWholesaleVariant: 0.4,
    /** Of the rows whose merchant has an `&` in its name: `X and Y`. */
    nameAmpersandVariant: 0.3,
  },
  phone: { phoneNotAvailable: 0.02, phoneUnknown: 0.015, phoneEmptyText: 0.01, phoneNull: 0.04 },
  category: { categorySpelledOtherwise: 0.3, categoryNotAvailable: 0.04, categoryNull: 0.06 },
  address: { addressWithoutCountry: 0.35, addressEmptyText: 0.005, addressNull: 0.03 },
  matchedFields: { matchedFieldsUnknown: 0.03 },
  status: { statusAbsent: 0.03 },
} as const;

/** Rows that are rare enough to be counted: so many in every sample that has room for them. */
export const flawCounts = {
  placeIdNullTyped: 4,
  placeIdOddCharacters: 6,
  coordinatesOutOfRange: 4,
  coordinatesZero: 4,
  coordinatesOnlyOne: 4,
  /** These three violate the schema. */
  malformedMerchantName: 1,
  malformedTimestamp: 1,
  malformedPlaceId: 1,
  /** About 390 KB, of the 400 KB that an item may have. */
  huge: 1,
} as const;

type NamesIn<Groups> = { [Group in keyof Groups]: keyof Groups[Group] }[keyof Groups];
export type RareFlaw = keyof typeof flawCounts;
export type FlawName = NamesIn<typeof flawShares> | RareFlaw;
export type PlaceIdFlaw = keyof (typeof flawShares)['placeId'];
export type NoteFlaw = (flaw: FlawName) => void;

/** Draws at most one flaw of a group. */
export function drawFlaw<Name extends string>(random: Random, shares: Readonly<Record<Name, number>>): Name | undefined {
  let u = random.next();
  for (const name of Object.keys(shares) as Name[]) {
    u -= shares[name];
    if (u < 0) return name;
  }
  return undefined;
}

/** The shares of those rows that have a status. */
const statuses = ['MATCHED', 'UNSURE', 'NO_MATCH'] as const;
export type Status = (typeof statuses)[number];
export const statusShares: Record<Status, number> = { MATCHED: 0.79, UNSURE: 0.205, NO_MATCH: 0.005 };
const statusIndex = weightedIndex(statuses.map((status) => statusShares[status]));
export const drawStatus = (random: Random): Status => statuses[statusIndex(random.next())] ?? 'MATCHED';

/** Ids that a careless client breaks a URL with. */
export const oddPlaceIds = [
  'ChIJ/slash/in/the/middle',
  'ChIJquestion?fields=id',
  'ChIJfragment#section',
  'ChIJ with blanks inside',
  'ChIJünïcödé店舗',
  'ChIJpercent%2Fsign&and=more',
] as const;

const spelledOtherwise = [' invalid ', 'Invalid', 'NULL', 'Null ', 'no_results', ' No_Results', '\tINVALID'] as const;

/** A place id that stands for none; `placeIdTooLong` is made elsewhere, it looks like one. */
export function uselessPlaceId(random: Random, flaw: Exclude<PlaceIdFlaw, 'placeIdTooLong'>): string {
  switch (flaw) {
    case 'placeIdLiteralNull':
      return 'null';
    case 'placeIdNoResults':
      return 'NO_RESULTS';
    case 'placeIdInvalid':
      return 'INVALID';
    case 'placeIdEmpty':
      return '';
    case 'placeIdSpelledOtherwise':
      return random.pick(spelledOtherwise);
  }
}

const groceryCategories = ['Grocery', 'GROCERY', 'grocery_or_supermarket', 'Grocery Store', 'groceries'] as const;
const groceryTypes = new Set(['grocery_store', 'supermarket', 'warehouse_store']);

/** Another spelling of a category, such as `GROCERY` or `Coffee Shop`. */
export function categorySpelledOtherwise(random: Random, type: string): string {
  if (groceryTypes.has(type)) return random.pick(groceryCategories);
  const words = type.replaceAll('_', ' ');
  return random.pick([words.replace(/\b[a-z]/g, (letter) => letter.toUpperCase()), words.toUpperCase(), words]);
}

/** `COSTCO WHOLESALE` or `COSTCO - WHOLESALE`, for a club however it is called. */
export function wholesaleVariant(random: Random, name: string): string {
  const short = name.replace(/ wholesale.*$/i, '').toUpperCase();
  return random.pick([`${short} WHOLESALE`, `${short} - WHOLESALE`, `${short} -WHOLESALE`]);
}

const HUGE_BYTES = 390 * 1024;
const sentence =
  'The text recognition repeated this line of the receipt over and over, and the validator kept all of it as its reasoning. ';

/** The item with a `reasoning` so long that it measures about 390 KB. */
export function makeHuge(item: Item): Item {
  const missing = HUGE_BYTES - itemSize({ ...item, reasoning: { S: '' } });
  return { ...item, reasoning: { S: sentence.repeat(Math.ceil(missing / sentence.length)).slice(0, missing) } };
}

/** For the malformed flaws, the item as no schema has it; else the item itself. Index keys stay as they were, unless they repeat what is broken. */
export function makeMalformed(item: Item, flaw: RareFlaw | undefined): Item {
  const without = (...names: string[]): Item => Object.fromEntries(Object.entries(item).filter(([name]) => !names.includes(name)));
  const listed = (value: AttributeValue | undefined): AttributeValue => ({ L: value ? [value] : [] });
  switch (flaw) {
    case 'malformedMerchantName':
      return { ...without('GSI1PK', 'GSI1SK'), merchant_name: { N: '4711' } };
    case 'malformedTimestamp':
      return without('timestamp');
    case 'malformedPlaceId':
      return { ...without('GSI2PK', 'GSI2SK'), place_id: listed(item.place_id) };
    default:
      return item;
  }
}
