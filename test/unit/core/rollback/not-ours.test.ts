import type { WriteResult } from '../../../../lib/core/write.ts';
import { carry, pass, portsOf, runThrough, tableOf, undoThrough, untilDeath, workOn } from '../../../support/executions.ts';
import { memoryWorld, RUN_ID, type World } from '../../../support/memory-ports.ts';
import { recorder } from '../../../support/port-calls.ts';
import { free, freezing, PAST_ANY_LEASE } from '../../../support/stale-workers.ts';
import { doubling, idOf, making, thing } from '../../../support/thing-definitions.ts';
import { mixed, turning } from '../../../support/undo-definitions.ts';
import { ranOf, undoneOf } from '../../../support/undo-endings.ts';

/** What a run meant to write and did not is neither taken back nor listed. */

describe('what stood there before the run as the run would have made it', () => {
  test('a row is not counted as created, and the rollback leaves it', async () => {
    const items = [thing('a', 2), { ...idOf('Made#2'), from: { S: 'a' } }];
    const world = memoryWorld({ definition: mixed, items });
    const before = tableOf(world);
    await runThrough(world);
    expect((await ranOf(world)).counters).toMatchObject({ created: 0, skipped: { 'already-exists': 1 } });
    await undoThrough(world);
    expect(tableOf(world)).toStrictEqual(before);
  });

  test('a row that somebody made between read and write stays', async () => {
    const world = memoryWorld({ definition: making, items: [thing('a', 1)] });
    world.table.onWrite = () => {
      world.table.onWrite = () => undefined;
      world.table.put({ ...idOf('Made#1'), word: { NULL: true }, at: { S: world.run.now } });
      return undefined;
    };
    await runThrough(world);
    await undoThrough(world);
    expect(world.table.row(idOf('Made#1'))).toBeDefined();
  });

  test('an attribute that somebody else set to the same value between read and write stays', async () => {
    const world = memoryWorld({ definition: doubling, items: [thing('a', 1)] });
    world.table.onWrite = () => {
      world.table.onWrite = () => undefined;
      world.table.change(idOf('a'), { size2: { N: '2' } });
      return undefined;
    };
    await runThrough(world);
    expect((await ranOf(world)).counters).toMatchObject({ updated: 0, skipped: { unchanged: 1 } });
    await undoThrough(world);
    expect(world.table.row(idOf('a'))).toMatchObject({ size2: { N: '2' } });
  });
});

describe('an entry whose write the database rejected', () => {
  const rejecting = (id: string, definition = doubling): World => {
    const world = memoryWorld({ definition, items: [thing('a', 1), thing('b', 2)] });
    world.table.onWrite = ({ key }): WriteResult | undefined =>
      (key.id as { S: string }).S === id ? { kind: 'rejected', message: 'never' } : undefined;
    return world;
  };

  test('does not count as taken back', async () => {
    const world = rejecting('b');
    await runThrough(world);
    expect((await ranOf(world)).counters).toMatchObject({ updated: 1, failed: { rejected: 1 } });
    await undoThrough(world);
    expect((await undoneOf(world)).counters).toMatchObject({ scanned: 2, restored: 1, filtered: 1 });
  });

  test('is no conflict when somebody else makes the row since', async () => {
    const world = rejecting('Made#1', making);
    await runThrough(world);
    world.table.put({ ...idOf('Made#1'), theirs: { BOOL: true } });
    await undoThrough(world);
    expect((await undoneOf(world)).conflicts).toStrictEqual([]);
  });
});

describe('a page that a fenced-off worker wrote down late, beyond the end of a segment that is done', () => {
  test('stands for no write, so that it is neither counted nor listed', async () => {
    const make = (): World => memoryWorld({ definition: doubling, items: [thing('a', 1)] });
    const { calls, around: recording } = recorder();
    const task = { runId: RUN_ID, epoch: 1, segment: 0 };
    const alive = { isDead: async () => false };
    const rehearsed = make();
    await workOn(rehearsed)(task, portsOf(rehearsed, recording, alive));

    const world = make();
    const { around, frozen, thaw } = freezing({ at: calls.indexOf('journal.put'), when: 'before' });
    const slow = workOn(world)(task, portsOf(world, around, alive));
    await frozen;
    pass(world, PAST_ANY_LEASE);
    // Somebody else does the same to the item: the next worker has nothing to write, and so nothing to journal.
    world.table.change(idOf('a'), { size2: { N: '2' } });
    await workOn(world)(task, portsOf(world, free, alive));
    thaw();
    await slow;
    expect(world.journal.objects.size).toBe(1);
    expect((await ranOf(world)).counters).toMatchObject({ updated: 0, skipped: { unchanged: 1 } });

    world.table.change(idOf('a'), { size2: { N: '3' } });
    await undoThrough(world);
    expect(await undoneOf(world)).toMatchObject({ conflicts: [], counters: { scanned: 1, filtered: 1, restored: 0 } });
  });
});

test('what landed unheard, was changed since by others and so was given up by the run is listed', async () => {
  const make = (): World => memoryWorld({ definition: turning, items: [thing('a', 1, { old: { S: 'worn' } })] });
  const { calls, around } = recorder();
  const rehearsed = make();
  const first = { runId: RUN_ID, epoch: 1 };
  await carry(first, rehearsed, portsOf(rehearsed, around));

  const world = make();
  await untilDeath(world, { at: calls.indexOf('write'), when: 'after' }, (ports) => carry(first, world, ports));
  world.table.change(idOf('a'), { size: { N: '13' }, double: { N: '99' } });
  await workOn(world)({ ...first, segment: 0 }, portsOf(world, free));
  expect((await ranOf(world)).counters).toMatchObject({ updated: 0, skipped: { unlucky: 1 } });

  await undoThrough(world);
  expect(await undoneOf(world)).toMatchObject({
    conflicts: [
      { key: idOf('a'), why: 'changed-since', before: { double: null, old: { S: 'worn' } }, stands: { double: { N: '99' }, old: null } },
    ],
    counters: { scanned: 1, skipped: { 'changed-since': 1 } },
  });
});
