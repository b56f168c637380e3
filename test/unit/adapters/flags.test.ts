import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appConfigFlags } from '../../../lib/adapters/appconfig/flags.ts';
import { fileFlags } from '../../../lib/adapters/fs/flags.ts';

describe('flags in a file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'backfill-flags-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('are all off without it, and kept from one process to the next', async () => {
    const file = join(folder, 'deeper', 'flags.json');
    expect(await fileFlags(file).read()).toEqual({});
    await fileFlags(file).set?.({ FEATURE_X: 5 });
    await fileFlags(file).set?.({ FEATURE_Y: 100 });
    await fileFlags(file).set?.({ FEATURE_X: 25 });
    expect(await fileFlags(file).read()).toEqual({ FEATURE_X: 25, FEATURE_Y: 100 });
    expect(readdirSync(join(folder, 'deeper'))).toEqual(['flags.json']);
  });

  test('that cannot be understood are refused, and not overwritten', async () => {
    const file = join(folder, 'flags.json');
    writeFileSync(file, '{"FEATURE_X": 500}');
    await expect(fileFlags(file).read()).rejects.toMatchObject({ code: 'flags.unreadable', message: expect.stringContaining(file) });
    await expect(fileFlags(file).set?.({ FEATURE_X: 5 })).rejects.toMatchObject({ code: 'flags.unreadable' });
    expect(readFileSync(file, 'utf8')).toBe('{"FEATURE_X": 500}');
    await expect(fileFlags(folder).read()).rejects.toMatchObject({ code: 'flags.unreadable' });
    expect(existsSync(file)).toBe(true);
  });
});

describe('flags in AppConfig', () => {
  let server: Server;
  let url: string;
  let answer: { status: number; body: string };
  const asked: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(answer.status).end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/applications/wardrobe/environments/production/configurations/flags`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test('are read from the agent, and not changed', async () => {
    answer = { status: 200, body: '{"FEATURE_X": 5}' };
    expect(await appConfigFlags(url).read()).toEqual({ FEATURE_X: 5 });
    expect(asked).toEqual(['GET /applications/wardrobe/environments/production/configurations/flags']);
    expect(appConfigFlags(url).set).toBeUndefined();
  });

  test.each([
    [404, '{"message":"no such"}', /answers 404/],
    [500, '', /answers 500/],
    [200, '<html>', /does not hold feature flags/],
    [200, '{"flag":{"enabled":true}}', /does not hold feature flags/],
  ])('are unreadable when the agent answers %d %s', async (status, body, message) => {
    answer = { status, body };
    await expect(appConfigFlags(url).read()).rejects.toMatchObject({ code: 'flags.unreadable', message: expect.stringMatching(message) });
  });

  test('are unreadable without an agent', async () => {
    await expect(appConfigFlags('http://127.0.0.1:9/x').read()).rejects.toMatchObject({ code: 'flags.unreadable' });
  });
});
