import type { Item } from '../../../../lib/core/attribute-value.ts';
import { decodeJournal, type JournalObject } from '../../../../lib/core/journal.ts';
import type { Write } from '../../../../lib/core/write.ts';
import { carry, portsOf, rollbackIn, runThrough, tableOf, undoThrough, untilDeath } from '../../../support/executions.ts';
import { memoryWorld, RUN_ID, type World } from '../../../support/memory-ports.ts';
import { recorder } from '../../../support/port-calls.ts';
import { idOf, making, thing } from '../../../support/thing-definitions.ts';
import { turning } from '../../../support/undo-definitions.ts';
import { undoneOf } from '../../../support/undo-endings.ts';

/** Damage anywhere in a journal is found before anything is written, is named, and costs only what was in it. */

const ids = ['a0', 'a1', 'b0', 'b1', 'c0', 'c1', 'd0', 'd1'];
const items = ids.map((id, index) => thing(id, index + 1, { old: { S: 'worn' } }));

/** Four pages; `b0` is raced once, so that the second page has a round of its own; `d1` is raced, too, in the last page. */
function raced(): World {
  const world = memoryWorld({ definition: turning, items, options: { batchSize: 2 } });
  const left = new Set(['b0', 'd1']);
  world.table.onWrite = ({ key }) => {
    const { S: id } = key.id as { S: string };
    if (left.delete(id)) world.table.change(key, { size: { N: '40' } });
    return undefined;
  };
  return world;
}

async function done(): Promise<World> {
  const world = raced();
  await runThrough(world);
  world.table.onWrite = () => undefined;
  return world;
}

/** Dead between its last round of raced items and the checkpoint: two objects stand beyond it. */
async function halfDone(): Promise<World> {
  const first = { runId: RUN_ID, epoch: 1 };
  const { calls, around } = recorder();
  const rehearsed = raced();
  await carry(first, rehearsed, portsOf(rehearsed, around));
  const world = raced();
  await untilDeath(world, { at: calls.lastIndexOf('journal.put'), when: 'after' }, (ports) => carry(first, world, ports));
  world.table.onWrite = () => undefined;
  return world;
}

const objectsOf = ({ journal }: World): [string, JournalObject][] =>
  [...journal.objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, text]) => [name, decodeJournal(text, name).object]);

const keysIn = (object: JournalObject): string[] => object.entries.map(({ write }) => (write.key.id as { S: string }).S);

const harm: Record<string, (world: World, name: string) => void> = {
  missing: ({ journal }, name) => journal.objects.delete(name),
  truncated: ({ journal }, name) => journal.objects.set(name, (journal.objects.get(name) as string).slice(0, -30)),
  altered: ({ journal }, name) => journal.objects.set(name, (journal.objects.get(name) as string).replace('"after"', '"After"')),
  empty: ({ journal }, name) => journal.objects.set(name, ''),
};

function writesOf(world: World): Write[] {
  const writes: Write[] = [];
  world.table.onWrite = (write) => {
    writes.push(write);
    return undefined;
  };
  return writes;
}

const damagedNames = async (world: World): Promise<string[]> =>
  (await undoneOf(world)).damaged.map((one) => (one as { name: string }).name);

const row = (table: Item[], id: string): Item | undefined => table.find((item) => (item.id as { S: string }).S === id);

