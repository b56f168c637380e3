import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { faultOf } from './client.ts';
import type { DocumentComparison } from './conditions.ts';

const PROBE = { PK: { S: 'PROBE' }, SK: { S: 'document-comparison' }, probe: { L: [{ S: 'a' }] } };

/** Finds out once how an endpoint compares lists and maps, on a row of our own ledger. DynamoDB compares by value; dynalite finds any two unequal. */
export function documentComparison(client: DynamoDBClient, ledgerTable: string): () => Promise<DocumentComparison> {
  let known: Promise<DocumentComparison> | undefined;
  const find = async (): Promise<DocumentComparison> => {
    await client.send(new PutItemCommand({ TableName: ledgerTable, Item: PROBE }));
    const ConditionExpression = 'probe = :probe';
    const request = { TableName: ledgerTable, Item: PROBE, ConditionExpression, ExpressionAttributeValues: { ':probe': PROBE.probe } };
    try {
      await client.send(new PutItemCommand(request));
      return 'whole';
    } catch (error) {
      if (faultOf(error) === 'condition') return 'piecewise';
      throw error;
    }
  };
  return () => {
    known ??= find().catch((error) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}
