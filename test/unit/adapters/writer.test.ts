import { targetWriter } from '../../../lib/adapters/dynamodb/writer.ts';
import type { Item } from '../../../lib/core/attribute-value.ts';
import { MOMENTARY, UNTOLD } from '../../../lib/core/throttle.ts';
import type { SentSingly, Write } from '../../../lib/core/write.ts';
import { knownAbilities, StatementEndpoint, thrown } from '../../support/statement-endpoint.ts';

/** How writes are put into batches, and what becomes of each; what the database makes of them is the contract's. */

const keyOf = (id: number | string): Item => ({ id: { S: `${id}` } });
const update = (id: number | string, more: object = {}): Write => ({
  kind: 'update',
  key: keyOf(id),
  expect: { a: null },
  after: { a: { S: 'x' } },
  ...more,
});
const create = (id: number | string): Write => ({ kind: 'create', key: keyOf(id), item: { ...keyOf(id), a: { S: 'x' } } });
const deletion = (id: number | string, text = 'x'): Write => ({ kind: 'delete', key: keyOf(id), item: { ...keyOf(id), a: { S: text } } });
const several = (count: number): Write[] => Array.from({ length: count }, (_, id) => update(id));

const { signal } = new AbortController();

function bench(...singly: [SentSingly['what'], string][]) {
  const endpoint = new StatementEndpoint();
  const said: unknown[] = [];
  const log = { info: (_: string, details?: object) => void said.push(details) };
  return { endpoint, said, writer: targetWriter(endpoint.client, 'things', knownAbilities(...singly), log) };
}

const failing = (Code: string, Message = '') => ({ Error: { Code: Code as 'ValidationError', Message } });
const APPLIED = { kind: 'applied' };

describe('batches', () => {
  test('hold twenty-five, and results come in the writes’ order', async () => {
    const { endpoint, writer } = bench();
    endpoint.onStatement = ({ Parameters }) =>
      Parameters.some((value) => 'S' in value && value.S === '3') ? failing('ConditionalCheckFailed') : {};
    const { results } = await writer.apply(several(60), signal);
    expect(endpoint.names).toEqual(['BatchExecuteStatement of 25', 'BatchExecuteStatement of 25', 'BatchExecuteStatement of 10']);
    expect(results.map(({ kind }, index) => (kind === 'applied' ? '' : index)).filter(String)).toEqual([3]);
  });

  test('never hold two writes on one key, however it is spelled', async () => {
    const { endpoint, writer } = bench();
    const numbered = (N: string): Write => ({ ...update(0), key: { id: { N } } }) as Write;
    await writer.apply([numbered('1'), numbered('2'), numbered('1.0'), numbered('1e0'), numbered('20e-1')], signal);
    expect(endpoint.names).toEqual(['BatchExecuteStatement of 2', 'BatchExecuteStatement of 2', 'UpdateItem']);
  });

  test('of deletions return no more than a megabyte of what was written', async () => {
    const { endpoint, writer } = bench();
    endpoint.onStatement = () => ({ Item: keyOf('old') as never });
    await writer.apply(
      Array.from({ length: 9 }, (_, id) => deletion(id, 'x'.repeat(300_000))),
      signal,
    );
    expect(endpoint.names).toEqual(Array(3).fill('BatchExecuteStatement of 3'));
  });

  test('leave out what PartiQL cannot say, and a write that is alone', async () => {
    const { endpoint, writer } = bench();
    await writer.apply([update(1, { expect: { '#a': null } }), update(2), create(3)], signal);
    expect(endpoint.names.sort()).toEqual(['BatchExecuteStatement of 2', 'UpdateItem']);
    await writer.apply([create(1)], signal);
    expect(endpoint.names.at(-1)).toBe('PutItem');
  });

  test.each<[SentSingly['what'], string[]]>([
    ['all writes', ['DeleteItem', 'PutItem', 'UpdateItem', 'UpdateItem', 'UpdateItem']],
    ['writes that hold lists or maps fast', ['BatchExecuteStatement of 4', 'UpdateItem']],
    ['removals of attributes', ['BatchExecuteStatement of 4', 'UpdateItem']],
    ['deletions', ['BatchExecuteStatement of 4', 'DeleteItem']],
  ])('leave out %s where the endpoint does not bear them', async (what, names) => {
    const { endpoint, writer } = bench([what, 'so it is']);
    endpoint.onStatement = () => ({ Item: keyOf('old') as never });
    const listed = update(2, { expect: { a: { L: [] } } });
    const removing = update(3, { after: { a: null } });
    await writer.apply([update(1), listed, removing, create(4), deletion(5)], signal);
    expect(endpoint.names.sort()).toEqual(names);
    expect(await writer.sentSingly(['update'])).toEqual([{ what, why: 'so it is' }]);
  });
});

