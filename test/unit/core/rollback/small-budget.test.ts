import { rollbackIn, runThrough, tableOf, undoThrough } from '../../../support/executions.ts';
import { memoryWorld, type World } from '../../../support/memory-ports.ts';
import { doubling, making, other, thing } from '../../../support/thing-definitions.ts';

/** The run had pages of eighteen; of a unit a second no more than three items' worth is begun at once, before it is known what one takes. */
const ITEMS = [...Array.from({ length: 20 }, (_, index) => thing(`t${String(index).padStart(2, '0')}`, 100 + index)), other('x')];
const PAGE = 18;

async function run(definition = doubling): Promise<World> {
  const world = memoryWorld({ definition, items: ITEMS, options: { batchSize: PAGE } });
  await runThrough(world);
  return world;
}

/** Pages of the stages inspect, undo and verify. */
const pagesOf = (world: World): number[] => {
  const rollback = rollbackIn(world);
  return [...world.ledger.rowsOf(rollback?.runId ?? '').values()].map(({ counters }) => counters.pages);
};

test.each([
  ['updates', doubling],
  ['creates', making],
])('%s are taken back in smaller parts than they were made in, and all are counted once', async (_, definition) => {
  const world = await run(definition);
  await undoThrough(world, [], { maxWriteUnits: 1, batchSize: 100 });
  expect(tableOf(world)).toStrictEqual(ITEMS);
  const [inspected, undone, verified] = pagesOf(world);
  expect([inspected, verified]).toStrictEqual([1, 1]);
  expect(undone).toBeGreaterThan(2);
  const totals = rollbackIn(world)?.totals;
  expect(totals).toMatchObject({ scanned: 20, filtered: 0, failed: {}, skipped: {}, notes: { entries: 20, verified: 20 } });
});

test('a rollback that dies at any call goes on from the part that it was at', async () => {
  const { calls } = await undoThrough(await run(), [], { maxWriteUnits: 1, batchSize: 100 });
  for (let at = 0; at < calls; at += Math.ceil(calls / 12)) {
    const world = await run();
    await undoThrough(world, [{ at, when: at % 2 === 0 ? 'before' : 'after' }], { maxWriteUnits: 1, batchSize: 100 });
    expect(tableOf(world)).toStrictEqual(ITEMS);
    expect(rollbackIn(world)?.totals).toMatchObject({ scanned: 20, restored: 20, filtered: 0, skipped: {}, failed: {} });
  }
});
