import * as z from 'zod/mini';
import type { Item } from '../../lib/core/attribute-value.ts';
import { type AnyDefinition, create, defineBackfill, fail, skip, tableScan, update } from '../../lib/core/definition.ts';
import { other, thing } from './thing-definitions.ts';

/** Definitions whose runs are to be undone, and tables for them. */

const source = tableScan({ table: 'things', key: ['id'], where: { kind: 'thing' } });
const size = z.number();
const text = z.optional(z.string());

/** Puts `double` beside `size`, and takes `old` away. */
export const turning = defineBackfill({
  name: 'turning',
  version: '1.0',
  summary: 'double = 2 * size, no old',
  source,
  item: z.object({ id: z.string(), size, double: z.optional(z.number()), old: text }),
  reads: ['size'],
  writes: ['double', 'old'],
  transform: ({ size }) => {
    if (size === 13) return skip('unlucky');
    if (size === 14) return fail('odd-one', 'fourteen', { retryable: true });
    return update({ set: { double: size * 2 }, remove: ['old'] }, { notes: size > 50 ? ['large'] : [] });
  },
}) as AnyDefinition;

/** Updates things of odd sizes, and makes a row for each even one. */
export const mixed = defineBackfill({
  name: 'mixed',
  version: '1.0',
  summary: 'rows for even sizes, marks for odd ones',
  source,
  item: z.object({ id: z.string(), size, mark: text, old: text }),
  reads: ['size'],
  writes: ['mark', 'old'],
  transform: ({ id, size }) => {
    if (size === 13) return skip('unlucky');
    if (size === 14) return fail('odd-one', 'fourteen', { retryable: true });
    if (size % 2 === 0) return create({ id: `Made#${size}`, from: id });
    return update({ set: { mark: `odd ${size}` }, remove: ['old'] });
  },
}) as AnyDefinition;

const old: Item = { old: { S: 'worn' } };
const own: Item = { note: { S: 'its own' }, bytes: { B: new Uint8Array([1, 2, 3]) } };

/** Every outcome; some with an attribute to remove, some that have the one to set. */
export const toTurn: Item[] = [
  other('a0'),
  thing('a1', 1, { ...old, ...own }),
  thing('a2', 2),
  thing('a3', 13, old),
  thing('b0', 'no number', old),
  thing('b1', 3, { ...old, double: { N: '99' } }),
  thing('b2', 4, { double: { N: '8' } }),
  thing('b3', 14, old),
  thing('c0', 60, old),
];

export const toMix: Item[] = [
  thing('a0', 2),
  thing('a1', 1, { ...old, ...own }),
  thing('a2', 4),
  thing('a3', 13),
  thing('b0', 3, { mark: { S: 'mine' } }),
  thing('b1', 12),
  thing('b22', 14, old),
  thing('b3', 6),
  thing('c00', 8),
  thing('c1', 5, old),
];
