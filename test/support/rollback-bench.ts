import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchWriteItemCommand, DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { type Abilities, abilitiesOf } from '../../lib/adapters/dynamodb/abilities.ts';
import { codec } from '../../lib/adapters/dynamodb/codec.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger.ts';
import { sourceReader, tableInspector, tableReader, targetReader } from '../../lib/adapters/dynamodb/table.ts';
import { targetWriter } from '../../lib/adapters/dynamodb/writer.ts';
import { folder } from '../../lib/adapters/fs/folder.ts';
import { artifactStore, journalStore } from '../../lib/adapters/objects.ts';
import { type AttributeValue, type Item, keyId, pick } from '../../lib/core/attribute-value.ts';
import { type AnyDefinition, create, defineBackfill, fail, skip, tableScan, update } from '../../lib/core/definition.ts';
import type { Ports } from '../../lib/core/ports.ts';
import { prices } from '../../lib/core/prices.ts';
import type { Owner } from '../../lib/core/records/run.ts';
import type { Native } from '../../lib/core/result.ts';
import type { Clock } from '../../lib/core/retry.ts';
import { LEDGER_TABLE } from '../../lib/local/environment.ts';
import { createOwnTables } from '../../lib/local/seed.ts';
import { type Endpoint, type KeySchema, openEndpoint, scanAll } from './endpoint.ts';
import { exact } from './exact.ts';
import { MemoryKeeper } from './memory-ports.ts';
import { filled, KIND, keyOf, large, type RollbackCase, schemas } from './rollback-cases.ts';
import { type Death, Life } from './rollback-life.ts';

// biome-ignore lint/suspicious/noExplicitAny: the SDK's unions name each other type of value as `never`
type SdkItem = any;

/** One database, one folder and one table of each key schema, for all cases. */
export interface RollbackBench {
  endpoint: Endpoint;
  world(one: RollbackCase): Promise<World>;
  close(): Promise<void>;
}

/** The world of one case: a table, a definition over it, and what the table would hold if nobody ran it. */
export interface World {
  definition: AnyDefinition;
  /** What should stand once the run is undone: what stood before, with what others did. */
  expected(): Item[];
  standing(): Promise<Item[]>;
  /** True once any of the others has done anything. */
  disturbed(): boolean;
  /** Ports of a process that lives until `death`. */
  live(death?: Death): { life: Life; ports: Ports; execution: string };
  /** Those of an onlooker, who neither dies nor counts. */
  ports: Ports;
  clear(): Promise<void>;
}

const silent: Ports['log'] = { info: () => undefined, warn: () => undefined };

/** Nothing waits; what waits beside the work (the watcher, an invocation's end) never wakes. */
const clock: Clock = {
  now: Date.now,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      if (ms < 10_000) setImmediate(resolve);
    }),
};

