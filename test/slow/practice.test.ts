import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { dynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { canonicalItem, type Item } from '../../lib/core/attribute-value.ts';
import { CommandLine, type Finished } from '../support/command-line.ts';

/** Production, practised on a laptop by the commands themselves. No process here has a terminal, so that nobody is asked. */

const TABLE = 'wardrobe-v2';
const WARDROBE = 60;

const cli = new CommandLine({ BACKFILL_PRACTICE: '1' });
const config = join(cli.folder, 'config.json');
const production = (...args: string[]): Promise<Finished> => cli.run([...args, '-e', 'production'], { BACKFILL_CONFIG: config });
const configure = (settings: object): void =>
  writeFileSync(config, JSON.stringify({ context: { environments: { production: settings } } }));

beforeAll(async () => {
  configure({ tables: { wardrobe: TABLE }, prices: { writeUnits: 1 } });
  await production('local', 'seed', '--receipts', '2', '--wardrobe', String(WARDROBE));
});

afterAll(async () => {
  configure({});
  await production('local', 'stop');
  await cli.close();
});

async function scan(): Promise<Item[]> {
  const { url } = cli.endpoint('production/endpoint.json');
  const client = dynamoClient({ endpoint: url, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  const { Items = [] } = await client.send(new ScanCommand({ TableName: TABLE, ConsistentRead: true }));
  client.destroy();
  return Items as Item[];
}
const texts = (items: readonly Item[]): string[] => items.map(canonicalItem).sort();

const expectRefused = ({ code, out, err }: Finished, error: string): void => {
  expect({ code, out }).toStrictEqual({ code: 2, out: '' });
  expect(err).toContain(`✖ ${error}`);
};

test('without practice the environment is looked for on AWS, and has no database here; the way to practise is named', async () => {
  const nowhere = { BACKFILL_PRACTICE: '', AWS_REGION: '', AWS_DEFAULT_REGION: '', AWS_CONFIG_FILE: '/nowhere', AWS_PROFILE: '' };
  expectRefused(await cli.run(['list', '-e', 'staging'], nowhere), 'environment.no-region');
  const refused = await cli.run(['local', 'seed', '-e', 'staging'], nowhere);
  expectRefused(refused, 'environment.unsupported');
  expect(refused.err).toContain('BACKFILL_PRACTICE=1');
  expect(existsSync(join(cli.folder, 'staging'))).toBe(false);
});

test('a slip in the configuration is named, and ends with 2', async () => {
  const other = join(cli.folder, 'slip.json');
  writeFileSync(other, '{"context":{"environments":{"staging":{"concurency":5}}}}');
  const refused = await cli.run(['list'], { BACKFILL_CONFIG: other });
  expectRefused(refused, 'option.unknown');
  expect(refused.err).toContain('There is no key `environments.staging.concurency`. Did you mean `concurrency`?');
});

test('the whole ceremony: nothing is written but on the word, after a rehearsal, and taken back on the word', async () => {
  const before = await scan();
  expect(before).toHaveLength(WARDROBE);
  const run = (...args: string[]) => production('run', 'wardrobe-normalize', '--tolerate', '1', ...args);

  const [bare, wrong, unrehearsed, alone] = await Promise.all([
    run(),
    run('--confirm', 'yes', '--json'),
    run('--confirm', 'YES'),
    run('--no-rehearsal'),
  ]);
  for (const refused of [bare, wrong, alone]) expectRefused(refused, 'confirm.required');
  expectRefused(unrehearsed, 'rehearsal.required');

  const rehearsal = await run('--dry-run');
  expect(rehearsal.code).toBe(0);
  expect(rehearsal.out).toContain('· production (practice)');
  expectRefused(await run(), 'confirm.required');
  expect(texts(await scan())).toStrictEqual(texts(before));

  const done = await run('--confirm', 'YES');
  expect(done.code).toBe(0);
  expect(done.out).toMatch(/✔ complete in .* · production \(practice\)/);
  expect(done.out).toMatch(/success rate [\d.]+ %: \d+ of \d+/);
  const log = join(cli.folder, 'production', 'logs', 'backfill_normalize.log');
  expect(done.out).toContain(`  log    ${log}`);
  const [, stats = ''] = /^ {2}stats {2}(.+)$/m.exec(done.out) ?? [];
  const { runId, totals, environment } = JSON.parse(readFileSync(stats, 'utf8'));
  expect(environment).toBe('production');
  const after = texts(await scan());
  expect(after).not.toStrictEqual(texts(before));

  const refusals = await Promise.all([
    production('retry', runId),
    production('retry', runId, '--confirm', 'yes'),
    production('rollback', runId),
    production('rollback', 'wardrobe-normalize'),
    production('rollback', '--confirm', 'YES '),
  ]);
  for (const refused of refusals) expectRefused(refused, 'confirm.required');
  expect(texts(await scan())).toStrictEqual(after);

  expect((await production('retry', runId, '--confirm', 'YES')).out).toContain('production (practice)');
  expect((await production('rollback', 'wardrobe-normalize', '--confirm', 'YES')).code).toBe(0);
  expect(texts(await scan())).toStrictEqual(texts(before));

  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  const messages = lines.map((line) => JSON.parse(line)).map(({ message }) => message);
  expect(messages).toEqual(
    expect.arrayContaining(['rehearsed run begun', 'rehearsed run complete', 'run begun', 'run complete', 'run retried', 'rollback begun']),
  );
  expect(lines.map((line) => JSON.parse(line)).find(({ message, runId: id }) => message === 'run complete' && id === runId)).toMatchObject({
    scanned: WARDROBE,
    updated: totals.updated,
  });
  // Invariant 12.
  for (const { id } of before) expect(lines.join('\n')).not.toContain(id && 'S' in id ? id.S : '');

  // Practice has left `local` alone.
  expect(existsSync(join(cli.folder, 'db'))).toBe(false);
});
