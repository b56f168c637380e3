import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type CallDeps, call, faultOf } from '../adapters/dynamodb/client.ts';
import type { Item } from '../core/attribute-value.ts';
import { BackfillError } from '../core/errors.ts';
import { createTable, writeItems } from './seed.ts';
import { readSnapshot } from './snapshot.ts';

export interface Restored {
  table: string;
  /** The table that the snapshot was taken of. */
  of: string;
  items: number;
}

/** Items held in memory at a time. */
const CHUNK = 1_000;

/**
 * Makes a new table, by default `<table>-restored`, from a snapshot. The file is read through first: what is damaged makes no table.
 *
 * @throws {BackfillError} `backup.unreadable`, `restore.table-exists`
 */
export async function restoreSnapshot(
  client: DynamoDBClient,
  file: string,
  name: string | undefined,
  deps: CallDeps,
  onProgress: (share: number) => void = () => undefined,
): Promise<Restored> {
  const { table: creation, items } = await readSnapshot(file);
  let total = 0;
  for await (const _ of items) total += 1;

  const of = creation.TableName ?? '';
  const table = name ?? `${of}-restored`;
  await refuseExisting(client, table, deps);
  await createTable(client, { ...creation, TableName: table });
  let written = 0;
  for await (const chunk of chunked((await readSnapshot(file)).items)) {
    await writeItems(client, table, chunk);
    written += chunk.length;
    onProgress(written / total);
  }
  return { table, of, items: written };
}

async function* chunked(items: AsyncIterable<Item>): AsyncGenerator<Item[]> {
  let chunk: Item[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

async function refuseExisting(client: DynamoDBClient, table: string, deps: CallDeps): Promise<void> {
  const exists = await call('table', deps, () =>
    client.send(new DescribeTableCommand({ TableName: table })).then(
      () => true,
      (error) => {
        if (faultOf(error) === 'missing') return false;
        throw error;
      },
    ),
  );
  if (exists) throw new BackfillError('restore.table-exists', `There is a table "${table}" already.`, { details: { table } });
}
