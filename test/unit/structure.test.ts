import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '../..');

/** What takes a clock, a die or the process from the air instead of from its arguments: `name`, or `object.member`. */
const IMPURE = [
  'process',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'fetch',
  'console',
  'performance',
  'Date.now',
  'Math.random',
  'randomUUID',
  'randomBytes',
  'crypto.getRandomValues',
];

/** Uses of impure globals in a module, by line. A property of that name (`options.process`) is none. */
function impurities(source: string): string[] {
  const file = ts.createSourceFile('module.ts', source, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const add = (node: ts.Node, what: string): void => {
    found.push(`${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${what}`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) {
      const path = `${node.expression.getText()}.${node.name.text}`.replace(/^globalThis\./, '');
      if (IMPURE.includes(path)) add(node, path);
      visit(node.expression);
      return;
    }
    if (ts.isPropertyAssignment(node)) {
      visit(node.initializer);
      return;
    }
    if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) add(node, 'new Date()');
    if (ts.isIdentifier(node) && IMPURE.includes(node.text)) add(node, node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const modulesOf = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`);

describe('core and definitions are pure', () => {
  test('the scan finds each way to be impure, and nothing in comments, strings and properties', () => {
    expect(impurities('const home = process.env.HOME;')).toEqual(['1: process']);
    expect(impurities('\nconst now = Date.now();')).toEqual(['2: Date.now']);
    expect(impurities('const now = new Date();')).toEqual(['1: new Date()']);
    expect(impurities('export const f = { random: Math.random };')).toEqual(['1: Math.random']);
    expect(impurities('setTimeout(() => undefined, 1);')).toEqual(['1: setTimeout']);
    expect(impurities("import { randomUUID } from 'node:crypto';")).toEqual(['1: randomUUID']);
    expect(impurities("/* Date.now() */ const at = new Date(0); log(options.process, 'process.env');")).toEqual([]);
  });

  test.each(['lib/core', 'lib/backfills', 'lib/workflow'])('%s takes clock, dice and environment from its arguments', (folder) => {
    const modules = modulesOf(folder);
    expect(modules.length).toBeGreaterThan(2);
    const found = modules.flatMap((name) => impurities(readFileSync(join(ROOT, name), 'utf8')).map((what) => `${name}:${what}`));
    expect(found).toEqual([]);
  });
});

interface Cruised {
  summary: { violations: { rule: { name: string }; from: string; to: string }[] };
}

/** Cruises a tree of these files with the project's own rules. */
function cruise(files: Record<string, string>): { status: number | null; violations: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'backfill-structure-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const cli = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const tops = [...new Set(Object.keys(files).map((name) => name.split('/')[0] as string))];
    const args = [cli, '--config', join(ROOT, '.dependency-cruiser.cjs'), '--output-type', 'json', ...tops];
    const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 1e8 });
    const { violations } = (JSON.parse(stdout) as Cruised).summary;
    const { status } = spawnSync(process.execPath, args.with(4, 'err'), { cwd: folder, encoding: 'utf8' });
    return { status, violations: violations.map(({ rule, from }) => `${rule.name}: ${from}`) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A tree in which every arrow points the right way. */
const sound: Record<string, string> = {
  'bin/app.ts': "import '../lib/stacks/stack.ts';",
  'bin/backfill.ts': "import '../lib/cli/main.ts';",
  'lib/core/page.ts': "import { createHash } from 'node:crypto'; export const hash = createHash;",
  'lib/adapters/table.ts': "export * from '../core/page.ts';",
  'lib/backfills/index.ts': "export * from '../core/page.ts';",
  'lib/workflow/machine.ts': "export * from '../core/page.ts';",
  'lambdas/processor.ts': "import '../lib/workflow/machine.ts'; import '../lib/adapters/table.ts'; import '../lib/backfills/index.ts';",
  'lambdas/aws/coordinator.ts': "import '../../lib/workflow/machine.ts';",
  'lib/local/environment.ts': "import '../../lambdas/processor.ts';",
  'lib/deployed/environment.ts': "import '../../lambdas/processor.ts';",
  'lib/cli/main.ts': "import '../local/environment.ts'; import '../deployed/environment.ts';",
  'lib/constructs/machine.ts': "import '../workflow/machine.ts';",
  'lib/stacks/stack.ts': "import '../constructs/machine.ts';",
};

/** Imports that each break one rule: the module that gets it, the import, the rule. */
const offences: [module: string, statement: string, rule: string][] = [
  ['lib/core/page.ts', "import '../adapters/table.ts';", 'core-knows-core-only'],
  ['lib/core/page.ts', "import type { Item } from '../backfills/index.ts';", 'core-knows-core-only'],
  ['lib/core/page.ts', "import { readFileSync } from 'node:fs';", 'core-is-pure'],
  ['lib/core/page.ts', "import { setTimeout } from 'node:timers/promises';", 'core-is-pure'],
  ['lib/core/page.ts', "import { DynamoDBClient } from '@aws-sdk/client-dynamodb';", 'core-is-pure'],
  ['lib/core/page.ts', "import { App } from 'aws-cdk-lib';", 'cdk-stays-in-deployment'],
  ['lib/adapters/table.ts', "import '../backfills/index.ts';", 'adapters-know-core'],
  ['lib/backfills/index.ts', "import '../adapters/table.ts';", 'backfills-know-core'],
  ['lib/backfills/index.ts', "import { request } from 'node:http';", 'backfills-are-pure'],
  ['lib/workflow/machine.ts', "import '../../lambdas/processor.ts';", 'workflow-arrow'],
  ['lib/workflow/machine.ts', "import { Chain } from 'aws-cdk-lib/aws-stepfunctions';", 'workflow-is-data'],
  ['lambdas/processor.ts', "import '../lib/local/environment.ts';", 'lambdas-arrow'],
  ['lambdas/processor.ts', "import '../lib/local/environment.ts';", 'local-serves-cli-only'],
  ['lib/local/environment.ts', "import '../cli/main.ts';", 'cli-is-outermost'],
  ['lib/deployed/environment.ts', "import '../cli/main.ts';", 'cli-is-outermost'],
  ['lib/deployed/environment.ts', "import '../local/environment.ts';", 'deployed-arrow'],
  ['lib/deployed/environment.ts', "import '../local/environment.ts';", 'local-serves-cli-only'],
  ['lib/local/environment.ts', "import '../deployed/environment.ts';", 'local-arrow'],
  ['lambdas/processor.ts', "import '../lib/deployed/environment.ts';", 'deployed-serves-cli-only'],
  ['lib/cli/main.ts', "import '../stacks/stack.ts';", 'cli-arrow'],
  ['lib/cli/main.ts', "import { DynamoDBClient } from '@aws-sdk/client-dynamodb';", 'sdk-stays-at-the-border'],
  ['lib/constructs/machine.ts', "import '../core/page.ts';", 'constructs-know-workflow'],
  ['lib/stacks/stack.ts', "import '../adapters/table.ts';", 'stacks-know-constructs'],
  ['bin/app.ts', "import '../lib/constructs/machine.ts';", 'app-knows-stacks'],
  ['bin/backfill.ts', "import '../lib/local/environment.ts';", 'bin-knows-cli'],
  ['lib/local/environment.ts', "import { Command } from 'commander';", 'terminal-stays-in-cli'],
  ['lib/core/page.ts', "import '../../test/support.ts';", 'product-knows-no-tests'],
];

describe('the import arrows', () => {
  test('a tree that keeps them is accepted', () => {
    expect(cruise(sound)).toEqual({ status: 0, violations: [] });
  });

  test('a tree that breaks them is refused, each offence by its rule', () => {
    const planted: Record<string, string> = { ...sound, 'test/support.ts': 'export {};' };
    for (const [name, statement] of offences) planted[name] = `${statement}\n${planted[name]}`;
    const { status, violations } = cruise(planted);
    expect(status).not.toBe(0);
    expect(violations).toEqual(expect.arrayContaining(offences.map(([name, , rule]) => `${rule}: ${name}`)));
  });

  test('modules in a circle, and modules that nobody needs, are refused', () => {
    const { violations } = cruise({
      ...sound,
      'lib/core/page.ts': "import './segment.ts'; export const hash = 1;",
      'lib/core/segment.ts': "import './page.ts'; export const segment = 1;",
      'lib/adapters/forgotten.ts': "export * from '../core/page.ts';",
    });
    expect(violations).toEqual(expect.arrayContaining(['no-circular: lib/core/page.ts', 'no-unreachable: lib/adapters/forgotten.ts']));
  });
});
