/**
 * `npm run mutate [-- --file rollback --sample 0.2 --seed 1 --stages 1 --workers 2]`
 *
 * Breaks the engine in one place after the other, in a copy of the tree, and sees whether a test notices. What no test notices must be
 * explained in `mutants-explained.json`, or the script fails. docs/how-to/mutate-the-engine.md says more.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Mutant, mutantsOf } from './mutants.ts';

const { values: options } = parseArgs({
  options: {
    file: { type: 'string', default: '' },
    sample: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    stages: { type: 'string', default: '9' },
    workers: { type: 'string', default: '1' },
    list: { type: 'boolean', default: false },
  },
});

const ROOT = join(import.meta.dirname, '..');
const COPIED = ['bin', 'docs', 'lambdas', 'lib', 'scripts', 'test', 'jest.config.json', 'package.json', 'tsconfig.json'];

const unit = (...names: string[]): string[] => names.map((name) => `test/unit/core/${name}.test.ts`);
const property = (...names: string[]): string[] => names.map((name) => `test/property/${name}.test.ts`);
const ledger = [
  'test/unit/adapters/ledger-requests.test.ts',
  'test/unit/adapters/ledger-rivals.test.ts',
  'test/unit/adapters/ledger-segments.test.ts',
  'test/unit/adapters/ledger-runs.test.ts',
];
const undo = unit('rollback/take-back', 'rollback/undoing', 'rollback/verify', 'rollback/not-ours', 'rollback/in-doubt');
const prepared = unit('rollback/begin', 'rollback/claim', 'rollback/finish', 'rollback/undoing', 'rollback/verify');

/** Which tests shall notice a change of which files: stage by stage, the quickest to notice first. */
const SUBJECTS: { files: string[]; stages: string[][] }[] = [
  {
    files: ['take-back', 'undoing', 'walk', 'conflicts', 'stages'].map((name) => `lib/core/rollback/${name}.ts`),
    stages: [
      [...unit('rollback/stretch'), ...undo, ...property('walk'), ...unit('rollback/finish', 'rollback/damage')],
      property('undo-rivals', 'kill-then-undo', 'retry-anywhere', 'undo-anywhere'),
    ],
  },
  {
    files: ['claim', 'finish', 'plan', 'prepare'].map((name) => `lib/core/rollback/${name}.ts`),
    stages: [[...prepared, ...unit('rollback/damage')], property('stale-runs', 'kill-then-undo', 'undo-anywhere')],
  },
  {
    files: ['settle', 'page', 'carry-out'].map((name) => `lib/core/${name}.ts`),
    stages: [
      unit('settle', 'page', 'inherited', 'standing', 'segment', 'takeover', 'retry-failed'),
      property('kill-anywhere', 'lost-answers', 'duplicates'),
    ],
  },
  {
    files: ['lib/core/takeover.ts'],
    stages: [[...unit('takeover', 'inherited', 'page'), ...property('walk')], property('kill-anywhere', 'kill-then-undo', 'duplicates')],
  },
  {
    files: ['segment', 'watcher', 'governor'].map((name) => `lib/core/${name}.ts`),
    stages: [unit('segment', 'worker', 'watcher', 'governor', 'settle'), property('duplicates')],
  },
  {
    files: ['lib/core/journal.ts'],
    stages: [[...unit('journal', 'inherited', 'takeover', 'page'), ...property('journal'), ...property('walk')]],
  },
  { files: ['lib/core/intent.ts'], stages: [unit('intent', 'ours', 'page', 'settle', 'judge'), property('kill-anywhere')] },
  { files: ['lib/core/retry-failed.ts'], stages: [unit('retry-failed'), property('retry-anywhere')] },
  { files: ['lib/core/transitions.ts'], stages: [unit('transitions')] },
  {
    files: ['plan', 'prepare', 'finish', 'validate'].map((name) => `lib/core/steps/${name}.ts`),
    stages: [unit('standing', 'steps', 'plan', 'resume', 'retry-failed', 'rollback/finish'), property('stale-runs', 'retry-anywhere')],
  },
  { files: ['ledger', 'locks'].map((name) => `lib/adapters/dynamodb/${name}.ts`), stages: [ledger] },
];

interface Explained {
  file: string;
  line: string;
  mutation: string;
  why: string;
}
const explained: Explained[] = JSON.parse(readFileSync(join(import.meta.dirname, 'mutants-explained.json'), 'utf8'));
const explains = ({ file, source, mutation }: Mutant, one: Explained): boolean =>
  one.file === file && one.line === source && one.mutation === mutation;

/** Ends the process at the first test that fails, and keeps the order of the test files. */
const FILES: Readonly<Record<string, string>> = {
  'mutate-environment.cjs': `const { TestEnvironment } = require('jest-environment-node');
module.exports = class extends TestEnvironment {
  handleTestEvent({ name, test }) {
    if (name === 'test_done' && test.errors.length > 0) process.exit(1);
  }
};`,
  'mutate-sequencer.cjs': `const Sequencer = require('@jest/test-sequencer').default;
const rank = ({ path }) => process.argv.findIndex((name) => path.endsWith(name));
module.exports = class extends Sequencer {
  sort(tests) {
    return [...tests].sort((a, b) => rank(a) - rank(b));
  }
};`,
};

