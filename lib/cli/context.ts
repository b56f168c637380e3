import { userInfo } from 'node:os';
import { callDeps, portsFor, type Runtime } from '../../lambdas/runtime.ts';
import { DynamoLedger } from '../adapters/dynamodb/ledger.ts';
import { backfills, findBackfill } from '../backfills/index.ts';
import { BackfillError } from '../core/errors.ts';
import type { Ledger, RunRecord } from '../core/ledger.ts';
import { nearest } from '../core/options.ts';
import type { Ports } from '../core/ports.ts';
import { isRehearsal } from '../core/run.ts';
import { type LocalSettings, localRuntime, localSettings, logFile } from '../local/environment.ts';
import { createOwnTables } from '../local/seed.ts';
import { ENVIRONMENTS, type EnvironmentName } from '../workflow/configuration.ts';
import { readConfiguration } from './configuration-file.ts';
import { type Paint, painter } from './screen/text.ts';

/** Where a command prints, and what it can ask of the terminal. */
export interface Screen {
  /** Standard output: results. */
  out: (line: string) => void;
  /** Standard error: progress and complaints, so that a pipe gets results only. */
  err: (line: string) => void;
  paint: Paint;
  columns: number;
  /** Lines that a page may have before a terminal must scroll. */
  rows: number;
  /** A terminal that can be repainted. */
  live: boolean;
  /** Where a person can be asked; `undefined`: nobody sits there. */
  terminal: Terminal | undefined;
}

export interface Terminal {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
}

export interface CommonOptions {
  environment: string;
  json?: boolean;
}

export function openScreen(): Screen {
  const { stdin, stdout, stderr, env } = process;
  // Whoever reads us may have seen enough: `npx backfill report | head`.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const live = Boolean(stdout.isTTY) && env.TERM !== 'dumb' && !env.CI;
  return {
    out: (line) => void stdout.write(`${line}\n`),
    err: (line) => void stderr.write(`${line}\n`),
    paint: painter(Boolean(stdout.isTTY) && !env.NO_COLOR),
    columns: stdout.isTTY ? Math.max(60, stdout.columns ?? 80) : 200,
    rows: stdout.isTTY ? (stdout.rows ?? 24) : Number.POSITIVE_INFINITY,
    live,
    terminal: stdin.isTTY && stderr.isTTY ? { input: stdin, output: stderr } : undefined,
  };
}

/** Who asks, for the audit events. */
export const who = (): string => `${userInfo().username} (CLI)`;

/** @throws {BackfillError} `option.invalid` */
export function environmentNamed(name: string): EnvironmentName {
  const environment = ENVIRONMENTS.find((known) => known === name);
  if (!environment) {
    const near = nearest(name, ENVIRONMENTS);
    const hint = near ? ` Did you mean "${near}"?` : '';
    throw new BackfillError('option.invalid', `There is no environment "${name}".${hint}`, {
      remedy: `Choose one of ${ENVIRONMENTS.join(', ')}.`,
    });
  }
  return environment;
}

/**
 * `local`, or with `BACKFILL_PRACTICE=1` any other environment, practised on this machine.
 *
 * @throws {BackfillError} `option.*`, `environment.*`
 */
export const settingsFor = ({ environment: name }: CommonOptions, env: NodeJS.ProcessEnv = process.env): LocalSettings => {
  const environment = environmentNamed(name);
  const isPractice = environment !== 'local';
  if (isPractice && env.BACKFILL_PRACTICE !== '1')
    throw new BackfillError('environment.unsupported', `The CLI cannot drive the environment "${environment}" yet.`);
  // What is practised must meet nothing but itself.
  if (isPractice && env.AWS_ENDPOINT_URL_DYNAMODB)
    throw new BackfillError(
      'environment.misconfigured',
      'Practice has a database of its own, and AWS_ENDPOINT_URL_DYNAMODB names another.',
      {
        remedy: 'Unset AWS_ENDPOINT_URL_DYNAMODB, or BACKFILL_PRACTICE.',
      },
    );
  return localSettings(env, environment, readConfiguration(env, environment));
};

