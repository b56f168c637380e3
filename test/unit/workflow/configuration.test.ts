import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BackfillError } from '../../../lib/core/errors.ts';
import { prices } from '../../../lib/core/prices.ts';
import { ENVIRONMENTS, type EnvironmentName, readEnvironment, SETTINGS } from '../../../lib/workflow/configuration.ts';

const KNOWN = { tables: ['receipts', 'wardrobe'], backfills: ['receipt-place', 'wardrobe-normalize'] };
const read = (environments: unknown, name: EnvironmentName = 'staging') => readEnvironment(environments, name, KNOWN, 'cdk.json');

function refused(environments: unknown, name?: EnvironmentName): Pick<BackfillError, 'code' | 'message' | 'remedy'> {
  try {
    read(environments, name);
  } catch (error) {
    const { code, message, remedy } = error as BackfillError;
    return { code, message, remedy };
  }
  throw new Error('It was not refused.');
}

const DEFAULTS = {
  tables: {},
  logRetentionDays: 90,
  undoDays: 90,
  schedules: {},
  alarmEmails: [],
  sampleTables: false,
  raiseCapacity: false,
  approve: 'auto',
  prices: {},
  tags: {},
};

test('every key has a default; only production waits for a person', () => {
  expect(read({ staging: {} })).toStrictEqual(DEFAULTS);
  expect(read({ production: {} }, 'production')).toStrictEqual({ ...DEFAULTS, approve: 'manual' });
  expect(read({ production: { approve: 'auto' } }, 'production').approve).toBe('auto');
});

test('the laptop needs no word of it, a deployed environment does', () => {
  expect(read(undefined, 'local')).toStrictEqual(DEFAULTS);
  expect(read({ local: { concurrency: 2 } }, 'local').concurrency).toBe(2);
  expect(refused({}, 'production')).toMatchObject({ code: 'option.invalid', message: 'cdk.json: environments.production is missing.' });
});

test('takes what is said', () => {
  const said = {
    account: '123456789012',
    region: 'eu-central-1',
    tables: { receipts: 'prod-receipts' },
    placesSecret: 'google/places',
    concurrency: 200,
    logRetentionDays: 365,
    undoDays: 30,
    schedules: { 'wardrobe-normalize': 'off' },
    alarmEmails: ['oncall@example.org'],
    sampleTables: false,
    raiseCapacity: true,
    approve: 'manual',
    prices: { writeUnits: 0.7, region: 'eu-central-1', restoreGb: 0 },
    tags: { team: 'data' },
  };
  expect(read({ staging: said })).toStrictEqual(said);
});

test.each([
  [{ staging: { concurency: 5 } }, '`environments.staging.concurency`. Did you mean `concurrency`?'],
  [{ staging: {}, prodution: {} }, '`environments.prodution`. Did you mean `production`?'],
  [{ staging: { tables: { recipts: 'r-1' } } }, '`environments.staging.tables.recipts`. Did you mean `receipts`?'],
  [{ staging: { prices: { writeUnit: 1 } } }, '`environments.staging.prices.writeUnit`. Did you mean `writeUnits`?'],
  [{ staging: { prices: { zzz: 1 } } }, '`environments.staging.prices.zzz`. There is: asOf, region, writeUnits,'],
  // It shall not wait for production.
  [{ staging: {}, production: { aprove: 'auto' } }, '`environments.production.aprove`. Did you mean `approve`?'],
  // The slip is told before what else is wrong.
  [{ staging: { concurency: 5, region: 'Frankfurt' } }, '`environments.staging.concurency`. Did you mean `concurrency`?'],
])('a slip in %j is named with its path and its nearest neighbour', (environments, message) => {
  expect(refused(environments)).toMatchObject({
    code: 'option.unknown',
    message: expect.stringContaining(`cdk.json: There is no key ${message}`),
    remedy: 'Correct cdk.json; docs/reference/configuration.md lists every key.',
  });
});

