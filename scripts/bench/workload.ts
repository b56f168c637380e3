import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import type { Item } from '../../lib/core/attribute-value.ts';
import { type AnyDefinition, defineBackfill, tableScan, update } from '../../lib/core/definition.ts';
import { writeItems } from '../../lib/local/seed.ts';

/** What all contenders do: each item of a table gets a new label, by its status and its price, if it is still as it was read. */

export const TABLE = 'bench';
export const SEGMENTS = 16;
export const CONCURRENCY = 8;
/** Items of a page. */
export const BATCH_SIZE = 500;
/** Statements of a batch, or calls under way at once where there are no batches. */
export const IN_FLIGHT = 25;

const BENCH_ITEM = z.object({ id: z.string(), status: z.string(), price: z.number(), label: z.string() });

export const labelOf = (status: string, price: number, now: string): string => `${status}/${price > 500 ? 'dear' : 'cheap'}/${now}`;

export const definition = defineBackfill({
  name: 'bench',
  version: '1.0',
  summary: 'A new label for every item.',
  source: tableScan({ table: TABLE, key: ['id'] }),
  item: BENCH_ITEM,
  reads: ['status', 'price'],
  writes: ['label'],
  transform: ({ status, price }, { now }) => update({ set: { label: labelOf(status, price, now) } }),
  batchSize: BATCH_SIZE,
}) as AnyDefinition;

/** About 600 bytes in 13 attributes, of every type that is common. */
export const benchItem = (number: number): Item => ({
  id: { S: `item-${String(number).padStart(8, '0')}` },
  status: { S: ['open', 'sold', 'kept'][number % 3] as string },
  price: { N: String((number * 7919) % 1000) },
  label: { S: 'none' },
  title: { S: `Item number ${number}` },
  description: { S: 'A thing that somebody has put here to be labelled, described at such length as things are. '.repeat(3) },
  brand: { S: `brand-${number % 97}` },
  tags: { SS: ['one', 'two', 'three'] },
  sizes: { NS: ['36', '38', '40'] },
  active: { BOOL: number % 2 === 0 },
  address: { M: { street: { S: 'High Street 1' }, city: { S: 'Springfield' }, zip: { N: '12345' } } },
  seen: { L: [{ S: '2026-01-01T00:00:00.000Z' }, { S: '2026-06-01T00:00:00.000Z' }] },
  created: { S: '2026-01-01T00:00:00.000Z' },
});

export async function fillTable(client: DynamoDBClient, items: number): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  await writeItems(
    client,
    TABLE,
    Array.from({ length: items }, (_, number) => benchItem(number)),
  );
}
