import { setMaxListeners } from 'node:events';
import { type Item, keyId } from '../../../../lib/core/attribute-value.ts';
import { noCounters } from '../../../../lib/core/counters.ts';
import { takeBack } from '../../../../lib/core/rollback/take-back.ts';
import type { Entry } from '../../../../lib/core/rollback/walk.ts';
import type { SettleContext } from '../../../../lib/core/settle.ts';
import { UNTOLD } from '../../../../lib/core/throttle.ts';
import type { Change, WriteResult } from '../../../../lib/core/write.ts';
import { memoryWorld, type World } from '../../../support/memory-ports.ts';
import { recorder, tapped } from '../../../support/port-calls.ts';
import { idOf, thing } from '../../../support/thing-definitions.ts';
import { mixed } from '../../../support/undo-definitions.ts';

const update = (version: number): Change => ({
  kind: 'update',
  key: idOf('a'),
  expect: { size: { N: '1' }, mark: version === 1 ? null : { N: String(version - 1) } },
  after: { mark: { N: String(version) } },
});
const two: Change = {
  kind: 'update',
  key: idOf('a'),
  expect: { size: { N: '1' }, mark: { S: 'was' }, old: { S: 'worn' } },
  after: { mark: { N: '1' }, old: null },
};
const made: Item = { ...idOf('m'), from: { S: 'a' } };
const create: Change = { kind: 'create', key: idOf('m'), item: made };
const entry = (write: Change, some: Partial<Entry> = {}): Entry => ({
  id: keyId(write.key),
  write,
  doubtful: false,
  unsettled: false,
  ...some,
});
const marked = (mark: number, more: Item = {}): Item => thing('a', 1, { mark: { N: String(mark) }, ...more });

function prepare(items: Item[]) {
  const world = memoryWorld({ definition: mixed, items });
  const { calls, around } = recorder();
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const context: SettleContext = {
    ports: tapped(world.ports, around),
    run: world.run,
    facts: world.facts,
    service: undefined,
    abandoned: noCounters(),
    segment: 0,
    attempt: 1,
    signal,
    writeSignal: signal,
    firstPage: true,
    ensureLease: () => undefined,
  };
  const left = new Set<string>();
  return { world, calls, left, back: (entries: Entry[], look = false) => takeBack(entries, left, look, context) };
}

const counted = (change: object) => ({ ...noCounters(), ...change });
/** The first write gets this answer, and has no effect. */
function once({ table }: World, result: WriteResult, before: () => void = () => undefined): void {
  table.onWrite = () => {
    table.onWrite = () => undefined;
    before();
    return result;
  };
}

test('an update is written back blindly, a created row is read and deleted; each is counted, with its cost', async () => {
  const { world, calls, left, back } = prepare([marked(1), made]);
  expect(await back([entry(update(1)), entry(create)])).toStrictEqual({
    counters: counted({ restored: 1, deleted: 1, readUnits: 1, writeUnits: 2 }),
    conflicts: [],
    failures: [],
  });
  expect(world.table.all()).toStrictEqual([thing('a', 1)]);
  expect(calls).toStrictEqual(['target.getMany', 'writer.apply']);
  expect(left.size).toBe(0);
});

test('what has no created row reads nothing', async () => {
  const { calls, back } = prepare([marked(1)]);
  await back([entry(update(1))]);
  expect(calls).toStrictEqual(['writer.apply']);
});

test('a look reads and counts, and writes nothing', async () => {
  const { world, calls, back } = prepare([marked(1), made]);
  const { counters } = await back([entry(update(1)), entry(create)], true);
  expect(counters).toStrictEqual(counted({ restored: 1, deleted: 1, readUnits: 2 }));
  expect(calls).toStrictEqual(['target.getMany']);
  expect(world.table.all()).toStrictEqual([marked(1), made]);
});

describe('two entries of one key', () => {
  test('are taken back one after the other, the newer one first', async () => {
    const { world, calls, back } = prepare([marked(2)]);
    const { counters } = await back([entry(update(2)), entry(update(1))]);
    expect(counters).toMatchObject({ restored: 2, filtered: 0, skipped: {} });
    expect(calls).toStrictEqual(['writer.apply', 'writer.apply']);
    expect(world.table.all()).toStrictEqual([thing('a', 1)]);
  });

  test('the older one is left alone where the newer one is kept', async () => {
    const { world, left, back } = prepare([marked(9)]);
    const { counters, conflicts } = await back([entry(update(3)), entry(update(2)), entry(update(1))]);
    expect(counters).toMatchObject({ restored: 0, filtered: 2, skipped: { 'changed-since': 1 } });
    expect(conflicts).toMatchObject([{ wrote: { mark: { N: '3' } }, stands: { mark: { N: '9' } } }]);
    expect([...left]).toStrictEqual([keyId(idOf('a'))]);
    expect(world.table.all()).toStrictEqual([marked(9)]);
  });

  test('the older one is left alone where the database rejects the newer one', async () => {
    const { world, left, back } = prepare([marked(2)]);
    once(world, { kind: 'rejected', message: 'too large' });
    expect(await back([entry(update(2)), entry(update(1))])).toMatchObject({
      counters: { restored: 0, filtered: 1, failed: { rejected: 1 } },
      failures: [{ key: idOf('a'), code: 'rejected', message: 'too large', retryable: false }],
    });
    expect([...left]).toStrictEqual([keyId(idOf('a'))]);
  });

  test('the older one is taken back where the newer one is only unsettled', async () => {
    const { world, left, back } = prepare([marked(1)]);
    const { counters, conflicts } = await back([entry(update(5), { unsettled: true }), entry(update(1))]);
    expect(counters).toMatchObject({ restored: 1, filtered: 0, skipped: { unsettled: 1 } });
    expect(conflicts).toMatchObject([{ why: 'unsettled', wrote: { mark: { N: '5' } } }]);
    expect(left.size).toBe(0);
    expect(world.table.all()).toStrictEqual([thing('a', 1)]);
  });
});

