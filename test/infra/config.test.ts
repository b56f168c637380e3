import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { BackfillError } from '../../lib/core/errors.ts';
import { readConfig } from '../../lib/stacks/config.ts';
import { RETENTION_DAYS } from '../../lib/workflow/configuration.ts';

const receipts = [{ source: { table: 'receipts' } }];
const read = (context: Record<string, unknown>) => readConfig((key) => context[key], receipts);
const staging = (settings: unknown) => () => read({ environment: 'staging', environments: { staging: settings } });

function thrown(action: () => unknown): Pick<BackfillError, 'code' | 'message'> {
  try {
    action();
  } catch (error) {
    const { code, message } = error as BackfillError;
    return { code, message };
  }
  throw new Error('It was not refused.');
}

it('is development with every default, when nothing else is said', () => {
  expect(read({ environments: { development: {} } })).toEqual({
    environment: 'development',
    env: {},
    tables: {},
    concurrency: 50,
    logRetentionDays: 90,
    undoDays: 90,
    schedules: {},
    alarmEmails: [],
    raiseCapacity: false,
    approve: 'auto',
    prices: {},
    tags: {},
  });
});

it('takes what the chosen environment says', () => {
  const settings = {
    account: '123456789012',
    region: 'eu-central-1',
    tables: { receipts: 'prod-receipts' },
    placesSecret: 'google/places',
    concurrency: 200,
    logRetentionDays: 365,
    undoDays: 30,
    schedules: {},
    alarmEmails: ['oncall@example.org'],
    raiseCapacity: true,
    approve: 'manual',
    prices: { writeUnits: 0.7 },
    tags: { team: 'data' },
  };
  const { account, region, ...rest } = settings;
  expect(staging(settings)()).toEqual({ environment: 'staging', env: { account, region }, ...rest });
});

it.each([
  ['an unknown field', staging({ regoin: 'eu-central-1' }), 'no key `environments.staging.regoin`. Did you mean `region`?'],
  [
    'a table that no definition uses',
    staging({ tables: { recipts: 'r-1' } }),
    'no key `environments.staging.tables.recipts`. Did you mean `receipts`?',
  ],
  [
    'an unknown environment among them',
    () => read({ environments: { prod: {} } }),
    'no key `environments.prod`. Did you mean `production`?',
  ],
])('refuses %s by its name', (_, action, message) => {
  expect(thrown(action)).toEqual({ code: 'option.unknown', message: expect.stringContaining(message) });
});

it.each([
  ['an environment to choose', () => read({ environment: 'prod' }), 'There is no environment "prod" to deploy. Did you mean "production"?'],
  ['the local environment', () => read({ environment: 'local' }), 'There is no environment "local" to deploy'],
  ['an environment without settings', () => read({ environment: 'production', environments: {} }), 'environments.production is missing'],
  ['an account', staging({ account: 123456789012 }), 'environments.staging.account'],
  ['a region', staging({ region: 'Frankfurt' }), 'environments.staging.region must be a region'],
  ['a concurrency', staging({ concurrency: 0 }), 'environments.staging.concurrency'],
  ['a retention that CloudWatch does not know', staging({ logRetentionDays: 42 }), 'environments.staging.logRetentionDays'],
  ['an ARN for a table', staging({ tables: { receipts: 'arn:aws:dynamodb:x:y:table/z' } }), 'environments.staging.tables.receipts'],
])('refuses %s that is none', (_, action, message) => {
  expect(thrown(action)).toEqual({ code: 'option.invalid', message: expect.stringContaining(message) });
});

it('knows every retention that CloudWatch does', () => {
  expect(RETENTION_DAYS).toStrictEqual(Object.values(RetentionDays).filter((days) => typeof days === 'number'));
});
