import { setMaxListeners } from 'node:events';
import type { Item } from '../../../lib/core/attribute-value.ts';
import { noCounters } from '../../../lib/core/counters.ts';
import type { AnyDefinition } from '../../../lib/core/definition.ts';
import { BackfillError } from '../../../lib/core/errors.ts';
import { workPage } from '../../../lib/core/page.ts';
import type { TableFacts } from '../../../lib/core/ports.ts';
import type { SettleContext } from '../../../lib/core/settle.ts';
import { UNTOLD } from '../../../lib/core/throttle.ts';
import type { WriteResult } from '../../../lib/core/write.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { openSegment } from '../../support/memory-ledger.ts';
import { memoryWorld, RUN_ID, type World } from '../../support/memory-ports.ts';
import { recorder, tapped } from '../../support/port-calls.ts';
import { doubling, idOf, making, thing } from '../../support/thing-definitions.ts';

function prepare(definition: AnyDefinition, items: Item[], facts: Partial<TableFacts> = {}) {
  const world = memoryWorld({ definition, items, options: { batchSize: 1000 }, facts });
  const { calls, around } = recorder();
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const context: SettleContext = {
    ports: tapped(world.ports, around),
    run: world.run,
    facts: world.facts,
    service: undefined,
    abandoned: noCounters(),
    segment: 0,
    attempt: 1,
    signal,
    writeSignal: signal,
    firstPage: true,
    ensureLease: () => undefined,
  };
  const state = { ...openSegment(RUN_ID, 0), attempt: 1 };
  world.ledger.rows.set(0, state);
  return { world, calls, context, page: () => workPage(state, context) };
}

/** The first so many writes of each item get this result; `landing`: though they have their effect. */
function answers(world: World, times: number, result: WriteResult, landing = false): void {
  const sent = new Map<string, number>();
  world.table.onWrite = (write) => {
    const id = JSON.stringify(write.key);
    sent.set(id, (sent.get(id) ?? 0) + 1);
    if ((sent.get(id) ?? 0) > times) return undefined;
    if (landing) world.table.write(write);
    return result;
  };
}

const two = [thing('a', 1), thing('b', 2)];

describe('one page', () => {
  // Invariant 1.
  test('is read, journaled, written, checked in; in that order', async () => {
    const { calls, page } = prepare(doubling, two);
    await page();
    expect(calls).toStrictEqual(['source.readPage', 'journal.put', 'writer.apply', 'ledger.checkpoint']);
  });

  test('is journaled again before a raced item is written again', async () => {
    const { world, calls, page } = prepare(doubling, two);
    let once = true;
    world.table.onWrite = () => {
      if (once) world.table.change(idOf('a'), { size: { N: '5' } });
      once = false;
      return undefined;
    };

    const { counters, chain } = await page();

    const round = ['journal.put', 'writer.apply'];
    expect(calls).toStrictEqual(['source.readPage', ...round, 'target.getMany', ...round, 'ledger.checkpoint']);
    expect(counters).toMatchObject({ updated: 2, raced: 1, scanned: 2 });
    expect(chain.seq).toBe(2);
    expect(world.table.row(idOf('a'))).toMatchObject({ size: { N: '5' }, size2: { N: '10' } });
  });

  test('writes nothing when the journal cannot be written', async () => {
    const { world, calls, page } = prepare(doubling, two);
    world.journal.put = async () => {
      throw new BackfillError('artifacts.unwritable', 'full');
    };
    await expect(page()).rejects.toMatchObject({ code: 'artifacts.unwritable' });
    expect(calls).not.toContain('writer.apply');
  });

  test('without a write needs no journal', async () => {
    const { calls, page } = prepare(doubling, [thing('a', 13)]);
    expect((await page()).counters).toMatchObject({ scanned: 1, skipped: { unlucky: 1 } });
    expect(calls).toStrictEqual(['source.readPage', 'ledger.checkpoint']);
  });

  test('is written in batches of 25, with a look at the lease before each', async () => {
    const { calls, context, page } = prepare(
      doubling,
      Array.from({ length: 60 }, (_, index) => thing(`t${index}`, 100 + index)),
    );
    let looks = 0;
    context.ensureLease = () => {
      looks += 1;
    };
    expect((await page()).counters.updated).toBe(60);
    expect(calls.filter((call) => call === 'writer.apply')).toHaveLength(3);
    // Before the journal, each of three batches, and the checkpoint.
    expect(looks).toBe(5);
  });

  test('stops before the next batch when the lease runs out', async () => {
    const { calls, context, page } = prepare(
      doubling,
      Array.from({ length: 60 }, (_, index) => thing(`t${index}`, 100 + index)),
    );
    let looks = 0;
    context.ensureLease = () => {
      looks += 1;
      if (looks === 3) throw new BackfillError('lease.lost', 'over');
    };
    await expect(page()).rejects.toMatchObject({ code: 'lease.lost' });
    expect(calls.filter((call) => call === 'writer.apply')).toHaveLength(1);
    expect(calls).not.toContain('ledger.checkpoint');
  });
});

