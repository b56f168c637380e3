import { DescribeTableCommand, DynamoDBClient, type TableDescription } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { type ConsumptionMeter, nobodyCounts } from '../../../lib/adapters/consumption.ts';
import { trafficMeter } from '../../../lib/adapters/dynamodb/traffic.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const client = new DynamoDBClient({ region: 'eu-central-1' });
const aws = mockClient(client);
const deps = { clock: fakeClock(), random: () => 0.5 };

const MINUTES = [{ at: 0, write: { '': 5 }, read: {} }];
const read = jest.fn<ReturnType<ConsumptionMeter['read']>, Parameters<ConsumptionMeter['read']>>();
const meter = trafficMeter(client, 'receipts', { read }, deps);
const RESERVE = { reserve: 0.3, ramp: true };

beforeEach(() => {
  aws.reset();
  read.mockReset().mockResolvedValue({ minutes: MINUTES, blind: null });
});

const describes = (Table: Partial<TableDescription>) =>
  aws.on(DescribeTableCommand, { TableName: 'receipts' }).resolves({ Table: Table as TableDescription });

const provisioned: Partial<TableDescription> = {
  ProvisionedThroughput: { ReadCapacityUnits: 300, WriteCapacityUnits: 100 },
  GlobalSecondaryIndexes: [{ IndexName: 'GSI1', ProvisionedThroughput: { ReadCapacityUnits: 30, WriteCapacityUnits: 10 } }],
};

const warm: Partial<TableDescription> = {
  BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
  WarmThroughput: { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4_000, Status: 'ACTIVE' },
};

test('what a table and its indexes were given, and what everybody takes of them', async () => {
  describes(provisioned);
  expect(await meter.read(RESERVE)).toStrictEqual({
    mode: 'provisioned',
    capacity: { write: { '': 100, GSI1: 10 }, read: { '': 300, GSI1: 30 } },
    minutes: MINUTES,
    blind: null,
  });
  expect(read).toHaveBeenCalledWith('receipts', ['', 'GSI1']);
});

test('what a table billed on demand is ready for', async () => {
  describes(warm);
  expect(await meter.read({ reserve: null, ramp: true })).toMatchObject({
    mode: 'warm',
    capacity: { write: { '': 4_000 }, read: { '': 12_000 } },
    minutes: MINUTES,
  });
});

test('what others take is asked only where it matters', async () => {
  describes(provisioned);
  expect(await meter.read({ reserve: null, ramp: true })).toMatchObject({ minutes: [], blind: null });
  expect(read).not.toHaveBeenCalled();
});

test('an endpoint that does not tell what a table can take has nothing to reserve; one without metrics says so', async () => {
  describes({ BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' } });
  expect(await meter.read(RESERVE)).toBeNull();
  describes(provisioned);
  const local = trafficMeter(client, 'receipts', nobodyCounts('No metrics here.'), deps);
  expect(await local.read(RESERVE)).toMatchObject({ mode: 'provisioned', minutes: [], blind: 'No metrics here.' });
});
