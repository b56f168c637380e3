import fc from 'fast-check';
import { carry, pointsOf, runThrough, tableOf, undoThrough, untilDeath } from '../support/executions.ts';
import type { World } from '../support/memory-ports.ts';
import type { Kill } from '../support/port-calls.ts';
import { ranOf, undoneOf } from '../support/undo-endings.ts';
import { quiet, worldOf } from '../support/undo-scenarios.ts';

/** However a run died, resumed or not: its journal gives the table from before back, byte by byte. */

let tried = 0;

const cleared = { run: 'rolled-back', rollback: 'complete', undoneBy: true, balanced: true, conflicts: [], failures: [], damaged: [] };

/** One execution, and nobody after it. */
const halved = (world: World, kill: Kill) => untilDeath(world, kill, (ports) => carry({ runId: world.run.runId, epoch: 1 }, world, ports));

describe.each(quiet)('$name', (scenario) => {
  const before = tableOf(worldOf(scenario));
  const calls = async (): Promise<number> => (await runThrough(worldOf(scenario))).calls;

  test('undisturbed', async () => {
    const world = worldOf(scenario);
    await runThrough(world);
    expect(await ranOf(world)).toMatchObject({ status: 'complete', balanced: true });
    expect(tableOf(world)).not.toStrictEqual(before);
  });

  test('killed once, resumed, and undone', async () => {
    const undisturbed = worldOf(scenario);
    await runThrough(undisturbed);
    const ran = await ranOf(undisturbed);
    for (const kill of pointsOf(await calls())) {
      const world = worldOf(scenario);
      await runThrough(world, [kill]);
      expect({ kill, ...(await ranOf(world)) }).toStrictEqual({ kill, ...ran });
      await undoThrough(world);
      expect({ kill, ...(await undoneOf(world)) }).toMatchObject({ kill, ...cleared, table: before });
      tried += 1;
    }
  });

  test('killed once, and undone at once', async () => {
    for (const kill of pointsOf(await calls())) {
      const world = worldOf(scenario);
      expect((await halved(world, kill)).struck).toBe(true);
      const { status } = await ranOf(world);
      await undoThrough(world);
      expect({ kill, status, ...(await undoneOf(world)) }).toMatchObject({ kill, status, ...cleared, table: before });
      tried += 1;
    }
  });

  test('killed again and again, and so is its rollback', async () => {
    const kill = fc.record({ at: fc.nat(60), when: fc.constantFrom('before' as const, 'after' as const) });
    const kills = fc.array(kill, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(kills, kill, kills, fc.boolean(), async (first, last, later, resumed) => {
        const world = worldOf(scenario);
        if (resumed) await runThrough(world, first);
        else await halved(world, last);
        await undoThrough(world, later, { batchSize: 1 });
        expect(await undoneOf(world)).toMatchObject({ ...cleared, table: before });
        tried += 1;
      }),
      { numRuns: 40, seed: 20261121 },
    );
  });
});

test('enough points were tried', () => {
  expect(tried).toBeGreaterThan(600);
});

afterAll(() => {
  process.stdout.write(`kill-then-undo: ${tried} histories\n`);
});
