import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const COMPILED = pathToFileURL(join(__dirname, '../../../bin/compiled.mjs')).href;
const CACHE = 'node_modules/.cache/backfill';
const TOLD = "import { word } from '../lib/word.ts';\nconsole.log(word, process.argv[2], import.meta.url);";

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'backfill-compiled-')));
  write('bin/backfill.ts', TOLD);
  write('lib/word.ts', "export const word: string = 'one';");
  for (const name of ['lib/local/host/main.ts', 'lib/local/places-server/main.ts']) write(name, 'console.log(0 as number);');
  for (const name of ['package.json', 'package-lock.json']) write(name, '{ "type": "module" }');
  mkdirSync(join(root, 'lambdas'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
}

/** What the program says, given one argument. */
function said(): string {
  const script = `import { load } from ${JSON.stringify(COMPILED)}; await load('bin/backfill.ts', ${JSON.stringify(root)});`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script, '--', 'program', 'argument'], {
    encoding: 'utf8',
  });
  return `${stdout}${stderr}`.trim();
}

const line = (word: string): string => `${word} argument ${pathToFileURL(join(root, 'bin/backfill.ts')).href}`;
const kept = (): string[] => readdirSync(join(root, CACHE));

test('a program is compiled once, and again when one of its sources has changed', () => {
  expect([said(), said()]).toStrictEqual([line('one'), line('one')]);
  const [first] = kept();
  expect(kept()).toStrictEqual([first]);

  write('lib/word.ts', "export const word: string = 'another';");
  expect(said()).toBe(line('another'));
  expect(kept()).toHaveLength(2);

  // A week later, nobody loads the first from there any more.
  utimesSync(join(root, CACHE, first ?? ''), new Date(0), new Date(0));
  write('lib/word.ts', "export const word: string = 'a third';");
  expect(said()).toBe(line('a third'));
  expect(kept()).not.toContain(first);
});

test('where nothing can be kept it runs all the same', () => {
  write('node_modules', 'in the way');
  expect(said()).toBe(line('one'));
});

test('a source that is wrong is named', () => {
  write('lib/word.ts', 'export const word: = ;');
  expect(said()).toContain('lib/word.ts:1');
  expect(kept()).toStrictEqual([]);
});
