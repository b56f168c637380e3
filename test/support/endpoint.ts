import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DeleteTableCommand, DescribeTableCommand, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { dynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import type { Item } from '../../lib/core/attribute-value.ts';
import { startDynalite } from './dynalite.ts';

export type KeyType = 'S' | 'N' | 'B';

/** A table's key attributes, partition key first. */
export type KeySchema = readonly { name: string; type: KeyType }[];

/** A DynamoDB to test against: the one of `AWS_ENDPOINT_URL_DYNAMODB`, or a dynalite of the test's own process. */
export interface Endpoint {
  isDynalite: boolean;
  dynamo: DynamoDBClient;
  /** One more client for the same endpoint. */
  client(): DynamoDBClient;
  /** Makes a table of a name that nobody else has; `close` takes it away. */
  createTable(keys: KeySchema): Promise<string>;
  close(): Promise<void>;
}

const POLL_MS = 20;

export async function openEndpoint(): Promise<Endpoint> {
  const given = process.env.AWS_ENDPOINT_URL_DYNAMODB;
  const own = given ? undefined : await startDynalite();
  const tables: string[] = [];
  // All of them share its connections.
  const requestHandler = new NodeHttpHandler({ httpAgent: new Agent({ keepAlive: true }) });
  // An emulator that asks who calls gives a key.
  const credentials = { accessKeyId: process.env.AWS_ACCESS_KEY_ID || 'local', secretAccessKey: 'local' };
  const client = (): DynamoDBClient =>
    own ? own.client() : dynamoClient({ endpoint: given as string, region: 'us-east-1', credentials, requestHandler });
  const dynamo = client();

  return {
    isDynalite: own !== undefined,
    dynamo,
    client,
    async createTable(keys) {
      const TableName = `test-${randomUUID()}`;
      await dynamo.send(
        new CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: keys.map(({ name }, index) => ({ AttributeName: name, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
          AttributeDefinitions: keys.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
        }),
      );
      tables.push(TableName);
      const isActive = async () => (await dynamo.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus === 'ACTIVE';
      while (!(await isActive())) await sleep(POLL_MS);
      return TableName;
    },
    async close() {
      // A dynalite of our own takes its tables with it.
      if (!own) for (const TableName of tables) await dynamo.send(new DeleteTableCommand({ TableName }));
      requestHandler.destroy();
      await own?.close();
    },
  };
}

/** Every item of a table, strongly consistent. */
export async function scanAll(dynamo: DynamoDBClient, TableName: string): Promise<Item[]> {
  const items: Item[] = [];
  let from: Record<string, never> | undefined;
  do {
    const page = await dynamo.send(new ScanCommand({ TableName, ConsistentRead: true, ...(from && { ExclusiveStartKey: from }) }));
    items.push(...((page.Items ?? []) as Item[]));
    from = page.LastEvaluatedKey as Record<string, never> | undefined;
  } while (from);
  return items;
}
