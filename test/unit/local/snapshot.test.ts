import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { CreateTableCommand, DescribeTableCommand, type GlobalSecondaryIndexDescription } from '@aws-sdk/client-dynamodb';
import { tableInspector } from '../../../lib/adapters/dynamodb/table.ts';
import { canonicalItem, type Item, itemFromJson } from '../../../lib/core/attribute-value.ts';
import { restoreSnapshot } from '../../../lib/local/restore.ts';
import { writeItems } from '../../../lib/local/seed.ts';
import { backupFile, writeSnapshot } from '../../../lib/local/snapshot.ts';
import { specimens } from '../../support/contract-values.ts';
import { type Endpoint, openEndpoint, scanAll } from '../../support/endpoint.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const deps = { clock: fakeClock(), random: () => 0.5 };
const TABLE = 'snapshot-source';

/** Every type, and enough of it for several pages of the scan and chunks of the gzip. */
const items: Item[] = [
  ...specimens.map(({ value }, index) => ({ pk: { S: `special ${index}` }, sk: { N: String(index) }, value })),
  ...Array.from({ length: 2_500 }, (_, index) => ({
    pk: { S: `p${index % 7}` },
    sk: { N: String(index) },
    text: { S: 'ü\u2028'.repeat(40) },
  })),
];

let endpoint: Endpoint;
let folder: string;
let file: string;

beforeAll(async () => {
  endpoint = await openEndpoint();
  folder = mkdtempSync(join(tmpdir(), 'backfill-snapshot-'));
  const throughput = (read: number, write: number) => ({ ProvisionedThroughput: { ReadCapacityUnits: read, WriteCapacityUnits: write } });
  const keys = (...names: string[]) =>
    names.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' }) as const);
  await endpoint.dynamo.send(
    new CreateTableCommand({
      TableName: TABLE,
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'N' },
        { AttributeName: 'other', AttributeType: 'B' },
      ],
      KeySchema: keys('pk', 'sk'),
      ...throughput(5, 6),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byOther',
          KeySchema: keys('other', 'sk'),
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['text'] },
          ...throughput(7, 8),
        },
      ],
      LocalSecondaryIndexes: [{ IndexName: 'local', KeySchema: keys('pk', 'other'), Projection: { ProjectionType: 'ALL' } }],
    }),
  );
  await writeItems(endpoint.dynamo, TABLE, items);
  file = backupFile(folder, 'one');
  await writeSnapshot(endpoint.dynamo, TABLE, file, deps);
});
afterAll(async () => {
  await endpoint.close();
  rmSync(folder, { recursive: true, force: true });
});

const canonical = (all: readonly Item[]): string[] => all.map(canonicalItem).sort();
const shapeOf = async (TableName: string) => {
  const { Table } = await endpoint.dynamo.send(new DescribeTableCommand({ TableName }));
  const index = ({ IndexName, KeySchema, Projection, ProvisionedThroughput }: GlobalSecondaryIndexDescription) => ({
    IndexName,
    KeySchema,
    Projection,
    write: ProvisionedThroughput?.WriteCapacityUnits,
  });
  return {
    keys: Table?.KeySchema,
    types: Table?.AttributeDefinitions,
    write: Table?.ProvisionedThroughput?.WriteCapacityUnits,
    global: Table?.GlobalSecondaryIndexes?.map(index),
    local: Table?.LocalSecondaryIndexes?.map(({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection })),
  };
};

test('holds the table’s description, then every item of it, byte for byte, and nothing stands beside it', async () => {
  expect(file).toBe(join(folder, 'backups', 'one.jsonl.gz'));
  expect(readdirSync(join(folder, 'backups'))).toEqual(['one.jsonl.gz']);
  const [head = '', ...lines] = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
  expect(JSON.parse(head)).toMatchObject({ format: 1, table: { TableName: TABLE, KeySchema: expect.any(Array) } });
  const stored = lines.map((line) => itemFromJson(JSON.parse(line)));
  expect(stored).toHaveLength(items.length);
  expect(canonical(stored)).toEqual(canonical(await scanAll(endpoint.dynamo, TABLE)));
  expect(canonical(stored)).toEqual(canonical(items));
});

test('becomes a new table of the same shape and the same hash', async () => {
  const restored = await restoreSnapshot(endpoint.dynamo, file, undefined, deps);
  expect(restored).toEqual({ table: `${TABLE}-restored`, of: TABLE, items: items.length });
  const hash = (table: string) => tableInspector(endpoint.dynamo, table, deps).hash();
  expect(await hash(restored.table)).toBe(await hash(TABLE));
  expect(await shapeOf(restored.table)).toEqual(await shapeOf(TABLE));
  await expect(restoreSnapshot(endpoint.dynamo, file, restored.table, deps)).rejects.toMatchObject({ code: 'restore.table-exists' });
});

test('a table without items makes a table without items', async () => {
  const empty = await endpoint.createTable([{ name: 'id', type: 'S' }]);
  const snapshot = backupFile(folder, 'empty');
  await writeSnapshot(endpoint.dynamo, empty, snapshot, deps);
  expect(await restoreSnapshot(endpoint.dynamo, snapshot, 'was-empty', deps)).toMatchObject({ items: 0 });
  expect(await scanAll(endpoint.dynamo, 'was-empty')).toEqual([]);
});

test.each<[string, (copy: string) => void]>([
  ['is cut short', (copy) => truncateSync(copy, statSync(copy).size - 100)],
  ['is no gzip', (copy) => writeFileSync(copy, 'hello')],
  ['is no snapshot', (copy) => writeFileSync(copy, gzipSync('{"some":"json"}\n'))],
  ['has a line that is no JSON', (copy) => writeFileSync(copy, gzipSync('{"format":1,"table":{"TableName":"t"}}\nhello\n'))],
  ['is not there', (copy) => rmSync(copy)],
])('a file that %s makes no table', async (_, damage) => {
  const copy = join(folder, 'copy.jsonl.gz');
  writeFileSync(copy, readFileSync(file));
  damage(copy);
  await expect(restoreSnapshot(endpoint.dynamo, copy, 'never', deps)).rejects.toMatchObject({ code: 'backup.unreadable' });
  await expect(shapeOf('never')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('a folder that cannot be written is said, and what was written of the file is taken away', async () => {
  writeFileSync(join(folder, 'file'), '');
  const beneathFile = writeSnapshot(endpoint.dynamo, TABLE, join(folder, 'file', 'one.jsonl.gz'), deps);
  await expect(beneathFile).rejects.toMatchObject({ code: 'artifacts.unwritable' });
  // A folder stands where the file should go.
  mkdirSync(join(folder, 'taken', 'one.jsonl.gz'), { recursive: true });
  const ontoFolder = writeSnapshot(endpoint.dynamo, TABLE, join(folder, 'taken', 'one.jsonl.gz'), deps);
  await expect(ontoFolder).rejects.toMatchObject({ code: 'artifacts.unwritable' });
  expect(readdirSync(join(folder, 'taken'))).toEqual(['one.jsonl.gz']);
});

test('a table that is not there leaves no file', async () => {
  const snapshot = writeSnapshot(endpoint.dynamo, 'no-table', backupFile(join(folder, 'none'), 'x'), deps);
  await expect(snapshot).rejects.toMatchObject({ code: 'preflight.table-missing' });
  expect(readdirSync(join(folder, 'none', 'backups'))).toEqual([]);
});
