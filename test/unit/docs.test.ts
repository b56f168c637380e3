import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { remedies } from '../../lib/core/error-codes.ts';

const ROOT = join(__dirname, '../..');

const pages = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** As GitHub makes them of headings: punctuation goes, blanks become hyphens. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');

const anchorsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchor(heading));

/** A link that leads nowhere, or to a heading that is not there. */
function broken(page: string, text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target).filter((target) => !/^[a-z]+:/.test(target));
  return links.filter((link) => {
    const [path = '', hash] = link.split('#');
    const file = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), decodeURIComponent(path));
    return !existsSync(file) || (hash !== undefined && !anchorsOf(file).includes(hash));
  });
}

/** What is called as `npx backfill <command>`, with the subcommand where the command has some. */
function commandsIn(text: string): string[] {
  const calls = [...text.matchAll(/npx backfill ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?/g)];
  return [
    ...new Set(calls.map(([, command = '', next]) => (['local', 'query'].includes(command) ? `${command} ${next ?? ''}`.trim() : command))),
  ];
}

/** Asks the CLI itself: its help lists every command. */
function existingCommands(...parents: string[]): string[] {
  const { stdout } = spawnSync(process.execPath, [join(ROOT, 'bin/backfill.mjs'), ...parents, '--help'], { cwd: ROOT, encoding: 'utf8' });
  const [, list = ''] = stdout.split('Commands:\n');
  const names = [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name = '']) => name);
  return names.map((name) => [...parents, name].join(' '));
}

describe('the documentation', () => {
  test('explains every error code, and none that does not exist', () => {
    const explained = [...read('docs/reference/errors.md').matchAll(/^### `([^`]+)`$/gm)].map(([, code]) => code);
    expect(explained.length).toBeGreaterThan(0);
    expect([...explained].sort()).toEqual(Object.keys(remedies).sort());
  });

  test('tells links that lead somewhere from those that do not', () => {
    const text = '[a](LICENSE) [b](no-such-file.md) [c](#try-it) [d](#no-such-heading) [e](https://example.org/x)';
    expect(broken('README.md', text)).toEqual(['no-such-file.md', '#no-such-heading']);
  });

  test.each(pages)('%s has no broken link', (page) => {
    expect(broken(page, read(page))).toEqual([]);
  });

  test('names commands that exist', () => {
    const existing = [...existingCommands(), ...existingCommands('local'), ...existingCommands('query')];
    expect(existing).toContain('run');
    const named = pages.flatMap((page) => commandsIn(read(page)).map((command) => ({ page, command })));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(({ command }) => !existing.includes(command))).toEqual([]);
    expect(commandsIn('npx backfill frobnicate now')).toEqual(['frobnicate']);
  });

  test('names files of the tree that exist', () => {
    const named = pages.flatMap((page) =>
      [...read(page).matchAll(/`((?:bin|lib|lambdas|docs|test|scripts)\/[\w./-]+\.(?:ts|md|json|mjs|cjs))`/g)].map(([, file = '']) => ({
        page,
        file,
      })),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(({ file }) => !existsSync(join(ROOT, file))).map(({ page, file }) => `${relative('.', page)}: ${file}`)).toEqual(
      [],
    );
  });
});
