import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import {
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ScanCommand,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { type CallDeps, call } from '../adapters/dynamodb/client.ts';
import { makeDurably, syncFolder, unwritable } from '../adapters/fs/durable.ts';
import { type Item, itemFromJson, itemToJson } from '../core/attribute-value.ts';
import { BackfillError } from '../core/errors.ts';

/**
 * A table as a file: gzipped JSON lines, the first with all that it takes to create the table again, then every item as DynamoDB's JSON,
 * digits and bytes as they are. Neither way is the table ever in memory as a whole.
 */

const FORMAT = 1;

export const backupFile = (artifacts: string, name: string): string => join(artifacts, 'backups', `${name}.jsonl.gz`);

/**
 * Writes the table's present items, strongly consistent page by page; returns the file's size. The file is there whole or not at all.
 *
 * @throws {BackfillError} `artifacts.unwritable`, `table.*`
 */
export async function writeSnapshot(client: DynamoDBClient, table: string, file: string, deps: CallDeps): Promise<number> {
  const folder = dirname(file);
  const aside = join(folder, `.${randomUUID()}.part`);
  try {
    await makeDurably(folder);
    const bytes = await writeAside(aside, linesOf(client, table, deps));
    await rename(aside, file);
    await syncFolder(folder);
    return bytes;
  } catch (error) {
    await unlink(aside).catch(() => undefined);
    throw isOfTheDisk(error) ? unwritable(folder, error) : error;
  }
}

const isOfTheDisk = (error: unknown): boolean => (error as NodeJS.ErrnoException).syscall !== undefined;

async function writeAside(aside: string, lines: AsyncIterable<string>): Promise<number> {
  const handle = await open(aside, 'wx');
  try {
    // What is written before a run is waited for: fast matters more than small.
    await pipeline(Readable.from(lines, { highWaterMark: 1 }), createGzip({ level: 1 }), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) await handle.writeFile(chunk);
    });
    await handle.sync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

/** A page's items in one chunk of text: a line each would make the streams' bookkeeping the dearest part. */
async function* linesOf(client: DynamoDBClient, table: string, deps: CallDeps): AsyncGenerator<string> {
  const { Table = {} } = await call('table', deps, () => client.send(new DescribeTableCommand({ TableName: table })));
  yield `${JSON.stringify({ format: FORMAT, table: creationOf(Table) })}\n`;
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's unions name each other type of value as `never`
  let from: any;
  do {
    const command = new ScanCommand({ TableName: table, ConsistentRead: true, ...(from && { ExclusiveStartKey: from }) });
    const page = await call('table', deps, () => client.send(command));
    yield ((page.Items ?? []) as Item[]).map((item) => `${JSON.stringify(itemToJson(item))}\n`).join('');
    from = page.LastEvaluatedKey;
  } while (from);
}

/** The request that creates such a table. */
function creationOf(description: TableDescription): CreateTableCommandInput {
  const { TableName, KeySchema, AttributeDefinitions, GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [] } = description;
  const isProvisioned = description.BillingModeSummary?.BillingMode !== 'PAY_PER_REQUEST';
  const throughput = (of: TableDescription['ProvisionedThroughput']) => ({
    ProvisionedThroughput: { ReadCapacityUnits: of?.ReadCapacityUnits ?? 1, WriteCapacityUnits: of?.WriteCapacityUnits ?? 1 },
  });
  return {
    TableName,
    KeySchema,
    AttributeDefinitions,
    ...(isProvisioned ? throughput(description.ProvisionedThroughput) : { BillingMode: 'PAY_PER_REQUEST' as const }),
    ...(GlobalSecondaryIndexes.length > 0 && {
      GlobalSecondaryIndexes: GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection, ProvisionedThroughput }) => ({
        IndexName,
        KeySchema,
        Projection,
        ...(isProvisioned && throughput(ProvisionedThroughput)),
      })),
    }),
    ...(LocalSecondaryIndexes.length > 0 && {
      LocalSecondaryIndexes: LocalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection })),
    }),
  };
}

export interface SnapshotReader {
  /** The request that creates the table again. */
  table: CreateTableCommandInput;
  items: AsyncIterable<Item>;
}

/** @throws {BackfillError} `backup.unreadable`, also while its items are read */
export async function readSnapshot(file: string): Promise<SnapshotReader> {
  const lines = linesIn(file);
  const { value: head } = await lines.next();
  const parsed = head === undefined ? undefined : parse(file, head);
  if (parsed?.format !== FORMAT) throw unreadable(file, 'it is no snapshot of a table');
  return { table: parsed.table, items: itemsIn(file, lines) };
}

async function* itemsIn(file: string, lines: AsyncIterable<string>): AsyncGenerator<Item> {
  for await (const line of lines) yield itemFromJson(parse(file, line));
}

async function* linesIn(file: string): AsyncGenerator<string, undefined> {
  const gunzip = createGunzip();
  const source = createReadStream(file);
  // Who reads the lines hears of the last stream's errors only.
  source.once('error', (error) => gunzip.destroy(error));
  // Not node:readline, which also ends a line at U+2028, and a text in an item may hold that.
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of source.pipe(gunzip)) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    throw unreadable(file, (error as Error).message, error);
  } finally {
    source.destroy();
  }
}

function parse(file: string, line: string) {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw unreadable(file, 'a line of it is no JSON', cause);
  }
}

const unreadable = (file: string, why: string, cause?: unknown): BackfillError =>
  new BackfillError('backup.unreadable', `The snapshot ${file} cannot be read: ${why}.`, { cause, details: { file } });
