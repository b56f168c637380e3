import type { Item } from '../../../lib/core/attribute-value.ts';
import { noCounters } from '../../../lib/core/counters.ts';
import { allowance, workPage } from '../../../lib/core/page.ts';
import type { PageRequest } from '../../../lib/core/ports.ts';
import { UNTOLD } from '../../../lib/core/throttle.ts';
import type { WriteResult } from '../../../lib/core/write.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { RUN_ID } from '../../support/memory-ports.ts';
import { scanUnits } from '../../support/memory-table.ts';
import { doubling, idOf, making, other, thing } from '../../support/thing-definitions.ts';
import { mixed } from '../../support/undo-definitions.ts';
import { listed, objects, page, prepare, race } from './page-bench.ts';

/** What a page journals, counts and lists; what is sent when, is said in `settle.test.ts`. */

describe('a page', () => {
  test('asks for as much as it may, and no row that is of no use', async () => {
    const asked: PageRequest[] = [];
    const bench = prepare([thing('a', 1), other('b'), thing('c', 3)], doubling, 2);
    const { readPage } = bench.world.table;
    bench.world.table.readPage = (request) => {
      asked.push(request);
      return readPage.call(bench.world.table, request);
    };
    const next = await page(bench);
    expect(asked).toMatchObject([{ segment: 0, totalSegments: 1, cursor: null, limit: 2, where: { kind: 'thing' } }]);
    expect(asked[0]?.signal).toBe(bench.context.signal);
    expect(next).toMatchObject({ state: 'open', cursor: idOf('b') });
    expect(next.counters).toStrictEqual({
      ...noCounters(),
      scanned: 2,
      filtered: 1,
      updated: 1,
      pages: 1,
      readUnits: scanUnits(2),
      writeUnits: 1,
    });
    expect(bench.world.ledger.rows.get(0)).toStrictEqual(next);
    expect(bench.metered).toStrictEqual([{ counters: next.counters, durationMs: 0 }]);
    expect(await workPage(next, bench.context)).toMatchObject({
      state: 'done',
      cursor: null,
      counters: { scanned: 3, updated: 2, pages: 2 },
    });
  });

  test('ends where its quota does, with all rows up to there counted', async () => {
    const items = [other('a'), thing('b', 1), other('c'), thing('d', 2), thing('e', 3)];
    const next = await page(prepare(items, doubling, 5, { quota: 2 }));
    expect(next).toMatchObject({ state: 'open', cursor: idOf('d'), counters: { scanned: 4, filtered: 2, updated: 2 } });
    expect(allowance(next)).toBe(0);
    expect(allowance({ ...next, quota: 5 })).toBe(3);
    expect(allowance({ ...next, quota: 1 })).toBe(0);
    expect(allowance({ ...next, quota: null })).toBeNull();
  });

  test('sends as many writes at once as DynamoDB takes', async () => {
    const bench = prepare(
      Array.from({ length: 51 }, (_, index) => thing(`t${index}`, 100 + index)),
      doubling,
      99,
    );
    const sent: number[] = [];
    const { apply } = bench.world.table;
    bench.world.table.apply = (writes, signal) => {
      sent.push(writes.length);
      expect(signal).toBe(bench.context.writeSignal);
      return apply.call(bench.world.table, writes, signal);
    };
    expect((await page(bench)).counters).toMatchObject({ updated: 51, writeUnits: 51, throttles: 0 });
    expect(sent).toStrictEqual([25, 25, 1]);
  });

  test('waits before it sends a single throttled write once more', async () => {
    const bench = prepare([thing('a', 1)]);
    let sent = 0;
    bench.world.table.onWrite = () => (++sent < 3 ? { kind: 'throttled', throttle: UNTOLD } : undefined);
    expect((await page(bench)).counters).toMatchObject({ updated: 1, throttles: 2 });
    expect((bench.world.ports.clock as FakeClock).waits).toStrictEqual([37.5, 75]);
  });

  test('bears eight passing faults in a row, and as many again after an answer', async () => {
    const bench = prepare([thing('a', 1)]);
    let sent = 0;
    bench.world.table.onWrite = () => {
      sent += 1;
      if (sent === 18) return undefined;
      return sent === 9 ? { kind: 'throttled', throttle: UNTOLD } : { kind: 'retry', message: 'reset' };
    };
    expect((await page(bench)).counters).toMatchObject({ updated: 1, throttles: 1 });
  });

  test('that shall stand still is not journaled', async () => {
    const bench = prepare([thing('a', 1)]);
    const { readPage } = bench.world.table;
    bench.world.table.readPage = async (request) => {
      const read = await readPage.call(bench.world.table, request);
      bench.stop.abort(new Error('stand still'));
      return read;
    };
    await expect(page(bench)).rejects.toThrow('stand still');
    expect(bench.world.journal.objects.size).toBe(0);
  });

  test('lists what failed and what is worth a look, and counts both', async () => {
    const bench = prepare([thing('a', 60), thing('b', 14), thing('c', 'no number'), thing('d', 2)]);
    bench.world.table.onWrite = ({ key }) => ((key.id as { S: string }).S === 'd' ? { kind: 'rejected', message: 'never' } : undefined);
    const { counters } = await page(bench);
    expect(counters).toMatchObject({ updated: 1, failed: { 'odd-one': 1, 'invalid-item': 1, rejected: 1 }, notes: { large: 1 } });
    expect(listed(bench.world, 'exceptions')).toStrictEqual([{ key: { id: { S: 'a' } }, note: 'large' }]);
    expect(listed(bench.world, 'failures')).toMatchObject([
      { key: { id: { S: 'c' } }, code: 'invalid-item' },
      { key: { id: { S: 'b' } }, code: 'odd-one', retryable: true },
      { key: { id: { S: 'd' } }, code: 'rejected', message: 'never', retryable: false },
    ]);
  });

  test('makes void what an older worker listed of it; later ones list only what there is', async () => {
    const bench = prepare([thing('a', 1), thing('b', 2)], doubling, 1, { attempt: 2 });
    bench.context.attempt = 2;
    const next = await page(bench);
    await workPage(next, bench.context);
    expect([...bench.world.artifacts.files]).toStrictEqual(
      ['failures', 'exceptions'].map((kind) => [`${kind}/${RUN_ID}/00000/00000001-0002.jsonl`, '']),
    );
  });
});