describe.each([
  ['a run that is done', done],
  ['a run that died before its last checkpoint', halfDone],
])('%s', (title, make) => {
  test('has a chain of pages and rounds', async () => {
    const objects = objectsOf(await make());
    expect(objects.map(([, { body }]) => body.kind)).toStrictEqual(['page', 'page', 'raced', 'page', 'page', 'raced']);
    expect((await make()).ledger.rows.get(0)?.chain.seq).toBe(title.includes('died') ? 4 : 6);
  });

  describe.each(Object.keys(harm))('an object that is %s', (kind) => {
    // Nothing names the newest object beyond a checkpoint: its loss cannot be told from its never having been written.
    const positions = [0, 1, 2, 3, 4, 5].filter((at) => !(at === 5 && kind === 'missing' && title.includes('died')));

    test.each(positions)('is found at position %d, before anything is written', async (at) => {
      const world = await make();
      const [name] = objectsOf(world)[at] as [string, JournalObject];
      harm[kind]?.(world, name);
      const before = tableOf(world);
      const { status } = world.ledger.runs.get(RUN_ID) as { status: string };
      const writes = writesOf(world);
      await undoThrough(world);
      expect(await damagedNames(world)).toStrictEqual([name]);
      expect(writes).toStrictEqual([]);
      expect(tableOf(world)).toStrictEqual(before);
      expect(rollbackIn(world)).toMatchObject({ status: 'failed', reason: { code: 'journal.damaged' } });
      expect(world.ledger.runs.get(RUN_ID)).toMatchObject({ status: status === 'running' ? 'failed' : status, undoneBy: null });
    });

    test.each(positions)('costs only what was in it at position %d, when it is skipped', async (at) => {
      const world = await make();
      const after = tableOf(world);
      const objects = objectsOf(world);
      const [name, lost] = objects[at] as [string, JournalObject];
      harm[kind]?.(world, name);
      await undoThrough(world, [], { skipDamaged: true, batchSize: 1 });
      const { table, ...ending } = await undoneOf(world);
      expect(ending).toMatchObject({ run: 'rolled-back', rollback: 'complete', balanced: true, failures: [] });
      const elsewhere = new Set(
        objects.filter(([other]) => other !== name).flatMap(([, object]) => (object.body.kind === 'raced' ? keysIn(object) : [])),
      );
      for (const id of ids) {
        const isLost = keysIn(lost).includes(id) && !elsewhere.has(id);
        const given = { ...row(items, id), size: row(after, id)?.size };
        expect({ id, item: row(table, id) }).toEqual({ id, item: isLost ? row(after, id) : given });
      }
    });
  });

  test('two objects of the chain that are swapped are found, both of them', async () => {
    for (let one = 0; one < 5; one += 1) {
      for (let two = one + 1; two < 6; two += 1) {
        const world = await make();
        const names = objectsOf(world).map(([name]) => name);
        const [a, b] = [names[one] as string, names[two] as string];
        const [textA, textB] = [world.journal.objects.get(a) as string, world.journal.objects.get(b) as string];
        world.journal.objects.set(a, textB).set(b, textA);
        const writes = writesOf(world);
        await undoThrough(world);
        expect({ one, two, names: await damagedNames(world), writes }).toStrictEqual({ one, two, names: [a, b], writes: [] });
      }
    }
  });

  test('an object with the text of another is found', async () => {
    for (let at = 0; at < 6; at += 1) {
      for (let from = 0; from < 6; from += 1) {
        if (from === at) continue;
        const world = await make();
        const names = objectsOf(world).map(([name]) => name);
        const name = names[at] as string;
        world.journal.objects.set(name, world.journal.objects.get(names[from] as string) as string);
        const writes = writesOf(world);
        await undoThrough(world);
        expect({ at, from, names: await damagedNames(world), writes }).toStrictEqual({ at, from, names: [name], writes: [] });
      }
    }
  });
});

test('of two objects that are missing one after the other the older one is named as well as can be', async () => {
  const world = await done();
  const [, second, third] = objectsOf(world).map(([name]) => name) as [string, string, string];
  harm.missing?.(world, second);
  harm.missing?.(world, third);
  const before = tableOf(world);
  await undoThrough(world);
  expect(await damagedNames(world)).toStrictEqual([second.replace('0001.jsonl', '*.jsonl'), third].sort());
  expect(tableOf(world)).toStrictEqual(before);
});

test('a created row whose journal object is lost stays, and is no conflict', async () => {
  const world = memoryWorld({ definition: making, items: [thing('a', 1), thing('b', 3)], options: { batchSize: 1 } });
  await runThrough(world);
  const [first] = [...world.journal.objects.keys()].sort();
  world.journal.objects.delete(first as string);
  await undoThrough(world, [], { skipDamaged: true });
  expect(world.table.row(idOf('Made#1'))).toBeDefined();
  expect(world.table.row(idOf('Made#3'))).toBeUndefined();
  expect(await undoneOf(world)).toMatchObject({ conflicts: [], counters: { deleted: 1 } });
});
