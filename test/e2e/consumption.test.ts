import { randomUUID } from 'node:crypto';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { cloudWatchClient } from '../../lib/adapters/cloudwatch/client.ts';
import { cloudWatchConsumption } from '../../lib/adapters/cloudwatch/consumption.ts';
import { COUNTED, INDEX, toldOf } from '../support/counted-units.ts';

const MINUTE_MS = 60_000;

/** The emulator counts nothing by itself, and takes what DynamoDB would count from anybody. */
test('what everybody took of a table is told minute by minute', async () => {
  const client = new CloudWatchClient();
  const table = `counted-${randomUUID()}`;
  const now = Date.now();
  const end = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  for (const { metric, index, ago, sum } of COUNTED) {
    const Dimensions = [
      { Name: 'TableName', Value: table },
      ...(index === undefined ? [] : [{ Name: 'GlobalSecondaryIndexName', Value: index }]),
    ];
    const half = { MetricName: metric, Dimensions, Value: sum / 2 };
    const MetricData = [5_000, 55_000].map((ms) => ({ ...half, Timestamp: new Date(end - ago * MINUTE_MS + ms) }));
    await client.send(new PutMetricDataCommand({ Namespace: 'AWS/DynamoDB', MetricData }));
  }
  const told = await cloudWatchConsumption(cloudWatchClient(), { now: () => now }).read(table, ['', INDEX]);
  expect(told).toStrictEqual({ minutes: toldOf(end), blind: null });
});
