import fc from 'fast-check';
import type { AttributeValue, Item } from '../../lib/core/attribute-value.ts';
import { storableValue as value } from '../property/values.ts';
import type { KeySchema, KeyType } from './endpoint.ts';
import type { Death } from './rollback-life.ts';

/** Random tables, definitions over them, runs, and places to die at. */

/** What a definition does with an item; the item's key says which of several it is. */
export type Deed =
  /** The attributes by their place among the definition's `writes`. */
  | { kind: 'update'; set: AttributeValue[]; whale: Whale | null; remove: number[] }
  /** A row of the `number`th key that only creates have. */
  | { kind: 'create'; number: number; filling: Filling }
  | { kind: 'skip' }
  | { kind: 'fail' };

/** Somebody else puts an item that the run does not work on, or deletes it, when so many requests have been sent. */
export interface Intrusion {
  at: number;
  number: number;
  attributes: Item | null;
}

export interface RollbackCase {
  schema: number;
  /** Items that the run works on, and those that it leaves to others. */
  things: { seed: number; filling: Filling }[];
  others: Item[];
  reads: string[];
  writes: string[];
  deeds: Deed[];
  options: { batchSize: number; segments: number; limit?: number };
  concurrency: number;
  runDeaths: Death[];
  /** The run is not carried on after its last death. */
  leftDead: boolean;
  undoBatch: number;
  undoDeaths: Death[];
  intrusions: Intrusion[];
}

const key = (...keys: [string, KeyType][]): KeySchema => keys.map(([name, type]) => ({ name, type }));

/** With and without a sort key, of every type, and with names that expressions cannot spell out. */
export const schemas: readonly KeySchema[] = [
  key(['id', 'S']),
  key(['PK', 'S'], ['SK', 'S']),
  key(['hash', 'N']),
  key(['a.b', 'B'], ['range', 'N']),
  key(['ключ', 'S'], ['#k', 'B']),
];

/** The attribute that tells the run's items from those of others. */
export const KIND = 'kind';

export const names: readonly string[] = ['plain', 'name', 'size', 'a.b.c', '#n0', ':v0', 'a b', 'значение', '\u{1F9FE}', 'constructor'];

/** Attributes, or a single one that nearly fills an item. */
export interface Filling {
  attributes: Item;
  whale: Whale | null;
}

/** A large value is made only where it is written: a counterexample shall fit a screen. */
export interface Whale {
  bytes: number;
  text: boolean;
  last: string;
}

const KB = 1024;
const WHALES_IN = 40;

const attributes: fc.Arbitrary<Item> = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 5, noNullPrototype: true });
const whale: fc.Arbitrary<Whale> = fc.record({
  bytes: fc.integer({ min: 370 * KB, max: 390 * KB }),
  text: fc.boolean(),
  last: fc.constantFrom('a', 'b'),
});
const maybeWhale = fc.oneof({ weight: WHALES_IN, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: whale });
const filling: fc.Arbitrary<Filling> = fc.record({ attributes, whale: maybeWhale });

export function large({ bytes, text, last }: Whale): AttributeValue {
  const S = `${'w'.repeat(bytes - 1)}${last}`;
  return text ? { S } : { B: new Uint8Array(Buffer.from(S)) };
}

export const filled = ({ attributes, whale }: Filling): Item => (whale ? { plain: large(whale) } : attributes);

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('update' as const),
      set: fc.array(value, { maxLength: 3 }),
      whale: maybeWhale,
      remove: fc.array(fc.nat(3), { maxLength: 2 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('create' as const), number: fc.nat(4), filling }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'skip' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'fail' as const }) },
);

const when = fc.constantFrom('before' as const, 'after' as const);

/** Half of them in the midst of writing, which is where it hurts. */
const deaths = (calls: number): fc.Arbitrary<Death[]> =>
  fc.array(
    fc.oneof(
      fc.record({ among: fc.constant('calls' as const), at: fc.nat(calls), when }),
      fc.record({ among: fc.constant('writes' as const), at: fc.nat(8), when }),
    ),
    { maxLength: 2 },
  );

export const rollbackCase: fc.Arbitrary<RollbackCase> = fc.record({
  schema: fc.nat(schemas.length - 1),
  things: fc.uniqueArray(fc.record({ seed: fc.nat(200), filling }), { minLength: 3, maxLength: 10, selector: (one) => one.seed }),
  others: fc.array(attributes, { maxLength: 2 }),
  reads: fc.subarray([...names], { maxLength: 3 }),
  // Each has a lock of its own, and every process takes them all.
  writes: fc.subarray([...names], { minLength: 2, maxLength: 3 }),
  deeds: fc.array(deed, { minLength: 2, maxLength: 5 }),
  options: fc
    .record({ batchSize: fc.integer({ min: 1, max: 5 }), segments: fc.constantFrom(1, 1, 2, 3), limit: fc.integer({ min: 1, max: 12 }) })
    .map(({ limit, ...rest }) => (limit > 6 ? rest : { ...rest, limit })),
  concurrency: fc.integer({ min: 1, max: 3 }),
  runDeaths: deaths(90),
  leftDead: fc.boolean(),
  undoBatch: fc.integer({ min: 1, max: 6 }),
  undoDeaths: deaths(120),
  intrusions: fc.array(fc.record({ at: fc.nat(200), number: fc.nat(3), attributes: fc.option(attributes, { freq: 3 }) }), { maxLength: 3 }),
});

export type Whose = 'thing' | 'made' | 'other';

/** Far apart, so that nobody's number is somebody else's. */
const FIRST: Record<Whose, number> = { thing: 0, made: 1_000, other: 2_000 };

/** A key of its own for each number of each owner, spelled as a person might. */
export function keyOf(schema: KeySchema, whose: Whose, number: number): Item {
  const unique = FIRST[whose] + number;
  const entries = schema.map(({ name, type }, index): [string, AttributeValue] => {
    // The partition is shared by some, where a sort key tells them apart.
    const part = schema.length > 1 && index === 0 ? unique % 3 : unique;
    if (type === 'S') return [name, { S: `${whose}/ä${part}` }];
    if (type === 'N') return [name, { N: `-${part}.50` }];
    return [name, { B: new Uint8Array(Buffer.from([0, 255, part >> 8, part & 255])) }];
  });
  return Object.fromEntries(entries);
}
