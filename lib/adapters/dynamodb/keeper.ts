import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { TableKeeper } from '../../core/ports.ts';
import type { CallDeps } from './client.ts';

/** Backups and capacity of a table in DynamoDB itself. */
export function tableKeeper(_client: DynamoDBClient, _table: string, _deps: CallDeps): TableKeeper {
  const todo = async (): Promise<never> => {
    throw new Error('not yet');
  };
  return { backUp: todo, backupStatus: todo, writeCapacity: todo, setWriteCapacity: todo };
}
