import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { differenceOf } from '../../../lib/deployed/difference.ts';
import { findDeployment } from '../../../lib/deployed/discovery.ts';
import { openSession } from '../../../lib/deployed/session.ts';
import type { Embedded } from '../../support/embedded.ts';
import { deploymentOf } from '../../support/fake-aws.ts';

const sts = mockClient(STSClient);
const ssm = mockClient(SSMClient);
beforeEach(() => {
  sts.reset();
  ssm.reset();
});

const identity = (arn: string) => sts.on(GetCallerIdentityCommand).resolves({ Account: '111122223333', Arn: arn });

describe('who asks', () => {
  test.each([
    ['arn:aws:iam::111122223333:user/alice', 'user/alice'],
    ['arn:aws:sts::111122223333:assumed-role/Operator/alice@example.com', 'Operator/alice@example.com'],
    ['arn:aws-cn:iam::111122223333:root', 'root'],
  ])('%s is %s', async (arn, person) => {
    identity(arn);
    expect(await openSession('staging', {}, { AWS_REGION: 'eu-west-1' })).toEqual({
      environment: 'staging',
      account: '111122223333',
      region: 'eu-west-1',
      person,
    });
  });

  test('the region of the configuration goes before that of the process', async () => {
    identity('arn:aws:iam::111122223333:user/alice');
    expect((await openSession('staging', { region: 'us-east-2' }, { AWS_REGION: 'eu-west-1' })).region).toBe('us-east-2');
    expect((await openSession('staging', {}, { AWS_DEFAULT_REGION: 'eu-west-3' })).region).toBe('eu-west-3');
  });

  test('without any region nothing is asked', async () => {
    const { AWS_REGION, AWS_CONFIG_FILE } = process.env;
    delete process.env.AWS_REGION;
    process.env.AWS_CONFIG_FILE = '/nowhere';
    try {
      await expect(openSession('staging', {}, {})).rejects.toMatchObject({ code: 'environment.no-region' });
    } finally {
      Object.assign(process.env, AWS_REGION !== undefined && { AWS_REGION });
      if (AWS_CONFIG_FILE === undefined) delete process.env.AWS_CONFIG_FILE;
      else process.env.AWS_CONFIG_FILE = AWS_CONFIG_FILE;
    }
    expect(sts.calls()).toHaveLength(0);
  });

  test('another account than the configured one is refused, both named', async () => {
    identity('arn:aws:iam::111122223333:user/alice');
    const opened = openSession('production', { account: '999988887777', region: 'us-east-1' }, { AWS_PROFILE: 'sandbox' });
    await expect(opened).rejects.toMatchObject({
      code: 'environment.wrong-account',
      message:
        'production is in account 999988887777, and the credentials (profile "sandbox") are for account 111122223333, as user/alice.',
    });
  });
});

const session = { environment: 'staging', account: '111122223333', region: 'eu-west-1', person: 'user/alice' } as const;
const deployed = deploymentOf({ runtime: { ledgerTable: 'ledger', serviceCacheTable: 'cache' } } as unknown as Embedded);

describe('a deployment', () => {
  test('is found by its parameter', async () => {
    ssm.on(GetParameterCommand, { Name: '/backfill/staging/deployment' }).resolves({ Parameter: { Value: JSON.stringify(deployed) } });
    expect(await findDeployment(session)).toEqual(deployed);
  });

  test('that is missing is told with stack, account, region and the command', async () => {
    ssm.on(GetParameterCommand).rejects(new ParameterNotFound({ message: '', $metadata: {} }));
    await expect(findDeployment(session)).rejects.toMatchObject({
      code: 'environment.not-deployed',
      message: expect.stringMatching(/account 111122223333, region eu-west-1: the stack backfill-staging-runner/),
      remedy: expect.stringContaining('npx cdk deploy --all -c environment=staging'),
    });
  });

  test.each([
    ['no JSON', 'soon'],
    ['another shape', '{"environment":"staging"}'],
    ['another environment', JSON.stringify({ ...deployed, environment: 'production' })],
    ['nothing', ''],
  ])('that describes itself by %s is of another version', async (_, Value) => {
    ssm.on(GetParameterCommand).resolves({ Parameter: { Value } });
    await expect(findDeployment(session)).rejects.toMatchObject({ code: 'environment.other-version' });
  });

  test('differs by version, by code, or not at all', () => {
    const own = deployed.backfills['receipt-place'] as (typeof deployed)['backfills'][string];
    const other = (change: object) => ({ backfills: { 'receipt-place': { ...own, ...change } } });
    expect(differenceOf('receipt-place', deployed)).toBeUndefined();
    expect(differenceOf('receipt-place', other({ digest: 'x' }))).toMatchObject({ what: 'code' });
    expect(differenceOf('receipt-place', other({ version: '0.1' }))).toEqual({ what: 'version', here: own.version, there: '0.1' });
    expect(differenceOf('receipt-place', { backfills: {} })).toBeUndefined();
  });
});
