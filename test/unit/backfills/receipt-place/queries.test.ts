import {
  byGeohash,
  byMerchant,
  byPlace,
  byStatus,
  geohashPath,
  merchantPath,
  placePath,
  readPage,
  readPages,
  statusPath,
} from '../../../../lib/backfills/receipt-place/queries.ts';
import type { Native } from '../../../../lib/core/result.ts';
import { memoryReader } from './memory-reader.ts';

const place = (n: number, changes: Native = {}): Native => ({
  PK: `IMAGE#i${n}`,
  SK: 'RECEIPT#00001#PLACE',
  TYPE: 'RECEIPT_PLACE',
  GSI1PK: 'MERCHANT#CAFE_ROUGE',
  GSI1SK: `IMAGE#i${n}#RECEIPT#00001#PLACE`,
  GSI2PK: 'PLACE#p1',
  GSI2SK: `IMAGE#i${n}#RECEIPT#00001#PLACE`,
  GSI3PK: 'PLACE_VALIDATION',
  GSI3SK: `CONFIDENCE#0.9500#STATUS#MATCHED#IMAGE#i${n}`,
  GSI4PK: 'GEOHASH#dr5reg',
  GSI4SK: 'PLACE#p1',
  ...changes,
});

const rows = [
  place(1),
  place(2),
  place(3, { GSI3SK: 'CONFIDENCE#0.6000#STATUS#UNSURE#IMAGE#i3', GSI4PK: 'GEOHASH#dr5reu' }),
  place(4, {
    GSI1PK: 'MERCHANT#OTHER',
    GSI2PK: 'PLACE#p2',
    GSI3SK: 'CONFIDENCE#0.2000#STATUS#NO_MATCH#IMAGE#i4',
    GSI4PK: 'GEOHASH#9q8yyk',
  }),
  // Metadata rows live in the same partitions of GSI1 and GSI2.
  place(1, {
    SK: 'RECEIPT#00001#METADATA',
    TYPE: 'RECEIPT_METADATA',
    GSI1SK: 'A',
    GSI2SK: 'A',
    GSI3PK: 'MERCHANT_VALIDATION',
    GSI4PK: undefined,
  }),
];
const reader = memoryReader(rows);
const images = (page: { items: Native[] }): unknown[] => page.items.map((row) => row.PK);

describe('queries', () => {
  test('by merchant, however it is written, without metadata rows', async () => {
    expect(images(await byMerchant(reader, 'Café  ROUGE!'))).toStrictEqual(['IMAGE#i1', 'IMAGE#i2', 'IMAGE#i3']);
  });

  test('by place', async () => expect(images(await byPlace(reader, ' p2 '))).toStrictEqual(['IMAGE#i4']));

  test('by status', async () => {
    expect(images(await byStatus(reader, 'MATCHED'))).toStrictEqual(['IMAGE#i1', 'IMAGE#i2']);
    expect(images(await byStatus(reader, 'unsure'))).toStrictEqual(['IMAGE#i3']);
    expect(statusPath('NO_MATCH')).toStrictEqual([
      {
        index: 'GSI3',
        partition: { name: 'GSI3PK', value: 'PLACE_VALIDATION' },
        prefix: { name: 'GSI3SK', value: 'CONFIDENCE#0.2000#STATUS#NO_MATCH#' },
      },
    ]);
  });

  test('by geohash, one cell or nine', async () => {
    expect(images(await byGeohash(reader, 'DR5REG'))).toStrictEqual(['IMAGE#i1', 'IMAGE#i2']);
    const found: unknown[] = [];
    for await (const items of readPages(reader, geohashPath('dr5reg', { neighbours: true }))) found.push(...images({ items }));
    expect(found).toStrictEqual(['IMAGE#i1', 'IMAGE#i2', 'IMAGE#i3']);
    expect(geohashPath('dr5reg', { neighbours: true })).toHaveLength(9);
  });

  test('pages with a cursor that survives JSON, across partitions', async () => {
    const found: unknown[] = [];
    let cursor: string | undefined = '{"partition":0}';
    while (cursor) {
      const page = await byGeohash(reader, 'dr5reg', { neighbours: true, limit: 1, cursor: JSON.parse(cursor) });
      expect(page.items.length).toBeLessThanOrEqual(1);
      found.push(...images(page));
      cursor = page.next && JSON.stringify(page.next);
    }
    expect(found).toStrictEqual(['IMAGE#i1', 'IMAGE#i2', 'IMAGE#i3']);
  });

  test('a page of nothing but metadata rows is empty, and not the last', async () => {
    const page = await byMerchant(reader, 'cafe rouge', { limit: 1 });
    expect(page.items).toStrictEqual([]);
    expect(page.next).toBeDefined();
  });

  test('a cursor beyond the last partition gives an empty last page', async () => {
    expect(await readPage(reader, merchantPath('x'), { cursor: { partition: 1 } })).toStrictEqual({ items: [] });
  });

  test.each([
    ['a name without letters', () => byMerchant(reader, '!!')],
    ['an empty place id', () => byPlace(reader, ' ')],
    ['an unknown status', () => byStatus(reader, 'MAYBE')],
    ['a short geohash', () => byGeohash(reader, 'dr5r')],
    ['a geohash with a letter that geohashes lack', () => byGeohash(reader, 'dr5rea')],
  ])('refuses %s', async (_, query) => {
    await expect(query()).rejects.toMatchObject({ code: 'query.invalid' });
  });

  test('place ids go into the key as they are', () => {
    expect(placePath('ChIJx')).toStrictEqual([{ index: 'GSI2', partition: { name: 'GSI2PK', value: 'PLACE#ChIJx' } }]);
  });
});
