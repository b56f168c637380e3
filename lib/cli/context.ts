import { userInfo } from 'node:os';
import { join } from 'node:path';
import { callDeps, portsFor, type Runtime } from '../../lambdas/runtime.ts';
import { DynamoLedger } from '../adapters/dynamodb/ledger.ts';
import { artifactStore, journalStore } from '../adapters/objects.ts';
import { backfills, findBackfill } from '../backfills/index.ts';
import { BackfillError } from '../core/errors.ts';
import type { FlagStore } from '../core/flags.ts';
import type { Ledger } from '../core/ledger.ts';
import { nearest } from '../core/options.ts';
import type { Ports } from '../core/ports.ts';
import type { RunRecord } from '../core/records/run.ts';
import { isRehearsal } from '../core/run.ts';
import { localCarrier } from '../local/carrier.ts';
import { flagStore, type LocalSettings, localRuntime, localSettings, logFile } from '../local/environment.ts';
import { createOwnTables } from '../local/seed.ts';
import { ENVIRONMENTS, type EnvironmentName } from '../workflow/configuration.ts';
import type { Deployed } from '../workflow/deployed.ts';
import type { Carrier } from '../workflow/execution.ts';
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

/** Who asks on this machine. */
const who = (): string => `${userInfo().username} (CLI)`;

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

/** Whether a command drives a deployment: `local`, and with `BACKFILL_PRACTICE=1` every other environment, is on this machine. */
const isDeployed = (environment: EnvironmentName, env: NodeJS.ProcessEnv): boolean =>
  environment !== 'local' && env.BACKFILL_PRACTICE !== '1';

/**
 * An environment on this machine.
 *
 * @throws {BackfillError} `option.*`, `environment.*`
 */
export const settingsFor = (
  { environment: name }: Pick<CommonOptions, 'environment'>,
  env: NodeJS.ProcessEnv = process.env,
): LocalSettings => {
  const environment = environmentNamed(name);
  if (isDeployed(environment, env))
    throw new BackfillError('environment.unsupported', `That is for this machine only, and the environment "${environment}" is on AWS.`);
  // What is practised must meet nothing but itself.
  if (environment !== 'local' && env.AWS_ENDPOINT_URL_DYNAMODB)
    throw new BackfillError(
      'environment.misconfigured',
      'Practice has a database of its own, and AWS_ENDPOINT_URL_DYNAMODB names another.',
      {
        remedy: 'Unset AWS_ENDPOINT_URL_DYNAMODB, or BACKFILL_PRACTICE.',
      },
    );
  return localSettings(env, environment, readConfiguration(env, environment));
};

/** What tells an environment on this machine from a deployed one, beside its runtime. */
export interface Place {
  carrier: Carrier;
  flags: FlagStore;
  /** Where the artifacts are, for a person: a folder, or a bucket. */
  artifacts: string;
  /** Where the log of a backfill's runs is; `undefined`: in no file. */
  logFile: (backfill: string) => string | undefined;
  /** Who asks, for the audit events. */
  person: string;
  /** Milliseconds between two looks at a run that somebody waits for. */
  lookEveryMs: number;
  /** `undefined`: it is on this machine. */
  deployed?: Deployed | undefined;
}

export interface Opened extends Place {
  runtime: Runtime;
  ledger: Ledger;
  /** What is known of runs, whether or not there is a definition. */
  records: Pick<Ports, 'ledger' | 'journal' | 'artifacts' | 'prices' | 'concurrency'>;
  /** By a backfill's name. @throws `backfill.unknown` */
  ports: (backfill: string) => Ports;
  /** @throws `backfill.removed` */
  portsOf: (run: Pick<RunRecord, 'runId' | 'backfill'>) => Ports;
  /** The physical name of a backfill's table. */
  table: (backfill: string) => string;
}

export function openedOn(runtime: Runtime, place: Place): Opened {
  const { objects, prices, concurrency } = runtime;
  const ledger = new DynamoLedger(runtime.dynamo, runtime.ledgerTable, callDeps(runtime));
  return {
    ...place,
    runtime,
    ledger,
    records: { ledger, journal: journalStore(objects), artifacts: artifactStore(objects), prices, concurrency },
    ports: (backfill) => portsFor(backfill, runtime),
    portsOf: ({ runId, backfill }) => {
      if (isKnown(backfill)) return portsFor(backfill, runtime);
      throw new BackfillError('backfill.removed', `Run ${runId} is one of "${backfill}", of which this version has no definition.`, {
        remedy: `Carry it on with a version of the code that has "${backfill}" (deploy that again, if it is gone there too), or end it with \`npx backfill abort ${runId}\`; what it did stays.`,
        details: { backfill },
      });
    },
    table: (backfill) => runtime.tableName(findBackfill(backfill).source.table),
  };
}

