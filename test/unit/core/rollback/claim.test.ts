import { noCounters } from '../../../../lib/core/counters.ts';
import type { AnyDefinition } from '../../../../lib/core/definition.ts';
import { BackfillError } from '../../../../lib/core/errors.ts';
import { encodeJournal } from '../../../../lib/core/journal.ts';
import type { RunRecord } from '../../../../lib/core/records/run.ts';
import type { SegmentRecord } from '../../../../lib/core/records/segment.ts';
import { claim, giveBack, refuseBeneathNewer, standingRuns } from '../../../../lib/core/rollback/claim.ts';
import { prepareRollback } from '../../../../lib/core/rollback/prepare.ts';
import { portsOf, rollbackIn, runThrough } from '../../../support/executions.ts';
import { openSegment } from '../../../support/memory-ledger.ts';
import { bornOf, memoryWorld, OWNER, RUN_ID, runRecord, type World } from '../../../support/memory-ports.ts';
import { free } from '../../../support/stale-workers.ts';
import { doubling, thing } from '../../../support/thing-definitions.ts';

const OLDER = '20261120-120000-aaaa';
const NEWER = '20261122-120000-aaaa';

const ended = async (overrides: Parameters<typeof memoryWorld>[0]['overrides'] = {}): Promise<World> => {
  const world = memoryWorld({ definition: doubling, items: [thing('a', 1), thing('b', 2)], overrides });
  await runThrough(world);
  return world;
};
const empty = (): World => {
  const world = memoryWorld({ definition: doubling, items: [] });
  world.ledger.runs.set(RUN_ID, { ...world.run, status: 'rolled-back' });
  return world;
};
const wrote = { ...noCounters(), scanned: 1, updated: 1 };
const add = ({ ledger }: World, runId: string, change: Partial<RunRecord>, segment: Partial<SegmentRecord> = {}, of = doubling): void => {
  ledger.runs.set(runId, { ...runRecord(of), runId, createdAt: bornOf(runId), ...change });
  ledger.rowsOf(runId).set(0, { ...openSegment(runId, 0), ...segment });
};
const change = ({ ledger }: World, some: Partial<RunRecord>, runId = RUN_ID): void => {
  ledger.runs.set(runId, { ...(ledger.runs.get(runId) as RunRecord), ...some });
};
const runOf = ({ ledger }: World, runId = RUN_ID): RunRecord => ledger.runs.get(runId) as RunRecord;

const object = encodeJournal({
  runId: NEWER,
  segment: 0,
  seq: 1,
  attempt: 1,
  previous: { attempt: 0, hash: '' },
  body: { kind: 'page', from: null, to: null, retried: [], counters: noCounters(), failures: [], fingerprint: '' },
  entries: [],
});

describe('a run stands', () => {
  test.each<[boolean, string, Partial<RunRecord>, Partial<SegmentRecord>]>([
    [true, 'while it runs, though it has done nothing', { status: 'running' }, {}],
    [true, 'while it is held', { status: 'held' }, {}],
    [true, 'while it is being rolled back', { status: 'rolling-back' }, {}],
    [false, 'no more when it is rolled back', { status: 'rolled-back' }, { counters: wrote }],
    [true, 'when it is complete and changed something', { status: 'complete', totals: wrote }, {}],
    [false, 'not when it is complete and changed nothing', { status: 'complete', totals: noCounters() }, { counters: wrote }],
    [true, 'when it came to its limit and changed something', { status: 'limited', totals: wrote }, {}],
    [false, 'not when it came to its limit and changed nothing', { status: 'limited', totals: noCounters() }, { counters: wrote }],
    [true, 'when it failed, and a segment says that it changed something', { status: 'failed', totals: noCounters() }, { counters: wrote }],
    [false, 'not when it failed before it changed anything', { status: 'failed', totals: noCounters() }, {}],
    [true, 'when its totals are lost, and a segment changed something', { status: 'complete' }, { counters: wrote }],
    [
      false,
      'never as a rollback',
      {
        status: 'complete',
        totals: wrote,
        rollback: { of: OLDER, was: 'complete', wasUndoneBy: null, skipDamaged: false },
      },
      { counters: wrote },
    ],
  ])('%s: %s', async (stands, _, run, segment) => {
    const world = empty();
    add(world, NEWER, run, segment);
    expect((await standingRuns('doubling', world.ports)).map(({ runId }) => runId)).toStrictEqual(stands ? [NEWER] : []);
  });

  test('when it failed, and a worker had journaled what is in no checkpoint', async () => {
    const world = empty();
    const ref = { runId: NEWER, segment: 0, seq: 1, attempt: 1 };
    await world.journal.put(ref, object.text);
    add(world, NEWER, { status: 'failed' });
    expect(await standingRuns('doubling', world.ports)).toHaveLength(1);
    add(world, NEWER, { status: 'failed' }, { chain: { seq: 1, attempt: 1, hash: object.hash } });
    expect(await standingRuns('doubling', world.ports)).toStrictEqual([]);
  });
});

