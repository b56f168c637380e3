import { hostname } from 'node:os';
import { S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { callDeps, type Runtime, silent } from '../../lambdas/runtime.ts';
import { systemClock } from '../adapters/clock.ts';
import { nobodyCounts } from '../adapters/consumption.ts';
import { dynamoClient } from '../adapters/dynamodb/client.ts';
import { tableKeeper } from '../adapters/dynamodb/keeper.ts';
import { executionEnded } from '../adapters/executions.ts';
import { bucket } from '../adapters/s3/bucket.ts';
import { prices } from '../core/prices.ts';
import { WATCH_EVERY_MS } from '../core/watcher.ts';
import type { EnvironmentConfig } from '../workflow/configuration.ts';
import type { Deployed } from '../workflow/deployed.ts';
import { asking } from './faults.ts';

/** What a command looks through: the deployment's tables and bucket. It works on no segment and calls no service; that is for the Lambdas. */
export function deployedRuntime(
  deployed: Deployed,
  config: Pick<EnvironmentConfig, 'approve' | 'prices'>,
  region: string,
  sfn: SFNClient,
): Runtime {
  const dynamo = dynamoClient({ region });
  const deps = callDeps({ dynamo, clock: systemClock, random: Math.random });
  return {
    environment: deployed.environment,
    embedded: false,
    approve: config.approve,
    // Of what was deployed, for that is what runs.
    digestOf: (backfill) => deployed.backfills[backfill]?.digest ?? '',
    undoDays: deployed.undoDays,
    dynamo,
    ledgerTable: deployed.ledgerTable,
    serviceCacheTable: deployed.serviceCacheTable,
    tableName: (logical) => deployed.tables[logical] ?? logical,
    keeper: (table) => tableKeeper(dynamo, table, deps),
    consumption: nobodyCounts('A command looks on, and asks for no metrics.'),
    objects: bucket(new S3Client({ region }), deployed.artifactsBucket),
    services: {},
    owner: { execution: '', host: hostname(), pid: process.pid, startedAt: new Date().toISOString() },
    isDead: async () => false,
    executionEnded: (owner) => asking('states:DescribeExecution', () => executionEnded(owner, sfn)),
    concurrency: deployed.concurrency,
    watchEveryMs: WATCH_EVERY_MS,
    prices: { ...prices, ...config.prices },
    clock: systemClock,
    random: Math.random,
    log: () => silent,
    meter: () => undefined,
  };
}
