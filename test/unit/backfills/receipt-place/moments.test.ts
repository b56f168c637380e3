import { moment, writtenSince } from '../../../../lib/backfills/receipt-place/checks/moments.ts';

describe('moment', () => {
  test.each([
    ['2026-03-01T09:00:00Z', 1772355600000],
    ['2026-03-01T09:00:00', 1772355600000],
    ['2026-03-01T09:00:00.250999', 1772355600250],
    ['2026-03-01T10:00:00+01:00', 1772355600000],
  ])('%s', (text, expected) => expect(moment(text)).toBe(expected));

  test.each(['', '2026-03-01', 'yesterday', '2026-13-01T00:00:00Z', 5, undefined])('%j is none', (text) => {
    expect(moment(text)).toBeUndefined();
  });
});

describe('writtenSince', () => {
  const since = writtenSince('2026-03-01T09:00:00.000Z');

  test('is true of later rows only, not of those of the run itself', () => {
    expect(since({ timestamp: '2026-03-01T09:00:00.001Z' })).toBe(true);
    expect(since({ timestamp: '2026-03-01T09:00:00.000Z' })).toBe(false);
    expect(since({ timestamp: '' })).toBe(false);
    expect(since(undefined)).toBe(false);
  });

  test('is true of none without a run', () => expect(writtenSince(undefined)({ timestamp: '2026-03-01T09:00:00Z' })).toBe(false));
});
