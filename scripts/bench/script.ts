import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { labelOf, TABLE } from './workload.ts';

/** The script that everybody writes first: one page after the other, one item after the other. It stops after `most` items. */
export async function script(client: DynamoDBClient, now: string, most: number): Promise<number> {
  const document = DynamoDBDocument.from(client);
  let items = 0;
  let from: Record<string, unknown> | undefined;
  do {
    const page = await document.scan({ TableName: TABLE, ...(from && { ExclusiveStartKey: from }) });
    for (const { id, status, price } of page.Items ?? []) {
      await document.update({
        TableName: TABLE,
        Key: { id },
        UpdateExpression: 'SET label = :label',
        ExpressionAttributeValues: { ':label': labelOf(status, price, now) },
      });
      items += 1;
      if (items === most) return items;
    }
    from = page.LastEvaluatedKey;
  } while (from);
  return items;
}
