import fc from 'fast-check';
import { changed } from '../../../../lib/core/counters.ts';
import { noBudgets } from '../../../../lib/core/flow/budgets.ts';
import { ItemsShare } from '../../../../lib/core/flow/items-share.ts';
import { sumCounters } from '../../../../lib/core/run.ts';
import { workSegment } from '../../../../lib/core/segment.ts';
import { memoryWorld, RUN_ID, type World } from '../../../support/memory-ports.ts';
import { doubling, other, thing } from '../../../support/thing-definitions.ts';
import { type VirtualClock, virtualClock } from '../../../support/virtual-clock.ts';

const SEGMENTS = 4;

/** Sixty things, of which some are skipped and some fail, and others between them, in four segments: by the length of their ids. */
const items = Array.from({ length: 80 }, (_, index) => {
  const id = `${'x'.repeat(index % SEGMENTS)}${String(index).padStart(4, '0')}`;
  return index % 4 === 3 && index % 3 === 0 ? other(id) : thing(id, 10 + (index % 7));
});

interface Bench extends World {
  clock: VirtualClock;
}

function worldWith(most: number | null, batchSize = 5, things = items, segments = SEGMENTS): Bench {
  const clock = virtualClock();
  const options = { batchSize, segments, budgets: { ...noBudgets, items: most } };
  return { ...memoryWorld({ definition: doubling, items: things, options, overrides: { concurrency: segments, clock } }), clock };
}

/** All segments at once, each by a worker of its own. */
const workAll = ({ ports, facts, run, clock }: Bench, epoch = 1): Promise<unknown> =>
  clock.until(
    Promise.all(
      Array.from({ length: run.options.segments }, (_, segment) =>
        workSegment({ runId: RUN_ID, epoch, segment }, { ports, facts, service: undefined, remainingMs: () => 1e6 }),
      ),
    ),
  );

const changedIn = ({ ledger }: World): number => changed(sumCounters([...ledger.rows.values()]));
const doubled = ({ table }: World): number => table.all().filter(({ size2 }) => size2).length;

async function carryOn(world: Bench, most: number): Promise<void> {
  const { ledger, run } = world;
  await ledger.changeBudgets(RUN_ID, { items: most }, noBudgets);
  await ledger.command(RUN_ID, { desired: 'run', reason: null, by: 'test', at: 'later' }, ledger.told.at);
  await ledger.reopenRun(run, run.owner, { startedAt: run.startedAt, workedMs: 0, rounds: 1, baseline: run.baseline });
  await workAll(world, 2);
}

const ALL = (async () => {
  const world = worldWith(null);
  await workAll(world);
  return changedIn(world);
})();

test('however many workers there are, as many items are changed as may be, and no more', async () => {
  const all = await ALL;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: all }), fc.integer({ min: 1, max: 30 }), async (most, batchSize) => {
      const world = worldWith(most, batchSize);
      await workAll(world);
      expect(changedIn(world)).toBe(doubled(world));
      expect(changedIn(world)).toBe(most);
      if (most < all) expect(world.ledger.told).toMatchObject({ desired: 'hold', reason: { code: 'budget.items-spent' } });

      await carryOn(world, 10 * all);
      expect(changedIn(world)).toBe(all);
    }),
    { numRuns: 60 },
  );
});

test('the run stands still, and says why, and no segment is stuck for it', async () => {
  const world = worldWith(8);
  await workAll(world);
  const message = 'The run has changed 8 items of the 8 that it may change.';
  expect(world.ledger.told.reason).toStrictEqual({ code: 'budget.items-spent', message });
  expect(world.ledger.log[0]).toMatchObject({ who: 'governor', what: 'pause', details: { code: 'budget.items-spent' } });
  expect([...world.ledger.rows.values()].map(({ stuck }) => stuck)).toStrictEqual([null, null, null, null]);
});

test('what nobody may change any more is no work for the next execution either', async () => {
  const world = worldWith(8);
  await workAll(world);
  const before = changedIn(world);
  await carryOn(world, before);
  expect(changedIn(world)).toBe(before);
});

