import { setMaxListeners } from 'node:events';
import type { Item } from '../../../../lib/core/attribute-value.ts';
import { noCounters } from '../../../../lib/core/counters.ts';
import type { AnyDefinition } from '../../../../lib/core/definition.ts';
import { readFailures } from '../../../../lib/core/listings.ts';
import type { Ports } from '../../../../lib/core/ports.ts';
import type { RunRecord } from '../../../../lib/core/records/run.ts';
import type { SegmentRecord } from '../../../../lib/core/records/segment.ts';
import { prepareRollback } from '../../../../lib/core/rollback/prepare.ts';
import { rollbackOf, undoing } from '../../../../lib/core/rollback/undoing.ts';
import type { SettleContext } from '../../../../lib/core/settle.ts';
import { carry, pointsOf, portsOf, rollbackIn, runThrough, tableOf, undoThrough, untilDeath } from '../../../support/executions.ts';
import { memoryWorld, OWNER, RUN_ID, type World } from '../../../support/memory-ports.ts';
import { type Around, recorder } from '../../../support/port-calls.ts';
import { free } from '../../../support/stale-workers.ts';
import { doubling, idOf, making, thing } from '../../../support/thing-definitions.ts';
import { mixed } from '../../../support/undo-definitions.ts';
import { undoneOf } from '../../../support/undo-endings.ts';

const ended = async (definition: AnyDefinition = doubling, items: Item[] = [thing('a', 1), thing('b', 3)]): Promise<World> => {
  const world = memoryWorld({ definition, items, options: { batchSize: 1 } });
  await runThrough(world);
  return world;
};

const INSPECT = 0;
const UNDO = 1;
const VERIFY = 2;

/** A worker of the second lease on one segment of the rollback of a run that had one. */
async function worker(world: World, segment: number, options: { around?: Around; overrides?: Partial<Ports>; input?: object } = {}) {
  const ports = portsOf(world, options.around ?? free, options.overrides);
  const { runId } = await prepareRollback({ run: RUN_ID, batchSize: 1, ...options.input }, 'undo', ports);
  const run = world.ledger.runs.get(runId) as RunRecord;
  await world.ledger.planSegments(runId, [{ segment, quota: null }]);
  const state: SegmentRecord = { ...(world.ledger.rowsOf(runId).get(segment) as SegmentRecord), attempt: 2 };
  world.ledger.rowsOf(runId).set(segment, state);
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const context: SettleContext = {
    ports,
    run,
    facts: world.facts,
    service: undefined,
    abandoned: noCounters(),
    segment,
    attempt: 2,
    signal: stop.signal,
    writeSignal: new AbortController().signal,
    firstPage: true,
    ensureLease: () => undefined,
  };
  return { state, context, stop, trade: undoing(), run };
}

/** One page of a segment. */
async function onePage(world: World, segment: number, options: Parameters<typeof worker>[2] = {}) {
  const { trade, state, context } = await worker(world, segment, options);
  return trade.workPage(await trade.takeOver(state, context), context);
}

test('a record without a rollback in it is none', () => {
  expect(() => rollbackOf(memoryWorld({ definition: doubling, items: [] }).run)).toThrow(expect.objectContaining({ code: 'run.unknown' }));
});

describe('a segment of the run is looked at', () => {
  const held = async (segment: number, untilIn: number, isDead: boolean) => {
    const world = await ended();
    const { trade, run } = await worker(world, segment);
    const until = world.ports.clock.now() + untilIn;
    world.ledger.rows.set(0, { ...(world.ledger.rows.get(0) as SegmentRecord), lease: { owner: OWNER, attempt: 1, until } });
    const ports = { ...world.ports, isDead: async () => isDead };
    return { until, blocked: await trade.blockedUntil?.({ runId: run.runId, epoch: 1, segment }, run, ports) };
  };

  test('once the lease of the run’s worker is over', async () => {
    const { until, blocked } = await held(INSPECT, 1, false);
    expect(blocked).toBe(until);
    expect((await held(INSPECT, 0, false)).blocked).toBeNull();
  });

  test('at once when that worker is dead, and in all later stages', async () => {
    expect((await held(INSPECT, 5, true)).blocked).toBeNull();
    expect((await held(UNDO, 5, false)).blocked).toBeNull();
    expect((await held(VERIFY, 5, false)).blocked).toBeNull();
  });
});

