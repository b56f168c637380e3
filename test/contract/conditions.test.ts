import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../../lib/adapters/clock.ts';
import { type Abilities, abilitiesOf } from '../../lib/adapters/dynamodb/abilities.ts';
import { targetReader } from '../../lib/adapters/dynamodb/table.ts';
import { targetWriter } from '../../lib/adapters/dynamodb/writer.ts';
import { type AttributeValue, type Item, sameItem, sameValue } from '../../lib/core/attribute-value.ts';
import type { TargetReader, TargetWriter } from '../../lib/core/ports.ts';
import type { Write, WriteResult } from '../../lib/core/write.ts';
import { nested, oddNames, others, specimens } from '../support/contract-values.ts';
import { type Endpoint, type KeySchema, openEndpoint } from '../support/endpoint.ts';
import { exact } from '../support/exact.ts';

/**
 * What the engine relies on in conditional writes, over every type of attribute. It runs against dynalite in this process, or against
 * whatever DynamoDB answers at `AWS_ENDPOINT_URL_DYNAMODB`: a difference between the two belongs into docs/reference/emulators.md.
 */

/** Digit by digit and byte by byte. */
const expectExactly = (item: Item | undefined, expected: Item): void => expect(item && exact(item)).toBe(exact(expected));

const APPLIED = { kind: 'applied' };
const FAILED = { kind: 'condition-failed' };

let endpoint: Endpoint;
let abilities: Abilities;

/** Whether a write is alone in its round, and so a call, or among others, and so a statement where the endpoint takes them. */
let alone = true;

const log = { info: () => undefined };

let companions = 0;

/** Somebody else's row, that is in the way of nothing. */
function companion(keys: KeySchema): Write {
  companions += 1;
  const values = {
    S: { S: `companion ${companions}` },
    N: { N: `${companions + 1_000_000}` },
    B: { B: new Uint8Array(Buffer.from(`${companions}`)) },
  };
  const key = Object.fromEntries(keys.map(({ name, type }) => [name, values[type]]));
  return { kind: 'create', key, item: { ...key, text: { S: 'it\'s "beside"' } } };
}

interface Bench {
  apply(write: Write): Promise<WriteResult>;
  read(key: Item): Promise<Item | undefined>;
  put(item: Item): Promise<void>;
}

async function bench(keys: KeySchema, known?: string): Promise<Bench> {
  const name = known ?? (await endpoint.createTable(keys));
  const deps = { clock: systemClock, random: Math.random };
  const reader: TargetReader = targetReader(endpoint.dynamo, name, deps);
  const writer: TargetWriter = targetWriter(endpoint.dynamo, name, abilities, log);
  const { signal } = new AbortController();
  return {
    async apply(write) {
      const others = alone ? [] : [companion(keys), companion(keys)];
      const { results } = await writer.apply([...others.slice(0, 1), write, ...others.slice(1)], signal);
      const [result, ...companions] = others.length > 0 ? [results[1], results[0], results[2]] : results;
      expect(companions).toEqual(others.map(() => expect.objectContaining(APPLIED)));
      return result as WriteResult;
    },
    read: async (key) => (await reader.getMany([key], {})).items[0],
    // biome-ignore lint/suspicious/noExplicitAny: the SDK's unions name each other type of value as `never`
    put: async (item) => void (await endpoint.dynamo.send(new PutItemCommand({ TableName: name, Item: item as any }))),
  };
}

let table: Bench;
let keys = 0;

const newKey = (): Item => {
  keys += 1;
  return { PK: { S: `p${keys}` }, SK: { S: 's' } };
};

beforeAll(async () => {
  endpoint = await openEndpoint();
  const pair: KeySchema = [
    { name: 'PK', type: 'S' },
    { name: 'SK', type: 'S' },
  ];
  const name = await endpoint.createTable(pair);
  abilities = abilitiesOf(endpoint.dynamo, name, { clock: systemClock, random: Math.random, log });
  table = await bench(pair, name);
});

afterAll(() => endpoint?.close());

/** An item that holds `value` under `name`, and that item as it is read. */
async function standing(name: string, value: AttributeValue): Promise<{ key: Item; item: Item; read: AttributeValue }> {
  const key = newKey();
  await table.put({ ...key, beside: { S: 'stays' }, [name]: value });
  const item = (await table.read(key)) as Item;
  return { key, item, read: item[name] as AttributeValue };
}

