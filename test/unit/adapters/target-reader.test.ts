import { BatchGetItemCommand, type BatchGetItemCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { targetReader } from '../../../lib/adapters/dynamodb/table.ts';
import type { Item, Key } from '../../../lib/core/attribute-value.ts';
import { fakeClock } from '../../support/fake-clock.ts';

/** Items by their keys, 100 a request, the requests side by side. */

const client = new DynamoDBClient({ region: 'us-east-1' });
const mocked = mockClient(client);
const clock = fakeClock();
const reader = targetReader(client, 'things', { clock, random: () => 0 });

const keyOf = (number: number): Key => ({ id: { S: `t${number}` } });
const itemOf = ({ id }: Key): Item => ({ id, read: { BOOL: true } }) as Item;
const keysIn = (input: BatchGetItemCommandInput): Key[] => (input.RequestItems?.things?.Keys ?? []) as Key[];
const answer = (keys: Key[], left: Key[] = []) => ({
  Responses: { things: keys.map(itemOf) as never },
  ConsumedCapacity: [{ CapacityUnits: keys.length }],
  ...(left.length > 0 && { UnprocessedKeys: { things: { Keys: left as never } } }),
});

beforeEach(() => mocked.reset());

test('come in the order in which they are asked for, each read once, and what is not there is missing', async () => {
  mocked
    .on(BatchGetItemCommand)
    .callsFake((input) => answer(keysIn(input).filter(({ id }) => id !== undefined && !('S' in id && id.S === 't7'))));
  const keys = [...Array.from({ length: 250 }, (_, number) => keyOf(249 - number)), keyOf(3)];
  const { items, readUnits } = await reader.getMany(keys, {});
  expect(items).toStrictEqual(keys.map((key, place) => (place === 242 ? undefined : itemOf(key))));
  expect(readUnits).toBe(249);
  expect(mocked.calls().map(({ args }) => keysIn(args[0].input as BatchGetItemCommandInput).length)).toStrictEqual([100, 100, 50]);
});

test('that DynamoDB left out are asked for again, after a while', async () => {
  // One at a time.
  mocked.on(BatchGetItemCommand).callsFake((input) => answer(keysIn(input).slice(0, 1), keysIn(input).slice(1)));
  const keys = [keyOf(1), keyOf(2), keyOf(3)];
  expect((await reader.getMany(keys, {})).items).toStrictEqual(keys.map(itemOf));
  expect(clock.waits).toStrictEqual([50, 100]);
});

test('are all under way at once; when one fails, the others are waited for', async () => {
  const answered: number[] = [];
  let asked = 0;
  mocked.on(BatchGetItemCommand).callsFake(async (input) => {
    asked += 1;
    const place = asked;
    if (place === 1) throw Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    answered.push(place);
    return answer(keysIn(input));
  });
  const read = reader.getMany(
    Array.from({ length: 300 }, (_, number) => keyOf(number)),
    {},
  );
  await expect(read).rejects.toMatchObject({ code: 'table.access-denied' });
  expect(answered).toStrictEqual([2, 3]);
});
