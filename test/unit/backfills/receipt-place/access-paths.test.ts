import type { ItemReader } from '../../../../lib/core/checks.ts';
import type { Native } from '../../../../lib/core/result.ts';
import { seededRandom } from '../../../../lib/local/sample/random.ts';
import { failing, good, image, meta, place, run, withPlace } from './good-table.ts';
import { memoryReader } from './memory-reader.ts';

describe('access paths', () => {
  /** Finds rows by other attributes than the scan shows. */
  const behind = (rows: Native[], index: (row: Native) => boolean): ItemReader => ({
    ...memoryReader(rows.filter(index)),
    scan: memoryReader(rows).scan,
  });

  test.each(['full', 'sample'] as const)('rows that an index lacks, %s', async (mode) => {
    const results = await run(good(), { mode, reader: behind(good(), (row) => row.PK !== image(6)) });
    expect(failing(results)).toStrictEqual([
      'access-by-merchant',
      'access-by-place',
      'access-by-status',
      'access-by-geohash',
      'access-by-geohash-neighbours',
    ]);
    expect(results.get('access-by-status')?.examples).toStrictEqual(['not found: IMAGE#i006#RECEIPT#00007#PLACE']);
  });

  test('one row the more', async () => {
    const results = await run(good(), { reader: { ...memoryReader([...good(), place(800)]), scan: memoryReader(good()).scan } });
    expect(results.get('access-by-merchant')?.message).toBe('By merchant STARBUCKS: the query gives more than the 60 rows of the scan.');
    expect(failing(results)).toContain('access-by-geohash');
  });

  test('as many rows, but others', async () => {
    const rows = [...good().filter((row) => row.PK !== image(58)), place(800)];
    const results = await run(good(), { reader: { ...memoryReader(rows), scan: memoryReader(good()).scan } });
    expect(results.get('access-by-status')?.message).toBe('By status MATCHED: the query gives other rows than the 60 of the scan.');
  });

  test.each([
    ['GSI1', { GSI1PK: 'MERCHANT#STARBUCK' }, 'access-by-merchant'],
    ['GSI2', { GSI2PK: 'PLACE#x' }, 'access-by-place'],
    ['GSI3', { GSI3SK: 'CONFIDENCE#0.6000#STATUS#UNSURE#IMAGE#i006' }, 'access-by-status'],
    ['GSI4', { GSI4PK: 'GEOHASH#9q8yyk' }, 'access-by-geohash'],
  ])('a row with wrong keys in %s', async (_, changes, name) => expect(failing(await run(withPlace(changes, 6)))).toContain(name));

  test('a neighbouring cell', async () => {
    const next = { latitude: 40.7178, longitude: -74.01, geohash: 'dr5reu', GSI4PK: 'GEOHASH#dr5reu' };
    const results = await run(withPlace(next, 6));
    expect(results.get('access-by-geohash')?.message).toBe('By geohash dr5reg: the query gives the 59 rows of the scan.');
    expect(results.get('access-by-geohash-neighbours')?.message).toBe(
      'By geohash dr5reg and its neighbours: the query gives the 60 rows of the scan.',
    );
  });

  test('a cursor that goes in circles', async () => {
    const inner = memoryReader(good());
    const circular: ItemReader = {
      ...inner,
      queryIndex: ({ from: _, ...query }) => inner.queryIndex(query),
    };
    const results = await run(good(), { reader: circular });
    expect(results.get('access-by-status')).toMatchObject({ status: 'fail', message: expect.stringContaining('came twice') });
  });

  test('a cursor that goes in circles in large pages only', async () => {
    const inner = memoryReader(good());
    const circular: ItemReader = {
      ...inner,
      queryIndex: ({ from, ...query }) => inner.queryIndex(query.limit && from ? { ...query, from } : query),
    };
    expect((await run(good(), { reader: circular })).get('access-by-status')?.message).toBe(
      'By status MATCHED: the query gives more than the 60 rows of the scan.',
    );
  });

  test('small pages that lose rows', async () => {
    const inner = memoryReader(good(), 1000);
    const lossy: ItemReader = {
      ...inner,
      queryIndex: async (query) => {
        const page = await inner.queryIndex(query);
        return page.next ? { ...page, items: page.items.slice(1) } : page;
      },
    };
    expect((await run(good(), { reader: lossy })).get('access-by-status')?.message).toBe(
      'By status MATCHED: small pages give other rows than large ones.',
    );
  });

  test('pages above the limit', async () => {
    const inner = memoryReader(good(), 1000);
    const greedy: ItemReader = { ...inner, queryIndex: ({ limit: _, ...query }) => inner.queryIndex(query) };
    expect((await run(good(), { reader: greedy })).get('access-by-status')?.message).toBe(
      'By status MATCHED: a page held 60 rows where 25 were the limit.',
    );
  });

  test('rows that the application adds after the scan count on neither side', async () => {
    const later = place(800, { timestamp: '2026-03-01T10:00:00Z' });
    const results = await run(good(), { reader: { ...memoryReader([...good(), later]), scan: memoryReader(good()).scan } });
    expect(failing(results)).toStrictEqual([]);
  });

  test.each([
    [undefined, 20],
    [7, 7],
    [1_000, 60],
  ])('of a sample of %s, %d rows are looked up', async (sampleSize, lookedUp) => {
    const results = await run(good(), { mode: 'sample', random: seededRandom(1).next, ...(sampleSize && { sampleSize }) });
    expect(results.get('access-by-status')).toMatchObject({
      message: `By status MATCHED: ${lookedUp} of ${lookedUp} rows are found.`,
      measured: { rows: 60, lookedUp, notFound: 0 },
    });
  });

  test('the rows to look up are drawn from all of them, the same ones by the same seed', async () => {
    // The index has nothing: whatever is looked up is not found, and so named.
    const drawn = async (seed: number): Promise<string[]> => {
      const reader = behind(good(), () => false);
      const results = await run(good(), { mode: 'sample', sampleSize: 5, reader, random: seededRandom(seed).next });
      return results.get('access-by-status')?.examples ?? [];
    };
    const first = await drawn(1);
    expect(first).toHaveLength(5);
    expect(await drawn(1)).toStrictEqual(first);
    expect(await drawn(2)).not.toStrictEqual(first);
    const firstFive = [0, 1, 2, 3, 4].map((n) => `not found: ${image(n)}#RECEIPT#00007#PLACE`);
    expect(first).not.toStrictEqual(firstFive);
  });

  test('a sample without such rows has nothing to check', async () => {
    const results = await run([meta(1), place(1, { validation_status: 'UNSURE', confidence: 0.6 })], { mode: 'sample' });
    expect(results.get('access-by-status')).toMatchObject({ status: 'info' });
  });

  test('slow pages: one in a hundred is forgiven, two are not', async () => {
    const slowPages = (slow: number): (() => number) => {
      let now = 0;
      let calls = 0;
      return () => {
        calls += 1;
        // Even calls end a page; the first pages of each hundred are the slow ones.
        if (calls % 2 === 0) now += (calls / 2 - 1) % 100 < slow ? 150 : 5;
        return now;
      };
    };
    const forgiven = await run(good(), { clock: slowPages(1) });
    expect(forgiven.get('query-latency')).toMatchObject({ status: 'pass', measured: { 'merchant-p50-ms': 5, 'merchant-p99-ms': 5 } });
    const slow = await run(good(), { clock: slowPages(2) });
    expect(slow.get('query-latency')).toMatchObject({
      status: 'fail',
      message: '0 of 5 access paths answer within 100 ms at p99 a page; the slowest has p50 5.0 ms and p99 150.0 ms.',
    });
    expect(slow.get('query-latency')?.examples?.[0]).toBe('merchant: p50 5.0 ms, p99 150.0 ms');
  });
});