export async function rollbackBench(): Promise<RollbackBench> {
  const endpoint = await openEndpoint();
  await createOwnTables(endpoint.dynamo);
  const tables = await Promise.all(schemas.map((schema) => endpoint.createTable(schema)));
  const abilities = abilitiesOf(endpoint.dynamo, LEDGER_TABLE, { clock, random: Math.random, log: silent });
  const root = mkdtempSync(join(tmpdir(), 'backfill-rollback-'));
  let cases = 0;
  return {
    endpoint,
    world: (one) => {
      cases += 1;
      return world(one, tables[one.schema] as string, `case-${cases}-${randomUUID().slice(0, 8)}`, { endpoint, abilities, root });
    },
    async close() {
      await endpoint.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

interface Shared {
  endpoint: Endpoint;
  abilities: Abilities;
  root: string;
}

async function world(one: RollbackCase, table: string, name: string, { endpoint, abilities, root }: Shared): Promise<World> {
  const { dynamo } = endpoint;
  const schema = schemas[one.schema] as KeySchema;
  const keyNames = schema.map((key) => key.name);
  const definition = definitionOf(one, schema, table, name);
  const deps = { clock, random: Math.random };

  const put = (Item: Item) => dynamo.send(new PutItemCommand({ TableName: table, Item: Item as SdkItem }));
  const seeded = [
    ...one.things.map(({ seed, filling }) => ({ ...filled(filling), [KIND]: { S: 'thing' }, ...keyOf(schema, 'thing', seed) })),
    ...one.others.map((attributes, number) => ({ ...attributes, ...keyOf(schema, 'other', number) })),
  ];
  await Promise.all(seeded.map(put));
  const expected = new Map((await scanAll(dynamo, table)).map((item) => [keyId(pick(item, keyNames)), item]));

  let requests = 0;
  let disturbed = false;
  const due = [...one.intrusions].sort((a, b) => a.at - b.at);
  const intrude = async (): Promise<void> => {
    requests += 1;
    for (let next = due[0]; next && next.at < requests; next = due[0]) {
      due.shift();
      disturbed = true;
      const Key = keyOf(schema, 'other', next.number);
      if (next.attributes) await put({ ...next.attributes, ...Key });
      else await dynamo.send(new DeleteItemCommand({ TableName: table, Key: Key as SdkItem }));
      const { Item } = await dynamo.send(new GetItemCommand({ TableName: table, Key: Key as SdkItem, ConsistentRead: true }));
      const id = keyId(pick((Item as Item | undefined) ?? normal(Key), keyNames));
      if (Item) expected.set(id, Item as Item);
      else expected.delete(id);
    }
  };

  let lives = 0;
  const portsOf = (life: Life | undefined, owner: Owner): Ports => {
    const client = life ? life.client(endpoint.client(), table) : dynamo;
    const store = folder(join(root, name));
    const objects = life ? life.objects(store) : store;
    return {
      environment: 'local',
      embedded: true,
      digest: 'test',
      undoDays: null,
      approve: 'auto',
      definition,
      definitions: [definition],
      source: sourceReader(client, table, deps),
      target: targetReader(client, table, deps),
      writer: targetWriter(client, table, abilities, silent),
      inspector: tableInspector(client, table, deps),
      keeper: new MemoryKeeper(),
      prices,
      reader: (share) => tableReader(client, table, definition, share, deps),
      journal: journalStore(objects),
      artifacts: artifactStore(objects),
      ledger: new DynamoLedger(client, LEDGER_TABLE, deps),
      codec,
      service: async () => {
        throw new Error('There is no service.');
      },
      serviceCache: { getMany: async () => new Map(), putMany: async () => undefined },
      clock,
      random: Math.random,
      owner,
      isDead: async ({ startedAt }) => startedAt !== owner.startedAt,
      executionEnded: async ({ startedAt }) => startedAt !== owner.startedAt,
      concurrency: one.concurrency,
      watchEveryMs: 3_600_000,
      log: silent,
      meter: () => undefined,
    };
  };
  const ownerOf = (startedAt: string): Owner => ({ execution: '', host: 'here', pid: 1, startedAt });

  return {
    definition,
    expected: () => [...expected.values()],
    standing: () => scanAll(dynamo, table),
    disturbed: () => disturbed,
    ports: portsOf(undefined, ownerOf('onlooker')),
    live(death) {
      lives += 1;
      const life = new Life(death, intrude);
      return { life, ports: portsOf(life, ownerOf(`life ${lives}`)), execution: `${name}/${lives}` };
    },
    async clear() {
      const keys = (await scanAll(dynamo, table)).map((item) => pick(item, keyNames));
      for (let start = 0; start < keys.length; start += 25) {
        const requests = keys.slice(start, start + 25).map((Key) => ({ DeleteRequest: { Key: Key as SdkItem } }));
        await dynamo.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
      }
    },
  };
}

/** As the table would spell it. */
const normal = (key: Item): Item =>
  Object.fromEntries(Object.entries(key).map(([name, value]) => [name, 'N' in value ? { N: String(Number(value.N)) } : value]));

function definitionOf(one: RollbackCase, schema: KeySchema, table: string, name: string): AnyDefinition {
  const keyNames = schema.map((key) => key.name);
  const seen = new Set([...keyNames, ...one.reads, ...one.writes]);
  return defineBackfill({
    name,
    version: '1.0',
    summary: 'anything',
    source: tableScan({ table, key: keyNames as [string], where: { [KIND]: 'thing' } }),
    item: z.object(Object.fromEntries([...seen].map((attribute) => [attribute, z.optional(z.any())]))),
    reads: one.reads,
    writes: one.writes,
    transform: (item: Native) => {
      const key = exact(normal(codec.toItem(Object.fromEntries(keyNames.map((attribute) => [attribute, item[attribute]])))));
      const deed = one.deeds[(createHash('sha256').update(key).digest()[0] as number) % one.deeds.length];
      if (deed?.kind === 'update') {
        const values = deed.whale ? [large(deed.whale)] : deed.set;
        const set = Object.fromEntries(one.writes.slice(0, values.length).map((name, place) => [name, values[place] as AttributeValue]));
        const remove = deed.remove
          .map((place) => one.writes[place % one.writes.length] as string)
          .filter((name) => !Object.hasOwn(set, name));
        return update({ set: codec.toNative(set), remove: [...new Set(remove)] });
      }
      if (deed?.kind === 'create') return create(codec.toNative({ ...filled(deed.filling), ...keyOf(schema, 'made', deed.number) }));
      return deed?.kind === 'fail' ? fail('told-to', 'It was told to.') : skip('told-to');
    },
  }) as AnyDefinition;
}