describe('the stages, page by page', () => {
  test('inspect counts objects, and writes nothing', async () => {
    const world = await ended();
    const before = tableOf(world);
    const { counters, state } = await onePage(world, INSPECT);
    expect(counters).toStrictEqual({ ...noCounters(), pages: 1, notes: { 'journal objects': 2, entries: 2 } });
    expect(state).toBe('done');
    expect(tableOf(world)).toStrictEqual(before);
  });

  describe('what only reads', () => {
    const things = Array.from({ length: 6 }, (_, number) => thing(`t${number}`, 1 + number));

    /** Each look at the clock takes 300 milliseconds: one when a page is begun, and one after each stretch of it. */
    const slowly = (world: World): Partial<Ports> => {
      let now = world.ports.clock.now();
      const tick = (): number => {
        now += 300;
        return now;
      };
      return { clock: { ...world.ports.clock, now: tick } };
    };

    test('checks in once a second', async () => {
      const world = await ended(doubling, things);
      const inspected = await onePage(world, INSPECT, { overrides: slowly(world) });
      expect(inspected.counters).toStrictEqual({ ...noCounters(), pages: 1, notes: { 'journal objects': 4, entries: 4 } });
      expect([inspected.state, inspected.cursor]).toStrictEqual(['open', expect.anything()]);
      for (const one of things) world.table.put(one);
      const verified = await onePage(world, VERIFY, { overrides: slowly(world) });
      expect(verified).toMatchObject({ state: 'open', counters: { pages: 1, notes: { verified: 4 } } });
    });

    test('goes on where it checked in', async () => {
      const world = await ended(doubling, things);
      const { trade, state, context } = await worker(world, INSPECT, { overrides: slowly(world) });
      const page = await trade.workPage(await trade.takeOver(state, context), context);
      const { counters, ...last } = await trade.workPage(page, context);
      expect(counters).toStrictEqual({ ...noCounters(), pages: 2, notes: { 'journal objects': 6, entries: 6 } });
      expect(last.state).toBe('done');
    });

    test('checks in at once where there is something to list, or it shall stand still', async () => {
      const changed = await ended(doubling, things);
      expect(await onePage(changed, VERIFY)).toMatchObject({ state: 'open', counters: { pages: 1, failed: { 'not-restored': 1 } } });
      const world = await ended(doubling, things);
      let read = 0;
      const around: Around = (label, effect) => {
        if (label === 'journal.get') read += 1;
        if (read === 2) stop.abort();
        return effect();
      };
      const { trade, state, context, stop } = await worker(world, INSPECT, { around });
      const page = await trade.workPage(await trade.takeOver(state, context), context);
      expect(page).toMatchObject({ state: 'open', counters: { notes: { 'journal objects': 2, entries: 2 } } });
    });

    test('what it had read when it failed is told as spent in vain', async () => {
      const world = await ended(doubling, things);
      for (const one of things) world.table.put(one);
      let read = 0;
      const around: Around = (label, effect) => {
        if (label === 'target.getMany') read += 1;
        if (read === 3) throw new Error('gone');
        return effect();
      };
      const { trade, state, context } = await worker(world, VERIFY, { around });
      const begun = await trade.takeOver(state, context);
      await expect(trade.workPage(begun, context)).rejects.toThrow('gone');
      expect(context.abandoned).toStrictEqual({ ...noCounters(), readUnits: 2 });
    });

    test('what takes back checks in with each page', async () => {
      const world = await ended(doubling, things);
      expect(await onePage(world, UNDO)).toMatchObject({ state: 'open', counters: { pages: 1, restored: 1 } });
    });
  });

  test('undo takes back the newest entry first', async () => {
    const world = await ended();
    const { counters } = await onePage(world, UNDO);
    expect(counters).toMatchObject({ scanned: 1, restored: 1, writeUnits: 1, pages: 1 });
    expect([world.table.row(idOf('a'))?.size2, world.table.row(idOf('b'))?.size2]).toStrictEqual([{ N: '2' }, undefined]);
  });

  test('verify reads what was taken back, and counts what that cost', async () => {
    const world = await ended();
    world.table.put(thing('b', 3));
    world.table.put(thing('a', 1));
    const { counters } = await onePage(world, VERIFY);
    expect(counters).toStrictEqual({ ...noCounters(), pages: 1, readUnits: 2, notes: { verified: 2 } });
  });

  test('verify asks for what the run wrote of an item that it updated, and for all of a row that it created', async () => {
    const asked = async (...of: Parameters<typeof ended>) => {
      const world = await ended(...of);
      const getMany = jest.spyOn(world.table, 'getMany');
      await onePage(world, VERIFY);
      return getMany.mock.calls.map(([, options]) => options?.attributes);
    };
    expect(await asked()).toStrictEqual([['id', 'size2']]);
    expect(await asked(making, [thing('a', 1)])).toStrictEqual([undefined]);
  });

  test('nothing is looked up of what was left alone where nothing was', async () => {
    const world = await ended();
    const { calls, around } = recorder();
    await onePage(world, UNDO, { around });
    await onePage(world, VERIFY, { around });
    expect(calls).not.toContain('artifacts.list');
  });

  test('verify has nothing to read where nothing was taken back', async () => {
    const world = memoryWorld({ definition: doubling, items: [] });
    await runThrough(world);
    const { calls, around } = recorder();
    expect((await onePage(world, VERIFY, { around })).state).toBe('done');
    expect(calls).not.toContain('target.getMany');
  });

  test('a row that stands again as the run made it is taken from the count, and can be tried again', async () => {
    const world = await ended(making, [thing('a', 1)]);
    const { counters, runId } = await onePage(world, VERIFY);
    expect(counters).toMatchObject({ deleted: -1, restored: 0, failed: { 'not-restored': 1 }, notes: {} });
    const failures = await readFailures(world.artifacts, runId, await world.ledger.segments(runId));
    expect(failures).toMatchObject([{ key: idOf('Made#1'), code: 'not-restored', retryable: true }]);
  });

  test('a row that somebody else made there meanwhile is taken from the count, and kept', async () => {
    const world = await ended(making, [thing('a', 1)]);
    world.table.put({ ...idOf('Made#1'), theirs: { BOOL: true } });
    expect((await onePage(world, VERIFY)).counters).toMatchObject({ deleted: -1, failed: {}, skipped: { 'changed-again': 1 } });
  });

  test('a segment that the run never planned has nothing in it', async () => {
    for (const segment of [INSPECT, UNDO, VERIFY]) {
      const world = await ended();
      const { trade, state, context } = await worker(world, segment);
      world.ledger.rows.clear();
      const page = await trade.workPage(await trade.takeOver(state, context), context);
      expect(page).toMatchObject({ state: 'done', cursor: null });
      expect(page.counters).toStrictEqual({ ...noCounters(), pages: 1 });
    }
  });
});

