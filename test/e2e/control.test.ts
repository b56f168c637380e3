import type { Item } from '../../lib/core/attribute-value.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { stackNames } from '../../lib/workflow/names.ts';
import {
  type Deployed,
  deleteStack,
  deploy,
  deployed,
  differing,
  eventually,
  expireLeases,
  folderOf,
  forgetRuns,
  hasBegun,
  lambdaProcesses,
  laterVersion,
  WARDROBE,
} from '../support/e2e.ts';
import { scanAll } from '../support/endpoint.ts';
import { exactHash } from '../support/exact.ts';
import { expectedWardrobe } from '../support/expected-wardrobe.ts';

/** Small pages in few segments: long enough to come in between. The sample's bad items are one in a hundred. */
const SLOWLY = { batchSize: 2, segments: 4, tolerate: 0.05, backup: false };

const NAME = 'wardrobe-normalize';

let here: Deployed;
let items: readonly Item[];
beforeEach(async () => {
  here = await deployed();
  await forgetRuns(here, NAME);
  items = await here.seedWardrobe();
});

const table = (): Promise<Item[]> => scanAll(here.dynamo, 'wardrobe');

/** That nothing was lost or done twice, whatever happened in between. */
async function expectAllDone(runId: string): Promise<void> {
  const run = await here.ledger.getRun(runId);
  const { table: wanted, updated, skipped, failed } = expectedWardrobe(items, run?.now ?? '');
  expect(run).toMatchObject({ status: 'complete', totals: { scanned: WARDROBE, updated, skipped, failed } });
  expect(differing(await table(), wanted.values())).toEqual([]);
}

/** A run that has begun, and its execution. */
async function underWay(): Promise<{ execution: string; run: RunRecord }> {
  const execution = await here.start(NAME, SLOWLY);
  return { execution, run: await here.until(execution, hasBegun(here)) };
}

async function held(): Promise<RunRecord> {
  const { execution, run } = await underWay();
  await here.command(run.runId, 'hold', 'paused');
  expect((await here.ended(execution)).status).toBe('SUCCEEDED');
  expect(await here.ledger.getRun(run.runId)).toMatchObject({ status: 'held', reason: { code: 'paused' } });
  return run;
}

/** Until no worker has a segment in hand any more. */
async function noLeases(runId: string): Promise<void> {
  const inHand = async () => (await here.ledger.segments(runId, SLOWLY.segments)).some(({ lease }) => lease && lease.until > Date.now());
  await eventually(`no worker has a segment of ${runId} in hand`, async () => !(await inHand()));
}

test('a run is paused at a checkpoint, keeps its lock, and is carried on by its id', async () => {
  const { runId } = await held();
  expect(differing(await table(), items).length).toBeGreaterThan(0);
  const { status, error, cause } = await here.run(NAME, {});
  expect({ status, error }).toEqual({ status: 'FAILED', error: 'lock.held' });
  expect(cause).toContain(`{"resume":"${runId}"}`);
  expect((await here.run(NAME, { resume: runId })).status).toBe('SUCCEEDED');
  await expectAllDone(runId);
});

test('an aborted run is over for good, and can be undone', async () => {
  const { execution, run } = await underWay();
  await here.command(run.runId, 'abort', 'aborted');
  expect((await here.ended(execution)).status).toBe('SUCCEEDED');
  expect(await here.ledger.getRun(run.runId)).toMatchObject({ status: 'aborted' });
  expect(await here.run(NAME, { resume: run.runId })).toMatchObject({ status: 'FAILED', error: 'run.refused' });
  expect(await here.rollback(NAME, { run: run.runId })).toMatchObject({ status: 'SUCCEEDED', run: { totals: { failed: {} } } });
  expect(exactHash(await table())).toBe(exactHash(items));
});

test('a run waits at its gate until somebody lets it on', async () => {
  const { status, run } = await here.run(NAME, { phases: '10,100', approve: 'manual', tolerate: 1, backup: false });
  expect({ status, run: run?.status, reason: run?.reason?.code }).toEqual({
    status: 'SUCCEEDED',
    run: 'held',
    reason: 'approval.awaited',
  });
  const done = WARDROBE - differing(await table(), items).length;
  expect(done).toBeLessThan(WARDROBE);
  const refused = await here.run(NAME, { resume: run?.runId });
  expect(refused).toMatchObject({ status: 'FAILED', error: 'run.refused' });
  expect(refused.cause).toContain('approv');
  expect((await here.run(NAME, { resume: run?.runId, approval: 'The pilot looks good.' })).status).toBe('SUCCEEDED');
  await expectAllDone(run?.runId ?? '');
});

test('a worker that is killed costs its run nothing but time', async () => {
  const { execution, run } = await underWay();
  const [victim] = lambdaProcesses('WardrobeNormalizeProces');
  if (victim === undefined) throw new Error('no worker to kill');
  process.kill(victim, 'SIGKILL');
  expect((await here.ended(execution)).status).toBe('FAILED');
  expect(await here.ledger.getRun(run.runId)).toMatchObject({ status: 'failed' });
  const stuck = (await here.ledger.segments(run.runId, SLOWLY.segments)).filter((segment) => segment.stuck);
  expect(stuck).toHaveLength(1);
  await expireLeases(here, run);
  expect((await here.run(NAME, { resume: run.runId })).status).toBe('SUCCEEDED');
  await expectAllDone(run.runId);
});

test('of a stopped execution the reconciler hears: the run has failed, keeps no lock, and can be carried on', async () => {
  const { execution, run } = await underWay();
  await here.stop(execution);
  expect((await here.ended(execution)).status).toBe('ABORTED');
  const failed = await eventually('the run has failed', async () => {
    const now = await here.ledger.getRun(run.runId);
    return now?.status !== 'running' && now;
  });
  expect(failed).toMatchObject({ status: 'failed', reason: { code: 'execution.stopped' } });
  // Step Functions stops no Lambda: those under way hear it as any pause.
  await noLeases(run.runId);
  const locks = (await scanAll(here.dynamo, here.ledgerTable)).filter(({ PK }) => JSON.stringify(PK).includes('LOCK#'));
  expect(locks).toEqual([]);
  expect((await here.run(NAME, { dryRun: true })).status).toBe('SUCCEEDED');
  expect((await here.run(NAME, { resume: run.runId })).status).toBe('SUCCEEDED');
  await expectAllDone(run.runId);
});

test('a second deployment under a run that goes loses and doubles nothing', async () => {
  const next = laterVersion(folderOf('development'), 'development');
  const { execution, run } = await underWay();
  await deploy(next);
  const { status } = await here.ended(execution);
  if (status !== 'SUCCEEDED') {
    await expireLeases(here, run);
    expect((await here.run(NAME, { resume: run.runId })).status).toBe('SUCCEEDED');
  }
  await expectAllDone(run.runId);
});

test('a held run is carried on by a runner that was deployed anew', async () => {
  const { runId } = await held();
  const { runner } = stackNames('development');
  await deleteStack(runner);
  await deploy(folderOf('development'), { stack: runner });
  expect((await here.run(NAME, { resume: runId })).status).toBe('SUCCEEDED');
  await expectAllDone(runId);
});
