import { setMaxListeners } from 'node:events';
import type { Item } from '../../../lib/core/attribute-value.ts';
import { noCounters } from '../../../lib/core/counters.ts';
import type { SegmentRecord } from '../../../lib/core/records/segment.ts';
import { retryPortion } from '../../../lib/core/retry-failed.ts';
import { plan } from '../../../lib/core/steps/plan.ts';
import { prepare } from '../../../lib/core/steps/prepare.ts';
import { portsOf, retryThrough, runThrough } from '../../support/executions.ts';
import { openSegment } from '../../support/memory-ledger.ts';
import { memoryWorld, RUN_ID, type World } from '../../support/memory-ports.ts';
import { recorder, tapped } from '../../support/port-calls.ts';
import { free } from '../../support/stale-workers.ts';
import { doubling, idOf, other, thing } from '../../support/thing-definitions.ts';

/** Items of size 14 fail. Ids of one letter are in one of two segments, those of two in the other. */
const items: Item[] = [thing('a', 14), thing('aa', 1), thing('b', 14), thing('bb', 14), thing('c', 14), thing('d', 2)];
const FIRST_RETRY = 2;

async function failed(batchSize = 2): Promise<World> {
  const world = memoryWorld({ definition: doubling, items, options: { batchSize, segments: 2 } });
  await runThrough(world);
  world.ledger.runs.set(RUN_ID, { ...world.run, rounds: 2 });
  return world;
}

async function portion(world: World, segment: number, change: Partial<SegmentRecord> = {}) {
  const { calls, around } = recorder();
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const context = {
    ports: tapped(world.ports, around),
    run: world.run,
    facts: world.facts,
    service: undefined,
    abandoned: noCounters(),
    segment,
    attempt: 1,
    signal,
    writeSignal: signal,
    firstPage: true,
    ensureLease: () => undefined,
  };
  return { ...(await retryPortion({ ...openSegment(RUN_ID, segment), ...change }, context, world.run.options.batchSize)), calls };
}
const ODD = FIRST_RETRY + 1;

describe('what a segment of a retry works on', () => {
  test('is what failed in its own segment of the scan, a page at a time', async () => {
    const world = await failed();
    const first = await portion(world, ODD);
    expect(first.retried).toStrictEqual([idOf('a'), idOf('b')]);
    expect(first.items).toStrictEqual([thing('a', 14), thing('b', 14)]);
    expect(first.counters).toStrictEqual({ ...noCounters(), failed: { 'odd-one': -2 }, readUnits: 2 });
    expect(first.cursor).toStrictEqual({ failures: { N: '2' } });

    const second = await portion(world, ODD, { cursor: first.cursor });
    expect(second).toMatchObject({ retried: [idOf('c')], cursor: null, counters: { failed: { 'odd-one': -1 } } });
    expect((await portion(world, FIRST_RETRY)).retried).toStrictEqual([idOf('bb')]);
  });

  test('that ends with a whole page has no further one', async () => {
    expect((await portion(await failed(3), ODD)).cursor).toBeNull();
  });

  test('is counted as gone, or as no longer eligible, where it is', async () => {
    const world = await failed(9);
    world.table.delete(idOf('a'));
    world.table.put(other('b'));
    const { items: left, counters } = await portion(world, ODD);
    expect(left).toStrictEqual([thing('c', 14)]);
    expect(counters).toMatchObject({ failed: { 'odd-one': -3 }, skipped: { gone: 1, 'no-longer-eligible': 1 }, scanned: 0 });
  });

  test('is nothing, and nothing is read, where nothing is left', async () => {
    const world = await failed();
    const { items: none, cursor, calls } = await portion(world, ODD, { cursor: { failures: { N: '3' } } });
    expect([none, cursor]).toStrictEqual([[], null]);
    expect(calls).not.toContain('target.getMany');
  });

  test('leaves out what an earlier retry has mended', async () => {
    const world = await failed();
    world.ledger.runs.set(RUN_ID, { ...world.run, rounds: 1, status: 'complete' });
    world.table.change(idOf('b'), { size: { N: '3' } });
    await retryThrough(world);
    expect((await portion(world, ODD + 2)).retried).toStrictEqual([idOf('a'), idOf('c')]);
  });
});