describe('a round of raced items', () => {
  test('is journaled with what it makes void, and the page it belongs to', async () => {
    const bench = prepare([thing('a', 1), thing('b', 2), thing('c', 3)], doubling, 1);
    const first = await page(bench);
    race(bench.world, 1, () => ({ size: { N: '20' } }));
    const before = bench.looks();
    const { counters } = await workPage(first, bench.context);
    // Before the page's object, its batch, the round's object, its batch, and the checkpoint.
    expect(bench.looks() - before).toBe(5);
    const [, body, raced] = objects(bench.world);
    expect(body).toMatchObject({
      seq: 2,
      body: { kind: 'page', from: idOf('a'), to: idOf('b'), counters: { scanned: 1, readUnits: scanUnits(1) } },
    });
    expect(raced).toMatchObject({
      seq: 3,
      segment: 0,
      attempt: 1,
      body: { kind: 'raced', page: 2, keys: [idOf('b')], unsure: [], counters: { raced: 1 }, failures: [] },
      entries: [{ write: { kind: 'update', expect: { size: { N: '20' } }, after: { size2: { N: '40' } } } }],
    });
    expect(counters).toMatchObject({ updated: 2, raced: 1, readUnits: 1 + 2 * scanUnits(1), writeUnits: 2 });
  });

  test('names those whose answer was lost', async () => {
    const bench = prepare([thing('a', 1)]);
    const answers: (WriteResult | undefined)[] = [{ kind: 'retry', message: 'reset' }];
    bench.world.table.onWrite = ({ key }) => {
      const answer = answers.shift();
      if (answer) bench.world.table.change(key, { size: { N: '13' } });
      return answer;
    };
    expect((await page(bench)).counters).toMatchObject({ updated: 0, skipped: { unlucky: 1 }, raced: 1 });
    expect(objects(bench.world)[1]?.body).toMatchObject({ keys: [idOf('a')], unsure: [idOf('a')], counters: { skipped: { unlucky: 1 } } });
  });

  test.each<[string, () => Item | null, object]>([
    ['gone', () => null, { skipped: { gone: 1 }, raced: 0 }],
    ['no longer eligible', () => ({ kind: { S: 'other' }, size: { N: '9' } }), { skipped: { 'no-longer-eligible': 1 }, raced: 1 }],
    ['no good any more', () => ({ size: { N: '14' } }), { failed: { 'odd-one': 1 }, raced: 1 }],
  ])('settles an item that is %s, in the journal as well', async (_, change, expected) => {
    const bench = prepare([thing('a', 1)]);
    race(bench.world, 1, change);
    expect((await page(bench)).counters).toMatchObject({ scanned: 1, updated: 0, ...expected });
    expect(objects(bench.world)[1]).toMatchObject({ body: { keys: [idOf('a')], counters: expected }, entries: [] });
  });

  test('lists what failed in it once', async () => {
    const bench = prepare([thing('a', 1)]);
    race(bench.world, 1, () => ({ size: { N: '14' } }));
    await page(bench);
    expect(objects(bench.world)[1]?.body.failures).toMatchObject([{ key: idOf('a'), code: 'odd-one' }]);
    expect(listed(bench.world, 'failures')).toHaveLength(1);
  });

  test('sends a create whose key is free again beside what is judged afresh', async () => {
    const bench = prepare([thing('a', 1), thing('b', 3)], making);
    const refused = new Set<string>();
    bench.world.table.onWrite = ({ key }) => {
      const id = JSON.stringify(key);
      if (refused.has(id)) return undefined;
      refused.add(id);
      return { kind: 'condition-failed' };
    };
    expect((await page(bench)).counters).toMatchObject({ created: 2, raced: 2 });
    expect(objects(bench.world)[1]?.entries.map(({ write }) => write.key)).toStrictEqual([idOf('Made#1'), idOf('Made#3')]);
  });

  test('a write that is rejected after an unheard one had landed is ours', async () => {
    const bench = prepare([thing('a', 1)]);
    let sent = 0;
    bench.world.table.onWrite = (write) => {
      sent += 1;
      if (sent > 1) return { kind: 'rejected', message: 'never' };
      bench.world.table.write(write);
      return { kind: 'retry', message: 'reset' };
    };
    expect((await page(bench)).counters).toMatchObject({ updated: 1, failed: {} });
  });

  test('brings together what is judged afresh, sent again as it is, and rejected', async () => {
    const bench = prepare([thing('a', 1), thing('b', 2), thing('c', 3), thing('d', 5)], mixed);
    const seen = new Set<string>();
    bench.world.table.onWrite = ({ key }) => {
      const { S: id } = key.id as { S: string };
      if (seen.has(id)) return undefined;
      seen.add(id);
      if (id === 'a') bench.world.table.change(key, { size: { N: '7' } });
      if (id === 'd') bench.world.table.change(key, { size: { N: '14' } });
      return id === 'c' ? { kind: 'rejected', message: 'never' } : { kind: 'condition-failed' };
    };
    const { counters } = await page(bench);
    expect(counters).toMatchObject({ scanned: 4, updated: 1, created: 1, failed: { rejected: 1, 'odd-one': 1 }, raced: 3 });
    const [, round] = objects(bench.world);
    expect(round?.body).toMatchObject({ counters: { raced: 3, failed: { rejected: 1, 'odd-one': 1 } }, unsure: [] });
    expect(round?.body.failures.map(({ code }) => code)).toStrictEqual(['rejected', 'odd-one']);
    expect(round?.entries.map(({ write }) => write.key)).toStrictEqual([idOf('a'), idOf('Made#2')]);
  });

  test('says how often the item was changed when it gives up', async () => {
    const bench = prepare([thing('a', 1)]);
    let size = 1;
    race(bench.world, 9, () => ({ size: { N: String(++size * 100) } }));
    await page(bench);
    expect(listed(bench.world, 'failures')).toMatchObject([
      { code: 'raced', message: expect.stringContaining('changed the item 4 times') },
    ]);
  });
});
