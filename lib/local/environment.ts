import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { Runtime } from '../../lambdas/runtime.ts';
import { appConfigFlags } from '../adapters/appconfig/flags.ts';
import { systemClock } from '../adapters/clock.ts';
import { dynamoClient } from '../adapters/dynamodb/client.ts';
import { fileFlags } from '../adapters/fs/flags.ts';
import { folder as objectFolder } from '../adapters/fs/folder.ts';

import { placesClient } from '../adapters/places/client.ts';
import { FIELD_MASK } from '../backfills/receipt-place/place-details.ts';
import type { FlagStore } from '../core/flags.ts';
import type { Owner } from '../core/ledger.ts';
import type { Log } from '../core/ports.ts';
import { prices } from '../core/prices.ts';
import { birthOf, isAlive } from './processes.ts';
import { DEFAULT_SAMPLE, seededWith } from './seed-marker.ts';
import { ensureService, type Service } from './services.ts';

/** What the embedded environment can be told; everything has a default. */
export interface LocalSettings {
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
  log: Log;
}

const SILENT: Log = { info: () => undefined, warn: () => undefined };

export const localSettings = (env: NodeJS.ProcessEnv, log: Log = SILENT): LocalSettings => ({
  folder: resolve(env.BACKFILL_FOLDER ?? '.backfill'),
  idleSeconds: Number(env.BACKFILL_IDLE_SECONDS ?? 120),
  dynamoUrl: env.AWS_ENDPOINT_URL_DYNAMODB || undefined,
  placesUrl: env.PLACES_BASE_URL || undefined,
  placesKey: env.GOOGLE_PLACES_API_KEY ?? '',
  flagsUrl: env.BACKFILL_FLAGS_URL || undefined,
  log,
});

export const databaseService = ({ folder, idleSeconds }: LocalSettings): Service => ({
  name: 'database',
  endpointFile: 'endpoint.json',
  module: new URL('./host/main.ts', import.meta.url).href,
  args: [folder, String(idleSeconds)],
});

/** Serves the places of the sample that the table was seeded with. */
export function placesService({ folder, idleSeconds }: LocalSettings): Service {
  const { receipts, seed } = seededWith(folder) ?? DEFAULT_SAMPLE;
  const sample = ['--receipts', String(receipts), '--seed', String(seed)];
  return {
    name: 'places',
    endpointFile: 'places.json',
    module: new URL('./places-server/main.ts', import.meta.url).href,
    args: [...sample, '--endpoint-file', join(folder, 'places.json'), '--idle-seconds', String(idleSeconds)],
  };
}

export const FLAGS_FILE = 'flags.json';

export const flagStore = ({ folder, flagsUrl }: LocalSettings): FlagStore =>
  flagsUrl === undefined ? fileFlags(join(folder, FLAGS_FILE)) : appConfigFlags(flagsUrl);

export const LEDGER_TABLE = 'backfill-ledger';
export const SERVICE_CACHE_TABLE = 'backfill-service-cache';

/** Segments worked on at once: enough to keep the database's core busy while the other one computes. */
const CONCURRENCY = 8;

/** Somebody sits before it: pausing shall feel instant. */
const WATCH_EVERY_MS = 500;

/** Executions that this process carries at the moment. */
const carrying = new Set<string>();

export const newExecution = (): { id: string; end: () => void } => {
  const id = `local:${randomUUID()}`;
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
  return {
    environment: 'local',
    dynamo: dynamoClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
    ledgerTable: LEDGER_TABLE,
    serviceCacheTable: SERVICE_CACHE_TABLE,
    tableName: (logical) => logical,
    objects: objectFolder(join(settings.folder, 'artifacts')),
    services: {
      places: async () => {
        const own = settings.placesUrl === undefined;
        const baseUrl = settings.placesUrl ?? (await ensureService(settings.folder, placesService(settings))).url;
        return placesClient({ apiKey: own ? 'local' : settings.placesKey, fieldMask: FIELD_MASK, baseUrl }, systemClock.now);
      },
    },
    owner,
    isDead: processEnded,
    executionEnded: async (holder) => (isOwn(holder) ? !carrying.has(holder.execution) : processEnded(holder)),
    concurrency: CONCURRENCY,
    watchEveryMs: WATCH_EVERY_MS,
    prices,
    clock: systemClock,
    random: Math.random,
    log: settings.log,
    meter: () => undefined,
  };
}