async function expectDeleted(key: Item, item: Item, old: Item): Promise<void> {
  const result = await table.apply({ kind: 'delete', key, item });
  expect(result).toMatchObject(APPLIED);
  if (result.kind === 'applied') expectExactly(result.old, old);
}

/** A row that is too wide for one condition may go though it was changed: then the caller is told what went, and puts it back. */
async function expectNothingLost(result: WriteResult, key: Item, changed: Item): Promise<void> {
  if (result.kind === 'applied') expectExactly(result.old, changed);
  else expect(result).toMatchObject(FAILED);
  const read = await table.read(key);
  if (result.kind === 'applied') expect(read).toBeUndefined();
  else expectExactly(read, changed);
}

const label = (value: AttributeValue): string => exact({ value }).slice(0, 200);

const withName = (name: string, value: AttributeValue | null) => Object.fromEntries([[name, value]]);

function behaves(name: string, value: AttributeValue, near: readonly AttributeValue[], same: readonly AttributeValue[]): void {
  const different = [...near, ...others.filter((other) => Object.keys(other)[0] !== Object.keys(value)[0])];

  test('is read as it was put', async () => {
    const { key, item, read } = await standing(name, value);
    expect(sameValue(read, value)).toBe(true);
    expect(sameItem(item, { ...key, beside: { S: 'stays' }, [name]: value })).toBe(true);
  });

  test('an update applies while the item is as it was read, and a restore brings it back byte by byte', async () => {
    const { key, item, read } = await standing(name, value);
    const next = near[0] as AttributeValue;
    expect(await table.apply({ kind: 'update', key, expect: withName(name, read), after: withName(name, next) })).toMatchObject(APPLIED);
    const changed = (await table.read(key)) as Item;
    expect(sameItem(changed, { ...item, [name]: next })).toBe(true);
    expect(await table.apply({ kind: 'update', key, expect: withName(name, next), after: withName(name, read) })).toMatchObject(APPLIED);
    expectExactly(await table.read(key), item);
  });

  test('a restore applies where the value that was written is spelled as it was written', async () => {
    const { key, item, read } = await standing(name, near[0] as AttributeValue);
    for (const spelled of [value, ...same]) {
      expect(await table.apply({ kind: 'update', key, expect: withName(name, read), after: withName(name, spelled) })).toMatchObject(
        APPLIED,
      );
      expect(await table.apply({ kind: 'update', key, expect: withName(name, spelled), after: withName(name, read) })).toMatchObject(
        APPLIED,
      );
      expectExactly(await table.read(key), item);
    }
  });

  test('an update applies however its equal is spelled', async () => {
    const { key, item } = await standing(name, value);
    for (const equal of same) {
      const after = { count: { S: JSON.stringify(equal) } };
      expect(await table.apply({ kind: 'update', key, expect: withName(name, equal), after })).toMatchObject(APPLIED);
    }
    expectExactly({ is: (await table.read(key))?.[name] as AttributeValue }, { is: item[name] as AttributeValue });
  });

  test('the condition fails for a value that differs by the least, and for one of another type', async () => {
    const { key, item } = await standing(name, value);
    for (const other of different) {
      const result = await table.apply({ kind: 'update', key, expect: withName(name, other), after: { hit: { BOOL: true } } });
      expect([result.kind, label(other)]).toEqual(['condition-failed', label(other)]);
    }
    expectExactly(await table.read(key), item);
  });

  test('absent is not present, and present is not absent', async () => {
    const { key, item, read } = await standing(name, value);
    const after = { hit: { BOOL: true } };
    expect(await table.apply({ kind: 'update', key, expect: withName(name, null), after })).toMatchObject(FAILED);
    expectExactly(await table.read(key), item);
    const without = newKey();
    await table.put(without);
    expect(await table.apply({ kind: 'update', key: without, expect: withName(name, read), after })).toMatchObject(FAILED);
    expectExactly(await table.read(without), without);
    expect(await table.apply({ kind: 'update', key: without, expect: withName(name, null), after })).toMatchObject(APPLIED);
  });

  test('is removed, and set again where it was absent', async () => {
    const { key, item, read } = await standing(name, value);
    const { [name]: _, ...rest } = item;
    expect(await table.apply({ kind: 'update', key, expect: withName(name, read), after: withName(name, null) })).toMatchObject(APPLIED);
    expectExactly(await table.read(key), rest);
    expect(await table.apply({ kind: 'update', key, expect: withName(name, null), after: withName(name, read) })).toMatchObject(APPLIED);
    expectExactly(await table.read(key), item);
    expect(await table.apply({ kind: 'update', key, expect: withName(name, read), after: withName(name, null) })).toMatchObject(APPLIED);
    expectExactly(await table.read(key), rest);
  });

  test('a row is created once, and deleted only as it was created', async () => {
    const key = newKey();
    const item = { ...key, [name]: value };
    expect(await table.apply({ kind: 'create', key, item })).toMatchObject(APPLIED);
    expect(await table.apply({ kind: 'create', key, item: { ...key, [name]: near[0] as AttributeValue } })).toMatchObject(FAILED);
    const read = (await table.read(key)) as Item;
    expect(sameItem(read, item)).toBe(true);
    for (const other of different) {
      const result = await table.apply({ kind: 'delete', key, item: { ...key, [name]: other } });
      expect([result.kind, label(other)]).toEqual(['condition-failed', label(other)]);
    }
    expect(await table.apply({ kind: 'delete', key, item: { ...item, more: { S: 'never there' } } })).toMatchObject(FAILED);
    expectExactly(await table.read(key), read);
    await expectDeleted(key, item, read);
    expect(await table.read(key)).toBeUndefined();
    expect(await table.apply({ kind: 'delete', key, item })).toMatchObject(FAILED);
  });
}

