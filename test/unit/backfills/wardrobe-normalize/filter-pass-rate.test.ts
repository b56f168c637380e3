import { filterPassRate, USUAL_REQUESTS } from '../../../../lib/backfills/wardrobe-normalize/filter-pass-rate.ts';
import { jeans } from './items.ts';

const items = [
  { style: ['classic'], occasion: ['business'] },
  { style: ['classic'], occasion: ['Business Casual'] },
  { style: ['timeless'], occasion: ['office'] },
  { style: ['grunge'], occasion: ['beach'] },
  { style: [], occasion: ['business'] },
  jeans(1),
];

describe('the filter pass rate', () => {
  test('counts what each request finds, traditionally and semantically', async () => {
    const requests = [
      { name: 'Business', occasion: 'business' },
      { name: 'Classic business', style: 'classic', occasion: 'business' },
      { name: 'Anything' },
    ];
    expect(await filterPassRate(requests, items)).toStrictEqual({
      items: 6,
      normalized: 1,
      requests: [
        { request: requests[0], traditional: { passed: 2, percent: 33.3 }, semantic: { passed: 4, percent: 66.7 } },
        { request: requests[1], traditional: { passed: 1, percent: 16.7 }, semantic: { passed: 3, percent: 50 } },
        { request: requests[2], traditional: { passed: 6, percent: 100 }, semantic: { passed: 6, percent: 100 } },
      ],
    });
  });

  test('of an empty table is 0 of 0, and no NaN', async () => {
    const { items: seen, requests } = await filterPassRate(USUAL_REQUESTS, []);
    expect(seen).toBe(0);
    for (const { traditional, semantic } of requests)
      expect([traditional, semantic]).toEqual([
        { passed: 0, percent: 0 },
        { passed: 0, percent: 0 },
      ]);
  });
});
