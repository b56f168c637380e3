import {
  BatchWriteItemCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
} from '@aws-sdk/client-dynamodb';
import { systemClock } from '../adapters/clock.ts';
import { call, faultOf } from '../adapters/dynamodb/client.ts';
import type { Item } from '../core/attribute-value.ts';
import { ledgerTable, type OwnTable, sampleTables, serviceCacheTable } from '../workflow/tables.ts';
import { LEDGER_TABLE, SERVICE_CACHE_TABLE } from './environment.ts';
import { generateSample } from './sample/receipts.ts';
import { markSeeded, type SeedMarker, type SeedOptions, seededWith } from './seed-marker.ts';

/** The embedded tables and what is in them before the first run. */

export const RECEIPTS_TABLE = 'receipts';

const BATCH = 25;
const POLL_MS = 200;
const BATCHES_IN_FLIGHT = 8;

const schema = (...keys: (string | undefined)[]) =>
  keys
    .filter((key) => key !== undefined)
    .map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? ('HASH' as const) : ('RANGE' as const) }));

export function tableRequest(TableName: string, { partitionKey, sortKey, indexes }: OwnTable): CreateTableCommandInput {
  const all = [partitionKey, sortKey, ...indexes.flatMap((index) => [index.partitionKey, index.sortKey])];
  const names = new Set(all.filter((name) => name !== undefined));
  return {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: schema(partitionKey, sortKey),
    AttributeDefinitions: [...names].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    ...(indexes.length > 0 && {
      GlobalSecondaryIndexes: indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: schema(index.partitionKey, index.sortKey),
        Projection: { ProjectionType: 'ALL' as const },
      })),
    }),
  };
}

const deps = { clock: systemClock, random: Math.random };

/** Creates a table that is not there yet, and waits until it is ACTIVE. */
export async function createTable(client: DynamoDBClient, request: CreateTableCommandInput): Promise<void> {
  const { TableName } = request;
  const status = async (): Promise<string | undefined> => {
    const answer = await client.send(new DescribeTableCommand({ TableName })).catch((error) => {
      if (faultOf(error) === 'missing') return { Table: undefined };
      throw error;
    });
    return answer.Table?.TableStatus;
  };
  if ((await call('table', deps, status)) === 'ACTIVE') return;
  await call('table', deps, () => client.send(new CreateTableCommand(request))).catch((error) => {
    if (!(error instanceof ResourceInUseException)) throw error;
  });
  while ((await call('table', deps, status)) !== 'ACTIVE') await systemClock.sleep(POLL_MS);
}

/** Ledger and service cache; harmless where they are there already. */
export async function createOwnTables(client: DynamoDBClient): Promise<void> {
  await createTable(client, tableRequest(LEDGER_TABLE, ledgerTable));
  await createTable(client, tableRequest(SERVICE_CACHE_TABLE, serviceCacheTable));
}

/** With some of its indexes only, where a test wants that. */
export function createReceiptsTable(client: DynamoDBClient, only?: readonly string[], name = RECEIPTS_TABLE): Promise<void> {
  const { indexes, ...table } = sampleTables.receipts;
  return createTable(client, tableRequest(name, { ...table, indexes: indexes.filter((index) => only?.includes(index.name) ?? true) }));
}

export async function writeItems(
  client: DynamoDBClient,
  table: string,
  items: readonly Item[],
  onBatch: (written: number) => void = () => undefined,
) {
  let next = 0;
  let written = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const batch = items.slice(next, next + BATCH);
      next += BATCH;
      // biome-ignore lint/suspicious/noExplicitAny: the SDK's unions name each other type of value as `never`
      let requests: any[] = batch.map((Item) => ({ PutRequest: { Item } }));
      while (requests.length > 0) {
        const command = new BatchWriteItemCommand({ RequestItems: { [table]: requests } });
        const { UnprocessedItems } = await call('table', deps, () => client.send(command));
        requests = UnprocessedItems?.[table] ?? [];
        if (requests.length > 0) await systemClock.sleep(POLL_MS);
      }
      written += batch.length;
      onBatch(written);
    }
  };
  await Promise.all(Array.from({ length: BATCHES_IN_FLIGHT }, worker));
}

export interface Seeded extends SeedMarker {
  /** False when the sample was there already. */
  fresh: boolean;
}

/** Makes the sample table once; a seeding that was cut short is simply done again. */
export async function seedReceipts(
  client: DynamoDBClient,
  folder: string,
  options: SeedOptions,
  onProgress: (share: number) => void,
  table = RECEIPTS_TABLE,
): Promise<Seeded> {
  const before = seededWith(folder);
  if (before) return { ...before, fresh: false };
  await createReceiptsTable(client, undefined, table);
  const { items } = generateSample(options);
  await writeItems(client, table, items, (written) => onProgress(written / items.length));
  const marker = { ...options, items: items.length };
  markSeeded(folder, marker);
  return { ...marker, fresh: true };
}
