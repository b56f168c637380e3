import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cloudWatchClient } from '../../../lib/adapters/cloudwatch/client.ts';
import { cloudWatchConsumption } from '../../../lib/adapters/cloudwatch/consumption.ts';
import { COUNTED, INDEX, toldOf } from '../../support/counted-units.ts';

const NOW = Date.parse('2026-11-21T12:00:30Z');
const MINUTE_MS = 60_000;

interface Query {
  Id: string;
  MetricStat: {
    Metric: { Namespace: string; MetricName: string; Dimensions: { Name: string; Value: string }[] };
    Period: number;
    Stat: string;
  };
}

interface Asked {
  StartTime: number;
  EndTime: number;
  MetricDataQueries: Query[];
}

/** CloudWatch as its HTTP API answers: by metric and index, sums at the beginnings of minutes, before now. */
let sums: Record<string, Record<number, number>> = {};
let refusal: string | null = null;
let asked: { target: string; body: Asked }[] = [];
let server: Server;

const nameOf = ({ MetricStat: { Metric } }: Query): string => {
  const index = Metric.Dimensions.find(({ Name }) => Name === 'GlobalSecondaryIndexName')?.Value;
  return `${Metric.MetricName}${index === undefined ? '' : ` ${index}`}`;
};

function answer(query: Query) {
  const values = Object.entries(sums[nameOf(query)] ?? {});
  const end = Math.floor(NOW / MINUTE_MS) * 60;
  return {
    Id: query.Id,
    Label: query.MetricStat.Metric.MetricName,
    StatusCode: 'Complete',
    Timestamps: values.map(([minutes]) => end + 60 * Number(minutes)),
    Values: values.map(([, sum]) => sum),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const body: Asked = JSON.parse(await textOf(request));
    asked.push({ target: String(request.headers['x-amz-target']), body });
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.statusCode = refusal === null ? 200 : 400;
    response.end(
      JSON.stringify(
        refusal === null
          ? { MetricDataResults: body.MetricDataQueries.map(answer), Messages: [] }
          : { __type: `com.amazonaws.cloudwatch#${refusal}`, message: 'no' },
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  sums = {};
  refusal = null;
  asked = [];
});

function meter() {
  const { port } = server.address() as AddressInfo;
  const client = cloudWatchClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  const clock = { now: NOW };
  return { consumption: cloudWatchConsumption(client, { now: () => clock.now }), clock };
}

const END = Date.parse('2026-11-21T12:00:00Z');

test('one call asks for both kinds of units, of the table and of each index, for the last hour', async () => {
  const { consumption } = meter();
  await consumption.read('receipts', ['', INDEX]);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.target).toBe('GraniteServiceVersion20100801.GetMetricData');
  expect(asked[0]?.body).toMatchObject({ StartTime: (END - 60 * MINUTE_MS) / 1_000, EndTime: END / 1_000 });
  const { MetricDataQueries = [] } = asked[0]?.body ?? {};
  expect(MetricDataQueries.map(nameOf)).toStrictEqual([
    'ConsumedWriteCapacityUnits',
    'ConsumedReadCapacityUnits',
    `ConsumedWriteCapacityUnits ${INDEX}`,
    `ConsumedReadCapacityUnits ${INDEX}`,
  ]);
  for (const { MetricStat } of MetricDataQueries) {
    expect(MetricStat).toMatchObject({ Period: 60, Stat: 'Sum', Metric: { Namespace: 'AWS/DynamoDB' } });
    expect(MetricStat.Metric.Dimensions[0]).toStrictEqual({ Name: 'TableName', Value: 'receipts' });
  }
});

test('sums of minutes become units a second, oldest minute first; what is not told is not there', async () => {
  for (const { metric, index, ago, sum } of COUNTED) {
    const name = index === undefined ? metric : `${metric} ${index}`;
    sums[name] = { ...sums[name], [-ago]: sum };
  }
  expect(await meter().consumption.read('receipts', ['', INDEX])).toStrictEqual({ minutes: toldOf(END), blind: null });
});

test('is asked once a minute at most, for each table', async () => {
  const { consumption, clock } = meter();
  await consumption.read('receipts', ['']);
  clock.now += MINUTE_MS - 1;
  await consumption.read('receipts', ['']);
  expect(asked).toHaveLength(1);
  clock.now += 1;
  await consumption.read('receipts', ['']);
  await consumption.read('wardrobe', ['']);
  expect(asked).toHaveLength(3);
});

test('whoever may not ask hears so, and what was told before still holds', async () => {
  const { consumption, clock } = meter();
  sums = { ConsumedWriteCapacityUnits: { '-2': 600 } };
  const { minutes } = await consumption.read('receipts', ['']);
  refusal = 'AccessDenied';
  clock.now += MINUTE_MS;
  expect(await consumption.read('receipts', [''])).toMatchObject({ minutes, blind: 'CloudWatch does not tell (AccessDenied).' });
  refusal = null;
  clock.now += MINUTE_MS;
  expect(await consumption.read('receipts', [''])).toMatchObject({ minutes, blind: null });
});

test('nobody at all is no error either', async () => {
  const client = cloudWatchClient({
    endpoint: 'http://127.0.0.1:1',
    region: 'eu-central-1',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  const told = await cloudWatchConsumption(client, { now: () => NOW }).read('receipts', ['']);
  expect(told).toMatchObject({ minutes: [], blind: expect.stringContaining('CloudWatch does not tell') });
});
