import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../lib/core/attribute-value.ts';
import type { AnyDefinition } from '../../lib/core/definition.ts';
import type { Ports } from '../../lib/core/ports.ts';
import { createOwnTables, writeItems } from '../../lib/local/seed.ts';
import { dynamoPorts } from '../support/dynamo-ports.ts';
import { type Endpoint, openEndpoint } from '../support/endpoint.ts';
import { drive } from '../support/rollback-life.ts';
import { doubling, making, other, thing } from '../support/thing-definitions.ts';

/** Invariant 7: what a rollback costs grows with what was changed, not with the table. */

const ITEMS = 200_000;
const CHANGED = 2_000;

let endpoint: Endpoint;
let root: string;
let table: string;
beforeAll(async () => {
  endpoint = await openEndpoint();
  root = mkdtempSync(join(tmpdir(), 'backfill-cost-'));
  await createOwnTables(endpoint.dynamo);
  table = await endpoint.createTable([{ name: 'id', type: 'S' }]);
  const items: Item[] = Array.from({ length: ITEMS }, (_, n) =>
    n % (ITEMS / CHANGED) === 0 ? thing(`t${n}`, 100_000 + n) : other(`o${n}`),
  );
  for (let start = 0; start < ITEMS; start += 10_000) await writeItems(endpoint.dynamo, table, items.slice(start, start + 10_000));
}, 600_000);
afterAll(async () => {
  await endpoint.close();
  rmSync(root, { recursive: true, force: true });
});

interface Reads {
  /** Items that came back. */
  items: number;
  scans: number;
  /** Keys that were asked for, whether or not something stood there. */
  keys: number;
}

/** Counts what a client reads of the table. */
function counted(client: DynamoDBClient, reads: Reads): DynamoDBClient {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (call) => {
        // biome-ignore lint/suspicious/noExplicitAny: one middleware for every command
        const { input } = call as any;
        const answer = await next(call);
        // biome-ignore lint/suspicious/noExplicitAny: one middleware for every command
        const output = answer.output as any;
        if (commandName === 'ScanCommand' && input.TableName === table) {
          reads.scans += 1;
          reads.items += output.ScannedCount ?? 0;
        }
        if (commandName === 'BatchGetItemCommand') {
          reads.items += output.Responses?.[table]?.length ?? 0;
          reads.keys += input.RequestItems?.[table]?.Keys.length ?? 0;
        }
        return answer;
      },
    { step: 'initialize' },
  );
  return client;
}

const at = (definition: AnyDefinition): AnyDefinition =>
  ({ ...definition, service: undefined, source: { ...definition.source, table } }) as unknown as AnyDefinition;

test.each([
  ['updates', doubling],
  ['creates', making],
])(
  `of ${CHANGED} %s in a table of ${ITEMS} items reads at most 1.1 items for each`,
  async (_, definition) => {
    const options = { batchSize: 1_000, segments: 16, hash: false };
    await drive('run', options, `run ${definition.name}`, dynamoPorts(endpoint.client(), at(definition), root));
    const reads: Reads = { items: 0, scans: 0, keys: 0 };
    const ports: Ports = dynamoPorts(counted(endpoint.client(), reads), at(definition), root);
    await drive('rollback', { hash: false }, `rollback ${definition.name}`, ports);

    const [rollback] = await ports.ledger.listRuns(definition.name, 1);
    expect(rollback?.totals).toMatchObject({ scanned: CHANGED, filtered: 0, skipped: {}, failed: {}, notes: { verified: CHANGED } });
    const { items, keys } = reads;
    console.info(
      `${definition.name}: ${items} items read by ${keys} keys, of ${ITEMS}, to take ${CHANGED} back: ${(items / CHANGED).toFixed(2)} for each`,
    );
    expect(reads.scans).toBe(0);
    expect(items).toBeGreaterThan(0);
    expect(items).toBeLessThanOrEqual(1.1 * CHANGED);
    expect(keys).toBeLessThanOrEqual(2 * CHANGED);
  },
  600_000,
);
