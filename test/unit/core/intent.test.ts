import { codec } from '../../../lib/adapters/dynamodb/codec.ts';
import type { Item } from '../../../lib/core/attribute-value.ts';
import { create, fail, skip, update } from '../../../lib/core/definition.ts';
import { intend } from '../../../lib/core/intent.ts';
import type { TableFacts } from '../../../lib/core/ports.ts';
import type { Result } from '../../../lib/core/result.ts';
import { doubling } from '../../support/thing-definitions.ts';

const facts: TableFacts = {
  name: 't',
  status: 'ACTIVE',
  key: ['id'],
  indexes: [],
  keyTypes: { id: 'S', size2: 'N', text: 'S', bytes: 'B' },
};
const source: Item = { id: { S: 'a' }, size: { N: '4.0' }, other: { S: 'x' } };
const definition = { ...doubling, writes: ['size2', 'text', 'bytes'] };
const of = (result: Result, item = source) => intend(result, item, { definition, facts, codec });

describe('intend', () => {
  test('an update holds every attribute of reads and writes fast, as it was read', () => {
    expect(of(update({ set: { size2: 8 }, remove: ['text'] }, { notes: ['n'] }), { ...source, text: { S: 'old' } })).toStrictEqual({
      kind: 'write',
      write: {
        kind: 'update',
        key: { id: { S: 'a' } },
        expect: { size: { N: '4.0' }, size2: null, text: { S: 'old' }, bytes: null },
        after: { text: null, size2: { N: '8' } },
      },
      notes: ['n'],
    });
  });

  test.each<[string, Result, Item]>([
    ['equal in another spelling', update({ set: { size2: 8 } }), { ...source, size2: { N: '8.0' } }],
    ['absent already', update({ remove: ['text'] }), source],
    ['asked for nothing', update({}), source],
  ])('what is %s stays unchanged', (_, result, item) => {
    expect(of(result, item)).toStrictEqual({ kind: 'skip', reason: 'unchanged' });
  });

  test('only what changes is written', () => {
    expect(of(update({ set: { size2: 8, text: 'same' } }), { ...source, text: { S: 'same' } })).toMatchObject({
      write: { after: { size2: { N: '8' } } },
    });
  });

  test.each([
    ['sets', update({ set: { size: 5 } })],
    ['removes', update({ remove: ['size'] })],
  ])('an update that %s a foreign attribute is refused', (_, result) => {
    expect(of(result)).toMatchObject({ kind: 'fail', code: 'invalid-result', message: expect.stringContaining('touches size,') });
  });

  // Invariant 3.
  test.each<[string, Item, string]>([
    ['a number where the index has texts', { text: { N: '1' } }, 'text'],
    ['an empty text', { text: { S: '' } }, 'text'],
    ['NULL where the index has numbers', { size2: { NULL: true } }, 'size2'],
    ['empty bytes', { bytes: { B: new Uint8Array() } }, 'bytes'],
  ])('%s could not be put back', (_, before, name) => {
    const set = { text: 'new', size2: 1, bytes: new Uint8Array([1]) };
    expect(of(update({ set: { [name]: set[name as keyof typeof set] } }), { ...source, ...before })).toMatchObject({
      kind: 'fail',
      code: 'unrestorable',
      message: `an index would refuse to take ${name} back as it is now`,
    });
  });

  test('an absent index key can be put back', () => {
    expect(of(update({ set: { text: 'new', size2: 1 } }))).toMatchObject({ kind: 'write' });
  });

  test.each([
    ['not a number', { size2: Number.NaN }],
    ['too large for a double', { size2: 2 ** 60 }],
    ['undefined', { size2: undefined }],
    ['an object of a class', { size2: new Date(0) }],
  ])('what is %s cannot be held', (_, set) => {
    expect(of(update({ set }))).toMatchObject({ kind: 'fail', code: 'unmarshallable', retryable: false });
  });

  test('a create has its key in the item', () => {
    expect(of(create({ id: 'b', n: 1 }, { notes: ['n'] }))).toStrictEqual({
      kind: 'write',
      write: { kind: 'create', key: { id: { S: 'b' } }, item: { id: { S: 'b' }, n: { N: '1' } } },
      notes: ['n'],
    });
    expect(of(create({ n: 1 }))).toMatchObject({
      kind: 'fail',
      code: 'invalid-result',
      message: 'the new item lacks its key attribute id',
    });
  });

  test('an item of 400 KB fits, one byte more does not', () => {
    const sized = (bytes: number) => of(create({ id: 'b', t: 'x'.repeat(bytes - 4) }));
    expect(sized(409_600)).toMatchObject({ kind: 'write' });
    expect(sized(409_601)).toMatchObject({ kind: 'fail', code: 'too-large' });
  });

  test('skips and failures stay what they are', () => {
    expect(of(skip('why'))).toStrictEqual({ kind: 'skip', reason: 'why' });
    expect(of(fail('code', 'text', { retryable: true }))).toStrictEqual({ kind: 'fail', code: 'code', message: 'text', retryable: true });
  });
});
