import { itemFromJson } from '../../../lib/core/attribute-value.ts';
import { noCounters } from '../../../lib/core/counters.ts';
import { decodeJournal, encodeJournal, journalName } from '../../../lib/core/journal.ts';
import { recentOf } from '../../../lib/core/recent.ts';
import type { SegmentRecord } from '../../../lib/core/records/segment.ts';
import { rehearsing } from '../../../lib/core/rehearsal.ts';
import { isRehearsal } from '../../../lib/core/run.ts';
import { workSegment } from '../../../lib/core/segment.ts';
import { openSegment } from '../../support/memory-ledger.ts';
import { memoryWorld, RUN_ID, type World, type WorldOptions } from '../../support/memory-ports.ts';
import { recorder, tapped } from '../../support/port-calls.ts';
import { doubling, idOf, making, thing } from '../../support/thing-definitions.ts';

const things = (count: number, size = 100) =>
  Array.from({ length: count }, (_, index) => thing(`t${String(index).padStart(2, '0')}`, size + index));

/** A run over these items, worked to its end. */
async function worked(
  given: Omit<WorldOptions, 'definition'> & { definition?: WorldOptions['definition'] },
  before?: (world: World) => void,
) {
  const world = memoryWorld({ definition: doubling, ...given });
  before?.(world);
  await workOn(world);
  return world;
}

async function workOn({ ports, facts, run, ledger }: World): Promise<void> {
  const trade = isRehearsal(run) ? rehearsing : undefined;
  const { epoch } = ledger.runs.get(run.runId) ?? run;
  for (const segment of [...ledger.rows.keys()])
    await workSegment({ runId: RUN_ID, epoch, segment }, { ports, facts, service: undefined, remainingMs: () => 100_000 }, trade);
}

const look = async ({ ports, run, ledger }: World) => recentOf(ports, ledger.runs.get(run.runId) ?? run, await ledger.segments());
const ids = (changes: readonly { key: unknown }[]): string[] => changes.map(({ key }) => (key as { id: { S: string } }).id.S);