describe('a retry', () => {
  const begin = async (world: World) => {
    const ports = portsOf(world, free);
    return { ports, ref: await prepare({ retry: RUN_ID }, 'again', ports) };
  };

  test('has a segment for each one in which something failed', async () => {
    const world = await failed();
    world.ledger.runs.set(RUN_ID, { ...world.run, rounds: 1, status: 'complete' });
    const { ports, ref } = await begin(world);
    expect(ref).toStrictEqual({ runId: RUN_ID, epoch: 2 });
    expect([...(await plan(ref, ports)).segments].sort()).toStrictEqual([FIRST_RETRY, ODD]);
  });

  test('has none for a segment whose failures an earlier retry has mended', async () => {
    const world = await failed();
    world.ledger.runs.set(RUN_ID, { ...world.run, rounds: 1, status: 'complete' });
    world.table.change(idOf('bb'), { size: { N: '3' } });
    await retryThrough(world);
    const { ports, ref } = await begin(world);
    expect((await plan(ref, ports)).segments).toStrictEqual([ODD + 2]);
  });

  test('that was cut short has the segments it began with, whatever is mended by then', async () => {
    const world = memoryWorld({ definition: doubling, items: [], options: { segments: 2 } });
    world.ledger.runs.set(RUN_ID, { ...world.run, rounds: 2 });
    const done = { state: 'done' as const };
    const rows: { state: SegmentRecord['state']; failed?: Record<string, number> }[] = [
      { ...done, failed: { bad: 2 } },
      done,
      { state: 'open', failed: { bad: -2 } },
    ];
    for (const [segment, { state, failed }] of rows.entries()) {
      world.ledger.rows.set(segment, { ...openSegment(RUN_ID, segment), state, counters: { ...noCounters(), failed: failed ?? {} } });
    }
    expect((await plan({ runId: RUN_ID, epoch: 1 }, world.ports)).segments).toStrictEqual([FIRST_RETRY]);
  });

  test('begins the count of errors anew, and goes on with the time', async () => {
    const world = await failed();
    world.ledger.runs.set(RUN_ID, { ...world.run, rounds: 1, status: 'complete', workedMs: 5_000 });
    await begin(world);
    expect(world.ledger.runs.get(RUN_ID)).toMatchObject({
      status: 'running',
      rounds: 2,
      epoch: 2,
      workedMs: 5_000,
      baseline: { changed: 2, failed: 4 },
      owner: { execution: 'again' },
    });
    expect(world.ledger.told).toMatchObject({ desired: 'run', by: 'again' });
    expect(world.ledger.log.at(-1)).toMatchObject({ who: 'again', what: 'retry', details: { epoch: 2 } });
  });

  test('is refused where nothing failed', async () => {
    const world = memoryWorld({ definition: doubling, items: [thing('a', 1)] });
    await runThrough(world);
    await expect(begin(world)).rejects.toMatchObject({ code: 'run.refused', remedy: 'Nothing is left to do.' });
  });

  test('reads what had failed once, however many pages it has', async () => {
    const world = await failed(1);
    world.ledger.runs.set(RUN_ID, { ...world.run, rounds: 1, status: 'complete' });
    const { list } = world.artifacts;
    const asked: string[] = [];
    world.artifacts.list = async (prefix) => {
      asked.push(prefix);
      return list.call(world.artifacts, prefix);
    };
    await retryThrough(world);
    const pages = [...world.ledger.rows.values()].filter(({ segment }) => segment >= FIRST_RETRY).map(({ counters }) => counters.pages);
    expect(pages).toStrictEqual([1, 3]);
    const ofOneSegment = asked.filter((prefix) => /\/\d{5}\/$/.test(prefix));
    expect(ofOneSegment.sort()).toStrictEqual([`failures/${RUN_ID}/00000/`, `failures/${RUN_ID}/00001/`]);
  });
});
