import fc from 'fast-check';
import { noCounters } from '../../lib/core/counters.ts';
import { pointsOf, runThrough, tableOf, undoThrough } from '../support/executions.ts';
import type { World } from '../support/memory-ports.ts';
import type { Kill } from '../support/port-calls.ts';
import { outcomes, type Undone, undoneOf } from '../support/undo-endings.ts';
import { meddle, meddling, quiet, worldOf } from '../support/undo-scenarios.ts';

/** A rollback that is killed at any await, its short tasks included, and carried on ends as an undisturbed one. */

const BATCH = 2;
let tried = 0;

const scenarios = quiet.flatMap((scenario) => [
  { name: scenario.name, scenario, acts: {} },
  { name: `${scenario.name}, with meddling since`, scenario, acts: meddling[scenario.name] ?? {} },
]);

const expected: Record<string, Partial<Undone['counters']>> = {
  create: { scanned: 4, deleted: 4, notes: { 'journal objects': 3, verified: 4 } },
  'create, with meddling since': {
    scanned: 4,
    deleted: 2,
    skipped: { 'changed-since': 2 },
    notes: { 'journal objects': 3, verified: 2 },
  },
  'set and remove': { scanned: 4, restored: 4, notes: { 'journal objects': 3, verified: 4 } },
  'set and remove, with meddling since': {
    scanned: 4,
    restored: 1,
    skipped: { 'changed-since': 2, 'deleted-since': 1 },
    notes: { 'journal objects': 3, verified: 1 },
  },
  'mixed, two segments': { scanned: 8, restored: 3, deleted: 5, notes: { 'journal objects': 4, verified: 8 } },
  'mixed, two segments, with meddling since': {
    scanned: 8,
    restored: 1,
    deleted: 4,
    skipped: { 'changed-since': 2, 'deleted-since': 1 },
    notes: { 'journal objects': 4, verified: 5 },
  },
};

describe.each(scenarios)('$name', ({ name, scenario, acts }) => {
  const ran = async (): Promise<World> => {
    const world = worldOf(scenario);
    await runThrough(world);
    meddle(world, acts);
    return world;
  };
  const undone = async (kills: readonly Kill[]) => {
    const world = await ran();
    const { calls, struck } = await undoThrough(world, kills, { batchSize: BATCH });
    return { world, calls, struck, ending: await undoneOf(world) };
  };

  test('undisturbed', async () => {
    const before = tableOf(worldOf(scenario));
    const { ending } = await undone([]);
    const { pages: _, ...counters } = ending.counters;
    const { pages: __, ...none } = outcomes(noCounters());
    expect(ending).toMatchObject({ run: 'rolled-back', rollback: 'complete', undoneBy: true, balanced: true, failures: [], damaged: [] });
    const { notes, ...counts } = expected[name] as Record<string, unknown> & { notes: object; scanned: number };
    expect(counters).toStrictEqual({ ...none, ...counts, notes: { ...notes, entries: counts.scanned } });
    if (Object.keys(acts).length === 0) expect(ending).toMatchObject({ table: before, conflicts: [] });
  });

  test('killed once, before and after the effect of every port call', async () => {
    const { ending: undisturbed, calls } = await undone([]);
    const points = pointsOf(calls);
    for (const kill of points) {
      const { ending, struck } = await undone([kill]);
      expect({ kill, struck, ...ending }).toStrictEqual({ kill, struck: 1, ...undisturbed });
    }
    tried += points.length;
  });

  test('killed again and again', async () => {
    const { ending: undisturbed, calls } = await undone([]);
    const kill = fc.record({ at: fc.nat(calls), when: fc.constantFrom('before' as const, 'after' as const) });
    await fc.assert(
      fc.asyncProperty(fc.array(kill, { minLength: 2, maxLength: 6 }), async (kills) => {
        const { ending, struck } = await undone(kills);
        tried += struck;
        expect(ending).toStrictEqual(undisturbed);
      }),
      { numRuns: 40, seed: 20261121 },
    );
  });
});

test('enough points were tried', () => {
  expect(tried).toBeGreaterThan(1_200);
});

afterAll(() => {
  process.stdout.write(`undo-anywhere: ${tried} deaths\n`);
});
