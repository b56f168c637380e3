/**
 * `npm run cold-start [-- --rounds 10]`
 *
 * What each Lambda's bundle weighs, and how long this Node takes to load it in a fresh process: modules, clients, schemas and
 * definitions, as far as they are made outside the handler. A Lambda's own machine, and its sandbox, come on top.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { App } from 'aws-cdk-lib';
import { addStacks } from '../lib/stacks/add-stacks.ts';
import { backfills } from '../lib/workflow/deployment.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } });
const rounds = Number(values.rounds);

/** Milliseconds, and megabytes of memory, that loading took. */
const LOAD = `
  const before = process.memoryUsage().rss;
  const began = performance.now();
  await import(process.argv[1]);
  console.log(JSON.stringify([performance.now() - began, (process.memoryUsage().rss - before) / 2 ** 20]));
  process.exit(0);
`;

interface Bundle {
  name: string;
  file: string;
  variables: Record<string, string>;
}

function bundlesIn(directory: string, template: string): Bundle[] {
  const { Resources } = JSON.parse(readFileSync(join(directory, template), 'utf8'));
  const seen = new Map<string, Bundle>();
  // biome-ignore lint/suspicious/noExplicitAny: a template's resources are what CloudFormation says they are
  for (const { Type, Metadata, Properties } of Object.values<any>(Resources)) {
    if (Type !== 'AWS::Lambda::Function') continue;
    const asset = Metadata['aws:asset:path'];
    const name = String(Metadata['aws:cdk:path']).split('/').at(-2)?.toLowerCase() ?? asset;
    const texts = Object.entries(Properties.Environment?.Variables ?? {}).filter(([, value]) => typeof value === 'string');
    const variables = Object.fromEntries(texts) as Record<string, string>;
    if (!seen.has(asset)) seen.set(asset, { name, file: join(directory, asset, 'index.mjs'), variables });
  }
  return [...seen.values()];
}

function load({ file, variables }: Pick<Bundle, 'file' | 'variables'>): [ms: number, megabytes: number] {
  const env = {
    ...variables,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
  };
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', LOAD, file], { env, encoding: 'utf8' }));
}

const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
const median = (numbers: readonly number[]): number => sorted(numbers)[Math.floor(numbers.length / 2)] ?? Number.NaN;
const pad = (text: string | number, width: number): string => String(text).padStart(width);

const outdir = mkdtempSync(join(tmpdir(), 'backfill-cold-start-'));
try {
  const { context } = JSON.parse(readFileSync(new URL('../cdk.json', import.meta.url), 'utf8'));
  const metadata = { 'aws:cdk:enable-asset-metadata': true, 'aws:cdk:enable-path-metadata': true };
  const app = new App({ outdir, context: { ...context, ...metadata }, analyticsReporting: false });
  const { runner } = addStacks(app, backfills);
  app.synth();
  const bundles = bundlesIn(outdir, runner.templateFile);
  const measured = bundles.map((bundle) => ({ bundle, loads: [] as [number, number][] }));
  // In turn, so that a busy moment of the machine meets all of them.
  for (let round = 0; round < rounds; round += 1) for (const { bundle, loads } of measured) loads.push(load(bundle));
  console.log(`\nNode ${process.version}, ${rounds} fresh processes each\n`);
  console.log(`${'bundle'.padEnd(14)}${pad('KB', 6)}${pad('init ms', 10)}${pad('from', 8)}${pad('to', 8)}${pad('MB', 6)}`);
  for (const { bundle, loads } of measured) {
    const ms = sorted(loads.map(([milliseconds]) => milliseconds));
    const size = Math.round(statSync(bundle.file).size / 1000);
    const range = [median(ms), ms[0] ?? 0, ms.at(-1) ?? 0].map((value) => value.toFixed(0));
    const memory = median(loads.map(([, megabytes]) => megabytes)).toFixed(0);
    console.log(
      `${bundle.name.padEnd(14)}${pad(size, 6)}${pad(range[0] ?? '', 10)}${pad(range[1] ?? '', 8)}${pad(range[2] ?? '', 8)}${pad(memory, 6)}`,
    );
  }
  console.log('');
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
