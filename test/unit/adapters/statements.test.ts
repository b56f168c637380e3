import * as fc from 'fast-check';
import { statementMaker } from '../../../lib/adapters/dynamodb/statements.ts';
import type { Images, Item } from '../../../lib/core/attribute-value.ts';
import type { Write } from '../../../lib/core/write.ts';

const key: Item = { PK: { S: 'p' }, SK: { N: '1' } };
const S = (text: string) => ({ S: text });

const create: Write = { kind: 'create', key, item: { ...key, a: S('x'), "it's": S('y') } };
const update: Write = { kind: 'update', key, expect: { a: S('x'), 'b"c': null, d: S('z') }, after: { a: S('y'), d: null, e: S('w') } };
const deletion: Write = { kind: 'delete', key, item: { ...key, a: S('x') } };

const say = (write: Write) => {
  const said = statementMaker('the-table')(write);
  return said && [said.Statement, said.Parameters];
};

test('a create is an INSERT, whose key must be free', () => {
  expect(say(create)).toEqual([`INSERT INTO "the-table" VALUE {'PK':?,'SK':?,'a':?,'it''s':?}`, [S('p'), { N: '1' }, S('x'), S('y')]]);
});

test('an update holds fast its key and every attribute as it was read', () => {
  expect(say(update)).toEqual([
    `UPDATE "the-table" SET "a"=? REMOVE "d" SET "e"=? WHERE "PK"=? AND "SK"=? AND "a"=? AND "b""c" IS MISSING AND "d"=?`,
    [S('y'), S('w'), S('p'), { N: '1' }, S('x'), S('z')],
  ]);
});

test('a deletion holds fast all that was written, and returns what it removes', () => {
  expect(say(deletion)).toEqual([
    `DELETE FROM "the-table" WHERE "PK"=? AND "SK"=? AND "a"=? RETURNING ALL OLD *`,
    [S('p'), { N: '1' }, S('x')],
  ]);
});

test('a text is made once for all writes of a shape, however they differ in values', () => {
  const statementOf = statementMaker('t');
  const first = statementOf(update);
  const again = statementOf({
    ...update,
    expect: { a: { L: [] }, 'b"c': null, d: S('') },
    after: { a: { NULL: true }, d: null, e: S('') },
  });
  expect(again?.shape).toBe(first?.shape);
  expect(statementOf({ ...update, expect: { a: null, 'b"c': null, d: S('z') } } as Write)?.shape).not.toBe(first?.shape);
});

const wide = (count: number): Images => Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, S('x')]));

test.each<[string, Write]>([
  ['a name that a placeholder begins with', { kind: 'create', key, item: { ...key, '#a': S('x') } }],
  ['another such name', { kind: 'update', key, expect: { ':a': null }, after: { b: S('x') } }],
  ['an empty name', { kind: 'update', key, expect: {}, after: { '': S('x') } }],
  ['such a name of a key', { kind: 'delete', key: { '#': S('p') }, item: { '#': S('p') } }],
  ['more conditions than are safe', { kind: 'update', key, expect: wide(99), after: { b: S('x') } }],
  ['a text that is too long', { kind: 'create', key, item: { ...key, ...wide(1_000) } as Item }],
  ['a text of too many bytes', { kind: 'create', key, item: { ...key, ['ä'.repeat(4_080)]: S('x') } }],
  ['nothing to change', { kind: 'update', key, expect: { a: S('x') }, after: {} }],
  ['a key that it does not have', { kind: 'update', key, expect: { PK: S('q') }, after: { a: S('x') } }],
  ['a key that it lacks', { kind: 'update', key, expect: { PK: null }, after: { a: S('x') } }],
])('%s is not said', (_, write) => expect(say(write)).toBeUndefined());

test.each<[string, Write]>([
  ['as many conditions as are safe', { kind: 'update', key, expect: wide(98), after: { b: S('x') } }],
  ['its own key', { kind: 'update', key, expect: { PK: S('p'), SK: { N: '1.0' } }, after: { a: S('x') } }],
  ['a text of just so many bytes', { kind: 'create', key, item: { ...key, ['ä'.repeat(4_070)]: S('x') } }],
])('%s is', (_, write) => expect(say(write)).toBeDefined());

test('a shape that was refused too often is not said any more, and others are', () => {
  const statementOf = statementMaker('t');
  const said = statementOf(update);
  if (said) said.shape.refusals = 3;
  expect(statementOf(update)).toBeUndefined();
  expect(statementOf(deletion)).toBeDefined();
});

const names = fc.dictionary(fc.string({ minLength: 1, maxLength: 3 }), fc.constantFrom(null, { S: 'x' }, { N: '1' }), { maxKeys: 4 });
const itemOf = (images: Images): Item => Object.fromEntries(Object.entries(images).filter(([, value]) => value !== null)) as Item;
const writes: fc.Arbitrary<Write> = fc.oneof(
  fc.record({ kind: fc.constant('update' as const), key: fc.constant(key), expect: names, after: names }),
  names.map((images): Write => ({ kind: 'create', key, item: { ...key, ...itemOf(images) } })),
  names.map((images): Write => ({ kind: 'delete', key, item: { ...key, ...itemOf(images) } })),
);

test('what was said before never changes what is said, and there are as many parameters as places for them', () => {
  fc.assert(
    fc.property(fc.array(writes, { minLength: 1, maxLength: 10 }), (all) => {
      const statementOf = statementMaker('the-table');
      for (const write of all) {
        const said = statementOf(write);
        expect(said && [said.Statement, said.Parameters]).toEqual(say(write));
        const places = said?.Statement.replace(/"(?:[^"]|"")*"|'(?:[^']|'')*'/g, '').match(/\?/g)?.length ?? 0;
        expect(places).toBe(said?.Parameters.length ?? 0);
      }
    }),
  );
});
