import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { callDeps, portsFor, type Runtime } from '../../lambdas/runtime.ts';
import { nobodyCounts } from '../../lib/adapters/consumption.ts';
import { folder as objectFolder } from '../../lib/adapters/fs/folder.ts';
import { placesClient } from '../../lib/adapters/places/client.ts';
import { FIELD_MASK } from '../../lib/backfills/receipt-place/place-details.ts';
import type { Item } from '../../lib/core/attribute-value.ts';
import type { Ports } from '../../lib/core/ports.ts';
import { prices } from '../../lib/core/prices.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { CLEANUP, COORDINATOR, execute, localFunctions, PROCESSOR, REHEARSER } from '../../lib/local/interpreter.ts';
import { localKeeper } from '../../lib/local/keeper.ts';
import { createPlacesServer, type PlacesServer } from '../../lib/local/places-server/server.ts';
import { generateSample, type Sample } from '../../lib/local/sample/receipts.ts';
import { generateWardrobe } from '../../lib/local/sample/wardrobe.ts';
import { createOwnTables, createReceiptsTable, writeItems } from '../../lib/local/seed.ts';
import { createWardrobeTable } from '../../lib/local/seed-wardrobe.ts';
import type { Execution } from '../../lib/workflow/execution.ts';
import { backfillMachine, rollbackMachine, type StateMachine } from '../../lib/workflow/machines.ts';
import { startDynalite } from './dynalite.ts';

/** The embedded environment inside the test's own process: an in-memory DynamoDB, a fake Places server, a folder, the real machine and handlers. */
export interface Embedded {
  runtime: Runtime;
  ports: Ports;
  dynamo: DynamoDBClient;
  places: PlacesServer;
  sample: Sample;
  folder: string;
  /** Starts the machine with this input, as the CLI or a console would. */
  run(input?: Record<string, unknown>, overrides?: Partial<Runtime>): Promise<{ execution: Execution; run: RunRecord | undefined }>;
  /** Starts the rollback machine; `run` is the rollback's record. */
  rollback(input?: Record<string, unknown>, overrides?: Partial<Runtime>): Promise<{ execution: Execution; run: RunRecord | undefined }>;
  /** What the source table was filled with. */
  items: readonly Item[];
  /** Every item of a table, by default the backfill's, strongly consistent. */
  scanAll(table?: string): Promise<Item[]>;
  close(): Promise<void>;
}

export interface EmbeddedOptions {
  /** @default receipt-place */
  backfill?: 'receipt-place' | 'wardrobe-normalize';
  receipts?: number;
  /** Items of the wardrobe, where that is the backfill's. */
  wardrobe?: number;
  seed?: number;
  /** Instead of all four. */
  indexes?: readonly string[];
  /** Instead of the sample. */
  items?: readonly Item[];
  createTable?: boolean;
}

const listen = (server: { listen: (port: number, host: string, done: () => void) => unknown; address: () => unknown }): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });

let executions = 0;

