import {
  CreateBackupCommand,
  DescribeBackupCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  LimitExceededException,
  ResourceInUseException,
  type TableDescription,
  UpdateTableCommand,
  type UpdateTableCommandInput,
} from '@aws-sdk/client-dynamodb';
import { BackfillError, isBackfillError } from '../../core/errors.ts';
import type { BackupKeeper, CapacityKeeper, CapacityState, TableKeeper } from '../../core/ports.ts';
import type { BackupRecord, WriteCapacity } from '../../core/records/run.ts';
import { type CallDeps, call } from './client.ts';
import { modeOf, type Part, partsOf, unitsOf } from './throughput.ts';

/** Backups and capacity of a table in DynamoDB itself. */
export const tableKeeper = (client: DynamoDBClient, table: string, deps: CallDeps): TableKeeper => ({
  ...backupKeeper(client, table, deps),
  ...capacityKeeper(client, table, deps),
});

/** On-demand backups. A call whose answer is lost may leave a second backup of the same name, which nothing here refers to. */
function backupKeeper(client: DynamoDBClient, table: string, deps: CallDeps): BackupKeeper {
  const failed = (why: string, cause?: unknown): BackfillError =>
    new BackfillError('backup.failed', `The table "${table}" has no backup: ${why}`, { cause, details: { table } });

  const attempt = async <T>(operation: () => Promise<T>): Promise<T> => {
    try {
      return await call('table', deps, operation);
    } catch (error) {
      // That the table is gone, or does not answer, is no fault of the backup's.
      if (isBackfillError(error) && error.code !== 'table.access-denied') throw error;
      throw failed((error as Error).message, error);
    }
  };

  return {
    async backUp(name) {
      const { BackupDetails = {} } = await attempt(() => client.send(new CreateBackupCommand({ TableName: table, BackupName: name })));
      const { BackupArn = '', BackupStatus, BackupSizeBytes = null, BackupCreationDateTime } = BackupDetails as BackupDetailsLike;
      return {
        name,
        where: BackupArn,
        restore: `aws dynamodb restore-table-from-backup --target-table-name ${table}-restored --backup-arn ${BackupArn}`,
        status: BackupStatus === 'AVAILABLE' ? 'available' : 'creating',
        bytes: BackupSizeBytes,
        at: (BackupCreationDateTime ?? new Date(deps.clock.now())).toISOString(),
      };
    },

    async backupStatus(backup): Promise<BackupRecord> {
      const answer = await attempt(() => client.send(new DescribeBackupCommand({ BackupArn: backup.where })));
      const { BackupStatus, BackupSizeBytes } = answer.BackupDescription?.BackupDetails ?? {};
      if (BackupStatus !== 'AVAILABLE' && BackupStatus !== 'CREATING') throw failed(`${backup.name} is ${BackupStatus ?? 'gone'}.`);
      return { ...backup, status: BackupStatus === 'AVAILABLE' ? 'available' : 'creating', bytes: BackupSizeBytes ?? backup.bytes };
    },
  };
}

interface BackupDetailsLike {
  BackupArn?: string;
  BackupStatus?: string;
  BackupSizeBytes?: number;
  BackupCreationDateTime?: Date;
}

/** Provisioned capacity, or the warm throughput of a table billed on demand. */
export function capacityKeeper(client: DynamoDBClient, table: string, deps: CallDeps): CapacityKeeper {
  const describe = async (): Promise<TableDescription> => {
    const { Table = {} } = await call('table', deps, () => client.send(new DescribeTableCommand({ TableName: table })));
    return Table;
  };

  const refused = (why: string, cause: unknown): BackfillError =>
    new BackfillError('capacity.refused', `The write capacity of "${table}" cannot be changed: ${why}`, { cause, details: { table } });

  /** False: the table is being changed. A limit is no throttle here: waiting does not lift it. */
  const update = async (request: UpdateTableCommandInput): Promise<boolean> => {
    try {
      await client.send(new UpdateTableCommand(request));
      return true;
    } catch (error) {
      if (error instanceof ResourceInUseException) return false;
      if (error instanceof LimitExceededException) throw refused(error.message, error);
      throw error;
    }
  };

  return {
    async writeCapacity() {
      const description = await describe();
      return { mode: modeOf(description), units: unitsOf(description, 'write'), settled: isSettled(description) };
    },

    async commandFor(units) {
      return commandFor(table, partsOf(await describe()), units);
    },

    async setWriteCapacity(mode, units) {
      const request = requestFor(table, await describe(), mode, units);
      if (!request) return true;
      try {
        return await call('table', deps, () => update(request));
      } catch (error) {
        if (!isBackfillError(error)) throw refused((error as Error).message, error);
        if (error.code !== 'table.access-denied') throw error;
        throw refused(`${error.message} The role has that permission where cdk.json says "raiseCapacity": true of the environment.`, error);
      }
    },
  };
}

const isSettled = (description: TableDescription): boolean =>
  partsOf(description).every(({ status, warm }) => status === 'ACTIVE' && (warm?.Status ?? 'ACTIVE') === 'ACTIVE');

/** Names what changes and nothing else: DynamoDB refuses a request for what a table has already. Read units stay. */
function requestFor(
  table: string,
  description: TableDescription,
  mode: CapacityState['mode'],
  units: WriteCapacity,
): UpdateTableCommandInput | undefined {
  const present = unitsOf(description, 'write');
  const changed = partsOf(description).filter(({ name }) => units[name] !== undefined && units[name] !== present[name]);
  if (changed.length === 0) return undefined;
  const setting = ({ name, throughput, warm }: Part) =>
    mode === 'provisioned'
      ? { ProvisionedThroughput: { ReadCapacityUnits: throughput.ReadCapacityUnits, WriteCapacityUnits: units[name] } }
      : { WarmThroughput: { ReadUnitsPerSecond: warm?.ReadUnitsPerSecond, WriteUnitsPerSecond: units[name] } };
  const own = changed.find(({ name }) => name === '');
  const indexes = changed.filter(({ name }) => name !== '');
  return {
    TableName: table,
    ...(own && setting(own)),
    ...(indexes.length > 0 && {
      GlobalSecondaryIndexUpdates: indexes.map((part) => ({ Update: { IndexName: part.name, ...setting(part) } })),
    }),
  } as UpdateTableCommandInput;
}

/** Names only what shall change, for the same reason. */
function commandFor(table: string, parts: readonly Part[], units: WriteCapacity): string {
  const named = parts.filter(({ name }) => units[name] !== undefined);
  const setting = ({ name, throughput }: Part): string =>
    `ReadCapacityUnits=${throughput.ReadCapacityUnits ?? 0},WriteCapacityUnits=${units[name]}`;
  const own = named.filter(({ name }) => name === '').map((part) => `--provisioned-throughput ${setting(part)}`);
  const indexes = named
    .filter(({ name }) => name !== '')
    .map((part) => `'Update={IndexName=${part.name},ProvisionedThroughput={${setting(part)}}}'`);
  const updates = indexes.length > 0 ? ['--global-secondary-index-updates', ...indexes] : [];
  return ['aws dynamodb update-table --table-name', table, ...own, ...updates].join(' ');
}
