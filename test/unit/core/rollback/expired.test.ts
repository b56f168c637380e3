import type { RunRecord } from '../../../../lib/core/records/run.ts';
import { prepareRollback } from '../../../../lib/core/rollback/prepare.ts';
import { newRun } from '../../../../lib/core/run.ts';
import { undoUntil } from '../../../../lib/core/undo-window.ts';
import { portsOf, rollbackIn, runThrough } from '../../../support/executions.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { memoryWorld, OWNER, RUN_ID, type World } from '../../../support/memory-ports.ts';
import { free } from '../../../support/stale-workers.ts';
import { doubling, thing } from '../../../support/thing-definitions.ts';

/** How long a run can be undone, and what a rollback says once its journal has expired. */

const DAY = 86_400_000;
const BEGAN = Date.parse('2026-11-21T12:00:00.000Z');
const items = ['a', 'b', 'c', 'd', 'e'].map((id, size) => thing(id, size + 1));

/** A run of two pages a segment, ended long ago. */
async function ended(): Promise<World> {
  const world = memoryWorld({ definition: doubling, items, options: { batchSize: 2 } });
  await runThrough(world);
  expect(world.journal.objects.size).toBeGreaterThan(2);
  return world;
}

const begin = (world: World, daysLater: number, { undoDays = 90 as number | null, input = {} } = {}) =>
  prepareRollback({ run: RUN_ID, ...input }, 'undo', portsOf(world, free, { undoDays, clock: fakeClock(BEGAN + daysLater * DAY) }));

const runOf = ({ ledger }: World): RunRecord => ledger.runs.get(RUN_ID) as RunRecord;
const firstObject = ({ journal }: World): string => [...journal.objects.keys()].sort()[0] ?? '';

const EXPIRED = {
  code: 'journal.expired',
  message: `Run ${RUN_ID} cannot be undone since 2027-02-19 12:00 UTC: its journal is kept for 90 days, and has expired: objects under journal/${RUN_ID}/00000/ are gone.`,
  remedy: expect.stringContaining('Within 30 days of that, bring the older versions of its objects back'),
  details: { until: '2027-02-19T12:00:00.000Z', segment: 0 },
};

test('a run can be undone for so many days from its beginning, or for ever', () => {
  expect(undoUntil('2026-11-21T12:00:00.000Z', 90)).toBe('2027-02-19T12:00:00.000Z');
  expect(undoUntil('2026-11-21T12:00:00.000Z', null)).toBeNull();
  const { ports } = memoryWorld({ definition: doubling, items });
  const clock = fakeClock(BEGAN);
  expect(newRun({ ...ports, clock, undoDays: 7 }, OWNER).undoUntil).toBe('2026-11-28T12:00:00.000Z');
  expect(newRun({ ...ports, clock }, OWNER).undoUntil).toBeNull();
});

test.each([{}, { dryRun: true }, { skipDamaged: true }])(
  'an expired journal is refused for %j, and leaves the run as it is',
  async (input) => {
    const world = await ended();
    const before = runOf(world);
    world.journal.objects.clear();
    await expect(begin(world, 90, { input })).rejects.toMatchObject(EXPIRED);
    expect(runOf(world)).toStrictEqual(before);
    expect(rollbackIn(world)).toBeUndefined();
    expect(world.ledger.locks).toStrictEqual([]);
  },
);

test('a moment before, what is missing is damage, which the inspection finds and names', async () => {
  const world = await ended();
  world.journal.objects.clear();
  await expect(begin(world, 90 - 1 / DAY)).resolves.toMatchObject({ epoch: 1 });
});

test('where nothing expires, age says nothing', async () => {
  const world = await ended();
  world.journal.objects.clear();
  await expect(begin(world, 10_000, { undoDays: null })).resolves.toMatchObject({ epoch: 1 });
});

test('one object that is gone is enough, and what is left enough for those who go on without it', async () => {
  const world = await ended();
  world.journal.objects.delete(firstObject(world));
  await expect(begin(world, 91)).rejects.toMatchObject(EXPIRED);
  await expect(begin(world, 91, { input: { skipDamaged: true } })).resolves.toMatchObject({ epoch: 1 });
});

test('a journal that is whole, or whole again, can be undone at any age', async () => {
  const world = await ended();
  const kept = new Map(world.journal.objects);
  world.journal.objects.clear();
  await expect(begin(world, 100)).rejects.toMatchObject({ code: 'journal.expired' });
  for (const [name, text] of kept) world.journal.objects.set(name, text);
  await expect(begin(world, 100)).resolves.toMatchObject({ epoch: 1 });
  expect(runOf(world).status).toBe('rolling-back');
});

test('a rollback that was interrupted is not carried on either, once the journal has expired', async () => {
  const world = await ended();
  const { runId } = await begin(world, 89);
  world.journal.objects.clear();
  const ports = portsOf(world, free, { undoDays: 90, clock: fakeClock(BEGAN + 91 * DAY) });
  await expect(prepareRollback({ resume: runId }, 'again', ports)).rejects.toMatchObject({ code: 'journal.expired' });
});
