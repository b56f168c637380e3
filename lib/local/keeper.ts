import { stat } from 'node:fs/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { CallDeps } from '../adapters/dynamodb/client.ts';
import { capacityKeeper } from '../adapters/dynamodb/keeper.ts';
import { BackfillError } from '../core/errors.ts';
import type { TableKeeper } from '../core/ports.ts';
import { backupFile, writeSnapshot } from './snapshot.ts';

interface Place {
  /** The folder of the artifacts. */
  artifacts: string;
  /** Whose rules are gone by: what restores a table of its says so. */
  environment: string;
}

/** An embedded DynamoDB takes no backups: a snapshot file among the artifacts takes their place. Capacity is its own. */
export const localKeeper = (client: DynamoDBClient, table: string, { artifacts, environment }: Place, deps: CallDeps): TableKeeper => ({
  ...capacityKeeper(client, table, deps),

  async backUp(name) {
    const at = new Date(deps.clock.now()).toISOString();
    const where = backupFile(artifacts, name);
    const bytes = await writeSnapshot(client, table, where, deps);
    const restore = `npx backfill local restore ${where}${environment === 'local' ? '' : ` -e ${environment}`}`;
    return { name, where, restore, status: 'available', bytes, at };
  },

  async backupStatus(backup) {
    if (await stat(backup.where).catch(() => undefined)) return backup;
    throw new BackfillError('backup.failed', `The snapshot ${backup.where} is gone.`);
  },
});
