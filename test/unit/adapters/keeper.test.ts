import {
  CreateBackupCommand,
  CreateTableCommand,
  DescribeBackupCommand,
  DescribeTableCommand,
  DynamoDBClient,
  LimitExceededException,
  ResourceInUseException,
  type TableDescription,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { tableKeeper } from '../../../lib/adapters/dynamodb/keeper.ts';
import type { BackupRecord } from '../../../lib/core/records/run.ts';
import { type Endpoint, openEndpoint } from '../../support/endpoint.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const ARN = 'arn:aws:dynamodb:eu-central-1:123456789012:table/receipts/backup/01';
const deps = { clock: fakeClock(), random: () => 0.5 };

const client = new DynamoDBClient({ region: 'eu-central-1' });
const aws = mockClient(client);
const keeper = tableKeeper(client, 'receipts', deps);
beforeEach(() => aws.reset());

const denied = Object.assign(new Error('User: x is not authorized to perform that.'), { name: 'AccessDeniedException' });
const refusal = { $metadata: {}, message: 'Subscriber limit exceeded.' };

describe('backups', () => {
  const details = {
    BackupArn: ARN,
    BackupName: 'b',
    BackupCreationDateTime: new Date('2026-11-21T12:00:00Z'),
    BackupType: 'USER' as const,
  };
  const begun: BackupRecord = {
    name: 'b',
    where: ARN,
    restore: `aws dynamodb restore-table-from-backup --target-table-name receipts-restored --backup-arn ${ARN}`,
    status: 'creating',
    bytes: null,
    at: '2026-11-21T12:00:00.000Z',
  };

  test('one is begun by name, and says where it is and how to have it back', async () => {
    aws
      .on(CreateBackupCommand, { TableName: 'receipts', BackupName: 'b' })
      .resolves({ BackupDetails: { ...details, BackupStatus: 'CREATING' } });
    expect(await keeper.backUp('b')).toEqual(begun);
  });

  test('it is looked after by its ARN until it is AVAILABLE, with its size', async () => {
    const describe = aws.on(DescribeBackupCommand, { BackupArn: ARN });
    describe.resolves({ BackupDescription: { BackupDetails: { ...details, BackupStatus: 'CREATING' } } });
    expect(await keeper.backupStatus(begun)).toEqual(begun);
    describe.resolves({ BackupDescription: { BackupDetails: { ...details, BackupStatus: 'AVAILABLE', BackupSizeBytes: 4096 } } });
    expect(await keeper.backupStatus(begun)).toEqual({ ...begun, status: 'available', bytes: 4096 });
  });

  test('one that was deleted has failed, and so has one that may not be taken', async () => {
    aws.on(DescribeBackupCommand).resolves({ BackupDescription: { BackupDetails: { ...details, BackupStatus: 'DELETED' } } });
    await expect(keeper.backupStatus(begun)).rejects.toMatchObject({ code: 'backup.failed', message: expect.stringContaining('DELETED') });
    aws.on(CreateBackupCommand).rejects(denied);
    await expect(keeper.backUp('b')).rejects.toMatchObject({ code: 'backup.failed', message: expect.stringContaining('not authorized') });
  });

  test('a table that is gone, or does not answer, is no fault of the backup', async () => {
    aws.on(CreateBackupCommand).rejects(Object.assign(new Error('no table'), { name: 'ResourceNotFoundException' }));
    await expect(keeper.backUp('b')).rejects.toMatchObject({ code: 'preflight.table-missing' });
    aws.on(CreateBackupCommand).rejects(Object.assign(new Error('down'), { name: 'InternalServerError' }));
    await expect(keeper.backUp('b')).rejects.toMatchObject({ code: 'table.unreachable' });
  });
});

describe('the warm throughput of a table billed on demand', () => {
  const warm = (ReadUnitsPerSecond: number, WriteUnitsPerSecond: number, Status: 'ACTIVE' | 'UPDATING' = 'ACTIVE') => ({
    ReadUnitsPerSecond,
    WriteUnitsPerSecond,
    Status,
  });
  const table = (own: ReturnType<typeof warm>, index: ReturnType<typeof warm>): TableDescription => ({
    TableStatus: 'ACTIVE',
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    WarmThroughput: own,
    GlobalSecondaryIndexes: [{ IndexName: 'GSI1', IndexStatus: 'ACTIVE', WarmThroughput: index }],
  });

  test('is read of the table and its indexes, and is settled once all of them are', async () => {
    const describe = aws.on(DescribeTableCommand);
    describe.resolves({ Table: table(warm(12_000, 4_000), warm(12_000, 4_000, 'UPDATING')) });
    expect(await keeper.writeCapacity()).toEqual({ mode: 'warm', units: { '': 4_000, GSI1: 4_000 }, settled: false });
    describe.resolves({ Table: table(warm(12_000, 4_000), warm(12_000, 9_000)) });
    expect(await keeper.writeCapacity()).toEqual({ mode: 'warm', units: { '': 4_000, GSI1: 9_000 }, settled: true });
  });

  test('is raised where it is too low, and nowhere else; reading keeps what it has', async () => {
    aws.on(DescribeTableCommand).resolves({ Table: table(warm(12_000, 4_000), warm(12_000, 9_000)) });
    aws.on(UpdateTableCommand).resolves({});
    expect(await keeper.setWriteCapacity('warm', { '': 9_000, GSI1: 9_000 })).toBe(true);
    expect(aws.commandCalls(UpdateTableCommand).map(({ args }) => args[0].input)).toEqual([
      { TableName: 'receipts', WarmThroughput: { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 9_000 } },
    ]);
  });

  test('of an endpoint that does not know it there are no units', async () => {
    aws.on(DescribeTableCommand).resolves({ Table: { TableStatus: 'ACTIVE', BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' } } });
    expect(await keeper.writeCapacity()).toEqual({ mode: 'warm', units: {}, settled: true });
  });
});

describe('a change that is not taken', () => {
  const five = { ReadCapacityUnits: 5, WriteCapacityUnits: 5 };
  beforeEach(() => aws.on(DescribeTableCommand).resolves({ Table: { TableStatus: 'ACTIVE', ProvisionedThroughput: five } }));

  test('because the table is being changed is asked for again later', async () => {
    aws.on(UpdateTableCommand).rejects(new ResourceInUseException(refusal));
    expect(await keeper.setWriteCapacity('provisioned', { '': 50 })).toBe(false);
  });

  test('because of a limit is refused at once: waiting does not lift it', async () => {
    aws.on(UpdateTableCommand).rejects(new LimitExceededException(refusal));
    await expect(keeper.setWriteCapacity('provisioned', { '': 50 })).rejects.toMatchObject({ code: 'capacity.refused' });
    expect(aws.commandCalls(UpdateTableCommand)).toHaveLength(1);
  });

  test('for want of the right names the key that gives it', async () => {
    aws.on(UpdateTableCommand).rejects(denied);
    const change = keeper.setWriteCapacity('provisioned', { '': 50 });
    await expect(change).rejects.toMatchObject({ code: 'capacity.refused', message: expect.stringContaining('"raiseCapacity": true') });
  });
});

describe('provisioned capacity', () => {
  let endpoint: Endpoint;
  beforeAll(async () => {
    endpoint = await openEndpoint();
  });
  afterAll(() => endpoint.close());

  const throughput = (read: number, write: number) => ({ ProvisionedThroughput: { ReadCapacityUnits: read, WriteCapacityUnits: write } });
  const key = (AttributeName: string) => [{ AttributeName, KeyType: 'HASH' as const }];

  test('is raised and lowered of table and indexes, and the read units stay', async () => {
    const TableName = 'provisioned';
    await endpoint.dynamo.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: ['id', 'a', 'b'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
        KeySchema: key('id'),
        ...throughput(7, 5),
        GlobalSecondaryIndexes: [
          { IndexName: 'byA', KeySchema: key('a'), Projection: { ProjectionType: 'ALL' }, ...throughput(3, 2) },
          { IndexName: 'byB', KeySchema: key('b'), Projection: { ProjectionType: 'ALL' }, ...throughput(4, 90) },
        ],
      }),
    );
    const real = tableKeeper(endpoint.dynamo, TableName, deps);
    const settled = async () => {
      for (;;) {
        const state = await real.writeCapacity();
        if (state.settled) return state;
        await new Promise(setImmediate);
      }
    };
    expect(await settled()).toEqual({ mode: 'provisioned', units: { '': 5, byA: 2, byB: 90 }, settled: true });
    expect(await real.commandFor({ '': 5, byA: 2 })).toBe(
      "aws dynamodb update-table --table-name provisioned --provisioned-throughput ReadCapacityUnits=7,WriteCapacityUnits=5 --global-secondary-index-updates 'Update={IndexName=byA,ProvisionedThroughput={ReadCapacityUnits=3,WriteCapacityUnits=2}}'",
    );

    expect(await real.setWriteCapacity('provisioned', { '': 50, byA: 50, byB: 90 })).toBe(true);
    expect((await settled()).units).toEqual({ '': 50, byA: 50, byB: 90 });
    // What it has already is no request at all, which DynamoDB would refuse.
    expect(await real.setWriteCapacity('provisioned', { '': 50, byA: 50, byB: 90 })).toBe(true);
    expect(await real.setWriteCapacity('provisioned', { '': 5, byA: 2, byB: 90 })).toBe(true);
    expect((await settled()).units).toEqual({ '': 5, byA: 2, byB: 90 });

    const { Table } = await endpoint.dynamo.send(new DescribeTableCommand({ TableName }));
    const reads = [Table, ...(Table?.GlobalSecondaryIndexes ?? [])].map((part) => part?.ProvisionedThroughput?.ReadCapacityUnits);
    expect(reads.sort()).toEqual([3, 4, 7]);
  });
});
