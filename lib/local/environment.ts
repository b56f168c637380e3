import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { callDeps, type Runtime } from '../../lambdas/runtime.ts';
import { appConfigFlags } from '../adapters/appconfig/flags.ts';
import { systemClock } from '../adapters/clock.ts';
import { nobodyCounts } from '../adapters/consumption.ts';
import { dynamoClient } from '../adapters/dynamodb/client.ts';
import { digestOf } from '../adapters/fs/digest.ts';
import { fileFlags } from '../adapters/fs/flags.ts';
import { folder as objectFolder } from '../adapters/fs/folder.ts';
import { placesClient } from '../adapters/places/client.ts';
import { FIELD_MASK } from '../backfills/receipt-place/place-details.ts';
import type { AnyDefinition } from '../core/definition.ts';
import type { FlagStore } from '../core/flags.ts';
import { prices } from '../core/prices.ts';
import type { Owner } from '../core/records/run.ts';
import type { EnvironmentConfig, EnvironmentName } from '../workflow/configuration.ts';
import { localKeeper } from './keeper.ts';
import { lastingClient } from './lasting-client.ts';
import { fileLog } from './log-file.ts';
import { birthOf, isAlive } from './processes.ts';
import { DEFAULT_SAMPLE, seededWith } from './seed-marker.ts';
import { ensureService, type Service } from './services.ts';

/** What the embedded environment can be told; everything has a default. */
export interface LocalSettings {
  /** Another one than `local` is practised here, with all its rules. */
  environment: EnvironmentName;
  config: Pick<EnvironmentConfig, 'tables' | 'concurrency' | 'approve' | 'prices'>;
  /** Where database, artifacts and logs are kept. */
  folder: string;
  /** Seconds without a request after which the background processes end. */
  idleSeconds: number;
  /** Another DynamoDB than the embedded one (`AWS_ENDPOINT_URL_DYNAMODB`). */
  dynamoUrl: string | undefined;
  /** Another Places server than the fake one (`PLACES_BASE_URL`), and the key for it (`GOOGLE_PLACES_API_KEY`). */
  placesUrl: string | undefined;
  placesKey: string;
  /** Where an AWS AppConfig agent answers with the feature flags, instead of the file in the folder (`BACKFILL_FLAGS_URL`). */
  flagsUrl: string | undefined;
}

/** Each environment has a folder of its own: practice meets nothing of what `local` holds. */
export const localSettings = (
  env: NodeJS.ProcessEnv,
  environment: EnvironmentName = 'local',
  config: LocalSettings['config'] = { tables: {}, approve: 'auto', prices: {} },
): LocalSettings => ({
  environment,
  config,
  folder: join(resolve(env.BACKFILL_FOLDER ?? '.backfill'), environment === 'local' ? '' : environment),
  idleSeconds: Number(env.BACKFILL_IDLE_SECONDS ?? 120),
  dynamoUrl: env.AWS_ENDPOINT_URL_DYNAMODB || undefined,
  placesUrl: env.PLACES_BASE_URL || undefined,
  placesKey: env.GOOGLE_PLACES_API_KEY ?? '',
  flagsUrl: env.BACKFILL_FLAGS_URL || undefined,
});

export const databaseService = ({ folder, idleSeconds }: LocalSettings): Service => ({
  name: 'database',
  endpointFile: 'endpoint.json',
  program: 'lib/local/host/main.ts',
  args: [folder, String(idleSeconds)],
});

/** Serves the places of the sample that the table was seeded with. */
export function placesService({ folder, idleSeconds }: LocalSettings): Service {
  const { receipts, seed } = seededWith(folder) ?? DEFAULT_SAMPLE;
  const sample = ['--receipts', String(receipts), '--seed', String(seed)];
  return {
    name: 'places',
    endpointFile: 'places.json',
    program: 'lib/local/places-server/main.ts',
    args: [...sample, '--endpoint-file', join(folder, 'places.json'), '--idle-seconds', String(idleSeconds)],
  };
}

export const FLAGS_FILE = 'flags.json';

