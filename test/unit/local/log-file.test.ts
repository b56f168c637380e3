import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileLog } from '../../../lib/local/log-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backfill-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const NOW = Date.parse('2026-11-21T12:00:00Z');
const lines = (file: string): unknown[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('a JSON line for each message, in a folder that is made for it', () => {
  const file = join(folder, 'logs', 'backfill_things.log');
  const log = fileLog(file, () => NOW);
  log.info('run begun', { runId: 'r' });
  log.warn('run failed');
  const at = '2026-11-21T12:00:00.000Z';
  expect(lines(file)).toStrictEqual([
    { at, level: 'info', message: 'run begun', runId: 'r' },
    { at, level: 'warn', message: 'run failed' },
  ]);
});

test('beyond its size it is put aside, and begun anew; the one put aside before is gone', () => {
  const file = join(folder, 'a.log');
  const log = fileLog(file, () => NOW, 100);
  for (const number of [1, 2, 3, 4, 5]) log.info('line', { number });
  expect(lines(`${file}.1`)).toMatchObject([{ number: 3 }, { number: 4 }]);
  expect(lines(file)).toMatchObject([{ number: 5 }]);
});

test('one that cannot be written stops nothing', () => {
  const blocked = join(folder, 'blocked');
  writeFileSync(blocked, '');
  const log = fileLog(join(blocked, 'a.log'), () => NOW);
  expect(() => log.info('run begun')).not.toThrow();
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  expect(() => fileLog(join(folder, 'b.log'), () => NOW).warn('circle', circle)).not.toThrow();
  expect(existsSync(join(folder, 'b.log'))).toBe(false);
});