test.each([
  ['account', 123456789012, 'must be a text of twelve digits'],
  ['region', 'Frankfurt', 'must be a region such as eu-central-1'],
  ['concurrency', 0, 'must be a whole number from 1 to 1000'],
  ['concurrency', 1001, 'must be a whole number from 1 to 1000'],
  ['concurrency', 1.5, 'must be a whole number from 1 to 1000'],
  ['concurrency', '5', 'must be a whole number from 1 to 1000'],
  ['logRetentionDays', 42, 'must be one of 1, 3, 5,'],
  ['undoDays', 0, 'must be a whole number of days from 1 to 3650'],
  ['undoDays', 3651, 'must be a whole number of days from 1 to 3650'],
  ['schedules', [], 'must be an object'],
  ['schedules', { 'receipt-place': 'every night' }, 'must be "off", or an expression such as '],
  ['alarmEmails', 'oncall@example.org', 'must be a list of addresses'],
  ['schedules', { 'receipt-place': 'at(tomorrow)' }, 'must be "off", or an expression such as '],
  ['sampleTables', 'yes', 'must be true or false'],
  ['raiseCapacity', 'yes', 'must be true or false'],
  ['approve', 'never', 'must be "auto" or "manual"'],
  ['placesSecret', 'arn:aws:secretsmanager:x', 'must be the name of a secret: letters, digits and '],
  ['tables', [], 'must be an object'],
  [
    'tables',
    { receipts: 'arn:aws:dynamodb:x:y:table/z' },
    'must be the name of a table: 3 to 255 letters, digits, dots, hyphens and underscores, not an ARN',
  ],
  ['tables', { receipts: 'bad name!' }, 'must be the name of a table: 3 to 255 letters, digits, dots, hyphens and underscores'],
  ['prices', { writeUnits: -1 }, 'must be a number of dollars from 0'],
  ['prices', { writeUnits: '1' }, 'must be a number of dollars from 0'],
  ['tags', { team: 1 }, 'must be a text'],
])('%s cannot be %j', (key, value, expected) => {
  const { code, message } = refused({ staging: { [key]: value } });
  expect(code).toBe('option.invalid');
  expect(message).toMatch(new RegExp(`^cdk\\.json: environments\\.staging\\.${key}(\\.[\\w-]+)? ${expected}`));
});

test.each([
  'cron(0 3 * * *)',
  'cron(99 3 * * ? *)',
  'cron(0 24 * * ? *)',
  'cron(0 3 1 * MON *)',
  'rate(0 days)',
  'rate(1 week)',
  'rate(2)',
])('a schedule cannot be %s', (expression) => {
  expect(refused({ staging: { schedules: { 'receipt-place': expression } } })).toMatchObject({
    code: 'option.invalid',
    message: expect.stringContaining('environments.staging.schedules.receipt-place must be "off", or an expression such as '),
  });
});

test.each([
  'cron(0 3 * * ? *)',
  'cron(0 3 ? * * *)',
  'cron(0/10 8-17,22 ? * MON-FRI 2026-2030)',
  'cron(15 */4 L * ? *)',
  'cron(0 3 ? JAN,JUL 2#1 *)',
  'rate(1 day)',
  'rate(90 minutes)',
])('a schedule can be %s', (expression) => {
  const schedules = { 'receipt-place': expression };
  expect(read({ staging: { schedules } }).schedules).toEqual(schedules);
});

test.each([
  [{ receipts: 'one', wardrobe: 'one' }, 'one'],
  // The other one bears its logical name.
  [{ receipts: 'wardrobe' }, 'wardrobe'],
])('two tables cannot be one: %j', (tables, name) => {
  // It shall not wait for production, either.
  expect(refused({ staging: {}, production: { tables } })).toMatchObject({
    code: 'option.invalid',
    message: `cdk.json: environments.production.tables must give every table a name of its own: "${name}" would be both receipts and wardrobe.`,
  });
});

test('two environments in one account and region cannot have one table', () => {
  const here = { account: '111111111111', region: 'eu-central-1' };
  expect(refused({ staging: here, production: { ...here, tables: { receipts: 'mine' } } })).toMatchObject({
    code: 'option.invalid',
    message:
      'cdk.json: environments.staging and environments.production are in one account and region, and both have the table "wardrobe": neither would know of the other\'s runs.',
  });
  const own = { receipts: 'staging-receipts', wardrobe: 'staging-wardrobe' };
  for (const staging of [{ ...here, tables: own }, { ...here, region: 'eu-west-1' }, { ...here, account: '222222222222' }, {}])
    expect(read({ staging, production: here }, 'production')).toMatchObject(here);
});

test('sample tables are for development alone', () => {
  expect(read({ development: { sampleTables: true } }, 'development').sampleTables).toBe(true);
  for (const environment of ['local', 'staging', 'production'])
    expect(refused({ staging: {}, [environment]: { sampleTables: true } })).toMatchObject({
      code: 'option.invalid',
      message: expect.stringContaining(`cdk.json: environments.${environment}.sampleTables must be false`),
    });
});

test('two tables may change their names', () => {
  const tables = { receipts: 'wardrobe', wardrobe: 'receipts' };
  expect(read({ staging: { tables } }).tables).toStrictEqual(tables);
});

test.each([[[]], ['x'], [{ staging: 5 }]])('%j is no configuration', (environments) => {
  expect(refused(environments)).toMatchObject({ code: 'option.invalid', message: expect.stringContaining('must be an object') });
});

describe('docs/reference/configuration.md', () => {
  const page = readFileSync(join(__dirname, '../../../docs/reference/configuration.md'), 'utf8');
  const keysUnder = (heading: string): string[] => {
    const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
    return [...section.matchAll(/^\| `(\w+)` /gm)].map(([, key = '']) => key);
  };

  test('lists every environment, every key and every price, and none that does not exist', () => {
    expect(keysUnder('Environments')).toStrictEqual([...ENVIRONMENTS]);
    expect(keysUnder('Keys').sort()).toStrictEqual([...SETTINGS].sort());
    expect(keysUnder('Prices').sort()).toStrictEqual(Object.keys(prices).sort());
  });
});