// Each page is given few items then, and nearly all of those were not needed.
test.each([1, 4, 50])('where one item in a hundred needs a change, %d workers change as many as they may', async (segments) => {
  const rare = Array.from({ length: 2_000 }, (_, index) => {
    const id = `${'x'.repeat(index % segments)}${String(index).padStart(4, '0')}`;
    return index % 100 === 7 ? thing(id, 10) : other(id);
  });
  const world = worldWith(12, 25, rare, segments);
  const began = world.clock.now();
  await workAll(world);
  expect(changedIn(world)).toBe(12);
  expect(doubled(world)).toBe(12);
  expect(world.ledger.told.reason?.message).toBe('The run has changed 12 items of the 12 that it may change.');
  expect(world.clock.now() - began).toBeLessThan(10_000);
});

test('what a worker was given that was killed holds the run, which says so, and the next execution goes on with it', async () => {
  const world = worldWith(8);
  await world.ledger.countItems(RUN_ID, 1, 0);
  await world.ledger.giveItems(RUN_ID, 1, 5, 8);
  await workAll(world);
  expect(changedIn(world)).toBe(3);
  const message =
    'The run has changed 3 items of the 8 that it may change; the others were given to workers of which nothing has come for five minutes.';
  expect(world.ledger.told.reason).toStrictEqual({ code: 'budget.items-spent', message });
  await carryOn(world, 8);
  expect(changedIn(world)).toBe(8);
});

test('a worker that waits for items stops when it is told to', async () => {
  const world = worldWith(8);
  await world.ledger.countItems(RUN_ID, 1, 8);
  const stop = new AbortController();
  const waiting = new ItemsShare(world.run, world.ports, () => 8).take(5, stop.signal);
  stop.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
});

describe('a share', () => {
  const { signal } = new AbortController();
  const share = (world: World, limit: () => number | null) => new ItemsShare(world.run, world.ports, limit);
  const given = ({ ledger }: World) => ledger.given.get(`${RUN_ID}/1`);

  test('is not counted where nothing is limited', async () => {
    const world = worldWith(null);
    const one = share(world, () => null);
    expect(await one.take(5, signal)).toBeNull();
    one.settle(null, 5);
    await one.leave();
    expect(given(world)).toBeUndefined();
  });

  test('is a whole page while there is enough, and what a page does not change is for the next one', async () => {
    const world = worldWith(100);
    const one = share(world, () => 100);
    expect(await one.take(5, signal)).toBe(5);
    one.settle(5, 2);
    expect(await one.take(5, signal)).toBe(5);
    expect(given(world)).toBe(7);
    one.settle(5, 5);
    expect(await one.take(3, signal)).toBe(3);
    one.settle(3, 0);
    await one.leave();
    expect(given(world)).toBe(7);
  });

  test('is smaller and smaller as the end comes near, so that others have some too', async () => {
    const world = worldWith(12);
    const one = share(world, () => 12);
    expect([await one.take(5, signal), await one.take(5, signal), await one.take(5, signal)]).toStrictEqual([3, 3, 2]);
  });

  test('makes good what was begun before anybody counted', async () => {
    const world = worldWith(100);
    let limit: number | null = null;
    const one = share(world, () => limit);
    const granted = await one.take(5, signal);
    limit = 100;
    await share(world, () => limit).take(1, signal);
    one.settle(granted, 5);
    expect(await one.take(5, signal)).toBe(5);
    expect(given(world)).toBe(11);
  });

  test('is what it was before when the ledger does not answer', async () => {
    const world = worldWith(100);
    const one = share(world, () => 100);
    await one.take(5, signal);
    one.settle(5, 2);
    const { itemsGiven } = world.ledger;
    world.ledger.itemsGiven = () => Promise.reject(new Error('gone'));
    await expect(one.take(5, signal)).rejects.toThrow('gone');
    world.ledger.itemsGiven = itemsGiven;
    await one.take(5, signal);
    expect(given(world)).toBe(7);
  });
});