describe('the error of a statement', () => {
  test.each([
    ['ConditionalCheckFailed', { kind: 'condition-failed' }],
    ['ConditionalCheckFailedException', { kind: 'condition-failed' }],
    ['DuplicateItem', { kind: 'condition-failed' }],
    ['TransactionConflict', { kind: 'retry', message: 'why' }],
    ['InternalServerError', { kind: 'retry', message: 'why' }],
    ['NeverHeardOf', { kind: 'retry', message: 'why' }],
    ['ItemCollectionSizeLimitExceeded', { kind: 'rejected', message: 'why' }],
    ['RequestLimitExceeded', { kind: 'throttled', throttle: { ...UNTOLD, limit: 'account' } }],
  ])('%s concerns its own write', async (code, result) => {
    const { endpoint, writer } = bench();
    endpoint.onStatement = (_, place) => (place === 1 ? failing(code, 'why') : {});
    expect((await writer.apply(several(3), signal)).results).toEqual([APPLIED, result, APPLIED]);
    expect(endpoint.names).toEqual(['BatchExecuteStatement of 3']);
  });

  test.each([
    ['AccessDenied', 'table.access-denied'],
    ['ResourceNotFound', 'preflight.table-missing'],
  ])('%s concerns all', async (code, thrown) => {
    const { endpoint, writer } = bench();
    endpoint.onStatement = (_, place) => (place === 1 ? failing(code) : {});
    await expect(writer.apply(several(3), signal)).rejects.toMatchObject({ code: thrown });
  });

  test('a statement without an answer may have landed', async () => {
    const { endpoint, writer } = bench();
    endpoint.client.send = (async () => ({ Responses: [{}] })) as never;
    expect((await writer.apply(several(2), signal)).results.map(({ kind }) => kind)).toEqual(['applied', 'retry']);
  });

  test('a deletion of what is not there is none', async () => {
    const { endpoint, writer } = bench();
    endpoint.onStatement = (_, place) => (place === 0 ? { Item: { id: { S: 'old' } } } : {});
    const { results } = await writer.apply([deletion(1), deletion(2)], signal);
    expect(results).toEqual([{ kind: 'applied', old: { id: { S: 'old' } } }, { kind: 'condition-failed' }]);
  });
});

describe('what is refused', () => {
  const calls = (endpoint: StatementEndpoint) => endpoint.names.filter((name) => name === 'UpdateItem').length;

  test('as a statement is judged as a call, and its neighbours stand', async () => {
    const { endpoint, writer } = bench();
    endpoint.onStatement = (_, place) => (place === 1 ? failing('ValidationError') : {});
    endpoint.onCall = () => thrown('ValidationException');
    expect((await writer.apply(several(3), signal)).results).toEqual([
      APPLIED,
      { kind: 'rejected', message: 'it is ValidationException' },
      APPLIED,
    ]);
    expect(calls(endpoint)).toBe(1);
  });

  test.each([
    ['ValidationException', {}],
    ['RequestEntityTooLargeException', { $metadata: { httpStatusCode: 413 } }],
  ])('as a batch (%s) is judged write by write', async (name, more) => {
    const { endpoint, writer } = bench();
    endpoint.onStatement = () => thrown(name, more);
    endpoint.onCall = ({ input }) => (JSON.stringify(input.Key).includes('"1"') ? thrown('ValidationException') : {});
    const { results } = await writer.apply(several(3), signal);
    expect(results.map(({ kind }) => kind)).toEqual(['applied', 'rejected', 'applied']);
  });

  test('three times as a statement and taken as a call goes as a call from then on; that is noted once', async () => {
    const { endpoint, writer, said } = bench();
    endpoint.onStatement = ({ Statement }) => (Statement.includes('"b"') ? failing('ValidationError') : {});
    const odd = (id: number) => update(id, { expect: { b: null } });
    for (let round = 0; round < 5; round += 1) await writer.apply([...several(2), odd(2), odd(3)], signal);
    expect(endpoint.names.filter((name) => name.startsWith('Batch')).slice(-2)).toEqual(Array(2).fill('BatchExecuteStatement of 2'));
    expect(calls(endpoint)).toBe(10);
    expect(said).toHaveLength(1);
  });

  test('as a call, too, says nothing of its shape', async () => {
    const { endpoint, writer } = bench();
    endpoint.onStatement = () => failing('ValidationError');
    endpoint.onCall = () => thrown('ValidationException');
    for (let round = 0; round < 5; round += 1) await writer.apply(several(2), signal);
    expect(endpoint.names.filter((name) => name.startsWith('Batch'))).toHaveLength(5);
  });
});

