import { noCounters } from '../../../lib/core/counters.ts';
import { encodeJournal, type JournalObject } from '../../../lib/core/journal.ts';
import type { SegmentRecord } from '../../../lib/core/records/segment.ts';
import { takeOver } from '../../../lib/core/takeover.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { RUN_ID } from '../../support/memory-ports.ts';
import { idOf, thing } from '../../support/thing-definitions.ts';
import { type Bench, listed, objects, prepare, race } from './page-bench.ts';

describe('a dead worker’s page', () => {
  const doubled = (id: string, size: number) => ({
    write: {
      kind: 'update' as const,
      key: idOf(id),
      expect: { size: { N: String(size) }, size2: null },
      after: { size2: { N: String(size * 2) } },
    },
    source: idOf(id),
    notes: ['large'],
  });
  const body = { kind: 'page' as const, from: null, to: idOf('b'), retried: [], fingerprint: 'f' };
  const settled = { key: idOf('z'), code: 'raced', message: 'm', retryable: true };

  async function left(bench: Bench, rounds: number): Promise<SegmentRecord> {
    let previous = { attempt: 0, hash: '' };
    for (let seq = 1; seq <= rounds + 1; seq += 1) {
      const raced = {
        kind: 'raced' as const,
        page: 1,
        keys: [idOf('a')],
        unsure: [],
        counters: { ...noCounters(), raced: seq === 2 ? 1 : 0 },
        failures: [],
      };
      const first = { ...body, counters: { ...noCounters(), scanned: 3 }, failures: [{ ...settled, key: idOf('y') }] };
      const own = seq === 1 ? first : { ...raced, ...(seq === 2 && { failures: [settled] }) };
      const entries = seq === 1 ? [doubled('a', 1), doubled('b', 2)] : [doubled('a', 1)];
      const object = { runId: RUN_ID, segment: 0, seq, attempt: 1, previous, body: own, entries };
      const { text, hash } = encodeJournal(object);
      await bench.world.journal.put(object, text);
      previous = { attempt: 1, hash };
    }
    bench.context.attempt = 2;
    const state = { ...bench.state, attempt: 2 };
    bench.world.ledger.rows.set(0, state);
    return state;
  }
  const done = { size2: { N: '2' } };

  test('is counted whole: what had landed, what had not, and what was settled before', async () => {
    const bench = prepare([thing('a', 1, done), thing('b', 2)]);
    const next = await takeOver(await left(bench, 0), bench.context);
    expect(next).toMatchObject({
      state: 'open',
      cursor: idOf('b'),
      chain: { seq: 1 },
      counters: { scanned: 3, updated: 2, notes: { large: 2 }, pages: 1 },
    });
    expect(listed(bench.world, 'failures')).toMatchObject([{ key: { id: { S: 'y' } } }]);
    expect(listed(bench.world, 'exceptions')).toHaveLength(2);
    expect(bench.world.journal.objects.size).toBe(1);
  });

  test('has the failures and counts of its rounds, too', async () => {
    const bench = prepare([thing('a', 1, done), thing('b', 2)]);
    const next = await takeOver(await left(bench, 1), bench.context);
    expect(next.counters).toMatchObject({ scanned: 3, updated: 2, raced: 1 });
    expect(listed(bench.world, 'failures')).toMatchObject([{ key: { id: { S: 'y' } } }, { key: { id: { S: 'z' } } }]);
  });

  test('has no write any more for what a round of it settled without one', async () => {
    const bench = prepare([thing('a', 1), thing('b', 2)]);
    const state = await left(bench, 0);
    const [own] = objects(bench.world);
    const previous = { attempt: 1, hash: encodeJournal(own as JournalObject).hash };
    const counters = { ...noCounters(), raced: 1, skipped: { unlucky: 1 } };
    const round = { kind: 'raced' as const, page: 1, keys: [idOf('a')], unsure: [], counters, failures: [] };
    const object = { runId: RUN_ID, segment: 0, seq: 2, attempt: 1, previous, body: round, entries: [] };
    await bench.world.journal.put(object, encodeJournal(object).text);
    expect((await takeOver(state, bench.context)).counters).toMatchObject({ updated: 1, skipped: { unlucky: 1 }, raced: 1 });
    expect(bench.world.table.row(idOf('a'))).toStrictEqual(thing('a', 1));
  });

  test('is raced no more often than any other', async () => {
    const bench = prepare([thing('a', 1), thing('b', 2)]);
    const state = await left(bench, 3);
    bench.world.table.change(idOf('a'), { size: { N: '7' } });
    const { counters, chain } = await takeOver(state, bench.context);
    expect(counters).toMatchObject({ updated: 1, failed: { raced: 1 }, raced: 1 });
    expect(chain).toMatchObject({ seq: 5, attempt: 2 });
    expect(objects(bench.world)[4]?.body).toMatchObject({ kind: 'raced', page: 1, keys: [idOf('a')], unsure: [idOf('a')] });
  });

  test('once it is tried again, what others have made the same is theirs', async () => {
    const bench = prepare([thing('a', 1), thing('b', 2, { size2: { N: '4' } })]);
    const state = await left(bench, 0);
    bench.world.table.change(idOf('a'), { size: { N: '7' } });
    bench.world.table.onWrite = ({ key }) => {
      if (bench.world.journal.objects.size === 2) bench.world.table.change(key, { size2: { N: '14' } });
      return undefined;
    };
    expect((await takeOver(state, bench.context)).counters).toMatchObject({ updated: 1, skipped: { unchanged: 1 }, raced: 1 });
  });

  test('is metered from its beginning', async () => {
    const bench = prepare([thing('a', 1), thing('b', 2)]);
    const state = await left(bench, 0);
    race(bench.world, 1, () => {
      (bench.world.ports.clock as FakeClock).advance(250);
      return {};
    });
    await takeOver(state, bench.context);
    expect(bench.metered).toMatchObject([{ durationMs: 250 }]);
  });
});
