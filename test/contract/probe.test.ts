import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../../lib/adapters/clock.ts';
import { type Abilities, abilitiesOf } from '../../lib/adapters/dynamodb/abilities.ts';
import { targetWriter } from '../../lib/adapters/dynamodb/writer.ts';
import type { Item } from '../../lib/core/attribute-value.ts';
import { type Endpoint, openEndpoint, scanAll } from '../support/endpoint.ts';

/** A trial write, on every endpoint: it is judged like any other, and changes nothing. */

const log = { info: () => undefined };

let endpoint: Endpoint;
let table: string;
let abilities: Abilities;
beforeAll(async () => {
  endpoint = await openEndpoint();
  const ledger = await endpoint.createTable([
    { name: 'PK', type: 'S' },
    { name: 'SK', type: 'S' },
  ]);
  abilities = abilitiesOf(endpoint.dynamo, ledger, { clock: systemClock, random: Math.random, log });
  table = await endpoint.createTable([
    { name: 'PK', type: 'S' },
    { name: 'SK', type: 'N' },
  ]);
});
afterAll(() => endpoint.close());

const key = { PK: { S: 'p' }, SK: { N: '0' } };
const row = { ...key, text: { S: 'stays' } };

describe.each<[string, Item[]]>([
  ['no item has the key', []],
  ['an item has the key', [row]],
])('where %s', (_, items) => {
  test.each(['create', 'update', 'delete'] as const)('a trial %s fails by its condition', async (kind) => {
    for (const Item of items) await endpoint.dynamo.send(new PutItemCommand({ TableName: table, Item: Item as typeof row }));
    const writer = targetWriter(endpoint.dynamo, table, abilities, log);
    expect(await writer.probe(kind, key)).toEqual({ kind: 'condition-failed' });
    expect(await scanAll(endpoint.dynamo, table)).toEqual(items);
  });
});

test('what goes singly on this endpoint', async () => {
  const writer = targetWriter(endpoint.dynamo, table, abilities, log);
  const nothing = [{ what: 'all writes', why: 'it takes none (UnknownOperationException)' }];
  expect(await writer.sentSingly(['create', 'update', 'delete'])).toEqual(endpoint.isDynalite ? nothing : []);
});