describe('a throttle', () => {
  const REASON = { reason: 'TableWriteKeyRangeThroughputExceeded', resource: 'arn:aws:dynamodb:eu-central-1:1:table/things' };
  const hot = { kind: 'throttled', throttle: { index: null, operation: 'write', limit: 'key-range' } };

  test('of statements is looked into by one call, whose reason stands for all of them', async () => {
    const { endpoint, writer } = bench();
    endpoint.onStatement = (_, place) => (place === 0 ? {} : failing('ThrottlingError'));
    endpoint.onCall = () => thrown('ProvisionedThroughputExceededException', { ThrottlingReasons: [REASON] });
    expect((await writer.apply(several(20), signal)).results).toEqual([APPLIED, ...Array(19).fill(hot)]);
    expect(endpoint.names).toEqual(['BatchExecuteStatement of 20', 'UpdateItem']);
  });

  test('that is over by then is told of the others as one of a moment', async () => {
    const { endpoint, writer } = bench();
    endpoint.onStatement = () => failing('ProvisionedThroughputExceeded');
    endpoint.consumed = undefined;
    const { results, units } = await writer.apply(several(3), signal);
    const momentary = { kind: 'throttled', throttle: MOMENTARY };
    expect(results).toEqual([APPLIED, momentary, momentary]);
    expect(units).toEqual({ '': 1 });
  });

  test('of which a call tells nothing, for its answer was lost, may be anything', async () => {
    const { endpoint, writer } = bench();
    endpoint.onStatement = (_, place) => (place === 0 ? {} : failing('ThrottlingError'));
    endpoint.onCall = () => thrown('InternalServerError', {});
    const { results } = await writer.apply(several(3), signal);
    expect(results).toEqual([APPLIED, expect.objectContaining({ kind: 'retry' }), { kind: 'throttled', throttle: UNTOLD }]);
  });

  test('of a batch as a whole has its reason, and needs no call', async () => {
    const { endpoint, writer } = bench();
    endpoint.onStatement = () => thrown('ThrottlingException', { throttlingReasons: [REASON] });
    expect((await writer.apply(several(3), signal)).results).toEqual([hot, hot, hot]);
    expect(endpoint.names).toHaveLength(1);
  });
});

describe('units', () => {
  test('are summed by table and index, of statements and calls', async () => {
    const { endpoint, writer } = bench();
    const indexed = { CapacityUnits: 3, Table: { CapacityUnits: 1 }, GlobalSecondaryIndexes: { GSI1: { CapacityUnits: 2 } } };
    endpoint.consumed = [indexed, indexed];
    endpoint.onCall = () => ({ ConsumedCapacity: indexed });
    const { units } = await writer.apply([update(1), update(2), update(3, { expect: { '#': null } })], signal);
    expect(units).toEqual({ '': 3, GSI1: 6 });
    expect(endpoint.asked[0]?.input.ReturnConsumedCapacity).toBe('INDEXES');
  });

  test('that nobody reports are those of what was written, by its size', async () => {
    const { endpoint, writer } = bench();
    endpoint.consumed = undefined;
    endpoint.onStatement = (_, place) => (place === 2 ? failing('ConditionalCheckFailed') : {});
    const long = update(1, { expect: { a: { S: 'x'.repeat(2_500) } } });
    expect((await writer.apply([update(0), long, update(2)], signal)).units).toEqual({ '': 4 });
  });
});

test('a lost lease ends it, whatever the answer was', async () => {
  const { endpoint, writer } = bench();
  const lost = new AbortController();
  endpoint.onStatement = () => {
    lost.abort(new Error('lost'));
    return thrown('AbortError');
  };
  await expect(writer.apply(several(2), lost.signal)).rejects.toThrow('lost');
});

describe('a trial', () => {
  const refused = () => thrown('ConditionalCheckFailedException');

  test.each(['create', 'update', 'delete'] as const)('of a %s is sent as a call and as a statement', async (kind) => {
    const { endpoint, writer } = bench();
    endpoint.onCall = refused;
    endpoint.onStatement = () => (kind === 'delete' ? {} : failing(kind === 'create' ? 'ValidationError' : 'ConditionalCheckFailed'));
    expect(await writer.probe(kind, keyOf(1))).toEqual({ kind: 'condition-failed' });
    expect(endpoint.names).toHaveLength(2);
  });

  test('names the right that a statement lacks', async () => {
    const { endpoint, writer } = bench();
    endpoint.onCall = refused;
    endpoint.onStatement = () => failing('AccessDenied', 'not authorized');
    const details = { action: 'dynamodb:PartiQLInsert' };
    await expect(writer.probe('create', keyOf(1))).rejects.toMatchObject({
      code: 'table.access-denied',
      message: 'not authorized',
      details,
    });
  });

  test('that is carried out is told', async () => {
    const { endpoint, writer } = bench();
    endpoint.onCall = refused;
    expect(await writer.probe('update', keyOf(1))).toEqual({ kind: 'applied' });
  });

  test('needs no statement where none will be sent', async () => {
    const { endpoint, writer } = bench(['all writes', 'so it is']);
    endpoint.onCall = refused;
    await writer.probe('update', keyOf(1));
    expect(endpoint.names).toEqual(['UpdateItem']);
  });
});