const copies: string[] = [];
process.on('exit', () => {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mutate-'));
  copies.push(folder);
  return folder;
}

const copyOf = (folder: string): string => {
  const copy = newFolder();
  cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
};

function copyOfTree(): string {
  const copy = newFolder();
  for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(copy, name), text);
  const config = JSON.parse(readFileSync(join(ROOT, 'jest.config.json'), 'utf8'));
  const own = { testEnvironment: '<rootDir>/mutate-environment.cjs', testSequencer: '<rootDir>/mutate-sequencer.cjs' };
  writeFileSync(join(copy, 'mutate.json'), JSON.stringify({ ...config, ...own }));
  return copy;
}

let running: number[] = [];
const end = (pid: number): void => {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended with all its children.
  }
};
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    running.forEach(end);
    process.exit(130);
  });

/** Whether all tests pass, in time. */
function pass(copy: string, tests: readonly string[], limitMs: number): Promise<boolean> {
  const flags = ['--config', 'mutate.json', '--runInBand', '--bail', '--silent', '--coverage=false', '--runTestsByPath'];
  return new Promise((resolve) => {
    const jest = spawn(process.execPath, ['node_modules/jest/bin/jest.js', ...flags, ...tests], {
      cwd: copy,
      stdio: 'ignore',
      detached: true,
    });
    const pid = jest.pid as number;
    running.push(pid);
    const timer = setTimeout(() => end(pid), limitMs);
    jest.on('exit', (code) => {
      clearTimeout(timer);
      end(pid);
      running = running.filter((one) => one !== pid);
      resolve(code === 0);
    });
  });
}

const PATIENCE_MS = 10_000;
const limits = new Map<string[], number>();

/** A mutant that runs on much longer than the code itself counts as noticed. */
async function limitOf(stage: string[], copy: string): Promise<number> {
  const known = limits.get(stage);
  if (known !== undefined) return known;
  const began = Date.now();
  if (!(await pass(copy, stage, 600_000))) throw new Error(`These fail without any mutant: ${stage.join(' ')}`);
  const limit = PATIENCE_MS + 3 * (Date.now() - began);
  limits.set(stage, limit);
  return limit;
}

async function survives({ file, start, end, text }: Mutant, stages: string[][], copy: string): Promise<boolean> {
  for (const stage of stages) await limitOf(stage, copy);
  const path = join(copy, file);
  const source = readFileSync(path, 'utf8');
  writeFileSync(path, source.slice(0, start) + text + source.slice(end));
  try {
    for (const stage of stages) if (!(await pass(copy, stage, await limitOf(stage, copy)))) return false;
    return true;
  } finally {
    writeFileSync(path, source);
  }
}

const isSampled = ({ file, start, mutation }: Mutant): boolean => {
  const hash = createHash('sha256').update(`${options.seed}/${file}/${start}/${mutation}`).digest();
  return hash.readUInt32BE() / 2 ** 32 < Number(options.sample);
};

const subjects = SUBJECTS.flatMap(({ files, stages }) => files.map((file) => ({ file, stages: stages.slice(0, Number(options.stages)) })));
/** Others may change the tree meanwhile: what is mutated is what it was at the beginning. */
const first = copyOfTree();
const chosen = subjects.filter(({ file }) => new RegExp(options.file).test(file));
const all = chosen.map((subject) => ({ ...subject, mutants: mutantsOf(subject.file, readFileSync(join(first, subject.file), 'utf8')) }));
const made = all.flatMap(({ mutants }) => mutants);
const stale = explained.filter((one) => chosen.some(({ file }) => file === one.file) && !made.some((mutant) => explains(mutant, one)));
const tried = all.map(({ mutants, ...subject }) => ({ ...subject, made: mutants.length, mutants: mutants.filter(isSampled) }));
const isExplained = (mutant: Mutant): boolean => explained.some((one) => explains(mutant, one));
const queue = tried.flatMap(({ stages, mutants }) => mutants.filter((one) => !isExplained(one)).map((mutant) => ({ mutant, stages })));
const survivors: Mutant[] = [];

async function worker(copy: string): Promise<void> {
  for (let next = queue.shift(); next; next = queue.shift()) {
    if (!(await survives(next.mutant, next.stages, copy))) continue;
    survivors.push(next.mutant);
    const { file, line, source, mutation } = next.mutant;
    console.log(`survived  ${file}:${line}\n  ${source}\n  ${mutation}`);
  }
}

if (options.list) {
  for (const { file, mutants, made } of tried) console.log(`${file}: ${made} mutants, ${mutants.length} of them to be tried`);
} else {
  const began = Date.now();
  const others = Array.from({ length: Number(options.workers) - 1 }, () => copyOf(first));
  await Promise.all([first, ...others].map(worker));
  const sum = { killed: 0, explained: 0, survived: 0 };
  for (const { file, mutants, made } of tried) {
    const survived = survivors.filter((one) => one.file === file).length;
    const known = mutants.filter(isExplained).length;
    const killed = mutants.length - known - survived;
    console.log(`${file}: ${killed} killed, ${known} explained, ${survived} survived of ${mutants.length} (${made} made)`);
    sum.killed += killed;
    sum.explained += known;
    sum.survived += survived;
  }
  for (const { file, line, mutation } of stale) console.log(`explains nothing any more: ${file}: ${line}: ${mutation}`);
  console.log(
    `${sum.killed} killed, ${sum.explained} explained, ${sum.survived} survived, in ${Math.round((Date.now() - began) / 1000)} s`,
  );
  process.exitCode = sum.survived + stale.length > 0 ? 1 : 0;
}
