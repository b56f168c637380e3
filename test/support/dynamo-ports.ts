import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { abilitiesOf } from '../../lib/adapters/dynamodb/abilities.ts';
import { codec } from '../../lib/adapters/dynamodb/codec.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger.ts';
import { sourceReader, tableInspector, tableReader, targetReader } from '../../lib/adapters/dynamodb/table.ts';
import { targetWriter } from '../../lib/adapters/dynamodb/writer.ts';
import { folder } from '../../lib/adapters/fs/folder.ts';
import { artifactStore, journalStore } from '../../lib/adapters/objects.ts';
import type { AnyDefinition } from '../../lib/core/definition.ts';
import type { Ports } from '../../lib/core/ports.ts';
import { prices } from '../../lib/core/prices.ts';
import { LEDGER_TABLE } from '../../lib/local/environment.ts';
import { MemoryKeeper } from './memory-ports.ts';

const silent: Ports['log'] = { info: () => undefined, warn: () => undefined };

/** The real adapters over one table and a folder, for a definition that no registry knows. Nothing waits, and no watcher wakes. */
export function dynamoPorts(client: DynamoDBClient, definition: AnyDefinition, root: string): Ports {
  const { table } = definition.source;
  const clock: Ports['clock'] = {
    now: Date.now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        if (ms < 10_000) setImmediate(resolve);
      }),
  };
  const deps = { clock, random: Math.random };
  const objects = folder(root);
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
    writer: targetWriter(client, table, abilitiesOf(client, LEDGER_TABLE, { ...deps, log: silent }), silent),
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
    owner: { execution: '', host: 'here', pid: 1, startedAt: 'then' },
    isDead: async () => true,
    executionEnded: async () => true,
    concurrency: 4,
    watchEveryMs: 3_600_000,
    log: silent,
    meter: () => undefined,
  };
}
