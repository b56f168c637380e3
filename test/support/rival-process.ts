import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { type Item, itemFromJson, itemToJson } from '../../lib/core/attribute-value.ts';
import type { RivalReport, RivalTask } from './rival.ts';

/** Somebody else's application: writes to a table without a thought for the backfill, and remembers what it wrote last. */

const WORKERS = 4;

/** Small and seeded: the same seed does the same, as far as two processes can. */
function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

process.once('message', (task: RivalTask) => {
  const { endpoint, table, attributes, seed } = task;
  const client = dynamoClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  const keys = task.keys.map((key) => itemFromJson(key as never));
  const last = new Map<number, Item | null>();
  const alone = task.items.map((item) => (item === null ? null : itemFromJson(item as never)));
  const random = dice(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  let writes = 0;
  let over = false;

  const write = async (index: number): Promise<void> => {
    const Key = keys[index] as never;
    const value = { S: `rival ${writes}` };
    const kind = random();
    if (kind < 0.15) {
      await client.send(new DeleteItemCommand({ TableName: table, Key }));
      last.set(index, null);
      alone[index] = null;
    } else if (kind < 0.4) {
      const item = { ...(Key as Item), [pick(attributes)]: value, whole: { L: [{ N: String(writes) }] } };
      await client.send(new PutItemCommand({ TableName: table, Item: item as never }));
      last.set(index, item);
      alone[index] = item;
    } else {
      // A removal of what is not there changes nothing, and would be no write of its own: it adds something, too.
      const removes = kind < 0.5;
      const name = pick(attributes);
      const UpdateExpression = removes ? 'SET added = :v REMOVE #a' : 'SET #a = :v';
      const { Attributes } = await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key,
          UpdateExpression,
          ExpressionAttributeNames: { '#a': name },
          ExpressionAttributeValues: { ':v': value },
          ReturnValues: 'ALL_NEW',
        }),
      );
      last.set(index, (Attributes ?? Key) as Item);
      const next: Item = { ...(alone[index] ?? (Key as Item)), [removes ? 'added' : name]: value };
      if (removes) delete next[name];
      alone[index] = next;
    }
    writes += 1;
  };

  // Each worker has keys of its own, so that the order of its writes to one key is known.
  const work = async (worker: number): Promise<void> => {
    const mine = keys.map((_, index) => index).filter((index) => index % WORKERS === worker);
    while (!over) await write(pick(mine));
  };
  const working = Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));

  process.once('message', async () => {
    over = true;
    await working;
    client.destroy();
    const report: RivalReport = {
      writes,
      last: [...last].map(([index, item]) => {
        const own = alone[index] ?? null;
        return [itemToJson(keys[index] as Item), item && itemToJson(item), own && itemToJson(own)];
      }),
    };
    process.send?.(report);
  });
  process.send?.('ready');
});
