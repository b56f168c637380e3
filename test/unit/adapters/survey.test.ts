import {
  CreateTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ResourceNotFoundException,
  ScanCommand,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { tableInspector } from '../../../lib/adapters/dynamodb/table.ts';
import type { TableSurvey } from '../../../lib/core/ports.ts';
import { openEndpoint } from '../../support/endpoint.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const deps = () => ({ clock: fakeClock(), random: () => 0.5 });
const fault = (name: string) => Object.assign(new Error(`it is ${name}`), { name });

describe('what DynamoDB says of a table', () => {
  const dynamo = mockClient(DynamoDBClient);
  beforeEach(() => dynamo.reset());
  afterAll(() => dynamo.restore());

  const PLAIN: TableDescription = {
    TableName: 'prod-things',
    TableArn: 'arn:aws:dynamodb:eu-central-1:123456789012:table/prod-things',
    TableStatus: 'ACTIVE',
    KeySchema: [
      { AttributeName: 'at', KeyType: 'RANGE' },
      { AttributeName: 'id', KeyType: 'HASH' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'id', AttributeType: 'S' },
      { AttributeName: 'at', AttributeType: 'N' },
    ],
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
    ItemCount: 1234,
    TableSizeBytes: 99_000,
  };
  const answers = (table: TableDescription = PLAIN): void => {
    dynamo.on(DescribeTableCommand, { TableName: 'prod-things' }).resolves({ Table: table });
    dynamo.on(DescribeContinuousBackupsCommand, { TableName: 'prod-things' }).resolves({
      ContinuousBackupsDescription: {
        ContinuousBackupsStatus: 'ENABLED',
        PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' },
      },
    });
    dynamo
      .on(DescribeTimeToLiveCommand, { TableName: 'prod-things' })
      .resolves({ TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } });
  };
  const inspector = () => tableInspector(new DynamoDBClient({}), 'prod-things', deps());
  const survey = async (): Promise<TableSurvey> => {
    const found = await inspector().survey();
    if (!found) throw new Error('no table');
    return found;
  };

  test('a plain table on demand', async () => {
    answers();
    expect(await survey()).toStrictEqual({
      facts: { name: 'prod-things', status: 'ACTIVE', key: ['id', 'at'], indexes: [], keyTypes: { id: 'S', at: 'N' } },
      items: 1234,
      bytes: 99_000,
      provisioned: undefined,
      warm: null,
      pointInTimeRecovery: true,
      stream: undefined,
      ttl: undefined,
      replicas: [],
    });
  });

  test('capacity of table and indexes, whatever is said of the billing mode', async () => {
    const { BillingModeSummary: _, ...silent } = PLAIN;
    const key = { KeySchema: [{ AttributeName: 'at', KeyType: 'HASH' as const }] };
    const indexes = [
      { IndexName: 'G1', ...key, IndexStatus: 'CREATING' as const, Projection: { ProjectionType: 'KEYS_ONLY' as const } },
      { IndexName: 'G2', ...key, Projection: { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: ['b', 'a'] } },
    ];
    const withUnits = indexes.map((index, n) => ({ ...index, ProvisionedThroughput: { ReadCapacityUnits: 3, WriteCapacityUnits: 2 + n } }));
    for (const summary of [{}, { BillingModeSummary: { BillingMode: 'PROVISIONED' as const } }]) {
      answers({
        ...silent,
        ...summary,
        ProvisionedThroughput: { ReadCapacityUnits: 10, WriteCapacityUnits: 5 },
        GlobalSecondaryIndexes: withUnits,
      });
      const { provisioned, facts } = await survey();
      expect(provisioned).toStrictEqual({ read: 10, write: 5, indexes: { G1: { read: 3, write: 2 }, G2: { read: 3, write: 3 } } });
      expect(facts.indexes).toStrictEqual([
        { name: 'G1', status: 'CREATING', key: ['at'], projection: 'KEYS_ONLY' },
        { name: 'G2', status: 'ACTIVE', key: ['at'], projection: 'INCLUDE', projected: ['a', 'b'] },
      ]);
    }
  });

  test('warm throughput, stream, TTL attribute, and replicas in other regions', async () => {
    answers({
      ...PLAIN,
      WarmThroughput: { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4_000, Status: 'ACTIVE' },
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      Replicas: [{ RegionName: 'us-east-1' }, { RegionName: 'eu-central-1' }, { RegionName: 'ap-southeast-2' }],
    });
    dynamo.on(DescribeTimeToLiveCommand).resolves({ TimeToLiveDescription: { TimeToLiveStatus: 'ENABLING', AttributeName: 'expires' } });
    expect(await survey()).toMatchObject({
      warm: { read: 12_000, write: 4_000 },
      stream: 'NEW_AND_OLD_IMAGES',
      ttl: 'expires',
      replicas: ['ap-southeast-2', 'us-east-1'],
    });
  });

  test('a warm throughput of nothing is none that is known', async () => {
    answers({ ...PLAIN, WarmThroughput: { ReadUnitsPerSecond: 0, WriteUnitsPerSecond: 0 } });
    expect(await survey()).toMatchObject({ warm: null });
  });

  test('a stream that was switched off is none; recovery that is off is off', async () => {
    answers({ ...PLAIN, StreamSpecification: { StreamEnabled: false } });
    dynamo.on(DescribeContinuousBackupsCommand).resolves({
      ContinuousBackupsDescription: {
        ContinuousBackupsStatus: 'ENABLED',
        PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
      },
    });
    expect(await survey()).toMatchObject({ stream: undefined, pointInTimeRecovery: false });
  });

  test.each(['AccessDeniedException', 'UnknownOperationException', 'ValidationException'])(
    'what is answered by %s cannot be found out',
    async (name) => {
      answers();
      dynamo.on(DescribeContinuousBackupsCommand).rejects(fault(name));
      dynamo.on(DescribeTimeToLiveCommand).rejects(fault(name));
      expect(await survey()).toMatchObject({ pointInTimeRecovery: null, ttl: null, items: 1234 });
    },
  );

  test('a passing fault is tried again', async () => {
    answers();
    dynamo
      .on(DescribeContinuousBackupsCommand)
      .rejectsOnce(fault('ThrottlingException'))
      .rejectsOnce(fault('InternalServerError'))
      .resolves({
        ContinuousBackupsDescription: {
          ContinuousBackupsStatus: 'ENABLED',
          PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' },
        },
      });
    expect((await survey()).pointInTimeRecovery).toBe(true);
  });

  test('no table, and a table that may not be looked at', async () => {
    dynamo.on(DescribeTableCommand).rejects(new ResourceNotFoundException({ message: 'no', $metadata: {} }));
    expect(await inspector().survey()).toBeUndefined();
    dynamo.on(DescribeTableCommand).rejects(fault('AccessDeniedException'));
    await expect(inspector().survey()).rejects.toMatchObject({ code: 'table.access-denied', message: 'it is AccessDeniedException' });
  });

  test('tells local indexes, which share the table’s capacity, from global ones', async () => {
    const projected = { KeySchema: PLAIN.KeySchema, Projection: { ProjectionType: 'ALL' as const } };
    answers({
      ...PLAIN,
      GlobalSecondaryIndexes: [{ IndexName: 'wide', IndexStatus: 'ACTIVE', ...projected }],
      LocalSecondaryIndexes: [{ IndexName: 'near', ...projected }],
    });
    const { indexes } = (await survey()).facts;
    expect(indexes.map(({ name, local }) => [name, local])).toStrictEqual([
      ['wide', undefined],
      ['near', true],
    ]);
  });

  test('the facts alone, which every worker asks for, cost one call', async () => {
    answers();
    expect(await inspector().describe()).toStrictEqual((await survey()).facts);
    dynamo.resetHistory();
    await inspector().describe();
    expect(dynamo.calls()).toHaveLength(1);
  });

  test('a survey reads no item', async () => {
    answers();
    await survey();
    expect(dynamo.commandCalls(ScanCommand)).toHaveLength(0);
    expect(dynamo.calls()).toHaveLength(3);
  });
});

test('an endpoint that does not know recovery leaves it open', async () => {
  const endpoint = await openEndpoint();
  try {
    const table = await endpoint.createTable([{ name: 'id', type: 'S' }]);
    const onDemand = await tableInspector(endpoint.dynamo, table, deps()).survey();
    expect(onDemand).toMatchObject({ provisioned: undefined, stream: undefined, replicas: [] });
    if (endpoint.isDynalite) {
      expect(onDemand).toMatchObject({ pointInTimeRecovery: null, ttl: undefined });
      const TableName = `${table}-provisioned`;
      await endpoint.dynamo.send(
        new CreateTableCommand({
          TableName,
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          ProvisionedThroughput: { ReadCapacityUnits: 7, WriteCapacityUnits: 3 },
        }),
      );
      expect(await tableInspector(endpoint.dynamo, TableName, deps()).survey()).toMatchObject({
        provisioned: { read: 7, write: 3, indexes: {} },
      });
    }
  } finally {
    await endpoint.close();
  }
});
