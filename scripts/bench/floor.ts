import { BatchExecuteStatementCommand, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../lib/core/attribute-value.ts';
import { overSegments } from './measure.ts';
import { BATCH_SIZE, CONCURRENCY, IN_FLIGHT, SEGMENTS, TABLE } from './workload.ts';

const STATEMENT = `UPDATE "${TABLE}" SET "label"=? WHERE "id"=? AND "status"=? AND "price"=? AND "label"=?`;

// biome-ignore lint/suspicious/noExplicitAny: the SDK's unions name each other type of value as `never`
type SdkValue = any;

/** The floor: a bare scan and batches of one prepared statement, which writes something already known. Nothing is computed, kept or counted but items. */
export async function floor(client: DynamoDBClient, label: string): Promise<number> {
  let items = 0;
  const write = async (page: readonly Item[]): Promise<void> => {
    for (let start = 0; start < page.length; start += IN_FLIGHT) {
      const Statements = page.slice(start, start + IN_FLIGHT).map((item) => ({
        Statement: STATEMENT,
        Parameters: [{ S: label }, item.id, item.status, item.price, item.label] as SdkValue[],
      }));
      await client.send(new BatchExecuteStatementCommand({ Statements }));
    }
  };
  await overSegments(SEGMENTS, CONCURRENCY, async (Segment) => {
    let from: SdkValue;
    do {
      const position = { Segment, TotalSegments: SEGMENTS, ...(from && { ExclusiveStartKey: from }) };
      const page = await client.send(new ScanCommand({ TableName: TABLE, Limit: BATCH_SIZE, ...position }));
      await write((page.Items ?? []) as Item[]);
      items += page.Items?.length ?? 0;
      from = page.LastEvaluatedKey;
    } while (from);
  });
  return items;
}
