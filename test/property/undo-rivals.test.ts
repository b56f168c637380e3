import fc from 'fast-check';
import type { Item } from '../../lib/core/attribute-value.ts';
import type { AnyDefinition } from '../../lib/core/definition.ts';
import { carry, pointsOf, runThrough, tableOf, undoThrough, untilDeath } from '../support/executions.ts';
import { memoryWorld, RUN_ID, type World } from '../support/memory-ports.ts';
import type { Kill } from '../support/port-calls.ts';
import { idOf, making, thing } from '../support/thing-definitions.ts';
import { turning } from '../support/undo-definitions.ts';
import { ranOf, undoneOf } from '../support/undo-endings.ts';

/** Others write while the run does: what is theirs stays theirs, however the run died, and is neither undone nor listed. */

const old: Item = { old: { S: 'worn' } };

interface Raced {
  name: string;
  definition: AnyDefinition;
  items: Item[];
  /** What somebody else does when the first, second ... write for an item is sent; `null` deletes. */
  acts: Record<string, (Item | null)[]>;
  expected: object;
}

const raced: Raced[] = [
  {
    name: 'update',
    definition: turning,
    items: [thing('a0', 1, old), thing('a1', 2, old), thing('a2', 3, old), thing('b0', 4, old), thing('b1', 5, old), thing('b2', 6)],
    acts: {
      a0: [{ size: { N: '7' } }, { size: { N: '8' } }],
      a1: [{ size: { N: '13' } }],
      a2: [null],
      b0: [{ old: { S: 'mended' } }],
      b1: [1, 2, 3, 4, 5, 6, 7, 8].map((size) => ({ size: { N: String(40 + size) } })),
    },
    expected: { updated: 3, raced: 4, skipped: { unlucky: 1, gone: 1 }, failed: { raced: 1 } },
  },
  {
    name: 'create',
    definition: making,
    items: [thing('a0', 1), thing('a1', 2), thing('a2', 3), thing('b0', 4), thing('b1', 5)],
    acts: { 'Made#1': [{ mine: { S: 'not' } }], 'Made#4': [{ word: { S: 'theirs' }, at: { S: 'then' } }] },
    expected: { created: 3, raced: 0, skipped: { 'already-exists': 2 } },
  },
];

/** `theirs`: the table as it would be had there been no run, but for all that others did until now. */
function worldOf({ definition, items, acts }: Raced): { world: World; theirs: () => Item[] } {
  const world = memoryWorld({ definition, items, options: { batchSize: 3 } });
  const alone = memoryWorld({ definition, items });
  const left = Object.fromEntries(Object.entries(acts).map(([id, list]) => [id, [...list]]));
  world.table.onWrite = ({ key }) => {
    const act = left[(key.id as { S: string }).S]?.shift();
    for (const { table } of [world, alone]) {
      if (act === null) table.delete(key);
      else if (act) table.put({ ...key, ...table.row(key), ...act });
    }
    return undefined;
  };
  return { world, theirs: () => tableOf(alone) };
}

const quieten = ({ table }: World): void => {
  table.onWrite = () => undefined;
};

let tried = 0;

describe.each(raced)('$name', (scenario) => {
  const ran = async (kills: readonly Kill[]) => {
    const { world, theirs } = worldOf(scenario);
    const { calls } = await runThrough(world, kills);
    quieten(world);
    return { world, theirs, calls };
  };

  test('undisturbed', async () => {
    const { world } = await ran([]);
    expect(await ranOf(world)).toMatchObject({ status: 'complete', balanced: true, counters: scenario.expected });
  });

  test('killed once, resumed, and undone: exactly what the run wrote is gone', async () => {
    const { calls } = await ran([]);
    for (const kill of pointsOf(calls)) {
      const { world, theirs } = await ran([kill]);
      const { counters, balanced } = await ranOf(world);
      expect({ kill, balanced }).toStrictEqual({ kill, balanced: true });
      await undoThrough(world, [], { batchSize: 2 });
      const undone = await undoneOf(world);
      expect({ kill, ...undone }).toMatchObject({ kill, balanced: true, conflicts: [], failures: [], table: theirs() });
      const { created, updated } = counters;
      expect({ kill, ...undone.counters }).toMatchObject({ kill, deleted: created, restored: updated });
      tried += 1;
    }
  });

  test('killed once, and undone at once: the table is theirs', async () => {
    const { calls } = await ran([]);
    for (const kill of pointsOf(calls)) {
      const { world, theirs } = worldOf(scenario);
      await untilDeath(world, kill, (ports) => carry({ runId: RUN_ID, epoch: 1 }, world, ports));
      quieten(world);
      await undoThrough(world);
      expect({ kill, ...(await undoneOf(world)) }).toMatchObject({ kill, balanced: true, failures: [], table: theirs() });
      tried += 1;
    }
  });

  test('killed again and again', async () => {
    const kill = fc.record({ at: fc.nat(60), when: fc.constantFrom('before' as const, 'after' as const) });
    const kills = fc.array(kill, { minLength: 2, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(kills, kills, async (first, later) => {
        const { world, theirs } = await ran(first);
        await undoThrough(world, later, { batchSize: 2 });
        expect(await undoneOf(world)).toMatchObject({ balanced: true, conflicts: [], failures: [], table: theirs() });
        tried += 1;
      }),
      { numRuns: 40, seed: 20261121 },
    );
  });
});

describe('others act just before a write of the rollback', () => {
  const acts: [string, Item | null][] = [
    ['changed', { double: { N: '1' }, word: { S: 'theirs' } }],
    ['touched elsewhere', { free: { S: 'theirs' } }],
    ['deleted', null],
  ];

  test.each(raced.flatMap(({ name, definition, items }) => acts.map(([what, act]) => ({ name, definition, items, what, act }))))(
    '$name, $what: theirs stays',
    async ({ definition, items, what, act }) => {
      for (let at = 0; at < items.length; at += 1) {
        const world = memoryWorld({ definition, items, options: { batchSize: 3 } });
        await runThrough(world);
        let sent = 0;
        let id = '';
        world.table.onWrite = ({ key }) => {
          if (sent === at && act === null) world.table.delete(key);
          else if (sent === at) world.table.change(key, act as Item);
          if (sent === at) id = (key.id as { S: string }).S;
          sent += 1;
          return undefined;
        };
        await undoThrough(world);
        const { table, conflicts, counters, balanced } = await undoneOf(world);
        expect({ at, balanced, sent: sent > at }).toStrictEqual({ at, balanced: true, sent: true });
        expect(world.table.row(idOf(id))).toEqual(act === null ? undefined : expect.objectContaining(act));
        const others = (all: Item[]): Item[] => all.filter((item) => (item.id as { S: string }).S !== id);
        expect(others(table)).toStrictEqual(others(items));
        const isUpdate = definition === turning;
        const isKept = what === 'changed' || (isUpdate ? what === 'deleted' : what === 'touched elsewhere');
        expect({ at, kept: conflicts.length }).toStrictEqual({ at, kept: isKept ? 1 : 0 });
        expect(counters.restored + counters.deleted).toBe(items.length - conflicts.length);
        tried += 1;
      }
    },
  );
});

test('enough points were tried', () => {
  expect(tried).toBeGreaterThan(400);
});

afterAll(() => {
  process.stdout.write(`undo-rivals: ${tried} histories\n`);
});