/** Whether there is a definition of that name here. */
export const isKnown = (name: string): boolean => backfills.some((backfill) => backfill.name === name);

const LOCAL_LOOK_MS = 100;
const DEPLOYED_LOOK_MS = 1_000;

async function openLocal(options: CommonOptions): Promise<{ opened: Opened; close: () => void }> {
  const settings = settingsFor(options);
  const runtime = await localRuntime(settings);
  const close = (): void => runtime.dynamo.destroy();
  await createOwnTables(runtime.dynamo).catch((error) => {
    close();
    throw error;
  });
  const opened = openedOn(runtime, {
    carrier: localCarrier(runtime),
    flags: flagStore(settings),
    artifacts: join(settings.folder, 'artifacts'),
    logFile: (backfill) => (isKnown(backfill) ? logFile(settings, findBackfill(backfill)) : undefined),
    person: who(),
    lookEveryMs: LOCAL_LOOK_MS,
  });
  return { opened, close };
}

async function openDeployed(environment: EnvironmentName): Promise<{ opened: Opened; close: () => void }> {
  // The clients of AWS are loaded for those who need them.
  const { openDeployment } = await import('../deployed/environment.ts');
  const { session, deployed, runtime, carrier, flags, close } = await openDeployment(
    environment,
    readConfiguration(process.env, environment, { lenient: true }),
  );
  const opened = openedOn(runtime, {
    carrier,
    flags,
    artifacts: `s3://${deployed.artifactsBucket}`,
    logFile: () => undefined,
    person: `${session.person} (CLI)`,
    lookEveryMs: DEPLOYED_LOOK_MS,
    deployed,
  });
  return { opened, close };
}

/** Opens the environment, starting what it needs on this machine, or finding its deployment, and closes its connections afterwards. */
export async function withEnvironment<T>(options: CommonOptions, work: (opened: Opened) => Promise<T>): Promise<T> {
  const environment = environmentNamed(options.environment);
  const { opened, close } = await (isDeployed(environment, process.env) ? openDeployed(environment) : openLocal(options));
  try {
    return await work(opened);
  } finally {
    close();
  }
}

/** The feature flags alone: on this machine they need no database. */
export async function withFlags<T>(options: CommonOptions, work: (flags: FlagStore) => Promise<T>): Promise<T> {
  if (isDeployed(environmentNamed(options.environment), process.env)) return withEnvironment(options, ({ flags }) => work(flags));
  return work(flagStore(settingsFor(options)));
}

/** All names under which there may be runs. */
export const namesOf = async (ledger: Ledger): Promise<string[]> => [
  ...new Set([...backfills.map(({ name }) => name), ...(await ledger.backfillNames())]),
];

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
  if ((await ledger.backfillNames()).includes(runId) && !isKnown(runId))
    throw new BackfillError('backfill.removed', `This version has no definition of "${runId}", only runs of it.`, {
      remedy: `\`npx backfill runs ${runId}\` lists them; \`npx backfill report RUN\` and \`npx backfill abort RUN\` need no definition.`,
      details: { backfill: runId },
    });
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
    const last = await Promise.all((await namesOf(ledger)).map((name) => lastRun(ledger, name)));
    const newest = last.filter((run) => run !== undefined).sort((a, b) => (a.runId < b.runId ? 1 : -1))[0];
    if (!newest)
      throw new BackfillError('run.unknown', 'Nothing has been run yet.', { remedy: 'Start with `npx backfill run receipt-place`.' });
    return newest;
  }
  if (isKnown(nameOrId) || (await ledger.backfillNames()).includes(nameOrId)) {
    const run = await lastRun(ledger, nameOrId);
    if (!run)
      throw new BackfillError('run.unknown', `${nameOrId} has not been run yet.`, {
        remedy: `Start it with \`npx backfill run ${nameOrId}\`.`,
      });
    return run;
  }
  return findRunOrName(ledger, nameOrId);
}