describe('the most recent changes', () => {
  test('are the last ten of the journal, the newest first, with what they were before', async () => {
    const world = await worked({ items: things(12), options: { batchSize: 4 } });
    const { changes, samples, errors, unreadable } = await look(world);
    expect(ids(changes)).toStrictEqual(['t11', 't10', 't09', 't08', 't07', 't06', 't05', 't04', 't03', 't02']);
    const heartbeat = world.ledger.rows.get(0)?.heartbeat ?? 0;
    expect(changes[0]).toStrictEqual({ key: idOf('t11'), op: 'update', at: new Date(heartbeat).toISOString() });
    expect(samples).toHaveLength(5);
    for (const { key, op, before, after } of samples) {
      const { size } = world.table.row(itemFromJson(key as never)) as { size?: { N: string } };
      expect({ op, before, after }).toStrictEqual({
        op: 'update',
        before: { size2: null },
        after: { size2: { N: String(2 * Number(size?.N)) } },
      });
    }
    expect(new Set(ids(samples)).size).toBe(5);
    expect([errors, unreadable]).toStrictEqual([[], []]);
  });

  test('opens no more objects than it needs, and never the table', async () => {
    const world = await worked({ items: things(60), options: { batchSize: 10 } });
    const { calls, around } = recorder();
    await look({ ...world, ports: tapped(world.ports, around) });
    expect(calls).toStrictEqual(['journal.get']);
    const thin = await worked({ items: things(60), options: { batchSize: 1 } });
    calls.length = 0;
    await look({ ...thin, ports: tapped(thin.ports, around) });
    expect(calls).toStrictEqual(Array.from({ length: 8 }, () => 'journal.get'));
  });

  test('come from the segments that moved last', async () => {
    const items = [...things(20), ...Array.from({ length: 20 }, (_, index) => thing(`longer${index + 10}`, 100))];
    const world = await worked({ items, options: { batchSize: 100, segments: 2 } });
    const rows = [...world.ledger.rows.values()].filter(({ chain }) => chain.seq > 0);
    expect(rows).toHaveLength(2);
    const first = await Promise.all(
      rows.map(async (newest) => {
        const moved = rows.map((row) => ({ ...row, heartbeat: row === newest ? 2000 : 1000 }));
        const { changes, samples } = await recentOf(world.ports, world.run, moved);
        const isLonger = (id: string): boolean => id.startsWith('longer');
        expect(new Set(ids(changes).map(isLonger)).size).toBe(1);
        expect(new Set(changes.map(({ at }) => at))).toStrictEqual(new Set(['1970-01-01T00:00:02.000Z']));
        // Samples are of both.
        expect(new Set(ids(samples).map(isLonger)).size).toBe(2);
        return isLonger(ids(changes)[0] ?? '');
      }),
    );
    expect(new Set(first).size).toBe(2);
  });

  test('a raced item appears once, as it landed', async () => {
    const world = await worked({ items: things(3), options: { batchSize: 10 } }, ({ table }) => {
      let once = true;
      table.onWrite = () => {
        if (once) table.change(idOf('t01'), { size: { N: '7' } });
        once = false;
        return undefined;
      };
    });
    expect(world.ledger.rows.get(0)?.counters).toMatchObject({ updated: 3, raced: 1 });
    const { changes, samples } = await look(world);
    expect(ids(changes).sort()).toStrictEqual(['t00', 't01', 't02']);
    expect(samples.find(({ key }) => ids([{ key }])[0] === 't01')?.after).toStrictEqual({ size2: { N: '14' } });
  });

  test('what lost its race for good is not there', async () => {
    const world = await worked({ items: things(3), options: { batchSize: 10 } }, ({ table }) => {
      table.onWrite = () => {
        table.delete(idOf('t02'));
        return undefined;
      };
    });
    expect(world.ledger.rows.get(0)?.counters).toMatchObject({ updated: 2, skipped: { gone: 1 } });
    expect(ids((await look(world)).changes).sort()).toStrictEqual(['t00', 't01']);
  });

  test('a round makes void what its own page intended, not an older page; the chain leads over a change of workers', async () => {
    const world = memoryWorld({ definition: doubling, items: [] });
    const key = idOf('a');
    const entry = (size2: string) => ({
      write: { kind: 'update' as const, key, expect: { size2: null }, after: { size2: { N: size2 } } },
      source: key,
      notes: [],
    });
    const counters = noCounters();
    const page = { kind: 'page' as const, from: null, to: null, retried: [], counters, failures: [], fingerprint: '' };
    const raced = { kind: 'raced' as const, page: 2, keys: [key], unsure: [], counters, failures: [] };
    let previous = { attempt: 0, hash: '' };
    for (const { seq, attempt, body, entries } of [
      { seq: 1, attempt: 1, body: page, entries: [entry('1')] },
      { seq: 2, attempt: 3, body: page, entries: [entry('2')] },
      { seq: 3, attempt: 3, body: raced, entries: [] },
    ]) {
      const ref = { runId: RUN_ID, segment: 0, seq, attempt };
      const { text, hash } = encodeJournal({ ...ref, previous, body, entries });
      await world.journal.put(ref, text);
      previous = { attempt, hash };
    }
    world.ledger.rows.set(0, { ...openSegment(RUN_ID, 0), chain: { seq: 3, ...previous } });
    const { changes, samples, unreadable } = await look(world);
    expect(unreadable).toStrictEqual([]);
    expect(ids(changes)).toStrictEqual(['a']);
    expect(samples[0]?.after).toStrictEqual({ size2: { N: '1' } });
  });

  test('of several attempts at an object the committed one counts', async () => {
    const world = await worked({ items: things(2), options: { batchSize: 10 } });
    const ref = { runId: RUN_ID, segment: 0, seq: 1, attempt: 1 };
    const { object } = decodeJournal(await world.journal.get(ref), journalName(ref));
    // A worker that had lost its lease wrote another one, and one beyond.
    for (const other of [
      { seq: 1, attempt: 2 },
      { seq: 2, attempt: 2 },
    ]) {
      const stray = { ...object, ...other, entries: object.entries.slice(0, 1) };
      await world.journal.put({ ...ref, ...other }, encodeJournal(stray).text);
    }
    expect(ids((await look(world)).changes)).toStrictEqual(['t01', 't00']);
  });

  test('created rows have nothing before', async () => {
    const world = await worked({ definition: making, items: things(1, 3), options: { enrich: false } });
    const { changes, samples } = await look(world);
    expect(changes).toMatchObject([{ key: { id: { S: 'Made#3' } }, op: 'create' }]);
    expect(samples).toMatchObject([{ op: 'create', before: null, after: { id: { S: 'Made#3' } } }]);
  });

  test('there are none before the first page, nor of a run that changes nothing', async () => {
    expect(await look(memoryWorld({ definition: doubling, items: [] }))).toStrictEqual({
      changes: [],
      samples: [],
      errors: [],
      unreadable: [],
    });
    const { calls, around } = recorder();
    const world = await worked({ items: [thing('a', 13)] });
    await look({ ...world, ports: tapped(world.ports, around) });
    expect(calls).toStrictEqual([]);
  });

  test('a journal object that cannot be read is named, and the rest is shown', async () => {
    const items = [...things(3), thing('longer', 14)];
    const world = await worked({ items, options: { batchSize: 2 } });
    const newest = [...world.journal.objects.keys()].sort().at(-1) ?? '';
    world.journal.objects.delete(newest);
    const { changes, errors, unreadable } = await look(world);
    expect(changes).toStrictEqual([]);
    expect(unreadable).toStrictEqual([`The journal object ${newest} is missing.`]);
    expect(errors).toHaveLength(1);
  });
});

