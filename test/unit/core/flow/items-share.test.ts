import fc from 'fast-check';
import { changed } from '../../../../lib/core/counters.ts';
import { noBudgets } from '../../../../lib/core/flow/budgets.ts';
import { ItemsShare } from '../../../../lib/core/flow/items-share.ts';
import { sumCounters } from '../../../../lib/core/run.ts';
import { workSegment } from '../../../../lib/core/segment.ts';
import { memoryWorld, RUN_ID, type World } from '../../../support/memory-ports.ts';
import { doubling, other, thing } from '../../../support/thing-definitions.ts';

const SEGMENTS = 4;

/** Sixty things, of which some are skipped and some fail, and others between them, in four segments: by the length of their ids. */
const items = Array.from({ length: 80 }, (_, index) => {
  const id = `${'x'.repeat(index % SEGMENTS)}${String(index).padStart(4, '0')}`;
  return index % 4 === 3 && index % 3 === 0 ? other(id) : thing(id, 10 + (index % 7));
});

const worldWith = (most: number | null, batchSize = 5): World =>
  memoryWorld({
    definition: doubling,
    items,
    options: { batchSize, segments: SEGMENTS, budgets: { ...noBudgets, items: most } },
    overrides: { concurrency: SEGMENTS },
  });

/** All segments at once, each by a worker of its own. */
const workAll = (world: World, epoch = 1): Promise<unknown> =>
  Promise.all(
    [0, 1, 2, 3].map((segment) =>
      workSegment(
        { runId: RUN_ID, epoch, segment },
        { ports: world.ports, facts: world.facts, service: undefined, remainingMs: () => 1e6 },
      ),
    ),
  );

const changedIn = ({ ledger }: World): number => changed(sumCounters([...ledger.rows.values()]));
const doubled = ({ table }: World): number => table.all().filter(({ size2 }) => size2).length;

async function carryOn(world: World, most: number): Promise<void> {
  const { ledger, run } = world;
  await ledger.setBudgets(RUN_ID, { ...noBudgets, items: most });
  await ledger.command(RUN_ID, { desired: 'run', reason: null, by: 'test', at: 'later' }, ledger.told.at);
  await ledger.reopenRun(run, run.owner, { startedAt: run.startedAt, workedMs: 0, rounds: 1, baseline: run.baseline });
  await workAll(world, 2);
}

const ALL = (async () => {
  const world = worldWith(null);
  await workAll(world);
  return changedIn(world);
})();

test('however many workers there are, no item more is changed than may be', async () => {
  const all = await ALL;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: all }), fc.integer({ min: 1, max: 30 }), async (most, batchSize) => {
      const world = worldWith(most, batchSize);
      await workAll(world);
      expect(changedIn(world)).toBe(doubled(world));
      expect(changedIn(world)).toBeLessThanOrEqual(most);
      // What workers had for pages that they did not begin any more; and what a page had for items that need no change.
      expect(changedIn(world)).toBeGreaterThanOrEqual(most - SEGMENTS * batchSize);
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
  const message = 'The run may change 8 items in all, and they are changed or under way.';
  expect(world.ledger.told.reason).toStrictEqual({ code: 'budget.items-spent', message });
  expect(world.ledger.log[0]).toMatchObject({ who: 'worker', what: 'pause', details: { code: 'budget.items-spent' } });
  expect([...world.ledger.rows.values()].map(({ stuck }) => stuck)).toStrictEqual([null, null, null, null]);
});

test('what nobody may change any more is no work for the next execution either', async () => {
  const world = worldWith(8);
  await workAll(world);
  const before = changedIn(world);
  await carryOn(world, before);
  expect(changedIn(world)).toBe(before);
});

describe('a share', () => {
  const share = (world: World, limit: () => number | null) => new ItemsShare(world.run, world.ports, limit);
  const given = ({ ledger }: World) => ledger.given.get(`${RUN_ID}/1`);

  test('is not counted where nothing is limited', async () => {
    const world = worldWith(null);
    const one = share(world, () => null);
    expect(await one.take(5)).toBeNull();
    one.settle(null, 5);
    await one.leave();
    expect(given(world)).toBeUndefined();
  });

  test('is a whole page while there is enough, and what a page does not change is for the next one', async () => {
    const world = worldWith(100);
    const one = share(world, () => 100);
    expect(await one.take(5)).toBe(5);
    one.settle(5, 2);
    expect(await one.take(5)).toBe(5);
    expect(given(world)).toBe(7);
    one.settle(5, 5);
    expect(await one.take(3)).toBe(3);
    one.settle(3, 0);
    await one.leave();
    expect(given(world)).toBe(7);
  });

  test('is smaller and smaller as the end comes near, so that others have some too', async () => {
    const world = worldWith(12);
    const one = share(world, () => 12);
    expect([await one.take(5), await one.take(5), await one.take(5)]).toStrictEqual([3, 3, 2]);
  });

  test('makes good what was begun before anybody counted', async () => {
    const world = worldWith(100);
    let limit: number | null = null;
    const one = share(world, () => limit);
    const granted = await one.take(5);
    limit = 100;
    await share(world, () => limit).take(1);
    one.settle(granted, 5);
    expect(await one.take(5)).toBe(5);
    expect(given(world)).toBe(11);
  });

  test('is what it was before when the ledger does not answer', async () => {
    const world = worldWith(100);
    const one = share(world, () => 100);
    await one.take(5);
    one.settle(5, 2);
    const { itemsGiven } = world.ledger;
    world.ledger.itemsGiven = () => Promise.reject(new Error('gone'));
    await expect(one.take(5)).rejects.toThrow('gone');
    world.ledger.itemsGiven = itemsGiven;
    await one.take(5);
    expect(given(world)).toBe(7);
  });
});