export async function embedded(options: EmbeddedOptions = {}): Promise<Embedded> {
  const { backfill = 'receipt-place', wardrobe = 500, seed = 1, createTable = true } = options;
  const receipts = options.receipts ?? (backfill === 'receipt-place' ? 500 : 0);
  const sample = generateSample({ receipts, seed });
  const sources = {
    'receipt-place': { table: 'receipts', items: () => sample.items, create: () => createReceiptsTable(dynamo, options.indexes) },
    'wardrobe-normalize': {
      table: 'wardrobe',
      items: () => generateWardrobe({ items: wardrobe, seed }).items,
      create: () => createWardrobeTable(dynamo),
    },
  };
  const source = sources[backfill];
  const items = options.items ?? source.items();
  const places = createPlacesServer({ places: sample.places, seed });
  const [database, placesUrl] = await Promise.all([startDynalite(), listen(places.server)]);
  const dynamo = database.client();
  const folder = mkdtempSync(join(tmpdir(), 'backfill-test-'));
  const ended = new Set<string>();

  // Real enough for the database, but nothing waits: backoffs are measured in turns of the event loop.
  const clock = { now: Date.now, sleep: sleepBriefly };
  const artifacts = join(folder, 'artifacts');
  const deps = callDeps({ dynamo, clock, random: Math.random });
  const runtime: Runtime = {
    environment: 'local',
    embedded: true,
    digestOf: () => 'test',
    undoDays: null,
    approve: 'auto',
    dynamo,
    ledgerTable: 'backfill-ledger',
    serviceCacheTable: 'backfill-service-cache',
    tableName: (logical) => logical,
    keeper: (table) => localKeeper(dynamo, table, { artifacts, environment: 'local' }, deps),
    consumption: nobodyCounts('The test has no metrics.'),
    objects: objectFolder(artifacts),
    services: { places: async () => placesClient({ apiKey: 'test', fieldMask: FIELD_MASK, baseUrl: placesUrl }, Date.now) },
    owner: { execution: '', host: 'test', pid: process.pid, startedAt: 'test' },
    isDead: async () => false,
    executionEnded: async ({ execution }) => ended.has(execution),
    concurrency: 4,
    watchEveryMs: 2_000,
    prices,
    clock,
    random: Math.random,
    log: () => ({ info: () => undefined, warn: () => undefined }),
    meter: () => undefined,
  };

  await createOwnTables(dynamo);
  if (createTable) {
    await source.create();
    await writeItems(dynamo, source.table, items);
  }

  const started = async (machine: StateMachine, input: Record<string, unknown>, here: Runtime) => {
    executions += 1;
    const id = `test:${executions}`;
    const execution = await execute(machine, input, id, localFunctions(here));
    ended.add(id);
    const runs = await portsFor(backfill, runtime).ledger.listRuns(backfill, 50);
    return { execution, run: runs.find(({ owner, status }) => owner.execution === id && !status.startsWith('rol')) };
  };

  return {
    runtime,
    ports: portsFor(backfill, runtime),
    dynamo,
    places,
    sample,
    items,
    folder,
    async run(input = {}, overrides = {}) {
      const here = { ...runtime, ...overrides };
      const machine = backfillMachine(backfill, { coordinator: COORDINATOR, worker: PROCESSOR, rehearser: REHEARSER });
      const carriesOn = 'resume' in input || 'retry' in input;
      // The sample's three bad items are more than one in a hundred of a small one. A test that wants a backup asks for it:
      // a scan of the whole table before each run would make the suite slower and prove nothing new.
      return started(machine, carriesOn ? input : { tolerate: 1, backup: false, ...input }, here);
    },
    rollback: (input = {}, overrides = {}) =>
      started(rollbackMachine(backfill, { coordinator: COORDINATOR, worker: CLEANUP, rehearser: REHEARSER }), input, {
        ...runtime,
        ...overrides,
      }),
    async scanAll(table = source.table) {
      const items: Item[] = [];
      let from: Record<string, never> | undefined;
      do {
        const page = await dynamo.send(
          new ScanCommand({ TableName: table, ConsistentRead: true, ...(from && { ExclusiveStartKey: from }) }),
        );
        items.push(...((page.Items ?? []) as Item[]));
        from = page.LastEvaluatedKey as Record<string, never> | undefined;
      } while (from);
      return items;
    },
    async close() {
      dynamo.destroy();
      await Promise.all([database.close(), closeServer(places.server)]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits of seconds (the watcher's) become short ones, shorter ones (a backoff's) next to none; a timeout keeps its length. */
async function sleepBriefly(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      },
      ms >= 10_000 ? ms : ms >= 1_000 ? 50 : Math.min(ms, 5),
    );
    signal?.addEventListener('abort', onAbort);
  });
}

const closeServer = (server: { close: (done: () => void) => unknown; closeAllConnections: () => void }): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
