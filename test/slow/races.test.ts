import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { canonicalItem, type Item, itemToJson, keyId, pick, sameItem } from '../../lib/core/attribute-value.ts';
import { balances } from '../../lib/core/counters.ts';
import type { AnyDefinition } from '../../lib/core/definition.ts';
import { createOwnTables, writeItems } from '../../lib/local/seed.ts';
import { dynamoPorts } from '../support/dynamo-ports.ts';
import { embedded } from '../support/embedded.ts';
import { openEndpoint, scanAll } from '../support/endpoint.ts';
import { expectedOutcome } from '../support/expected-places.ts';
import { startRival } from '../support/rival.ts';
import { drive } from '../support/rollback-life.ts';
import { doubling, thing } from '../support/thing-definitions.ts';

/** A second process writes, changes and deletes items all through a run and through its rollback. */

const after: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of after.splice(0)) await close();
});

const keyOf = (item: Item): Item => pick(item, ['PK', 'SK']);

async function urlOf(dynamo: DynamoDBClient): Promise<string> {
  const { hostname, port } = await (dynamo.config.endpoint as () => Promise<{ hostname: string; port?: number }>)();
  return `http://${hostname}:${port}`;
}

test('creates: every one of its last writes stands, byte for byte, and every other item is as before', async () => {
  const here = await embedded({ receipts: 2_000 });
  after.push(() => here.close());
  const before = new Map((await here.scanAll()).map((item) => [keyId(keyOf(item)), item]));
  const places = [...expectedOutcome({ ...here.sample, now: '2026-11-21T12:00:00.000Z', enrich: false }).created.values()] as Item[];
  const keys = [...here.sample.items.filter((_, index) => index % 4 === 0), ...places.filter((_, index) => index % 2 === 0)].map(keyOf);
  const rival = await startRival({
    endpoint: await urlOf(here.dynamo),
    table: 'receipts',
    keys: keys.map(itemToJson),
    items: keys.map(() => null),
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

test('updates: every item is in the end as it would be had the run never been', async () => {
  const endpoint = await openEndpoint();
  const root = mkdtempSync(join(tmpdir(), 'backfill-races-'));
  after.push(async () => {
    await endpoint.close();
    rmSync(root, { recursive: true, force: true });
  });
  await createOwnTables(endpoint.dynamo);
  const table = await endpoint.createTable([{ name: 'id', type: 'S' }]);
  const items = Array.from({ length: 3_000 }, (_, n) => thing(`t${n}`, 100 + n));
  await writeItems(endpoint.dynamo, table, items);
  const definition: AnyDefinition = { ...doubling, source: { ...doubling.source, table } };
  const ports = { ...dynamoPorts(endpoint.client(), definition, root), executionEnded: async () => true };

  const rivals = items.filter((_, n) => n % 2 === 0);
  const rival = await startRival({
    endpoint: await urlOf(endpoint.dynamo),
    table,
    keys: rivals.map(({ id }) => itemToJson({ id } as Item)),
    items: rivals.map(itemToJson),
    attributes: ['size2', 'mine', 'size2', 'size'],
    seed: 11,
  });
  await drive('run', { batchSize: 20, segments: 16, tolerate: 1, hash: false }, 'run', ports);
  await drive('rollback', { batchSize: 20, hash: false }, 'rollback', ports);
  const { writes, last } = await rival.stop();

  const [rollback, run] = await ports.ledger.listRuns(definition.name, 2);
  console.info(
    `${writes} writes by the rival; ${run?.totals?.updated} updated, ${run?.totals?.raced} raced, ${JSON.stringify(rollback?.totals?.skipped)} kept`,
  );
  expect([run?.status, rollback?.status]).toStrictEqual(['rolled-back', 'complete']);
  for (const totals of [run?.totals, rollback?.totals]) expect(totals && balances(totals)).toBe(true);
  expect(writes).toBeGreaterThan(2_000);
  expect(run?.totals?.raced).toBeGreaterThan(0);
  expect(rollback?.totals?.restored).toBeGreaterThan(1_000);

  const expected = new Map(items.map((item): [string, Item | null] => [keyId({ id: item.id } as Item), item]));
  for (const { key, alone } of last) expected.set(keyId(key), alone);
  const standing = (await scanAll(endpoint.dynamo, table)).map(canonicalItem).sort();
  expect(standing).toStrictEqual(
    [...expected.values()]
      .filter((item) => item !== null)
      .map(canonicalItem)
      .sort(),
  );
});