test('a rehearsal has examples instead', async () => {
  const world = await worked({ items: things(30), options: { batchSize: 1, dryRun: true } });
  const { changes, samples } = await look(world);
  expect(changes).toStrictEqual([]);
  expect(samples).toMatchObject(['204', '202', '200'].map((double) => ({ op: 'update', after: { size2: { N: double } } })));
});

describe('the newest failures', () => {
  const failing = (count: number) => things(count).map((item) => ({ ...item, size: { N: '14' } }));

  test('at most ten, the last page first', async () => {
    const world = await worked({ items: failing(30), options: { batchSize: 4 } });
    const { errors } = await look(world);
    expect(ids(errors)).toStrictEqual(['t29', 't28', 't27', 't26', 't25', 't24', 't23', 't22', 't21', 't20']);
    expect(errors[0]).toMatchObject({ code: 'odd-one', message: 'fourteen', retryable: true });
  });

  test('opens only as many listings as it needs', async () => {
    const world = await worked({ items: failing(40), options: { batchSize: 4 } });
    const { calls, around } = recorder();
    await look({ ...world, ports: tapped(world.ports, around) });
    expect(calls).toStrictEqual(['artifacts.list', 'artifacts.get', 'artifacts.get', 'artifacts.get']);
  });

  test('what a retry has mended is not there, what failed again is there once', async () => {
    const world = await worked({ items: failing(4), options: { batchSize: 10 } });
    const run = { ...world.run, rounds: 2, epoch: 2 };
    world.ledger.runs.set(run.runId, run);
    world.ledger.rows.set(1, openSegment(RUN_ID, 1) as SegmentRecord);
    world.table.change(idOf('t00'), { size: { N: '1' } });
    world.table.change(idOf('t02'), { size: { N: '1' } });
    await workOn(world);
    const { errors, changes } = await look(world);
    expect(ids(errors).sort()).toStrictEqual(['t01', 't03']);
    expect(ids(changes).sort()).toStrictEqual(['t00', 't02']);
  });
});
