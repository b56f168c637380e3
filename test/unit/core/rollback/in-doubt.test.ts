import { type Item, keyId, pick } from '../../../../lib/core/attribute-value.ts';
import { noCounters } from '../../../../lib/core/counters.ts';
import type { AnyDefinition } from '../../../../lib/core/definition.ts';
import type { Conflict } from '../../../../lib/core/rollback/conflicts.ts';
import { takeBack } from '../../../../lib/core/rollback/take-back.ts';
import type { Entry } from '../../../../lib/core/rollback/walk.ts';
import type { SettleContext } from '../../../../lib/core/settle.ts';
import { UNTOLD } from '../../../../lib/core/throttle.ts';
import { Stop } from '../../../../lib/core/watcher.ts';
import { carry, pointsOf, runThrough, undoThrough, untilDeath } from '../../../support/executions.ts';
import { memoryWorld, RUN_ID, type World } from '../../../support/memory-ports.ts';
import type { Kill } from '../../../support/port-calls.ts';
import { idOf, making, thing } from '../../../support/thing-definitions.ts';
import { mixed } from '../../../support/undo-definitions.ts';
import { undoneOf } from '../../../support/undo-endings.ts';

/** What a rollback cannot know for certain, and what it does then. */

describe('what is added to a created row just before its deletion', () => {
  test('is put back, unless the worker dies in the very moment between the two', async () => {
    const ready = async (): Promise<World> => {
      const world = memoryWorld({ definition: making, items: [thing('a', 1)] });
      await runThrough(world);
      world.table.onWrite = ({ kind, key }) => {
        if (kind !== 'delete') return undefined;
        world.table.onWrite = () => undefined;
        world.table.change(key, { theirs: { BOOL: true } });
        return undefined;
      };
      return world;
    };
    const { calls } = await undoThrough(await ready());
    const lost: Kill[] = [];
    for (const kill of pointsOf(calls)) {
      const world = await ready();
      await undoThrough(world, [kill]);
      if (!world.table.row(idOf('Made#1'))?.theirs) lost.push(kill);
    }
    // After the row is gone, and before it is there again: the deletion's answer (of the write, and of its batch), and what is sent next.
    expect(lost.map(({ when }) => when)).toStrictEqual(['after', 'after', 'before', 'before']);
    expect(new Set(lost.map(({ at }) => at)).size).toBeLessThanOrEqual(4);
    expect(Math.max(...lost.map(({ at }) => at)) - Math.min(...lost.map(({ at }) => at))).toBeLessThanOrEqual(3);
  });
});

describe('a run that died before the page was settled in which it met a row that is not its own to make', () => {
  const toMake = [thing('a', 2), thing('b', 2)];
  const dead = async (items: Item[], definition: AnyDefinition): Promise<World[]> => {
    const make = (): World => memoryWorld({ definition, items, options: { batchSize: 1 } });
    const { calls } = await runThrough(make());
    return Promise.all(
      pointsOf(calls).map(async (kill) => {
        const world = make();
        await untilDeath(world, kill, (ports) => carry({ runId: RUN_ID, epoch: 1 }, world, ports));
        return world;
      }),
    );
  };

  test('gives up the row that an earlier page of it made', async () => {
    for (const world of await dead(toMake, mixed)) {
      await undoThrough(world);
      const { table, run, balanced } = await undoneOf(world);
      expect({ table, run, balanced }).toStrictEqual({ table: toMake, run: 'rolled-back', balanced: true });
    }
  });

  test('lists a row that was there before as one of which it does not know, and leaves it', async () => {
    const whys = new Set<string>();
    const items = [thing('a', 2), { ...idOf('Made#2'), mine: { S: 'not' } }];
    for (const world of await dead(items, mixed)) {
      const before = world.table.row(idOf('Made#2'));
      await undoThrough(world);
      expect(world.table.row(idOf('Made#2'))).toStrictEqual(before);
      for (const conflict of (await undoneOf(world)).conflicts) whys.add((conflict as Conflict).why);
    }
    expect([...whys]).toStrictEqual(['unsettled']);
  });
});

test('a row that somebody added to just before its deletion is put back, though the worker is stopped by then', async () => {
  const rows = ['a', 'b'].map((id): Item => ({ ...idOf(id), from: { S: id } }));
  const { table, ports, run, facts } = memoryWorld({ definition: mixed, items: rows });
  const { signal } = new AbortController();
  let sent = 0;
  const apply: typeof table.apply = async (batch, signal) => {
    sent += 1;
    if (sent > 1) return table.apply(batch, signal);
    table.change(idOf('a'), { theirs: { BOOL: true } });
    const { results, units } = await table.apply(batch.slice(0, 1), signal);
    return { results: [...results, { kind: 'throttled', throttle: UNTOLD }], units };
  };
  const context: SettleContext = {
    ports: { ...ports, writer: { apply, probe: table.probe, sentSingly: table.sentSingly } },
    run,
    facts,
    service: undefined,
    abandoned: noCounters(),
    segment: 0,
    attempt: 1,
    signal,
    writeSignal: signal,
    firstPage: true,
    ensureLease: () => {
      if (sent > 0) throw new Stop('time');
    },
  };
  const entries = rows.map((item): Entry => {
    const key = pick(item, ['id']);
    return { id: keyId(key), write: { kind: 'create', key, item }, doubtful: false, unsettled: false };
  });
  await expect(takeBack(entries, new Set(), false, context)).rejects.toBeInstanceOf(Stop);
  expect(table.all()).toStrictEqual([{ ...rows[0], theirs: { BOOL: true } }, rows[1]]);
});
