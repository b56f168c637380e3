import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndexDescription,
  type LocalSecondaryIndexDescription,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import type { TableFacts, TableSurvey } from '../../core/ports.ts';
import { type CallDeps, call, faultOf } from './client.ts';

/** `undefined`: there is no such table. */
export async function describeTable(client: DynamoDBClient, table: string, deps: CallDeps): Promise<TableDescription | undefined> {
  const answer = await call('table', deps, () =>
    client.send(new DescribeTableCommand({ TableName: table })).catch((error) => {
      if (faultOf(error) === 'missing') return { Table: undefined };
      throw error;
    }),
  );
  return answer.Table;
}

/** All that matters before a mass write, in three calls. `undefined`: there is no such table. */
export async function surveyTable(client: DynamoDBClient, table: string, deps: CallDeps): Promise<TableSurvey | undefined> {
  const found = await describeTable(client, table, deps);
  if (!found) return undefined;
  const [pointInTimeRecovery, ttl] = await Promise.all([recoveryOf(client, table, deps), ttlOf(client, table, deps)]);
  const { StreamSpecification: stream, WarmThroughput: warm } = found;
  return {
    facts: factsOf(found),
    items: found.ItemCount ?? null,
    bytes: found.TableSizeBytes ?? null,
    provisioned: provisionedOf(found),
    warm:
      // An emulator may say 0, which no table has.
      warm?.ReadUnitsPerSecond && warm.WriteUnitsPerSecond ? { read: warm.ReadUnitsPerSecond, write: warm.WriteUnitsPerSecond } : null,
    pointInTimeRecovery,
    stream: stream?.StreamEnabled ? (stream.StreamViewType ?? 'KEYS_ONLY') : undefined,
    ttl,
    replicas: replicasOf(found),
  };
}

export function factsOf(table: TableDescription): TableFacts {
  const local = (table.LocalSecondaryIndexes ?? []).map((index) => ({ ...indexOf(index), local: true as const }));
  return {
    name: table.TableName ?? '',
    status: table.TableStatus ?? 'UNKNOWN',
    key: keyNames(table.KeySchema),
    indexes: [...(table.GlobalSecondaryIndexes ?? []).map(indexOf), ...local],
    keyTypes: Object.fromEntries(
      (table.AttributeDefinitions ?? []).map(({ AttributeName = '', AttributeType = 'S' }) => [
        AttributeName,
        AttributeType as 'S' | 'N' | 'B',
      ]),
    ),
  };
}

function indexOf(index: GlobalSecondaryIndexDescription | LocalSecondaryIndexDescription): TableFacts['indexes'][number] {
  const { ProjectionType = 'ALL', NonKeyAttributes = [] } = index.Projection ?? {};
  return {
    name: index.IndexName ?? '',
    status: String(('IndexStatus' in index && index.IndexStatus) || 'ACTIVE'),
    key: keyNames(index.KeySchema),
    projection: ProjectionType,
    ...(ProjectionType === 'INCLUDE' && { projected: [...NonKeyAttributes].sort() }),
  };
}

const keyNames = (schema: { AttributeName?: string | undefined; KeyType?: string | undefined }[] = []): string[] =>
  [...schema].sort((a, b) => (a.KeyType ?? '').localeCompare(b.KeyType ?? '')).map(({ AttributeName = '' }) => AttributeName);

interface Throughput {
  ReadCapacityUnits?: number | undefined;
  WriteCapacityUnits?: number | undefined;
}

const unitsOf = ({ ReadCapacityUnits = 0, WriteCapacityUnits = 0 }: Throughput = {}) => ({
  read: ReadCapacityUnits,
  write: WriteCapacityUnits,
});

/** A table that never was anything else says nothing of its billing mode; one on demand has no units. */
function provisionedOf(table: TableDescription): TableSurvey['provisioned'] {
  const units = unitsOf(table.ProvisionedThroughput);
  if (table.BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST' || units.write === 0) return undefined;
  const indexes = (table.GlobalSecondaryIndexes ?? []).map(({ IndexName = '', ProvisionedThroughput }) => [
    IndexName,
    unitsOf(ProvisionedThroughput),
  ]);
  return { ...units, indexes: Object.fromEntries(indexes) };
}

/** Those in other regions than the table's own. */
function replicasOf({ TableArn = '', Replicas = [] }: TableDescription): string[] {
  const [, , , own] = TableArn.split(':');
  return Replicas.flatMap(({ RegionName }) => (RegionName !== undefined && RegionName !== own ? [RegionName] : [])).sort();
}

/** What an endpoint does not know, or a role may not ask, cannot be found out here: `null`. Passing faults are tried again. */
async function ifKnown<T>(deps: CallDeps, ask: () => Promise<T>): Promise<T | null> {
  return call('table', deps, () =>
    ask().catch((error) => {
      const isPassing = (error as Error).name !== 'UnknownOperationException' && ['throttle', 'transient'].includes(faultOf(error));
      if (isPassing) throw error;
      return null;
    }),
  );
}

const recoveryOf = (client: DynamoDBClient, TableName: string, deps: CallDeps): Promise<boolean | null> =>
  ifKnown(deps, async () => {
    const { ContinuousBackupsDescription: backups } = await client.send(new DescribeContinuousBackupsCommand({ TableName }));
    const status = backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
    return status === undefined ? null : status === 'ENABLED';
  });

const ttlOf = (client: DynamoDBClient, TableName: string, deps: CallDeps): Promise<string | null | undefined> =>
  ifKnown(deps, async () => {
    const { TimeToLiveDescription: ttl } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
    return ttl?.TimeToLiveStatus === 'DISABLED' ? undefined : (ttl?.AttributeName ?? null);
  });
