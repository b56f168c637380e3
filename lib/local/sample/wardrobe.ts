/** A seeded `wardrobe` table: clothes whose style, occasion, mood and season many hands have written. */
import { moodTable } from '../../backfills/wardrobe-normalize/compatibility/mood.ts';
import { occasionTable } from '../../backfills/wardrobe-normalize/compatibility/occasion.ts';
import { styleTable } from '../../backfills/wardrobe-normalize/compatibility/style.ts';
import { partnersOf, type Table, valuesOf } from '../../backfills/wardrobe-normalize/compatibility/table.ts';
import { normalizeField } from '../../backfills/wardrobe-normalize/normalize.ts';
import { FIELDS, type Field } from '../../backfills/wardrobe-normalize/schema.ts';
import type { AttributeValue, Item } from '../../core/attribute-value.ts';
import { drawFlaw } from './flaws.ts';
import { type Random, seededRandom, weightedIndex } from './random.ts';
import {
  type FieldFlaw,
  fieldFlawShares,
  flawedField,
  type ItemFlaw,
  itemFlawCounts,
  type NormalizedBefore,
  normalizedShares,
  wrongShapes,
} from './wardrobe-flaws.ts';

export interface WardrobeOptions {
  /** @default 1 */
  seed?: number;
  /** How many items. @default 5_000 */
  items?: number;
}

export interface WardrobeSample {
  items: Item[];
  counts: Record<FieldFlaw, number> & Record<ItemFlaw, number> & Record<`normalized-${NormalizedBefore}`, number>;
}

/** Most clothes say nothing of a mood. */
const MOODLESS_SHARE = 0.3;

/** What clothes are for, and what people write of such clothes: canonical values, the likeliest first. */
const kinds: readonly { share: number; style: string; occasion: string; mood: string }[] = [
  {
    share: 0.28,
    style: 'business classic business_casual professional smart_casual',
    occasion: 'business work office meeting smart_casual',
    mood: 'professional confident polished refined',
  },
  {
    share: 0.3,
    style: 'casual streetwear everyday relaxed minimalist',
    occasion: 'casual everyday weekend errands brunch',
    mood: 'relaxed comfortable easygoing laid_back casual',
  },
  { share: 0.14, style: 'summer coastal_chic bohemian casual', occasion: 'beach vacation travel outdoor', mood: 'fresh playful fun calm' },
  {
    share: 0.14,
    style: 'elegant formal romantic sophisticated',
    occasion: 'dinner wedding cocktail date semi_formal',
    mood: 'romantic elegant sophisticated',
  },
  { share: 0.08, style: 'athletic athleisure sporty active', occasion: 'workout gym active sport', mood: 'energetic active dynamic' },
  { share: 0.06, style: 'edgy grunge streetwear punk', occasion: 'party night_out', mood: 'bold edgy rebellious' },
];
const kindIndex = weightedIndex(kinds.map(({ share }) => share));

/** Of the values; the others are drawn from all that there are. */
const VALUES_OF_KIND = 0.75;

const seasons = ['spring', 'summer', 'fall', 'winter', 'all', 'all_season', 'spring_summer'];
const colours = ['Blue', 'Black', 'White', 'Grey', 'Navy', 'Olive', 'Red', 'Beige', 'Striped', 'Checked'];
const garments = ['Jeans', 'Blazer', 'T-Shirt', 'Dress', 'Sneakers', 'Coat', 'Skirt', 'Loafers', 'Sweater', 'Scarf', 'Shorts', 'Shirt'];

/** Draws a value of a table; one with many partners is worn by many. */
function drawerOf(table: Table): (random: Random) => string {
  const values = valuesOf(table);
  const degrees = new Map(values.map((value) => [value, 1]));
  for (const [value, partners] of Object.entries(table.both))
    for (const end of [...partnersOf(partners), ...partnersOf(partners).map(() => value)]) degrees.set(end, (degrees.get(end) ?? 0) + 1);
  const index = weightedIndex(values.map((value) => degrees.get(value) ?? 1));
  return (random) => values[index(random.next())] as string;
}

const draw: Record<Field, (random: Random) => string> = {
  style: drawerOf(styleTable),
  occasion: drawerOf(occasionTable),
  mood: drawerOf(moodTable),
  season: (random) => random.pick(seasons),
};

/** The nth value of a kind is half as likely as the one before it. */
function drawOfKind(random: Random, values: readonly string[]): string {
  let index = 0;
  while (index < values.length - 1 && random.chance(0.5)) index += 1;
  return values[index] as string;
}

