import { noCounters } from '../../../../lib/core/counters.ts';
import { BackfillError } from '../../../../lib/core/errors.ts';
import type { RunRecord } from '../../../../lib/core/records/run.ts';
import { giveBack } from '../../../../lib/core/rollback/claim.ts';
import { prepareRollback } from '../../../../lib/core/rollback/prepare.ts';
import { pass, portsOf, rollbackIn, runThrough } from '../../../support/executions.ts';
import { bornOf, memoryWorld, OWNER, RUN_ID, runRecord, surveyOf, type World } from '../../../support/memory-ports.ts';
import { free } from '../../../support/stale-workers.ts';
import { doubling, making, thing } from '../../../support/thing-definitions.ts';

const NEWER = '20261122-120000-aaaa';

const ended = async (): Promise<World> => {
  const world = memoryWorld({ definition: doubling, items: [thing('a', 1), thing('b', 2)] });
  await runThrough(world);
  return world;
};
const wrote = { ...noCounters(), scanned: 1, updated: 1 };
const add = ({ ledger }: World, runId: string, change: Partial<RunRecord>): void => {
  ledger.runs.set(runId, { ...runRecord(doubling), runId, createdAt: bornOf(runId), ...change });
};
const change = ({ ledger }: World, some: Partial<RunRecord>, runId = RUN_ID): void => {
  ledger.runs.set(runId, { ...(ledger.runs.get(runId) as RunRecord), ...some });
};
const runOf = ({ ledger }: World, runId = RUN_ID): RunRecord => ledger.runs.get(runId) as RunRecord;

