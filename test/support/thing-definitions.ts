import * as z from 'zod/mini';
import type { Item } from '../../lib/core/attribute-value.ts';
import { type AnyDefinition, create, defineBackfill, fail, skip, tableScan, update } from '../../lib/core/definition.ts';

/** Two small definitions that meet every outcome, and items for them. */

const source = tableScan({ table: 'things', key: ['id'], where: { kind: 'thing' } });

/** Puts `size2` beside `size`. */
export const doubling = defineBackfill({
  name: 'doubling',
  version: '1.0',
  summary: 'size2 = 2 * size',
  source,
  item: z.object({ id: z.string(), size: z.number(), size2: z.optional(z.number()) }),
  reads: ['size'],
  writes: ['size2'],
  transform: ({ size }) => {
    if (size === 13) return skip('unlucky');
    if (size === 14) return fail('odd-one', 'fourteen', { retryable: true });
    if (size === 15) throw new Error('fifteen');
    return update({ set: { size2: size * 2 } }, { notes: size > 50 ? ['large'] : [] });
  },
}) as AnyDefinition;

/** Makes a row `Made#<size>` for each thing, with what a service says of its size. */
export const making = defineBackfill({
  name: 'making',
  version: '1.0',
  summary: 'a row for each size',
  source,
  item: z.object({ id: z.string(), size: z.number() }),
  reads: ['size'],
  writes: [],
  target: ({ size }) => ({ id: `Made#${size}` }),
  service: {
    name: 'words',
    ask: ({ size }) => (size % 2 === 0 ? String(size) : undefined),
    answer: z.object({ word: z.string() }),
    cacheDays: 30,
    pricePerCall: 0.01,
  },
  skip: ({ size }) => (size === 13 ? 'unlucky' : undefined),
  transform: ({ size }, { now, answer }) => {
    if (size === 15) throw new Error('fifteen');
    const word = answer?.kind === 'found' ? answer.value.word : null;
    return create({ id: `Made#${size}`, word, at: now }, { notes: answer?.kind === 'missing' ? ['wordless'] : [] });
  },
});

export const thing = (id: string, size: number | string, more: Item = {}): Item => ({
  id: { S: id },
  kind: { S: 'thing' },
  size: typeof size === 'number' ? { N: String(size) } : { S: size },
  ...more,
});

export const other = (id: string): Item => ({ id: { S: id }, kind: { S: 'other' } });

export const idOf = (id: string): Item => ({ id: { S: id } });
