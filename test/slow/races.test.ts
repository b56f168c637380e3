import { canonicalItem, type Item, itemToJson, keyId, pick, sameItem } from '../../lib/core/attribute-value.ts';
import { balances } from '../../lib/core/counters.ts';
import { type Embedded, embedded } from '../support/embedded.ts';
import { expectedOutcome } from '../support/expected-places.ts';
import { startRival } from '../support/rival.ts';

/** A second process writes, changes and deletes items all through a run and through its rollback. */

let here: Embedded;
beforeEach(async () => {
  here = await embedded({ receipts: 1_200 });
});
afterEach(() => here.close());

const keyOf = (item: Item): Item => pick(item, ['PK', 'SK']);

test('every one of its last writes stands, byte for byte, and every other item is as before', async () => {
  const before = new Map((await here.scanAll()).map((item) => [keyId(keyOf(item)), item]));
  const places = [...expectedOutcome({ ...here.sample, now: '2026-11-21T12:00:00.000Z', enrich: false }).created.values()] as Item[];
  const keys = [...here.sample.items.filter((_, index) => index % 4 === 0), ...places.filter((_, index) => index % 2 === 0)].map(keyOf);
  const { protocol, hostname, port } = await (
    here.dynamo.config.endpoint as () => Promise<{ protocol: string; hostname: string; port: number }>
  )();
  const rival = await startRival({
    endpoint: `${protocol}//${hostname}:${port}`,
    table: 'receipts',
    keys: keys.map(itemToJson),
    attributes: ['merchant_name', 'TYPE', 'formatted_address', 'mine'],
    seed: 7,
  });

  const { run } = await here.run({ batchSize: 20, segments: 16, tolerate: 1, enrich: false, hash: false });
  const { execution: undoing, run: rollback } = await here.rollback({ run: run?.runId, batchSize: 20 });
  const { writes, last } = await rival.stop();

  // The run's checks find what the rival did to the rows it made; the run itself is complete.
  expect([run?.status, undoing.status, rollback?.status]).toStrictEqual(['complete', 'succeeded', 'complete']);
  for (const totals of [run?.totals, rollback?.totals]) expect(totals && balances(totals)).toBe(true);
  console.info(`${writes} writes by the rival; ${run?.totals?.created} created, ${JSON.stringify(rollback?.totals?.skipped)} kept`);
  expect(writes).toBeGreaterThan(2_000);
  expect(Object.keys(rollback?.totals?.skipped ?? {}).length).toBeGreaterThan(0);

  const now = new Map((await here.scanAll()).map((item) => [keyId(keyOf(item)), item]));
  const theirs = new Set<string>();
  const lost: unknown[] = [];
  for (const { key, item } of last) {
    const standing = now.get(keyId(key));
    theirs.add(keyId(key));
    if (item === null ? standing !== undefined : !standing || !sameItem(item, standing)) lost.push({ key, item, standing });
  }
  expect(lost).toStrictEqual([]);
  const texts = (items: Map<string, Item>): string[] =>
    [...items]
      .filter(([id]) => !theirs.has(id))
      .map(([, item]) => canonicalItem(item))
      .sort();
  expect(texts(now)).toStrictEqual(texts(before));
});
