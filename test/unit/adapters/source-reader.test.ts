import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { sourceReader } from '../../../lib/adapters/dynamodb/table.ts';
import { fakeClock } from '../../support/fake-clock.ts';

/** One page of a segment, and what is asked of it. */

const client = new DynamoDBClient({ region: 'us-east-1' });
const mocked = mockClient(client);
const { readPage } = sourceReader(client, 'things', { clock: fakeClock(), random: () => 0 });
const request = { segment: 1, totalSegments: 4, cursor: null, limit: 10, where: {} };
const asked = () => mocked.calls().map(({ args }) => args[0].input);

beforeEach(() => {
  mocked.reset();
  mocked.on(ScanCommand).resolves({ Items: [{ id: { S: 'a' } }], ScannedCount: 3, ConsumedCapacity: { CapacityUnits: 0.5 } });
});

test('a page of all that there is, eventually consistent', async () => {
  expect(await readPage(request)).toStrictEqual({ items: [{ id: { S: 'a' } }], scanned: 3, cursor: null, readUnits: 0.5 });
  expect(asked()).toStrictEqual([{ TableName: 'things', Segment: 1, TotalSegments: 4, Limit: 10, ReturnConsumedCapacity: 'TOTAL' }]);
});

test('a page of those that have a value, and of some attributes only, as they are now', async () => {
  await readPage({ ...request, cursor: { id: { S: '0' } }, where: { kind: 'thing' }, attributes: ['id', 'size'], consistent: true });
  expect(asked()).toMatchObject([
    {
      ExclusiveStartKey: { id: { S: '0' } },
      FilterExpression: '#w0 = :w0',
      ProjectionExpression: '#a0, #a1',
      ExpressionAttributeNames: { '#w0': 'kind', '#a0': 'id', '#a1': 'size' },
      ExpressionAttributeValues: { ':w0': { S: 'thing' } },
      ConsistentRead: true,
    },
  ]);
});
