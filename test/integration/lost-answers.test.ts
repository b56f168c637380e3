import { dynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { canonicalItem, type Item } from '../../lib/core/attribute-value.ts';
import { type Embedded, embedded } from '../support/embedded.ts';
import { type LosingProxy, losingProxy } from '../support/losing-proxy.ts';

/** Writes that land while their answer is lost: to the table as well as to the ledger. */

let here: Embedded;
let proxy: LosingProxy;
beforeEach(async () => {
  here = await embedded({ receipts: 80 });
  const { hostname, port = 80 } = await (here.dynamo.config.endpoint as () => Promise<{ hostname: string; port?: number }>)();
  proxy = await losingProxy({ hostname, port }, 7);
});
afterEach(async () => {
  await proxy.close();
  await here.close();
});

const texts = (items: readonly Item[]): string[] => items.map(canonicalItem).sort();
const small = { batchSize: 10, segments: 4, tolerate: 1, enrich: false };

test('each is counted once, as ours, and taken back once', async () => {
  const before = texts(await here.scanAll());
  const undisturbed = (await here.run(small)).run?.totals;
  await here.rollback();
  expect(texts(await here.scanAll())).toStrictEqual(before);

  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const dynamo = dynamoClient({ endpoint: proxy.url, region: 'us-east-1', credentials });
  try {
    const { execution, run } = await here.run(small, { dynamo });
    expect(execution).toStrictEqual({ status: 'succeeded', output: expect.anything() });
    const { created, updated, skipped, failed, scanned, filtered } = undisturbed ?? {};
    expect(run?.totals).toMatchObject({ created, updated, skipped, failed, scanned, filtered, raced: 0 });
    const lostInRun = proxy.lost();
    expect(lostInRun).toBeGreaterThan(10);

    const { execution: undoing, run: rollback } = await here.rollback({ run: run?.runId }, { dynamo });
    expect(undoing.status).toBe('succeeded');
    expect(rollback?.totals).toMatchObject({ scanned: created, deleted: created, filtered: 0, skipped: {}, failed: {} });
    expect(proxy.lost()).toBeGreaterThan(lostInRun + 10);
    expect(texts(await here.scanAll())).toStrictEqual(before);
  } finally {
    dynamo.destroy();
  }
});