describe('a page of a rollback', () => {
  test('is not worked on before the segment was looked at', async () => {
    const { trade, state, context } = await worker(await ended(), UNDO);
    await expect(trade.workPage(state, context)).rejects.toThrow('takeOver comes first');
  });

  test('is not begun when its worker shall stand still', async () => {
    const world = await ended();
    const before = tableOf(world);
    const { trade, state, context, stop } = await worker(world, UNDO);
    const taken = await trade.takeOver(state, context);
    stop.abort(new Error('stand still'));
    await expect(trade.workPage(taken, context)).rejects.toThrow('stand still');
    expect(tableOf(world)).toStrictEqual(before);
  });

  test('is not checked in when too little of the lease is left', async () => {
    const world = await ended();
    const { trade, state, context, run } = await worker(world, INSPECT);
    context.ensureLease = () => {
      throw new Error('too late');
    };
    await expect(trade.workPage(await trade.takeOver(state, context), context)).rejects.toThrow('too late');
    expect(world.ledger.rowsOf(run.runId).get(INSPECT)).toMatchObject({ counters: { pages: 0 }, cursor: null });
  });

  test('makes void what a dead worker listed of it, and only of the first one', async () => {
    const world = await ended();
    const { trade, state, context, run } = await worker(world, UNDO);
    const next = await trade.workPage(await trade.takeOver(state, context), context);
    await trade.workPage(next, context);
    const written = [...world.artifacts.files].filter(([name]) => name.includes(run.runId) && name.includes('/00001/'));
    const name = (kind: string) => `${kind}/${run.runId}/00001/00000001-0002.jsonl`;
    expect(written).toStrictEqual(['conflicts', 'failures', 'exceptions', 'damaged'].map((kind) => [name(kind), '']));
  });

  test('is metered with what it took', async () => {
    const world = await ended();
    const metered: unknown[] = [];
    const { clock } = world.ports;
    let now = Date.parse('2026-11-22T00:00:00Z');
    world.table.onWrite = () => {
      now += 10;
      return undefined;
    };
    const overrides = { meter: (page: unknown): number => metered.push(page), clock: { ...clock, now: () => now } };
    const { counters } = await onePage(world, UNDO, { overrides });
    expect(metered).toStrictEqual([{ counters, durationMs: 10 }]);
  });
});

