import * as fc from 'fast-check';
import { moodTable } from '../../../../lib/backfills/wardrobe-normalize/compatibility/mood.ts';
import { occasionTable } from '../../../../lib/backfills/wardrobe-normalize/compatibility/occasion.ts';
import { styleTable } from '../../../../lib/backfills/wardrobe-normalize/compatibility/style.ts';
import { partnersOf, valuesOf } from '../../../../lib/backfills/wardrobe-normalize/compatibility/table.ts';
import { isCompatible, matches, REQUEST_FIELDS } from '../../../../lib/backfills/wardrobe-normalize/compatibility.ts';
import { normalize, normalizeField, normalizeFields } from '../../../../lib/backfills/wardrobe-normalize/normalize.ts';
import { canonical } from '../../../../lib/backfills/wardrobe-normalize/spelling.ts';
import { NOW } from './items.ts';

const tables = { style: styleTable, mood: moodTable, occasion: occasionTable };

/** A known value, its words joined and cased in any way. */
const spelled = (values: readonly string[]) =>
  fc
    .tuple(fc.constantFrom(...values), fc.constantFrom(' ', '-', '_', '  ', ' - '), fc.boolean(), fc.constantFrom('', ' ', '\t'))
    .map(([value, separator, upper, around]) => {
      const text = value.split('_').join(separator);
      return `${around}${upper ? text.toUpperCase() : text}${around}`;
    });

const known = spelled([...new Set(Object.values(tables).flatMap(valuesOf))]);
const texts = fc.oneof(
  known,
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', ' ', '-', 'İ', 'ΑΣ ΒΓ', 'Straße', '__proto__'),
);
const entries = fc.oneof({ weight: 5, arbitrary: texts }, fc.constantFrom<unknown>(1, null, true, {}, []));
const raws = fc.oneof(
  fc.array(entries),
  fc.array(texts).map((list) => new Set(list)),
  fc.array(texts).map((list) => list.join(',')),
  fc.constantFrom(null, undefined),
);
const items = fc.record({ style: raws, occasion: raws, mood: raws, season: raws });

/** Every value of an item, sets included, in its order. */
const written = (item: unknown): string => JSON.stringify(item, (_, value) => (value instanceof Set ? { set: [...value] } : value));

describe('normalise', () => {
  test('is idempotent', () => {
    fc.assert(
      fc.property(items, (item) => {
        const once = normalizeFields(item);
        expect(normalizeFields(once)).toStrictEqual(once);
      }),
    );
  });

  test('gives lower case without blanks, each value once', () => {
    fc.assert(
      fc.property(raws, (raw) => {
        const values = normalizeField(raw);
        expect(new Set(values).size).toBe(values.length);
        for (const value of values) {
          expect(value).not.toBe('');
          expect(value).toBe(value.toLowerCase());
          expect(value).not.toMatch(/[\s-]|__|^_|_$/);
        }
      }),
    );
  });

  test('keeps the order in which values first occur', () => {
    fc.assert(
      fc.property(fc.array(texts), (list) => {
        const first = (value: string): number => list.findIndex((text) => canonical(text) === value);
        const places = normalizeField(list).map(first);
        expect(places).toStrictEqual([...places].sort((a, b) => a - b));
        expect(places).not.toContain(-1);
      }),
    );
  });

  test('loses no value', () => {
    fc.assert(
      fc.property(fc.array(texts), (list) => {
        const values = normalizeField(list);
        for (const text of list) if (/[^\s_\-\u2010\u2011]/u.test(text)) expect(values).toContain(canonical(text));
      }),
    );
  });

  test('never touches originals', () => {
    fc.assert(
      fc.property(items, (item) => {
        const before = written(item);
        normalize(item, NOW);
        expect(written(item)).toBe(before);
      }),
    );
  });
});

describe('compatibility', () => {
  const oneWay = new Set(
    Object.entries(occasionTable.oneWay).flatMap(([value, partners]) => partnersOf(partners).map((partner) => `${value} ${partner}`)),
  );

  test.each(REQUEST_FIELDS)('of %s is symmetric, but for what is said otherwise', (field) => {
    const values = valuesOf(tables[field]);
    const unequal = values.flatMap((a) =>
      values.filter((b) => isCompatible(field, a, b) && !isCompatible(field, b, a)).map((b) => `${a} ${b}`),
    );
    expect(new Set(unequal)).toEqual(field === 'occasion' ? oneWay : new Set());
  });

  test.each(REQUEST_FIELDS)('every value of %s matches itself, however it is spelled', (field) => {
    fc.assert(
      fc.property(texts, known, (text, other) => {
        for (const value of [text, other]) {
          fc.pre(canonical(value) !== '' && !value.includes(','));
          expect(isCompatible(field, value, value)).toBe(true);
          expect(matches({ [field]: value }, { [field]: [value] })).toBe(true);
          expect(matches({ [field]: value }, { [field]: ['no such'], normalized: { [field]: normalizeField([value]) } })).toBe(true);
        }
      }),
    );
  });

  test('is the same for each spelling of request and item, normalised or not', () => {
    fc.assert(
      fc.property(fc.constantFrom(...REQUEST_FIELDS), known, known, (field, wanted, found) => {
        const expected = isCompatible(field, canonical(wanted), canonical(found));
        expect(matches({ [field]: wanted }, { [field]: [found] })).toBe(expected);
        expect(matches({ [field]: wanted }, { normalized: { [field]: normalizeField([found]) } })).toBe(expected);
      }),
    );
  });

  test('what traditional matching finds, semantic matching finds', () => {
    fc.assert(
      fc.property(fc.record({ style: texts, occasion: texts, mood: texts }), items, (request, item) => {
        expect(matches(request, item, 'traditional') && !matches(request, item, 'semantic')).toBe(false);
      }),
    );
  });
});