export const flagStore = ({ folder, flagsUrl }: LocalSettings): FlagStore =>
  flagsUrl === undefined ? fileFlags(join(folder, FLAGS_FILE)) : appConfigFlags(flagsUrl);

export const LEDGER_TABLE = 'backfill-ledger';
export const SERVICE_CACHE_TABLE = 'backfill-service-cache';

export const LOGS_FOLDER = 'logs';

export const logFile = ({ folder }: Pick<LocalSettings, 'folder'>, definition: Pick<AnyDefinition, 'logFile'>): string =>
  join(folder, LOGS_FOLDER, definition.logFile);

/** Segments worked on at once: enough to keep the database's core busy while the other one computes. */
const CONCURRENCY = 8;

/** What an environment is deployed with is meant for Lambda, and more than one process carries. */
const concurrencyOf = ({ environment, config }: LocalSettings): number =>
  environment === 'local' ? (config.concurrency ?? CONCURRENCY) : Math.min(config.concurrency ?? CONCURRENCY, CONCURRENCY);

/** Somebody sits before it: pausing shall feel instant. */
const WATCH_EVERY_MS = 500;

/** Executions that this process carries at the moment. */
const carrying = new Set<string>();

const OF_A_LAPTOP = 'local:';

/** Whether a process of this kind of environment carried it, whatever environment's rules it went by. */
export const isCarriedLocally = ({ execution }: Pick<Owner, 'execution'>): boolean => execution.startsWith(OF_A_LAPTOP);

export const newExecution = (): { id: string; end: () => void } => {
  const id = `${OF_A_LAPTOP}${randomUUID()}`;
  carrying.add(id);
  return { id, end: () => carrying.delete(id) };
};

/** What the handlers of `lambdas/` run on here: the same code, an embedded database, a folder for a bucket. */
export async function localRuntime(settings: LocalSettings): Promise<Runtime> {
  const endpoint = settings.dynamoUrl ?? (await ensureService(settings.folder, databaseService(settings))).url;
  const owner: Owner = { execution: '', host: hostname(), pid: process.pid, startedAt: birthOf(process.pid) };
  const processEnded = async ({ host, pid, startedAt }: Owner): Promise<boolean> =>
    host === owner.host && !isAlive({ pid, birth: startedAt });
  const isOwn = ({ host, pid, startedAt }: Owner): boolean => host === owner.host && pid === owner.pid && startedAt === owner.startedAt;
  const dynamo = dynamoClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
  const artifacts = join(settings.folder, 'artifacts');
  const deps = callDeps({ dynamo, clock: systemClock, random: Math.random });
  return {
    environment: settings.environment,
    embedded: true,
    approve: settings.config.approve,
    digestOf,
    undoDays: null,
    dynamo,
    ledgerTable: LEDGER_TABLE,
    serviceCacheTable: SERVICE_CACHE_TABLE,
    tableName: (logical) => settings.config.tables[logical] ?? logical,
    consumption: nobodyCounts('No metrics are read on this machine.'),
    keeper: (table) => localKeeper(dynamo, table, { artifacts, environment: settings.environment }, deps),
    objects: objectFolder(artifacts),
    services: {
      places: async () => {
        const { placesUrl, placesKey, folder } = settings;
        const clientAt = (baseUrl: string, apiKey: string) => placesClient({ apiKey, fieldMask: FIELD_MASK, baseUrl }, systemClock.now);
        if (placesUrl !== undefined) return clientAt(placesUrl, placesKey);
        const find = async (): Promise<string> => (await ensureService(folder, placesService(settings))).url;
        return lastingClient(find, (url) => clientAt(url, 'local'));
      },
    },
    owner,
    isDead: processEnded,
    executionEnded: async (holder) => (isOwn(holder) ? !carrying.has(holder.execution) : processEnded(holder)),
    concurrency: concurrencyOf(settings),
    watchEveryMs: WATCH_EVERY_MS,
    prices: { ...prices, ...settings.config.prices },
    clock: systemClock,
    random: Math.random,
    log: (definition) => fileLog(logFile(settings, definition), systemClock.now),
    meter: () => undefined,
  };
}
