import fc from 'fast-check';
import type { Item } from '../../lib/core/attribute-value.ts';
import { pointsOf, retryThrough, runThrough, tableOf, undoThrough } from '../support/executions.ts';
import { memoryWorld, type World } from '../support/memory-ports.ts';
import type { Kill } from '../support/port-calls.ts';
import { idOf, thing } from '../support/thing-definitions.ts';
import { mixed, turning } from '../support/undo-definitions.ts';
import { ranOf, undoneOf } from '../support/undo-endings.ts';

/** A retry that is killed at any await and carried on ends as an undisturbed one, and is undone with its run. */

const old: Item = { old: { S: 'worn' } };
const items: Item[] = [
  thing('a0', 14, old),
  thing('a1', 1, old),
  thing('a2', 14),
  thing('a33', 'no number'),
  thing('b0', 14),
  thing('b1', 2, old),
  thing('b22', 14),
  thing('b33', 14, old),
  thing('c0', 'no number', old),
];

/** What is mended, or worse, by the time of the retry. */
function mend({ table }: World): void {
  table.change(idOf('a0'), { size: { N: '4' } });
  table.delete(idOf('a2'));
  table.change(idOf('a33'), { size: { N: '3' } });
  table.change(idOf('b0'), { kind: { S: 'other' } });
  table.change(idOf('b33'), { size: { N: '6' } });
  table.change(idOf('c0'), { size: { N: '13' } });
}

let tried = 0;

describe.each([
  {
    name: 'set and remove',
    definition: turning,
    segments: 1,
    expected: { updated: 5, skipped: { gone: 1, 'no-longer-eligible': 1, unlucky: 1 }, failed: { 'odd-one': 1 } },
  },
  {
    name: 'mixed, two segments',
    definition: mixed,
    segments: 2,
    expected: { created: 3, updated: 2, skipped: { gone: 1, 'no-longer-eligible': 1, unlucky: 1 }, failed: { 'odd-one': 1 } },
  },
])('$name', ({ definition, segments, expected }) => {
  const ended = async (): Promise<World> => {
    const world = memoryWorld({ definition, items, options: { batchSize: 2, segments } });
    await runThrough(world);
    return world;
  };
  /** The table that the undoing must give back: as before the run, but for what was mended. */
  const mended = (): Item[] => {
    const world = memoryWorld({ definition, items });
    mend(world);
    return tableOf(world);
  };
  const retried = async (kills: readonly Kill[]) => {
    const world = await ended();
    mend(world);
    const { calls, struck } = await retryThrough(world, kills);
    return { world, calls, struck, ending: await ranOf(world) };
  };
  const cleared = { run: 'rolled-back', balanced: true, conflicts: [], failures: [], table: mended() };

  test('undisturbed', async () => {
    const world = await ended();
    expect((await ranOf(world)).failures).toHaveLength(7);
    const { world: after, ending } = await retried([]);
    expect(ending).toMatchObject({ status: 'complete', balanced: true, failures: [{ key: idOf('b22'), code: 'odd-one' }] });
    expect(ending.counters).toMatchObject({ scanned: 9, filtered: 0, ...expected });
    expect(after.ledger.runs.get(after.run.runId)?.rounds).toBe(2);
  });

  test('killed once, before and after the effect of every port call; then undone', async () => {
    const { calls, ending: undisturbed } = await retried([]);
    for (const kill of pointsOf(calls)) {
      const { world, ending, struck } = await retried([kill]);
      expect({ kill, struck, ...ending }).toStrictEqual({ kill, struck: 1, ...undisturbed });
      await undoThrough(world, [], { batchSize: 2 });
      expect({ kill, ...(await undoneOf(world)) }).toMatchObject({ kill, ...cleared });
      tried += 1;
    }
  });

  test('killed once, and undone at once', async () => {
    const { calls } = await retried([]);
    for (const kill of pointsOf(calls)) {
      const world = await ended();
      mend(world);
      await retryThrough(world, [kill], false);
      await undoThrough(world);
      expect({ kill, ...(await undoneOf(world)) }).toMatchObject({ kill, ...cleared });
      tried += 1;
    }
  });

  test('killed again and again, and so is its rollback', async () => {
    const kill = fc.record({ at: fc.nat(40), when: fc.constantFrom('before' as const, 'after' as const) });
    const kills = fc.array(kill, { minLength: 1, maxLength: 4 });
    const { ending: undisturbed } = await retried([]);
    await fc.assert(
      fc.asyncProperty(kills, kills, async (first, later) => {
        const { world, ending } = await retried(first);
        expect(ending).toStrictEqual(undisturbed);
        await undoThrough(world, later);
        expect(await undoneOf(world)).toMatchObject(cleared);
        tried += 1;
      }),
      { numRuns: 25, seed: 20261121 },
    );
  });
});

test('a retry of a retry finds what failed twice', async () => {
  const world = memoryWorld({ definition: turning, items, options: { batchSize: 2 } });
  await runThrough(world);
  await retryThrough(world);
  expect((await ranOf(world)).failures).toHaveLength(7);
  mend(world);
  const before = tableOf(world);
  await retryThrough(world);
  expect(await ranOf(world)).toMatchObject({ counters: { updated: 5, failed: { 'odd-one': 1 } }, failures: [{ key: idOf('b22') }] });
  await undoThrough(world);
  const { table, ...rest } = await undoneOf(world);
  expect(rest).toMatchObject({ conflicts: [], counters: { restored: 5 } });
  expect(table.map(({ double: _, old: __, ...item }) => item)).toStrictEqual(before.map(({ double: _, old: __, ...item }) => item));
});

test('enough points were tried', () => {
  expect(tried).toBeGreaterThan(400);
});

afterAll(() => {
  process.stdout.write(`retry-anywhere: ${tried} histories\n`);
});
