import { prepare, reopen } from '../../../lib/core/steps/prepare.ts';
import { openSegment } from '../../support/memory-ledger.ts';
import { memoryWorld, RUN_ID } from '../../support/memory-ports.ts';
import { doubling, thing } from '../../support/thing-definitions.ts';

describe('a run that is resumed and shall have the table’s hash', () => {
  const resumed = async (segments: number, hash = true, tableHash: string | null = null) => {
    const world = memoryWorld({ definition: doubling, items: [thing('a', 1)] });
    world.ledger.runs.set(RUN_ID, { ...world.run, status: 'failed', tableHash, options: { ...world.run.options, hash } });
    world.ledger.rows.clear();
    for (let index = 0; index < segments; index += 1) world.ledger.rows.set(index, openSegment(RUN_ID, index));
    await prepare({ resume: RUN_ID }, 'second', world.ports);
    return { taken: world.ledger.runs.get(RUN_ID)?.tableHash, now: await world.ports.inspector.hash() };
  };

  test('takes it as long as no segment is planned, for nothing is written yet', async () => {
    const { taken, now } = await resumed(0);
    expect(taken).toBe(now);
    expect((await resumed(0, false)).taken).toBeNull();
    expect((await resumed(0, true, 'taken already')).taken).toBe('taken already');
  });

  test('does without it once a segment is, for it would not be that from before the run', async () => {
    expect((await resumed(1)).taken).toBeNull();
  });
});

test('whoever is reopened takes its locks again, but for a rehearsal, which has none', async () => {
  const world = memoryWorld({ definition: doubling, items: [] });
  const taken: unknown[] = [];
  const { reopenRun } = world.ledger;
  world.ledger.reopenRun = (...given: [...Parameters<typeof reopenRun>, ...unknown[]]) => {
    taken.push(given[3]);
    return reopenRun.call(world.ledger, given[0], given[1], given[2]);
  };
  for (const dryRun of [undefined, false, true]) {
    const rollback = dryRun === undefined ? null : { of: 'a', was: 'complete' as const, wasUndoneBy: null, skipDamaged: false };
    const run = { ...world.run, rollback, options: { ...world.run.options, dryRun: dryRun ?? false } };
    world.ledger.runs.set(RUN_ID, run);
    await reopen(run, 'resume', [], 'me', world.run.owner, world.ports);
  }
  const locks = ['local/backfill/doubling', 'local/table/things/size2'];
  expect(taken).toStrictEqual([locks, locks, []]);
});