describe('prepareRollback', () => {
  const begin = (world: World, input: object = { run: RUN_ID }, execution = 'undo', overrides = {}) =>
    prepareRollback(input, execution, portsOf(world, free, overrides));

  test('without a name undoes the newest run that stands', async () => {
    const world = await ended();
    add(world, NEWER, { status: 'complete', totals: wrote });
    await begin(world, {});
    expect(rollbackIn(world)).toMatchObject({ rollback: { of: NEWER }, options: { batchSize: 100 } });
    world.ledger.runs.clear();
    await expect(begin(world, {})).rejects.toMatchObject({ code: 'rollback.nothing' });
  });

  test('takes width, version and status from the run, and says so to those who read its record', async () => {
    const world = await ended();
    change(world, { version: '0.9', rounds: 3, options: { ...world.run.options, segments: 4 }, tableHash: 'abc' });
    const { runId, epoch } = await begin(world, { run: RUN_ID, batchSize: 7, skipDamaged: true, startedBy: 'me' });
    const rollback = runOf(world, runId);
    expect(rollback).toMatchObject({
      version: '0.9',
      epoch,
      status: 'running',
      rounds: 1,
      owner: { ...OWNER, execution: 'undo' },
      options: { limit: null, batchSize: 7, segments: 4, enrich: false, hash: true },
      rollback: { of: RUN_ID, was: 'complete', wasUndoneBy: null, skipDamaged: true },
      estimatedItems: 2,
    });
    expect(JSON.parse(world.artifacts.files.get(`runs/${runId}.json`) ?? '')).toStrictEqual(rollback);
    expect(world.ledger.log.slice(-2)).toMatchObject([
      { who: 'me', what: 'rollback', details: { rollback: runId } },
      { who: 'me', what: 'rollback', details: { of: RUN_ID } },
    ]);
    expect(world.ledger.locks).toContain('local/table/things/size2');
  });

  test.each([
    [false, {}, null, true],
    [true, {}, 'abc', true],
    [false, {}, 'abc', false],
    [true, { hash: true }, 'abc', false],
    [false, { hash: false }, 'abc', true],
    [false, { dryRun: true, hash: true }, 'abc', true],
  ])(
    'the table is hashed at the end: %s for %j of a run with hash %j where the database is at hand: %s',
    async (hash, input, tableHash, embedded) => {
      const world = await ended();
      change(world, { tableHash });
      await begin(world, { run: RUN_ID, ...input }, 'undo', { embedded });
      expect(rollbackIn(world)).toMatchObject({ options: { hash }, rollback: { skipDamaged: false } });
    },
  );

  // Invariant 8.
  test('a dry run takes no lock, and leaves the run as it is', async () => {
    const world = await ended();
    const before = runOf(world);
    await begin(world, { run: RUN_ID, dryRun: true });
    expect(runOf(world)).toStrictEqual(before);
    expect(world.ledger.locks).toStrictEqual([]);
    expect(world.ledger.told.desired).toBe('run');
    expect(world.ledger.log.at(-1)).toMatchObject({ what: 'rehearse rollback', who: 'undo' });
  });

  test('a repeated call of one execution meets the rollback that it began', async () => {
    const world = await ended();
    const first = await begin(world);
    const alive = { executionEnded: async () => false };
    pass(world, 1_000);
    expect(await begin(world, { run: RUN_ID }, 'undo', alive)).toStrictEqual(first);
    expect(await begin(world, { resume: first.runId }, 'undo', alive)).toStrictEqual(first);
    expect(world.ledger.runs.size).toBe(2);
  });

  test('another execution carries on what nobody carries any more', async () => {
    const world = await ended();
    const first = await begin(world);
    expect(await begin(world, { run: RUN_ID }, 'second')).toStrictEqual({ ...first, epoch: 2 });
    expect(await begin(world, { resume: first.runId }, 'third')).toStrictEqual({ ...first, epoch: 3 });
    expect(runOf(world)).toMatchObject({ status: 'rolling-back', epoch: 2 });
  });

  test('what is still carried is left to it', async () => {
    const world = await ended();
    const { runId } = await begin(world);
    const alive = { executionEnded: async () => false };
    await expect(begin(world, { resume: runId }, 'second', alive)).rejects.toMatchObject({ code: 'run.refused' });
  });

  test('a run is no rollback', async () => {
    const world = await ended();
    await expect(begin(world, { resume: RUN_ID })).rejects.toMatchObject({
      code: 'run.refused',
      remedy: expect.stringContaining('the machine of the backfill'),
    });
  });

  test('what is undone stays undone, unless journal objects were gone on without', async () => {
    const world = await ended();
    const { runId } = await begin(world);
    change(world, { status: 'rolled-back' });
    change(world, { status: 'complete', totals: noCounters() }, runId);
    await expect(begin(world, { run: RUN_ID }, 'again')).rejects.toMatchObject({ code: 'run.refused' });
    change(world, { totals: { ...noCounters(), notes: { damaged: 1 } } }, runId);
    await expect(begin(world, { run: RUN_ID }, 'again')).resolves.toMatchObject({ epoch: 1 });
  });

  test('of a run that is undone, a rollback that died before it had said so of itself is carried on by its own name', async () => {
    const world = await ended();
    const { runId } = await begin(world);
    change(world, { status: 'rolled-back' });
    await expect(begin(world, { run: RUN_ID }, 'second')).rejects.toMatchObject({ code: 'run.refused' });
    await expect(begin(world, { resume: runId }, 'second')).resolves.toMatchObject({ runId, epoch: 2 });
  });

  test('a rollback that had given its run back claims it once more', async () => {
    const world = await ended();
    const { runId } = await begin(world);
    await giveBack(runOf(world, runId), world.ports);
    change(world, { status: 'failed' }, runId);
    await begin(world, { resume: runId }, 'second');
    expect(runOf(world)).toMatchObject({ status: 'rolling-back', undoneBy: runId });
    await giveBack(runOf(world, runId), world.ports);
    change(world, { status: 'failed' }, runId);
    add(world, NEWER, { status: 'complete', totals: wrote });
    await expect(begin(world, { resume: runId }, 'third')).rejects.toMatchObject({ code: 'rollback.newer-run' });
    world.ledger.runs.delete(NEWER);
    change(world, { status: 'rolled-back', undoneBy: 'another' });
    await expect(begin(world, { resume: runId }, 'third')).rejects.toMatchObject({ code: 'run.refused' });
  });

  test('a rehearsal is carried on without a claim', async () => {
    const world = await ended();
    const { runId } = await begin(world, { run: RUN_ID, dryRun: true });
    const before = runOf(world);
    expect(await begin(world, { resume: runId }, 'second')).toMatchObject({ epoch: 2 });
    expect(runOf(world)).toStrictEqual(before);
  });

  test('needs the table as the definition has it', async () => {
    const world = await ended();
    const gone = async () => undefined;
    const inspector = { ...world.ports.inspector, describe: gone, survey: gone };
    await expect(begin(world, { run: RUN_ID }, 'undo', { inspector })).rejects.toMatchObject({ code: 'preflight.table-missing' });
    const { runId } = await begin(world);
    await expect(begin(world, { resume: runId }, 'second', { inspector })).rejects.toMatchObject({ code: 'preflight.table-missing' });
  });

  test('says what taking back would wake; recovery that is off stops no rollback', async () => {
    const world = await ended();
    const survey = async () => surveyOf(world.facts, { stream: 'KEYS_ONLY', pointInTimeRecovery: false });
    const inspector = { ...world.ports.inspector, survey };
    change(world, { environment: 'production' });
    const { runId } = await begin(world, { run: RUN_ID, confirm: 'YES' }, 'undo', { inspector, environment: 'production' });
    expect(runOf(world, runId).preflight).toMatchObject([
      { code: 'preflight.pitr-off', severity: 'warning' },
      { code: 'preflight.stream-enabled', message: expect.stringMatching(/^Up to 2 changes will/) },
    ]);
  });

  test('needs no service, for nothing is asked', async () => {
    const world = memoryWorld({ definition: making, items: [thing('a', 1)] });
    await runThrough(world);
    const service = async () => {
      throw new BackfillError('service.key-missing', 'no key');
    };
    const { runId } = await begin(world, { run: RUN_ID }, 'undo', { service });
    await expect(begin(world, { resume: runId }, 'second', { service })).resolves.toMatchObject({ runId });
  });
});
