import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Item } from '../../lib/core/attribute-value.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { anOperator, type Deployed, deployed, differing, forgetRuns, type Operator, placesKey, REGION, WARDROBE } from '../support/e2e.ts';
import { scanAll } from '../support/endpoint.ts';
import { exactHash } from '../support/exact.ts';
import { expectedWardrobe } from '../support/expected-wardrobe.ts';

const NAME = 'wardrobe-normalize';

let here: Deployed;
let alice: Operator;
let items: readonly Item[];
beforeAll(async () => {
  here = await deployed();
  alice = await anOperator();
});
afterAll(() => alice.leave());

const start = async (): Promise<void> => {
  await forgetRuns(here, NAME);
  items = await here.seedWardrobe();
};
const table = (): Promise<Item[]> => scanAll(here.dynamo, 'wardrobe');
const last = async (): Promise<RunRecord> => (await here.ledger.listRuns(NAME, 1))[0] as RunRecord;

/** What it prints, once it has ended well. */
async function said(...args: string[]): Promise<string> {
  const { code, out, err } = await alice.backfill(...args);
  if (code !== 0) throw new Error(`${args.join(' ')} ends with ${code}:\n${out}${err}`);
  return out;
}

async function expectAllDone(runId: string): Promise<void> {
  const run = await here.ledger.getRun(runId);
  const { table: wanted, updated, skipped, failed } = expectedWardrobe(items, run?.now ?? '');
  expect(run).toMatchObject({ status: 'complete', totals: { scanned: WARDROBE, updated, skipped, failed } });
  expect(differing(await table(), wanted.values())).toEqual([]);
}

const FLAG = 'FEATURE_SEMANTIC_MATCH';

async function percentOf(flag: string): Promise<number | undefined> {
  const { flags }: { flags: { name: string; percent: number }[] } = JSON.parse(await said('flags', 'list', '--json'));
  return flags.find(({ name }) => name === flag)?.percent;
}

describe('with the rights of an operator', () => {
  test('a run is started, watched, told of, read behind a feature flag, and undone to the last byte', async () => {
    await start();
    expect(JSON.parse(await said('assess', NAME, '--json', '--no-watch'))).toMatchObject({ backfill: NAME, counts: { scanned: WARDROBE } });
    expect(exactHash(await table())).toBe(exactHash(items));

    const { code, out, err } = await alice.backfill('run', NAME, '--no-watch');
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringMatching(/^execution https:\/\/us-east-1\.console\.aws\.amazon\.com\/states\//m),
    });
    const { runId } = await last();
    expect(out).toContain(runId);
    await expectAllDone(runId);
    expect((await here.ledger.events(runId))[0]).toMatchObject({ what: 'start', who: expect.stringMatching(/\/alice \(CLI\)$/) });

    expect(await said('list')).toContain(`${runId} complete`);
    expect(await said('monitor', runId)).toContain(runId);
    expect(await said('report', runId)).toContain(`s3://`);
    await said('validate', runId);

    expect(await said('flags', 'set', FLAG, '25')).toContain('0 % → 25 %');
    expect(await percentOf(FLAG)).toBe(25);
    await said('rollback', runId, '--no-watch');
    expect(exactHash(await table())).toBe(exactHash(items));
    // What was normalised is gone, and so is whatever reads it.
    expect(await percentOf(FLAG)).toBe(0);
  });

  test('a run that goes by itself is watched, paused and carried on', async () => {
    await start();
    const slowly = ['--batch-size', '2', '--segments', '4', '--tolerate', '5%', '--no-backup'];
    const runId = (await said('run', NAME, '--detach', ...slowly)).trim();
    expect(JSON.parse(await said('monitor', runId, '--json'))).toMatchObject({ run: { runId, status: 'running' }, state: 'running' });
    await said('pause', runId, '--reason', 'lunch');
    expect(await here.ledger.getRun(runId)).toMatchObject({ status: 'held', reason: { message: expect.stringContaining('lunch') } });
    await said('resume', runId, '--no-watch');
    await expectAllDone(runId);
  });

  test('a run waits at its gate until it is approved', async () => {
    await start();
    const gated = await alice.backfill(
      'run',
      NAME,
      '--phases',
      '10,100',
      '--approve',
      'manual',
      '--tolerate',
      '1',
      '--no-backup',
      '--no-watch',
    );
    const { runId, status, reason } = await last();
    expect({ code: gated.code, status, reason: reason?.code }).toEqual({ code: 1, status: 'held', reason: 'approval.awaited' });
    expect(gated.out).toContain(`approve ${runId}`);
    await said('approve', runId, '--reason', 'The pilot looks good.', '--no-watch');
    await expectAllDone(runId);
  });

  test('nothing else is allowed', async () => {
    const secrets = new SecretsManagerClient({ region: REGION, credentials: alice.credentials });
    await expect(secrets.send(new GetSecretValueCommand({ SecretId: await placesKey('development') }))).rejects.toMatchObject({
      name: expect.stringMatching(/AccessDenied/),
    });
  });
});

test('what the machine refuses, and what is not deployed, is told in plain words', async () => {
  const refused = await alice.backfill('run', NAME, '--batch-size', 'many', '--no-watch');
  expect({ code: refused.code, err: refused.err }).toEqual({ code: 2, err: expect.stringContaining('option.invalid') });
  const elsewhere = await alice.backfill('runs', '--environment', 'production');
  expect(elsewhere.code).toBe(2);
  expect(elsewhere.err).toMatch(/environment\.(not-deployed|access-denied)/);
});
