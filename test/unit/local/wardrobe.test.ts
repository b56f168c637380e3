import { canonicalItem, type Item } from '../../../lib/core/attribute-value.ts';
import { generateWardrobe } from '../../../lib/local/sample/wardrobe.ts';
import { fieldFlawShares, itemFlawCounts, normalizedShares } from '../../../lib/local/sample/wardrobe-flaws.ts';

const ITEMS = 4_000;
const { items, counts } = generateWardrobe({ seed: 7, items: ITEMS });
const count = (predicate: (item: Item) => boolean): number => items.filter(predicate).length;
/** Within four standard deviations: sure to hold, sure to notice a share that is off. */
const near = (struck: number, share: number, of: number): boolean =>
  Math.abs(struck - share * of) <= 4 * Math.sqrt(of * share * (1 - share));
/** Four a piece, but for the moods that most clothes are without. */
const FIELDS = ITEMS * 3.7;

describe('generateWardrobe', () => {
  it('gives the same for the same seed, and something else for another', () => {
    const [a, b, other] = [1, 1, 2].map((seed) => generateWardrobe({ seed, items: 200 }).items.map(canonicalItem));
    expect(a).toEqual(b);
    expect(other).not.toEqual(a);
  });

  it.each([0, 1, 333])('makes exactly %d items, each id once', (total) => {
    const made = generateWardrobe({ items: total }).items;
    expect(made).toHaveLength(total);
    expect(new Set(made.map(({ id }) => JSON.stringify(id))).size).toBe(total);
  });

  it.each(Object.entries(fieldFlawShares))('spoils fields by %s, in the share that it should', (flaw, share) => {
    expect(near(counts[flaw as keyof typeof fieldFlawShares], share, FIELDS)).toBe(true);
  });

  it('has so many of each rare flaw', () => {
    for (const [flaw, expected] of Object.entries(itemFlawCounts))
      expect([flaw, counts[flaw as keyof typeof itemFlawCounts]]).toEqual([flaw, expected]);
  });

  it('has items that were normalised before: by this version, by an older one, and set to NULL by the former rollback', () => {
    const version = ({ normalized }: Item): string | undefined => {
      const held = normalized && 'M' in normalized ? normalized.M.normalized_version : undefined;
      return held && 'S' in held ? held.S : undefined;
    };
    expect(near(counts['normalized-current'], normalizedShares.current, ITEMS)).toBe(true);
    expect(count((item) => version(item) === '1.0')).toBe(counts['normalized-current'] + itemFlawCounts.normalizedStale);
    expect(count((item) => version(item) === '0.9')).toBe(counts['normalized-older']);
    expect(count((item) => version(item) === '2.0')).toBe(itemFlawCounts.normalizedNewer);
    expect(count(({ normalized }) => normalized !== undefined && 'NULL' in normalized)).toBe(counts['normalized-null']);
  });

  it('spells values in every way', () => {
    const texts = new Set(
      items.flatMap(({ style, occasion, mood }) =>
        [style, occasion, mood].flatMap((value) =>
          value && 'L' in value ? value.L.flatMap((entry) => ('S' in entry ? [entry.S] : [])) : [],
        ),
      ),
    );
    for (const spelled of [
      'Business Casual',
      'BUSINESS CASUAL',
      'business-casual',
      'business_casual',
      'smart  casual',
      'laidback',
      'casual',
    ])
      expect([spelled, texts.has(spelled)]).toEqual([spelled, true]);
  });
});
