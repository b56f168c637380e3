import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { parallelScanAsStream } from '@shelf/dynamodb-parallel-scan';
import { BATCH_SIZE, IN_FLIGHT, labelOf, SEGMENTS, TABLE } from './workload.ts';

/** The peer: the best-known parallel scan, and an UpdateItem for each item, so many at once. Without journal, checkpoint or condition. */
export async function peer(client: DynamoDBClient, now: string): Promise<number> {
  const document = DynamoDBDocument.from(client);
  const pages = await parallelScanAsStream({ TableName: TABLE }, { concurrency: SEGMENTS, chunkSize: BATCH_SIZE, client: document });
  let items = 0;
  for await (const page of pages as AsyncIterable<{ id: string; status: string; price: number }[]>) {
    for (let start = 0; start < page.length; start += IN_FLIGHT) {
      const updates = page.slice(start, start + IN_FLIGHT).map(({ id, status, price }) =>
        document.update({
          TableName: TABLE,
          Key: { id },
          UpdateExpression: 'SET label = :label',
          ExpressionAttributeValues: { ':label': labelOf(status, price, now) },
        }),
      );
      await Promise.all(updates);
    }
    items += page.length;
  }
  return items;
}