describe('a failed condition', () => {
  test.each([
    ['updated', doubling, { updated: 2, created: 0 }],
    ['created', making, { created: 2, updated: 0 }],
  ])('of a write whose answer was lost, and that was ours, counts as %s', async (_, definition, expected) => {
    const { world, page } = prepare(definition, two);
    answers(world, 1, { kind: 'retry', message: 'socket hang up' }, true);
    expect((await page()).counters).toMatchObject({ ...expected, raced: 0, skipped: {}, failed: {} });
  });

  test.each([
    ['unchanged', doubling, { unchanged: 2 }],
    ['already-exists', making, { 'already-exists': 2 }],
  ])('where every answer was heard, the same from somebody else is %s', async (_, definition, skipped) => {
    const { world, page } = prepare(definition, two);
    answers(world, 1, { kind: 'condition-failed' }, true);
    expect((await page()).counters).toMatchObject({ created: 0, updated: 0, skipped, failed: {} });
  });

  test('of a create whose key somebody else has taken', async () => {
    const { world, page } = prepare(making, two);
    world.table.onWrite = ({ key }) => {
      world.table.put({ ...key, mine: { S: 'not' } });
      return undefined;
    };
    expect((await page()).counters).toMatchObject({ created: 0, skipped: { 'already-exists': 2 }, raced: 0 });
  });

  test('of a create whose key is free again', async () => {
    const { world, page } = prepare(making, two);
    answers(world, 1, { kind: 'condition-failed' });
    expect((await page()).counters).toMatchObject({ created: 2, raced: 2, failed: {} });
  });

  test('of an update whose item is gone', async () => {
    const { world, page } = prepare(doubling, two);
    world.table.onWrite = ({ key }) => {
      world.table.delete(key);
      return undefined;
    };
    expect((await page()).counters).toMatchObject({ updated: 0, skipped: { gone: 2 }, raced: 0 });
  });

  test('four times in a row fails the item, retryable, and says so once', async () => {
    const { world, page } = prepare(doubling, two);
    let size = 100;
    world.table.onWrite = ({ key }) => {
      size += 1;
      world.table.change(key, { size: { N: String(size) } });
      return undefined;
    };

    const { counters, chain } = await page();

    expect(counters).toMatchObject({ scanned: 2, updated: 0, failed: { raced: 2 }, raced: 2 });
    // The page, three more rounds, and that the last of them did not land either.
    expect(chain.seq).toBe(5);
    const [listing = ''] = world.artifacts.files.values();
    expect(
      listing
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { key: { id: { S: 'a' } }, code: 'raced', retryable: true },
      { key: { id: { S: 'b' } }, code: 'raced', retryable: true },
    ]);
  });

  test('three times in a row does not fail it yet', async () => {
    const { world, page } = prepare(doubling, [thing('a', 1)]);
    let times = 0;
    world.table.onWrite = ({ key }) => {
      times += 1;
      if (times <= 3) world.table.change(key, { size: { N: String(100 + times) } });
      return undefined;
    };
    expect((await page()).counters).toMatchObject({ updated: 1, raced: 1, failed: {} });
    expect(world.table.row(idOf('a'))).toMatchObject({ size2: { N: '206' } });
  });
});

describe('faults of the table', () => {
  // Invariant 10.
  test('throttling is waited out, however long, and counted', async () => {
    const { world, page } = prepare(doubling, two);
    answers(world, 50, { kind: 'throttled', throttle: UNTOLD });

    expect((await page()).counters).toMatchObject({ updated: 2, throttles: 100, failed: {} });
    const { waits } = world.ports.clock as FakeClock;
    expect(waits).toHaveLength(50);
    expect(waits.slice(0, 3)).toStrictEqual([37.5, 75, 150]);
    expect(waits.at(-1)).toBe(3750);
  });

  test('a write that landed though its answer was lost counts once', async () => {
    const { world, page } = prepare(doubling, two);
    answers(world, 1, { kind: 'retry', message: 'socket hang up' }, true);
    expect((await page()).counters).toMatchObject({ updated: 2, raced: 0, failed: {} });
  });

  test('a passing fault is retried eight times for a batch, then the table counts as unreachable', async () => {
    const eight = prepare(doubling, two);
    answers(eight.world, 8, { kind: 'retry', message: 'reset' });
    expect((await eight.page()).counters).toMatchObject({ updated: 2 });

    const nine = prepare(doubling, two);
    answers(nine.world, 9, { kind: 'retry', message: 'reset' });
    await expect(nine.page()).rejects.toMatchObject({ code: 'table.unreachable', message: 'The table does not answer: reset.' });
  });

  test('one item of each batch that others hold for a moment delays the others little, and is no outage', async () => {
    const items = Array.from({ length: 300 }, (_, index) => thing(`${1_000 + index}`, 1));
    const { world, page } = prepare(doubling, items);
    const held = new Set(items.filter((_, index) => index % 20 === 0).map(({ id }) => JSON.stringify({ id })));
    world.table.onWrite = ({ key }) => (held.delete(JSON.stringify(key)) ? { kind: 'retry', message: 'TransactionConflict' } : undefined);

    expect((await page()).counters).toMatchObject({ updated: 300, failed: {} });
    const { waits } = world.ports.clock as FakeClock;
    expect(waits.length).toBeGreaterThan(9);
    expect(new Set(waits)).toStrictEqual(new Set([37.5]));
  });

  test('what the database will never take fails alone', async () => {
    const { world, page } = prepare(doubling, two);
    world.table.onWrite = ({ key }) =>
      'S' in (key.id ?? {}) && JSON.stringify(key).includes('"a"') ? { kind: 'rejected', message: 'too big' } : undefined;
    expect((await page()).counters).toMatchObject({ updated: 1, failed: { rejected: 1 } });
  });
});

test('a throw of the writer reaches the caller and leaves no checkpoint', async () => {
  const { world, calls, page } = prepare(doubling, two);
  world.table.onWrite = () => {
    throw new BackfillError('table.access-denied', 'no');
  };
  await expect(page()).rejects.toMatchObject({ code: 'table.access-denied' });
  expect(calls).not.toContain('ledger.checkpoint');
});
