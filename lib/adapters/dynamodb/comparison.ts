import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type CallDeps, call, faultOf } from './client.ts';
import type { DocumentComparison } from './conditions.ts';
import { PROBE_PARTITION } from './probe-partition.ts';

const PROBE = { PK: { S: PROBE_PARTITION }, SK: { S: 'document-comparison' }, probe: { L: [{ S: 'a' }] } };

/** How an endpoint compares lists and maps in the conditions of calls, tried on a row of our own ledger. DynamoDB compares by value; dynalite finds any two unequal. */
export async function tryComparison(client: DynamoDBClient, ledgerTable: string, deps: CallDeps): Promise<DocumentComparison> {
  await call('ledger', deps, () => client.send(new PutItemCommand({ TableName: ledgerTable, Item: PROBE })));
  const ConditionExpression = 'probe = :probe';
  const request = { TableName: ledgerTable, Item: PROBE, ConditionExpression, ExpressionAttributeValues: { ':probe': PROBE.probe } };
  try {
    await call('ledger', deps, () => client.send(new PutItemCommand(request)));
    return 'whole';
  } catch (error) {
    if (faultOf(error) === 'condition') return 'piecewise';
    throw error;
  }
}
