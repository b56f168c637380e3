import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration } from '../../../lib/cli/configuration-file.ts';
import { settingsFor } from '../../../lib/cli/context.ts';

const folder = mkdtempSync(join(tmpdir(), 'backfill-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = join(folder, 'other.json');
const written = (text: string): NodeJS.ProcessEnv => {
  writeFileSync(file, text);
  return { BACKFILL_CONFIG: file };
};
const configured = (environments: unknown): NodeJS.ProcessEnv => written(JSON.stringify({ context: { environments } }));

test('the file that comes with the package says something of every environment', () => {
  expect(readConfiguration({}, 'local')).toMatchObject({ approve: 'auto' });
  expect(readConfiguration({}, 'production')).toMatchObject({ approve: 'manual', logRetentionDays: 365 });
});

test('another file may be named', () => {
  expect(readConfiguration(configured({ local: { concurrency: 3, tables: { receipts: 'mine' } } }), 'local')).toMatchObject({
    concurrency: 3,
    tables: { receipts: 'mine' },
  });
});

test('a definition that is gone, but not from the file, keeps nobody from what is deployed', () => {
  const env = configured({ staging: { region: 'eu-west-1', tables: { gone: 'old' }, schedules: { 'gone-too': 'off' } } });
  expect(() => readConfiguration(env, 'staging')).toThrow('There is no key `environments.staging.tables.gone`');
  expect(readConfiguration(env, 'staging', { lenient: true })).toMatchObject({ region: 'eu-west-1' });
  const slip = configured({ staging: { regoin: 'eu-west-1' } });
  expect(() => readConfiguration(slip, 'staging', { lenient: true })).toThrow('There is no key `environments.staging.regoin`');
});

test('its slips are told with its name', () => {
  const env = configured({ local: { tabels: {} } });
  expect(() => readConfiguration(env, 'local')).toThrow(`${file}: There is no key \`environments.local.tabels\`. Did you mean \`tables\`?`);
});

test('a slip in `environments` itself is no empty configuration', () => {
  const env = written('{"context":{"environment":"staging","enviroments":{}}}');
  expect(() => readConfiguration(env, 'local')).toThrow('There is no key `context.enviroments`. Did you mean `environments`?');
  expect(readConfiguration(written('{"context":{"@aws-cdk/core:x":true,"environment":"staging"}}'), 'local').tables).toStrictEqual({});
});

test('a slip in `context` is named with its neighbour', () => {
  const env = written('{"app":"x","contxt":{"environments":{}}}');
  expect(() => readConfiguration(env, 'local')).toThrow(
    expect.objectContaining({ code: 'option.unknown', message: `${file}: There is no key \`contxt\`. Did you mean \`context\`?` }),
  );
});

test.each([
  ['"prodction"', '"prodction" to deploy. Did you mean "production"?'],
  ['"local"', '"local" to deploy. There is: development, staging, production.'],
  ['["staging"]', '["staging"] to deploy. There is: development,'],
])('%s is no environment to deploy, which is told though no command but a deployment goes by it', (name, message) => {
  const env = written(`{"context":{"environment":${name},"environments":{}}}`);
  expect(() => readConfiguration(env, 'local')).toThrow(
    expect.objectContaining({ code: 'option.invalid', message: expect.stringContaining(`${file}: There is no environment ${message}`) }),
  );
});

test.each([
  ['{"context":', 'is not JSON: '],
  ['[]', 'has no object `context`'],
  ['{"content":{},"context":7}', 'has no object `context`'],
  ['{"other":{}}', 'has no object `context`'],
  ['{"context":[]}', 'has no object `context`'],
])('%s is refused', (text, message) => {
  const env = written(text);
  expect(() => readConfiguration(env, 'local')).toThrow(
    expect.objectContaining({ code: 'environment.misconfigured', message: expect.stringContaining(`${file} ${message}`) }),
  );
});

test('a file that is not there is refused', () => {
  expect(() => readConfiguration({ BACKFILL_CONFIG: join(folder, 'none.json') }, 'local')).toThrow(
    expect.objectContaining({ code: 'environment.misconfigured', message: expect.stringContaining('cannot be read: ENOENT') }),
  );
});

describe('the environment that a command goes to', () => {
  const practice = { BACKFILL_PRACTICE: '1', BACKFILL_FOLDER: '/b' };

  test.each(['development', 'staging', 'production'])('%s is practised in a folder of its own, with its rules', (environment) => {
    expect(settingsFor({ environment }, practice)).toMatchObject({
      environment,
      folder: join('/b', environment),
      config: { approve: environment === 'production' ? 'manual' : 'auto' },
    });
  });

  test('local is local, practice or not', () => {
    for (const env of [practice, { BACKFILL_FOLDER: '/b' }])
      expect(settingsFor({ environment: 'local' }, env)).toMatchObject({ environment: 'local', folder: '/b' });
  });

  test.each([undefined, '', '0', 'true', 'yes'])('without practice, which is 1 and not %j, no other can be driven', (value) => {
    const env = { ...(value !== undefined && { BACKFILL_PRACTICE: value }) };
    expect(() => settingsFor({ environment: 'production' }, env)).toThrow(
      expect.objectContaining({ code: 'environment.unsupported', remedy: expect.stringContaining('BACKFILL_PRACTICE=1') }),
    );
  });

  test('practice writes to no database but its own', () => {
    const env = { ...practice, AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:8000' };
    expect(() => settingsFor({ environment: 'production' }, env)).toThrow(expect.objectContaining({ code: 'environment.misconfigured' }));
    expect(settingsFor({ environment: 'local' }, env).dynamoUrl).toBe('http://127.0.0.1:8000');
  });

  test('a slip is named with its neighbour', () => {
    expect(() => settingsFor({ environment: 'prodution' }, {})).toThrow('There is no environment "prodution". Did you mean "production"?');
  });
});