/** dynalite takes no statements: there, all the ways are one, and one value of each type is enough to see it. */
const isTold = (isAlone: boolean, what: string): boolean =>
  isAlone || process.env.AWS_ENDPOINT_URL_DYNAMODB !== undefined || /^(S|N|B|NULL|SS|NS|BS|L|M|BOOL, true|#a|a\.b)$/.test(what);

describe.each([
  { way: 'alone', isAlone: true },
  { way: 'among others', isAlone: false },
])('a write that goes $way', ({ isAlone }) => {
  beforeAll(() => {
    alone = isAlone;
  });

  describe.each(specimens.filter(({ what }) => isTold(isAlone, what)))('$what', ({ value, near, same = [] }) =>
    behaves('attribute', value, near, same),
  );

  describe.each(oddNames.filter((name) => isTold(isAlone, name)).map((name) => ({ name })))('an attribute named $name', ({ name }) =>
    behaves(name, { S: 'text' }, [{ S: 'other' }], []),
  );

  describe('an item that is not there', () => {
    test('is neither updated nor deleted, and not made by it', async () => {
      const key = newKey();
      expect(await table.apply({ kind: 'update', key, expect: { a: null }, after: { a: { S: 'x' } } })).toMatchObject(FAILED);
      expect(await table.apply({ kind: 'update', key, expect: {}, after: { a: null } })).toMatchObject(FAILED);
      expect(await table.apply({ kind: 'delete', key, item: key })).toMatchObject(FAILED);
      expect(await table.read(key)).toBeUndefined();
    });
  });

  const wide = (count: number, tail: AttributeValue = { S: 'tail' }): Item =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`attribute${i}`, i === count - 1 ? tail : { N: String(i) }]));

  describe('many attributes', () => {
    test('an update holds a hundred of them fast and changes them', async () => {
      const key = newKey();
      const before = wide(99);
      const item = { ...key, ...before };
      await table.put(item);
      const after = Object.fromEntries(Object.keys(before).map((name) => [name, { S: name }]));
      const stale = { ...before, attribute98: { S: 'Tail' } };
      expect(await table.apply({ kind: 'update', key, expect: { ...stale, absent: null }, after })).toMatchObject(FAILED);
      expect(await table.apply({ kind: 'update', key, expect: { ...before, absent: null }, after })).toMatchObject(APPLIED);
      expectExactly(await table.read(key), { ...key, ...after });
      expect(await table.apply({ kind: 'update', key, expect: after, after: before })).toMatchObject(APPLIED);
      expectExactly(await table.read(key), item);
    });

    test.each([100, 250, 1000])('a row of %i is deleted, and its old image is whole', async (count) => {
      const key = newKey();
      const item = { ...key, ...wide(count) };
      expect(await table.apply({ kind: 'create', key, item })).toMatchObject(APPLIED);
      expect(await table.apply({ kind: 'delete', key, item: { ...item, attribute0: { N: '1' } } })).toMatchObject(FAILED);
      await expectDeleted(key, item, item);
      expect(await table.read(key)).toBeUndefined();
    });

    test('of a row of 250 whose last one was changed since, nothing is lost', async () => {
      const key = newKey();
      const item = { ...key, ...wide(250) };
      const changed = { ...key, ...wide(250, { S: 'Tail' }), added: { S: 'by somebody else' } };
      await table.put(changed);
      const result = await table.apply({ kind: 'delete', key, item });
      await expectNothingLost(result, key, changed);
    });
  });

  describe('a document of 31 levels', () => {
    const at31 = (leaf: string): AttributeValue => nested({ S: leaf }, 30);

    test('is held fast to its last leaf, and restored', async () => {
      const { key, item, read } = await standing('deep', at31('leaf'));
      expect(await table.apply({ kind: 'update', key, expect: { deep: at31('Leaf') }, after: { deep: null } })).toMatchObject(FAILED);
      expect(await table.apply({ kind: 'update', key, expect: { deep: read }, after: { deep: at31('Leaf') } })).toMatchObject(APPLIED);
      expect(await table.apply({ kind: 'update', key, expect: { deep: at31('Leaf') }, after: { deep: read } })).toMatchObject(APPLIED);
      expectExactly(await table.read(key), item);
    });

    test('goes with its row, and is not lost where it was changed since', async () => {
      const { key, item } = await standing('deep', at31('Leaf'));
      const result = await table.apply({ kind: 'delete', key, item: { ...item, deep: at31('leaf') } });
      await expectNothingLost(result, key, item);
      await table.put(item);
      await expectDeleted(key, item, item);
    });
  });

  describe.each<{ what: string; schema: KeySchema; key: Item; taken: Item; free: Item }>([
    {
      what: 'a number',
      schema: [{ name: 'hash', type: 'N' }],
      key: { hash: { N: '1.50' } },
      taken: { hash: { N: '1.5' } },
      free: { hash: { N: '-1.5' } },
    },
    {
      what: 'bytes and 38 digits',
      schema: [
        { name: 'a.b', type: 'B' },
        { name: 'range', type: 'N' },
      ],
      key: { 'a.b': { B: new Uint8Array([0, 255]) }, range: { N: '12345678901234567890123456789012345678' } },
      taken: { 'a.b': { B: new Uint8Array([0, 255]) }, range: { N: '12345678901234567890123456789012345678' } },
      free: { 'a.b': { B: new Uint8Array([0, 255]) }, range: { N: '12345678901234567890123456789012345679' } },
    },
    {
      what: 'text alone',
      schema: [{ name: 'ключ', type: 'S' }],
      key: { ключ: { S: 'ä' } },
      taken: { ключ: { S: 'ä' } },
      free: { ключ: { S: 'a\u0308' } },
    },
  ])('a key of $what', ({ schema, key, taken, free }) => {
    test('is taken once, and its row goes only as it stands', async () => {
      const keyed = await bench(schema);
      expect(await keyed.apply({ kind: 'create', key, item: { ...key, a: { S: 'x' } } })).toMatchObject(APPLIED);
      expect(await keyed.apply({ kind: 'create', key: taken, item: { ...taken, a: { S: 'y' } } })).toMatchObject(FAILED);
      expect(await keyed.apply({ kind: 'create', key: free, item: { ...free, a: { S: 'z' } } })).toMatchObject(APPLIED);
      expect(await keyed.apply({ kind: 'update', key, expect: { a: { S: 'x' } }, after: { a: null, b: { S: '' } } })).toMatchObject(
        APPLIED,
      );
      expect(
        await keyed.apply({ kind: 'update', key, expect: { a: null, b: { S: '' } }, after: { a: { S: 'x' }, b: null } }),
      ).toMatchObject(APPLIED);
      expect(await keyed.apply({ kind: 'delete', key, item: { ...key, a: { S: 'y' } } })).toMatchObject(FAILED);
      expect(await keyed.apply({ kind: 'delete', key, item: { ...key, a: { S: 'x' } } })).toMatchObject(APPLIED);
      expect(await keyed.read(key)).toBeUndefined();
      expectExactly(await keyed.read(free), { ...free, a: { S: 'z' } });
    });
  });
});
