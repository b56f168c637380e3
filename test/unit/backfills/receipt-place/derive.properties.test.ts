import * as fc from 'fast-check';
import { derive } from '../../../../lib/backfills/receipt-place/derive.ts';
import { slug } from '../../../../lib/backfills/receipt-place/keys.ts';
import type { PlaceDetails } from '../../../../lib/backfills/receipt-place/schema.ts';
import { DETAILS, found, metadata, NOW } from './rows.ts';

const LISTS = ['merchant_types', 'matched_fields', 'hours_summary', 'photo_references'];

const text = fc.option(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', ' ', 'N/A', 'Unknown')), { nil: null });
const degrees = fc.option(fc.double({ min: -400, max: 400, noNaN: true }), { nil: undefined });

const items = fc
  .record({
    merchant_name: fc.string({ unit: 'grapheme' }),
    address: text,
    phone_number: text,
    merchant_category: text,
    canonical_merchant_name: text,
    reasoning: text,
    matched_fields: fc.uniqueArray(fc.constantFrom('name', 'Name', 'phone', 'text search', 'place_id')).map((fields) => new Set(fields)),
    latitude: fc.option(fc.double({ min: -400, max: 400, noNaN: true }), { nil: null }),
    longitude: fc.option(fc.double({ min: -400, max: 400, noNaN: true }), { nil: null }),
  })
  .map(metadata);

const strings = fc.array(fc.constantFrom('a', 'b', ' a', ''));
const places = fc
  .record({
    types: strings,
    photos: strings.map((names) => names.map((name) => ({ name }))),
    location: fc.record({ latitude: degrees, longitude: degrees }),
    viewport: fc.record({ low: fc.record({ latitude: degrees, longitude: degrees }) }),
    currentOpeningHours: fc.record({
      periods: fc.array(fc.record({ open: fc.constantFrom(undefined, { day: 1 }) })),
      weekdayDescriptions: strings,
    }),
    keep: fc.subarray(Object.keys(DETAILS)),
  })
  .map(({ keep, ...drawn }) => {
    const details = { ...DETAILS, ...drawn } as Record<string, unknown>;
    return found(Object.fromEntries(keep.map((name) => [name, details[name]])) as Partial<PlaceDetails>);
  });
const answers = fc.oneof(places, fc.constant(undefined), fc.constant({ kind: 'missing', reason: 'NOT_FOUND' } as const));

function* leaves(value: unknown): Generator<unknown> {
  if (value !== null && typeof value === 'object') for (const member of Object.values(value)) yield* leaves(member);
  else yield value;
}

describe('slug', () => {
  test('is idempotent and has only A to Z, 0 to 9 and single inner underscores', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(slug(name)).toMatch(/^([A-Z0-9]+(_[A-Z0-9]+)*)?$/);
        expect(slug(slug(name))).toBe(slug(name));
      }),
    );
  });
});

describe('derive', () => {
  test('gives rows that can be stored: no undefined, no NaN, no empty list, no repeated entry', () => {
    fc.assert(
      fc.property(items, answers, (item, answer) => {
        const { row } = derive(item, answer, NOW);
        for (const leaf of leaves(row)) expect(leaf === undefined || Number.isNaN(leaf)).toBe(false);
        for (const list of LISTS.map((name) => row[name]).filter((value) => value !== undefined) as string[][]) {
          expect(list.length).toBeGreaterThan(0);
          expect(new Set(list).size).toBe(list.length);
        }
      }),
    );
  });

  test('has a geohash and its index keys exactly where it has coordinates, and those are in range', () => {
    fc.assert(
      fc.property(items, answers, (item, answer) => {
        const { row } = derive(item, answer, NOW);
        const located = row.latitude !== undefined;
        expect([row.longitude !== undefined, row.geohash !== null, 'GSI4PK' in row, 'GSI4SK' in row]).toEqual(Array(4).fill(located));
        expect(Math.abs(Number(row.latitude ?? 0))).toBeLessThanOrEqual(90);
        expect(Math.abs(Number(row.longitude ?? 0))).toBeLessThanOrEqual(180);
      }),
    );
  });

  test('is a function of its arguments', () => {
    fc.assert(fc.property(items, answers, (item, answer) => expect(derive(item, answer, NOW)).toStrictEqual(derive(item, answer, NOW))));
  });
});
