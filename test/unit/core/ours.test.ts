import { codec } from '../../../lib/adapters/dynamodb/codec.ts';
import type { Images, Item } from '../../../lib/core/attribute-value.ts';
import { type AnyDefinition, create, MAX_TOUCHED_ATTRIBUTES, update } from '../../../lib/core/definition.ts';
import { intend, isEligible, isOurs } from '../../../lib/core/intent.ts';
import type { TableFacts } from '../../../lib/core/ports.ts';
import type { Result } from '../../../lib/core/result.ts';
import type { Change } from '../../../lib/core/write.ts';
import { doubling, idOf, thing } from '../../support/thing-definitions.ts';

const KEY_TYPES: TableFacts['keyTypes'] = { id: 'S', text: 'S', number: 'N', bytes: 'B' };
const facts: TableFacts = { name: 't', status: 'ACTIVE', key: ['id'], indexes: [], keyTypes: KEY_TYPES };
const writing = (...writes: string[]): AnyDefinition => ({ ...doubling, reads: [], writes });
const of = (result: Result, source: Item, definition: AnyDefinition) => intend(result, source, { definition, facts, codec });

describe('what stands is ours', () => {
  const after: Images = { a: { N: '1' }, b: { S: 'x' }, gone: null };
  const change: Change = { kind: 'update', key: idOf('a'), expect: { a: null, b: null, gone: { N: '1' } }, after };
  const made: Change = { kind: 'create', key: idOf('a'), item: { ...idOf('a'), n: { N: '1' } } };

  test.each<[boolean, string, Change, Item | undefined]>([
    [true, 'all that an update writes, whatever else is there', change, { ...idOf('a'), a: { N: '1' }, b: { S: 'x' }, c: { N: '9' } }],
    [true, 'a number in another spelling', change, { ...idOf('a'), a: { N: '1.0' }, b: { S: 'x' } }],
    [false, 'only a part of what an update writes', change, { ...idOf('a'), a: { N: '1' }, b: { S: 'y' } }],
    [false, 'only the last part of it', change, { ...idOf('a'), a: { N: '2' }, b: { S: 'x' } }],
    [false, 'all but what an update takes away', change, { ...idOf('a'), a: { N: '1' }, b: { S: 'x' }, gone: { N: '1' } }],
    [false, 'no item', change, undefined],
    [true, 'the row that was made', made, { ...idOf('a'), n: { N: '1' } }],
    [false, 'the row that was made, and something more', made, { ...idOf('a'), n: { N: '1' }, m: { N: '1' } }],
    [false, 'another row', made, { ...idOf('a'), n: { N: '2' } }],
    [false, 'no row', made, undefined],
  ])('%s: %s', (ours, _, write, standing) => {
    expect(isOurs(write, standing)).toBe(ours);
  });
});

describe('an item is eligible', () => {
  const where = { kind: 'thing', state: 'open' };

  test.each<[boolean, string, Item]>([
    [true, 'has every value', { kind: { S: 'thing' }, state: { S: 'open' }, more: { N: '1' } }],
    [false, 'has only the first one', { kind: { S: 'thing' }, state: { S: 'closed' } }],
    [false, 'has only the last one', { kind: { S: 'other' }, state: { S: 'open' } }],
    [false, 'lacks one', { kind: { S: 'thing' } }],
    [false, 'has one of another type', { kind: { S: 'thing' }, state: { N: '1' } }],
  ])('%s: which %s', (eligible, _, item) => {
    expect(isEligible(item, where)).toBe(eligible);
    expect(isEligible(item, {})).toBe(true);
  });
});

// Invariant 3.
describe('what can be put back may be changed', () => {
  test.each<[string, Item, Record<string, unknown>]>([
    ['a text in an index of texts', { text: { S: 'old' } }, { text: 'new' }],
    ['a number in an index of numbers', { number: { N: '1' } }, { number: 2 }],
    ['a single byte in an index of bytes', { bytes: { B: new Uint8Array([1]) } }, { bytes: new Uint8Array([2]) }],
    ['nothing in an index', {}, { text: 'new', number: 1, bytes: new Uint8Array([2]) }],
    ['whatever is in no index', { free: { S: '' } }, { free: 'new' }],
    ['NULL in no index', { free: { NULL: true } }, { free: 'new' }],
  ])('%s', (_, before, set) => {
    const source = { ...thing('a', 1), ...before };
    expect(of(update({ set: set as never }), source, writing(...Object.keys(set)))).toMatchObject({ kind: 'write' });
  });
});

test('as many attributes are touched as a condition can hold, and not one more', () => {
  const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `a${index}`);
  const touching = (count: number) => of(update({ set: { a0: 1 } }), thing('a', 1), writing(...names(count)));
  expect(touching(MAX_TOUCHED_ATTRIBUTES)).toMatchObject({ kind: 'write' });
  expect(touching(MAX_TOUCHED_ATTRIBUTES + 1)).toMatchObject({ kind: 'fail', code: 'too-wide' });
});

test('a row that would be read as a source item itself is not made', () => {
  const made = (kind: string) => of(create({ id: 'b', kind }), thing('a', 1), { ...doubling, target: () => ({}) });
  expect(made('thing')).toMatchObject({ kind: 'fail', code: 'invalid-result' });
  expect(made('other')).toMatchObject({ kind: 'write' });
});