test('what the database will not take back is listed once, and not looked at again', async () => {
  const world = await ended(doubling, [thing('a', 1)]);
  world.table.onWrite = () => ({ kind: 'rejected', message: 'never' });
  await undoThrough(world);
  expect(await undoneOf(world)).toMatchObject({
    run: 'rolling-back',
    balanced: true,
    failures: [{ key: idOf('a'), code: 'rejected' }],
    counters: { restored: 0, failed: { rejected: 1 }, notes: { 'journal objects': 1 } },
  });
});

test('an entry of a page that a dead worker left counts as what it came to, once all is undone', async () => {
  const items = [thing('a', 2), thing('b', 2), thing('c', 3)];
  const make = (): World => memoryWorld({ definition: mixed, items, options: { batchSize: 1 } });
  const { calls } = await runThrough(make());
  const filtered = new Set<number>();
  for (const kill of pointsOf(calls)) {
    const world = make();
    await untilDeath(world, kill, (ports) => carry({ runId: RUN_ID, epoch: 1 }, world, ports));
    await undoThrough(world);
    const { conflicts, counters } = await undoneOf(world);
    expect({ kill, conflicts, skipped: counters.skipped, failed: counters.failed }).toStrictEqual({
      kill,
      conflicts: [],
      skipped: {},
      failed: {},
    });
    expect({ kill, verified: counters.notes.verified ?? 0 }).toStrictEqual({ kill, verified: counters.restored + counters.deleted });
    filtered.add(counters.filtered);
  }
  // Of the two that make one row, the second one may have been journaled.
  expect([...filtered].sort()).toStrictEqual([0, 1]);
});

// Invariant 8.
describe('a rehearsal', () => {
  const rehearsed = async (): Promise<World> => {
    const world = await ended(making);
    const ports = portsOf(world, free);
    await carry(await prepareRollback({ run: RUN_ID, dryRun: true }, 'undo', ports), world, ports);
    return world;
  };

  test('says what would be done, and does nothing', async () => {
    const before = tableOf(await ended(making));
    const world = await rehearsed();
    expect(tableOf(world)).toStrictEqual(before);
    expect(await undoneOf(world)).toMatchObject({
      run: 'complete',
      rollback: 'complete',
      undoneBy: false,
      balanced: true,
      counters: { scanned: 2, deleted: 2, notes: { 'journal objects': 2 } },
    });
    expect(rollbackIn(world)).toMatchObject({ rounds: 2 });
  });

  test('lists what would be kept', async () => {
    const world = await ended(making);
    world.table.change(idOf('Made#1'), { theirs: { BOOL: true } });
    const ports = portsOf(world, free);
    await carry(await prepareRollback({ run: RUN_ID, dryRun: true }, 'undo', ports), world, ports);
    expect(await undoneOf(world)).toMatchObject({
      conflicts: [{ key: idOf('Made#1'), why: 'changed-since' }],
      counters: { deleted: 1, skipped: { 'changed-since': 1 } },
    });
  });
});