function drawValues(random: Random, field: Field, kind: number): string[] {
  const likely = field === 'season' ? [] : (kinds[kind]?.[field].split(' ') ?? []);
  const one = (): string => (likely.length > 0 && random.chance(VALUES_OF_KIND) ? drawOfKind(random, likely) : draw[field](random));
  return [...new Set(Array.from({ length: 1 + random.below(3) }, one))];
}

/** What a field's attribute holds, as the native value that the definition reads. */
function nativeOf(value: AttributeValue | undefined): unknown {
  if (value === undefined) return undefined;
  if ('S' in value) return value.S;
  if ('SS' in value) return new Set(value.SS);
  return 'L' in value ? value.L.map((entry) => ('S' in entry ? entry.S : undefined)) : undefined;
}

const textList = (values: readonly string[]): AttributeValue => ({ L: values.map((S) => ({ S })) });

const normalizedMap = (fields: Record<string, AttributeValue>, at: string, version: string): AttributeValue => ({
  M: { ...fields, normalized_at: { S: at }, normalized_version: { S: version } },
});

/** `normalized` as this version makes it of the item's fields. */
const currentOf = (item: Item, version = '1.0'): AttributeValue =>
  normalizedMap(
    Object.fromEntries(FIELDS.map((field) => [field, textList(normalizeField(nativeOf(item[field])))])),
    '2025-10-07T10:30:00.000Z',
    version,
  );

/** As version 0.9 made it: lower case and trimmed, and nothing more. A plain text became an empty list. */
const olderOf = (item: Item): AttributeValue =>
  normalizedMap(
    Object.fromEntries(
      FIELDS.map((field) => {
        const value = item[field];
        const texts = value && 'L' in value ? value.L.flatMap((entry) => ('S' in entry ? [entry.S.trim().toLowerCase()] : [])) : [];
        return [field, textList(texts)];
      }),
    ),
    '2025-08-01T00:00:00Z',
    '0.9',
  );

function withNormalized(item: Item, flaw: ItemFlaw | undefined, before: NormalizedBefore | undefined): Item {
  if (flaw === 'normalizedText') return { ...item, normalized: { S: 'yes' } };
  if (flaw === 'normalizedNewer') return { ...item, normalized: currentOf(item, '2.0') };
  if (flaw === 'normalizedStale') return { ...item, normalized: currentOf(item), style: textList(['Changed Afterwards']) };
  if (flaw !== undefined) return item;
  if (before === 'current') return { ...item, normalized: currentOf(item) };
  if (before === 'older') return { ...item, normalized: olderOf(item) };
  return before === 'null' ? { ...item, normalized: { NULL: true } } : item;
}

/** Equal options give equal samples. */
export function generateWardrobe({ seed = 1, items: total = 5_000 }: WardrobeOptions = {}): WardrobeSample {
  const random = seededRandom(seed);
  const names = [
    ...Object.keys(fieldFlawShares),
    ...Object.keys(itemFlawCounts),
    ...Object.keys(normalizedShares).map((name) => `normalized-${name}`),
  ];
  const counts = Object.fromEntries(names.map((name) => [name, 0])) as WardrobeSample['counts'];
  const places = random.shuffle(Array.from({ length: total }, (_, index) => index));
  const flawAt = new Map<number, ItemFlaw>();
  for (const [flaw, count] of Object.entries(itemFlawCounts) as [ItemFlaw, number][])
    for (const place of places.splice(0, count)) flawAt.set(place, flaw);

  const makeItem = (_: unknown, index: number): Item => {
    const flaw = flawAt.get(index);
    if (flaw) counts[flaw] += 1;
    const item: Item = {
      id: { S: `item_${random.letters('0123456789abcdef', 20)}` },
      userId: { S: `user_${String(random.below(Math.max(1, Math.ceil(total / 40)))).padStart(4, '0')}` },
      name: { S: `${random.pick(colours)} ${random.pick(garments)}` },
      wearCount: { N: String(random.below(40)) },
    };
    const kind = kindIndex(random.next());
    for (const field of flaw === 'bare' ? [] : FIELDS) {
      const values = drawValues(random, field, kind);
      if (field === 'mood' && random.chance(MOODLESS_SHARE)) continue;
      const fieldFlaw = drawFlaw(random, fieldFlawShares);
      if (fieldFlaw) counts[fieldFlaw] += 1;
      const value = flawedField(random, values, fieldFlaw);
      if (value) item[field] = value;
    }
    const wrong = flaw && wrongShapes[flaw];
    if (wrong) item[random.pick(FIELDS)] = wrong;
    const before = drawFlaw(random, normalizedShares);
    if (before && !flaw) counts[`normalized-${before}`] += 1;
    return withNormalized(item, flaw, before);
  };
  return { items: Array.from({ length: total }, makeItem), counts };
}
