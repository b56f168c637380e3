import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { BackfillError } from '../../../lib/core/errors.ts';
import { readConfig } from '../../../lib/stacks/config.ts';
import { RETENTION_DAYS } from '../../../lib/workflow/configuration.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const receipts = [{ name: 'receipt-place', source: { table: 'receipts' } }];
const read = (context: Record<string, unknown>, definitions: Parameters<typeof readConfig>[1] = receipts) =>
  readConfig((key) => context[key], definitions, NOW);
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
    sampleTables: false,
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
    schedules: { 'receipt-place': 'at(2026-11-21T12:00:01)' },
    alarmEmails: ['oncall@example.org'],
    sampleTables: false,
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
    'a schedule of a backfill that does not exist',
    staging({ schedules: { 'receipt-places': 'off' } }),
    'no key `environments.staging.schedules.receipt-places`. Did you mean `receipt-place`?',
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
  [
    'an account with a digit too many',
    staging({ account: '1234567890123' }),
    'environments.staging.account must be a text of twelve digits',
  ],
  [
    'a single start in the past',
    staging({ schedules: { 'receipt-place': 'at(2026-11-21T12:00:00)' } }),
    'at(2026-11-21T12:00:00) is in the past: it is 2026-11-21T12:00:00 UTC',
  ],
  ['a single start at no moment', staging({ schedules: { 'receipt-place': 'at(2026-13-41T12:00:00)' } }), 'is no moment of the calendar'],
  [
    'sample tables',
    staging({ sampleTables: true }),
    'environments.staging.sampleTables must be false: only development creates the tables',
  ],
  ['an ARN for a table', staging({ tables: { receipts: 'arn:aws:dynamodb:x:y:table/z' } }), 'environments.staging.tables.receipts'],
])('refuses %s that is none', (_, action, message) => {
  expect(thrown(action)).toEqual({ code: 'option.invalid', message: expect.stringContaining(message) });
});

it('knows every retention that CloudWatch does', () => {
  expect(RETENTION_DAYS).toStrictEqual(Object.values(RetentionDays).filter((days) => typeof days === 'number'));
});

describe('a single start that a definition declares', () => {
  const declared = (expression: string, timezone = 'UTC') => receipts.map((one) => ({ ...one, schedule: { expression, timezone } }));
  const context = (schedules = {}) => ({ environment: 'staging', environments: { staging: { schedules } } });

  it('is refused once it is over, unless the environment says otherwise', () => {
    const over = declared('at(2026-11-01T00:00:00)');
    expect(thrown(() => read(context(), over))).toEqual({
      code: 'option.invalid',
      message: expect.stringContaining('the schedule of receipt-place must be a moment to come'),
    });
    expect(read(context({ 'receipt-place': 'off' }), over).schedules).toEqual({ 'receipt-place': 'off' });
  });

  it('is over in another zone only once it is over in all of them', () => {
    expect(() => read(context(), declared('at(2026-11-20T22:00:01)', 'Pacific/Honolulu'))).not.toThrow();
    expect(() => read(context(), declared('at(2026-11-20T22:00:00)', 'Pacific/Honolulu'))).toThrow('is in the past');
  });
});

it('refuses two definitions of one name', () => {
  expect(thrown(() => read({ environments: { development: {} } }, [...receipts, ...receipts]))).toEqual({
    code: 'definition.invalid',
    message: 'Two definitions are called "receipt-place".',
  });
});
