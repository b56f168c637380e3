import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, ResourceNotFoundException, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { systemClock } from '../../lib/adapters/clock.ts';
import { nobodyCounts } from '../../lib/adapters/consumption.ts';
import { dynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { tableKeeper } from '../../lib/adapters/dynamodb/keeper.ts';
import { placesClient } from '../../lib/adapters/places/client.ts';
import { bucket } from '../../lib/adapters/s3/bucket.ts';
import { FIELD_MASK } from '../../lib/backfills/receipt-place/place-details.ts';
import { total } from '../../lib/core/counters.ts';
import type { Meter, ServiceClient } from '../../lib/core/ports.ts';
import { prices } from '../../lib/core/prices.ts';
import { WATCH_EVERY_MS } from '../../lib/core/watcher.ts';
import { METRICS_NAMESPACE, PAGE_DURATION, type PageCount, pageDimensions } from '../../lib/workflow/metrics.ts';
import { callDeps, type Runtime } from '../runtime.ts';
import type { Worker } from '../worker.ts';
import { log, setting, tableNames } from './settings.ts';

/** Built once for each Lambda environment, from the variables that the stack sets. */

const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: 'backfill' });

/** So long at most what was counted stays here: an invocation goes on for many minutes, and alarms and dashboard shall not wait for its end. */
const PUBLISH_EVERY_MS = 60_000;

let published = 0;

function publish(): void {
  published = systemClock.now();
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}

const meter: Meter = ({ counters, durationMs }) => {
  const counts: Record<PageCount, number> = {
    ItemsScanned: counters.scanned,
    ItemsCreated: counters.created,
    ItemsUpdated: counters.updated,
    ItemsRestored: counters.restored,
    ItemsDeleted: counters.deleted,
    ItemsSkipped: total(counters.skipped),
    ItemsFailed: total(counters.failed),
    ItemsRaced: counters.raced,
    WriteUnits: counters.writeUnits,
    ReadUnits: counters.readUnits,
    Throttles: counters.throttles,
    ServiceCalls: counters.serviceCalls,
    ServiceErrors: counters.serviceErrors,
  };
  for (const [name, count] of Object.entries(counts)) metrics.addMetric(name, MetricUnit.Count, count);
  metrics.addMetric(PAGE_DURATION, MetricUnit.Milliseconds, durationMs);
  if (systemClock.now() - published >= PUBLISH_EVERY_MS) publish();
};

/** What a worker's pages report is published every minute, and before its invocation ends. */
export const publishing =
  (worker: Worker): Worker =>
  async (event, invocation) => {
    try {
      return await worker(event, invocation);
    } finally {
      publish();
    }
  };

/** A secret that the stack made and nobody filled yet has no value: that is a missing key, not an error of AWS's. */
async function secretText(SecretId: string): Promise<string> {
  try {
    const { SecretString = '' } = await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId }));
    return SecretString.trim();
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return '';
    throw error;
  }
}

async function places(): Promise<ServiceClient> {
  const apiKey = await secretText(setting('PLACES_SECRET_ID'));
  const baseUrl = process.env.PLACES_BASE_URL;
  return placesClient({ apiKey, fieldMask: FIELD_MASK, ...(baseUrl && { baseUrl }) }, systemClock.now);
}

let runtime: Runtime | undefined;

/** They come from the handler that asks: only its bundle carries the client for it. */
type Asking = Pick<Runtime, 'executionEnded' | 'consumption'>;

const asksNobody: Asking = { executionEnded: async () => false, consumption: nobodyCounts('Whoever governs the run asks.') };

export async function awsRuntime(asking: Partial<Asking> = {}): Promise<Runtime> {
  runtime ??= build({ ...asksNobody, ...asking });
  return runtime;
}

function build(asking: Asking): Runtime {
  const environment = setting('BACKFILL_ENVIRONMENT');
  // Powertools adds a dimension `service` by itself.
  metrics.clearDefaultDimensions();
  metrics.setDefaultDimensions(pageDimensions(setting('BACKFILL_NAME'), environment));
  const dynamo = dynamoClient();
  const random = Math.random;
  const deps = callDeps({ dynamo, clock: systemClock, random });
  return {
    environment,
    dynamo,
    ledgerTable: setting('LEDGER_TABLE'),
    serviceCacheTable: setting('SERVICE_CACHE_TABLE'),
    tableName: tableNames(),
    keeper: (table) => tableKeeper(dynamo, table, deps),
    objects: bucket(new S3Client({}), setting('ARTIFACTS_BUCKET')),
    services: { places },
    owner: { execution: '', host: setting('AWS_LAMBDA_LOG_STREAM_NAME'), pid: process.pid, startedAt: new Date().toISOString() },
    // A stopped execution does not stop its Lambdas: only the end of the lease frees a segment.
    isDead: async () => false,
    ...asking,
    concurrency: Number(process.env.BACKFILL_CONCURRENCY ?? 50),
    watchEveryMs: WATCH_EVERY_MS,
    embedded: false,
    digestOf: () => setting('BACKFILL_DIGEST'),
    undoDays: Number(setting('BACKFILL_UNDO_DAYS')),
    approve: process.env.BACKFILL_APPROVE === 'auto' ? 'auto' : 'manual',
    prices: { ...prices, ...JSON.parse(process.env.BACKFILL_PRICES ?? '{}') },
    clock: systemClock,
    random,
    log: () => log,
    meter,
  };
}