export interface Opened {
  runtime: Runtime;
  settings: LocalSettings;
  ledger: Ledger;
  ports: (backfill: string) => Ports;
  /** The physical name of a backfill's table. */
  table: (backfill: string) => string;
  /** Where the log of a backfill's runs is. */
  logFile: (backfill: string) => string;
}

/** Opens the environment, starting what it needs, and closes its connections afterwards. */
export async function withEnvironment<T>(options: CommonOptions, work: (opened: Opened) => Promise<T>): Promise<T> {
  const settings = settingsFor(options);
  const runtime = await localRuntime(settings);
  try {
    await createOwnTables(runtime.dynamo);
    const ledger = new DynamoLedger(runtime.dynamo, runtime.ledgerTable, callDeps(runtime));
    return await work({
      runtime,
      settings,
      ledger,
      ports: (backfill) => portsFor(backfill, runtime),
      table: (backfill) => runtime.tableName(findBackfill(backfill).source.table),
      logFile: (backfill) => logFile(settings, findBackfill(backfill)),
    });
  } finally {
    runtime.dynamo.destroy();
  }
}

/** @throws {BackfillError} `run.unknown` */
export async function findRun(ledger: Ledger, runId: string): Promise<RunRecord> {
  const run = await ledger.getRun(runId);
  if (!run) throw new BackfillError('run.unknown', `There is no run ${runId}.`);
  return run;
}

/** As `findRun`, where a backfill's name could stand as well. @throws {BackfillError} `run.unknown` naming the nearest backfill */
export async function findRunOrName(ledger: Ledger, runId: string): Promise<RunRecord> {
  const run = await ledger.getRun(runId);
  if (run) return run;
  const names = backfills.map(({ name }) => name);
  const near = nearest(runId, names);
  const hint = near ? `Did you mean "${near}"?` : `The backfills are: ${names.join(', ')}.`;
  throw new BackfillError('run.unknown', `There is neither a backfill nor a run "${runId}". ${hint}`, {
    remedy: 'Choose one of the backfills that `npx backfill list` prints, or of the runs that `npx backfill runs` does.',
    details: { name: runId },
  });
}

export const lastRun = async (ledger: Ledger, backfill: string): Promise<RunRecord | undefined> => (await ledger.listRuns(backfill, 1))[0];

/** How many runs of a backfill are looked through for one of a kind. */
const MANY = 1_000;

/** The last run of a backfill that is no rollback and was not undone. */
export const lastStanding = async (ledger: Ledger, backfill: string): Promise<RunRecord | undefined> =>
  (await ledger.listRuns(backfill, MANY)).find((run) => !run.rollback && !isRehearsal(run) && run.status !== 'rolled-back');

/** The last run of a backfill that was to write: no rehearsal, no rollback. */
export const lastReal = async (ledger: Ledger, backfill: string): Promise<RunRecord | undefined> =>
  (await ledger.listRuns(backfill, MANY)).find((run) => !run.rollback && !isRehearsal(run));

/** A run by its id, or the last run of a backfill by its name; without either, the last run of all. @throws `run.unknown` */
export async function runByNameOrId(ledger: Ledger, nameOrId: string | undefined): Promise<RunRecord> {
  if (nameOrId === undefined) {
    const last = await Promise.all(backfills.map(({ name }) => lastRun(ledger, name)));
    const newest = last.filter((run) => run !== undefined).sort((a, b) => (a.runId < b.runId ? 1 : -1))[0];
    if (!newest)
      throw new BackfillError('run.unknown', 'Nothing has been run yet.', { remedy: 'Start with `npx backfill run receipt-place`.' });
    return newest;
  }
  if (backfills.some(({ name }) => name === nameOrId)) {
    const run = await lastRun(ledger, nameOrId);
    if (!run)
      throw new BackfillError('run.unknown', `${nameOrId} has not been run yet.`, {
        remedy: `Start it with \`npx backfill run ${nameOrId}\`.`,
      });
    return run;
  }
  return findRunOrName(ledger, nameOrId);
}