// Invariant 7.
describe('an older run is not undone beneath a newer one', () => {
  const others = { name: 'trebling', version: '1.0' };
  const rival = { ...doubling, ...others } as AnyDefinition;
  const stranger = { ...doubling, ...others, writes: ['size3'] } as AnyDefinition;

  test('of the same backfill', async () => {
    const world = await ended();
    add(world, NEWER, { status: 'complete', totals: wrote });
    await expect(refuseBeneathNewer(runOf(world), world.ports)).rejects.toMatchObject({
      code: 'rollback.newer-run',
      details: { newer: [NEWER] },
      remedy: `Undo all of them, newest first: \`npx backfill rollback doubling\`. Or only that one: \`npx backfill rollback ${NEWER}\`.`,
    });
    await expect(prepareRollback({ run: RUN_ID }, 'undo', portsOf(world, free))).rejects.toMatchObject({ code: 'rollback.newer-run' });
    await expect(refuseBeneathNewer(runOf(world, NEWER), world.ports)).resolves.toBeUndefined();
  });

  test('of another backfill that writes the same attribute', async () => {
    const world = await ended({ definitions: [doubling, rival] });
    add(world, NEWER, { status: 'running' }, {}, rival);
    await expect(refuseBeneathNewer(runOf(world), world.ports)).rejects.toMatchObject({
      code: 'rollback.newer-run',
      remedy: `Undo that one first: \`npx backfill rollback ${NEWER}\`.`,
    });
  });

  test('but beneath one that writes other attributes', async () => {
    const world = await ended({ definitions: [stranger, doubling] });
    add(world, NEWER, { status: 'complete', totals: wrote }, {}, stranger);
    await expect(refuseBeneathNewer(runOf(world), world.ports)).resolves.toBeUndefined();
  });
});

describe('claim and giveBack', () => {
  test('the run knows its rollback, and its workers are told', async () => {
    const world = await ended();
    const claimed = await claim(runOf(world), 'the-rollback', OWNER, world.ports);
    expect(claimed).toStrictEqual(runOf(world));
    expect(claimed).toMatchObject({ runId: RUN_ID, status: 'rolling-back', epoch: 2, undoneBy: 'the-rollback' });
    expect(world.ledger.told).toMatchObject({ desired: 'hold', by: 'the-rollback', reason: { code: 'rolling-back' } });
  });

  test.each<[RunRecord['status'], RunRecord['status']]>([
    ['complete', 'complete'],
    ['limited', 'limited'],
    ['aborted', 'aborted'],
    ['running', 'failed'],
    ['held', 'failed'],
  ])('a run that was %s is %s again when its rollback ends before it has undone anything', async (was, is) => {
    const world = await ended();
    change(world, { status: was });
    await prepareRollback({ run: RUN_ID }, 'undo', portsOf(world, free));
    expect(runOf(world)).toMatchObject({ status: 'rolling-back', undoneBy: rollbackIn(world)?.runId });
    await giveBack(rollbackIn(world) as RunRecord, world.ports);
    expect(runOf(world)).toMatchObject({ status: is, undoneBy: null });
  });

  test.each<[string, (world: World, rollback: RunRecord) => RunRecord]>([
    ['has begun to undo it', (_, rollback) => ({ ...rollback, rounds: 2 })],
    ['only rehearsed', (_, rollback) => ({ ...rollback, options: { ...rollback.options, dryRun: true } })],
    [
      'has lost it to another one',
      (world, rollback) => {
        change(world, { undoneBy: 'another' });
        return rollback;
      },
    ],
  ])('it stays as it is when the rollback %s', async (_, made) => {
    const world = await ended();
    await prepareRollback({ run: RUN_ID }, 'undo', portsOf(world, free));
    const rollback = made(world, rollbackIn(world) as RunRecord);
    await giveBack(rollback, world.ports);
    expect(runOf(world).status).toBe('rolling-back');
    expect(runOf(world).undoneBy).not.toBeNull();
  });

  test('a run that another rollback had begun to undo is that one’s again', async () => {
    const world = await ended();
    change(world, { status: 'rolling-back', undoneBy: 'the-first' });
    await claim(runOf(world), 'the-second', OWNER, world.ports);
    const rollback = { of: RUN_ID, was: 'rolling-back' as const, wasUndoneBy: 'the-first', skipDamaged: false };
    await giveBack({ ...runOf(world), runId: 'the-second', rounds: 1, rollback }, world.ports);
    expect(runOf(world)).toMatchObject({ status: 'rolling-back', undoneBy: 'the-first' });
  });

  test('a rollback that cannot have its locks gives the run back', async () => {
    const world = await ended();
    world.ledger.createRun = async () => {
      throw new BackfillError('lock.held', 'no', { details: { holder: NEWER } });
    };
    await expect(prepareRollback({ run: RUN_ID }, 'undo', portsOf(world, free))).rejects.toMatchObject({ code: 'lock.held' });
    expect(runOf(world)).toMatchObject({ status: 'complete', undoneBy: null });
  });
});
