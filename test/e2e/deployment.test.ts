import { stackNames } from '../../lib/workflow/names.ts';
import {
  bootstrap,
  deleteStack,
  deploy,
  deployed,
  deployedTemplate,
  diff,
  folderOf,
  putPlacesKey,
  resourcesOf,
  synthesize,
  synthesizedTemplate,
} from '../support/e2e.ts';

const NAME = 'wardrobe-normalize';
const OTHER_REGION = 'eu-central-1';

const { state, runner } = stackNames('development');

test('what is deployed is what was synthesized, and cdk diff has nothing to say', async () => {
  await deploy(folderOf('development'));
  for (const stack of [state, runner]) expect(await deployedTemplate(stack)).toEqual(synthesizedTemplate(folderOf('development'), stack));
  expect(await diff(folderOf('development'))).toMatch(/0 stacks with differences|Number of stacks with differences: 0/i);
});

test('a second deployment changes nothing', async () => {
  const before = [...(await resourcesOf(state)), ...(await resourcesOf(runner))];
  expect(await deploy(folderOf('development'))).toMatch(/no changes/);
  expect([...(await resourcesOf(state)), ...(await resourcesOf(runner))]).toEqual(before);
});

test('another environment goes beside it in the same account, with runs of its own', async () => {
  await deploy(await synthesize('staging'));
  const [development, staging] = [await deployed(), await deployed('staging')];
  expect(staging.ledgerTable).not.toBe(development.ledgerTable);
  await staging.seedWardrobe(200);
  const { status, error, cause, run } = await staging.run(NAME, { limit: 50, tolerate: 1 });
  expect({ status, error, cause }).toEqual({ status: 'SUCCEEDED' });
  expect(run).toMatchObject({ environment: 'staging', status: 'limited' });
  expect(await development.ledger.getRun(run?.runId ?? '')).toBeUndefined();
  expect((await staging.rollback(NAME)).status).toBe('SUCCEEDED');
});

/** Not `development`: the emulator gives the roles of both regions the same names, and the later deployment's policies to both. */
test('an environment goes to a second region, with tables, secret and runs of its own', async () => {
  await bootstrap(OTHER_REGION);
  await deploy(folderOf('staging'), { region: OTHER_REGION });
  await putPlacesKey('staging', OTHER_REGION);
  const [here, there] = [await deployed('staging'), await deployed('staging', { region: OTHER_REGION })];
  await there.seedWardrobe(200);
  const { status, run } = await there.run(NAME, { dryRun: true });
  expect({ status, run: run?.status }).toEqual({ status: 'SUCCEEDED', run: 'complete' });
  expect(await here.ledger.getRun(run?.runId ?? '')).toBeUndefined();
});

test('deleting both stacks keeps ledger and artifacts', async () => {
  const names = stackNames('staging');
  const { ledger } = await deployed('staging');
  const runs = await ledger.listRuns(NAME, 10);
  const template = synthesizedTemplate(folderOf('staging'), names.state) as {
    Resources: Record<string, { Type: string; DeletionPolicy?: string }>;
  };
  const retained = Object.entries(template.Resources).flatMap(([, { Type, DeletionPolicy }]) =>
    DeletionPolicy === 'Retain' ? [Type] : [],
  );
  expect(retained).toEqual(expect.arrayContaining(['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::S3::BucketPolicy']));
  await deleteStack(names.runner);
  await deleteStack(names.state);
  expect(runs.length).toBeGreaterThan(0);
  expect(await ledger.listRuns(NAME, 10)).toEqual(runs);
});