describe('what does not stand any more as the run wrote it', () => {
  test.each<[string, Item[], Change, object, string[]]>([
    ['an update as before already', [thing('a', 1)], update(1), { restored: 1 }, []],
    ['a created row that is gone already', [thing('a', 1)], create, { deleted: 1 }, []],
    ['an update changed since', [marked(7)], update(1), { skipped: { 'changed-since': 1 } }, ['changed-since']],
    ['an updated item that is gone', [], update(1), { skipped: { 'deleted-since': 1 } }, ['deleted-since']],
    ['a created row changed since', [{ ...made, x: { N: '1' } }], create, { skipped: { 'changed-since': 1 } }, ['changed-since']],
  ])('%s', async (_, items, write, expected, whys) => {
    for (const look of [true, false]) {
      const { back } = prepare(items);
      const { counters, conflicts } = await back([entry(write)], look);
      expect(counters).toMatchObject(expected);
      expect(counters.filtered).toBe(0);
      expect(conflicts.map(({ why }) => why)).toStrictEqual(whys);
    }
  });

  test('is listed with both versions, and with what was before', async () => {
    const { back } = prepare([marked(7)]);
    const { conflicts } = await back([entry(two)]);
    expect(conflicts).toStrictEqual([
      {
        key: idOf('a'),
        op: 'update',
        why: 'changed-since',
        wrote: { mark: { N: '1' }, old: null },
        stands: { mark: { N: '7' }, old: null },
        before: { mark: { S: 'was' }, old: { S: 'worn' } },
      },
    ]);
  });
});

describe('a doubtful entry', () => {
  const doubtful = { doubtful: true };

  test('that stands is taken back, and noted', async () => {
    const { world, back } = prepare([marked(1)]);
    expect((await back([entry(update(1), doubtful)])).counters).toMatchObject({ restored: 1, notes: { doubtful: 1 }, filtered: 0 });
    expect(world.table.all()).toStrictEqual([thing('a', 1)]);
  });

  test.each<[string, Item[], Change]>([
    ['an update as before', [thing('a', 1)], update(1)],
    ['an update of which nothing stands', [marked(7)], update(1)],
    ['an update of an item that is gone', [], update(1)],
    ['a row that somebody else has', [{ ...made, from: { S: 'b' } }], create],
    ['a row that is not there', [], create],
  ])('is held for one that never landed: %s', async (_, items, write) => {
    const { back, left } = prepare(items);
    const { counters, conflicts } = await back([entry(write, doubtful)]);
    expect(counters).toMatchObject({ filtered: 1, restored: 0, deleted: 0, skipped: {}, notes: {} });
    expect([conflicts, left.size]).toStrictEqual([[], 0]);
  });

  test('of which a part stands did land, and was changed since', async () => {
    const { back } = prepare([thing('a', 1, { mark: { N: '1' }, old: { S: 'new' } })]);
    const { counters } = await back([entry(two, doubtful)]);
    expect(counters).toMatchObject({ filtered: 0, skipped: { 'changed-since': 1 } });
  });
});

describe('while others write', () => {
  test('what was added to a row just before its deletion is put back; both writes and all throttles count', async () => {
    const { world, back } = prepare([made]);
    let sent = 0;
    world.table.onWrite = ({ kind, key }) => {
      sent += 1;
      if (sent === 2) world.table.change(key, { theirs: { BOOL: true } });
      return sent === 1 || (kind === 'create' && sent < 5) ? { kind: 'throttled', throttle: UNTOLD } : undefined;
    };
    const { counters, conflicts } = await back([entry(create)]);
    expect(counters).toStrictEqual(
      counted({
        skipped: { 'changed-since': 1 },
        readUnits: 1,
        writeUnits: 2,
        throttles: 3,
        throttledBy: { 'table request unknown': 3 },
      }),
    );
    expect(conflicts).toMatchObject([{ op: 'create', wrote: made, stands: { ...made, theirs: { BOOL: true } } }]);
    expect(world.table.all()).toStrictEqual([{ ...made, theirs: { BOOL: true } }]);
  });

  test('a condition that fails is looked into', async () => {
    const { world, left, back } = prepare([marked(1)]);
    const cases: [() => void, object][] = [
      [() => world.table.put(marked(4)), { skipped: { 'changed-since': 1 } }],
      [() => world.table.put(thing('a', 1)), { restored: 1 }],
      [() => world.table.delete(idOf('a')), { skipped: { 'deleted-since': 1 } }],
    ];
    for (const [before, expected] of cases) {
      left.clear();
      world.table.put(marked(1));
      once(world, { kind: 'condition-failed' }, before);
      const { counters } = await back([entry(update(1))]);
      expect(counters).toMatchObject({ ...expected, readUnits: 1, filtered: 0 });
    }
  });

  test('one that fails though what the run wrote stands again keeps it', async () => {
    const { world, left, back } = prepare([marked(1)]);
    once(world, { kind: 'condition-failed' });
    const { counters, conflicts } = await back([entry(update(1))]);
    expect(counters).toMatchObject({ restored: 0, skipped: { 'changed-since': 1 } });
    expect(conflicts).toMatchObject([{ why: 'changed-since', stands: { mark: { N: '1' } } }]);
    expect(left.size).toBe(1);
  });
});
