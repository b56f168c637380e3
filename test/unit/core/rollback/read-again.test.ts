import type { Item } from '../../../../lib/core/attribute-value.ts';
import { keyId } from '../../../../lib/core/attribute-value.ts';
import { noCounters } from '../../../../lib/core/counters.ts';
import type { PageRequest } from '../../../../lib/core/ports.ts';
import { readAgain } from '../../../../lib/core/rollback/read-again.ts';
import type { Entry, ScannedPage } from '../../../../lib/core/rollback/walk.ts';
import type { SettleContext } from '../../../../lib/core/settle.ts';
import { memoryWorld } from '../../../support/memory-ports.ts';
import { scanUnits } from '../../../support/memory-table.ts';
import { doubling, idOf, making, thing } from '../../../support/thing-definitions.ts';

/** What is read again of what a run wrote: by the run's own pages where that takes fewer units, else by key. */

const updated = (id: string): Entry => ({
  id: keyId(idOf(id)),
  write: { kind: 'update', key: idOf(id), expect: { size: { N: '1' }, size2: null }, after: { size2: { N: '2' } } },
  doubtful: false,
  unsettled: false,
});
const created = (id: string): Entry => ({
  ...updated(id),
  write: { kind: 'create', key: idOf(id), item: { ...idOf(id), word: { S: 'one' } } },
});
const page = (from: string | null, scanned: number, more: Partial<ScannedPage> = {}): ScannedPage => ({
  segment: 0,
  from: from === null ? null : idOf(from),
  scanned,
  readUnits: scanUnits(scanned),
  updated: scanned,
  ...more,
});

async function again(items: readonly Item[], entries: readonly Entry[], pages: readonly ScannedPage[], most = Number.POSITIVE_INFINITY) {
  const world = memoryWorld({ definition: entries.some(({ write }) => write.kind === 'create') ? making : doubling, items });
  const { table } = world;
  const scans: PageRequest[] = [];
  const source = {
    readPage: (request: PageRequest) => {
      scans.push(request);
      return table.readPage({ ...request, limit: Math.min(most, request.limit) });
    },
  };
  const byKey = jest.spyOn(table, 'getMany');
  const { signal } = new AbortController();
  const context = {
    ports: { ...world.ports, source },
    run: world.run,
    facts: world.facts,
    writeSignal: signal,
  } as unknown as SettleContext;
  const counters = noCounters();
  const found = await readAgain(entries, pages, counters, context);
  return { found, scans, keys: byKey.mock.calls.flatMap(([keys]) => keys), options: byKey.mock.calls[0]?.[1], units: counters.readUnits };
}

const four = ['a', 'b', 'c', 'd'].map((id) => thing(id, 1));
const of = (id: string): Item => idOf(id);

test('pages of which the run changed all are scanned again, consistently, and for what it wrote; the newest entry comes first', async () => {
  const entries = ['d', 'c', 'b', 'a'].map(updated);
  const { found, scans, keys, units } = await again(four, entries, [page('b', 2), page(null, 2)]);
  expect(found).toStrictEqual(['d', 'c', 'b', 'a'].map(of));
  const request = { segment: 0, totalSegments: 1, limit: 2, where: {}, consistent: true, attributes: ['id', 'size2'] };
  expect(scans).toMatchObject([
    { ...request, cursor: idOf('b') },
    { ...request, cursor: null },
  ]);
  expect(keys).toStrictEqual([]);
  expect(units).toBe(2 * scanUnits(2, true));
});

test('a page that comes in parts is read to where the run had read it', async () => {
  const { found, scans, keys } = await again(four, ['c', 'b', 'a'].map(updated), [page(null, 3)], 2);
  expect(found).toStrictEqual(['c', 'b', 'a'].map(of));
  expect(scans.map(({ cursor, limit }) => [cursor, limit])).toStrictEqual([
    [null, 3],
    [idOf('b'), 1],
  ]);
  expect(keys).toStrictEqual([]);
});

test('what new items have pushed out of a page is read by its key, and what is gone is gone', async () => {
  const items = ['a', 'aa', 'c'].map((id) => thing(id, 1));
  const { found, keys } = await again(items, ['c', 'b', 'a'].map(updated), [page(null, 2)]);
  expect(found).toStrictEqual([of('c'), undefined, of('a')]);
  expect(keys).toStrictEqual([idOf('c'), idOf('b')]);
});

test('a page of which the run changed less than half is not scanned, and none that takes as many units as its keys', async () => {
  const entries = ['d', 'c'].map(updated);
  const half = page(null, 4, { updated: 2, readUnits: 0.5 });
  expect((await again(four, entries, [half])).scans).toHaveLength(1);
  const byKey = { scans: [], keys: [idOf('d'), idOf('c')], units: 2 };
  expect(await again(four, entries, [{ ...half, scanned: 5 }])).toMatchObject(byKey);
  const dear = await again(four, entries, [{ ...half, readUnits: 1 }]);
  expect(dear).toMatchObject(byKey);
  expect(dear.options?.attributes).toStrictEqual(['id', 'size2']);
});

test('a row that was created is read as a whole, by its key', async () => {
  const made = { ...idOf('Made#1'), word: { S: 'two' } };
  const { found, scans, keys, options } = await again([thing('a', 1), made], [created('Made#1')], [page(null, 1, { updated: 0 })]);
  expect(found).toStrictEqual([made]);
  expect({ scans, keys }).toStrictEqual({ scans: [], keys: [idOf('Made#1')] });
  expect(options).not.toHaveProperty('attributes');
});

test('without a page an item is read by its key', async () => {
  const { found, keys } = await again(four, [updated('a')], []);
  expect({ found, keys }).toStrictEqual({ found: [of('a')], keys: [idOf('a')] });
});

test('pages are scanned one after the other, so that none is under way when one fails', async () => {
  const world = memoryWorld({ definition: doubling, items: four });
  const source = { readPage: jest.fn().mockRejectedValue(new Error('no')) };
  const context = { ports: { ...world.ports, source }, run: world.run, facts: world.facts } as unknown as SettleContext;
  await expect(readAgain(['d', 'b'].map(updated), [page('b', 2), page(null, 2)], noCounters(), context)).rejects.toThrow('no');
  expect(source.readPage).toHaveBeenCalledTimes(1);
});

test('nothing is read where nothing was taken back', async () => {
  expect(await again(four, [], [page(null, 4)])).toMatchObject({ found: [], scans: [], keys: [], units: 0 });
});
