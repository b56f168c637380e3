import * as z from 'zod/mini';
import { defineBackfill, skip, tableScan } from '../../../lib/core/definition.ts';

const item = z.object({ id: z.string(), a: z.string(), b: z.string() });
const sound = {
  name: 'a-1',
  version: '1.0',
  summary: 's',
  source: tableScan({ table: 't', key: ['id'] }),
  item,
  reads: ['a' as const],
  writes: ['b' as const],
  transform: () => skip('x'),
};
const wide = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`x${index}`, z.string()]));

describe('defineBackfill', () => {
  test('fills in what may be left out', () => {
    expect(defineBackfill(sound)).toMatchObject({ source: { kind: 'table-scan', where: {} }, requires: { indexes: [] } });
  });

  test.each<[string, object, string]>([
    ['Name', { name: 'Name' }, 'the name must be lower-case words joined by hyphens'],
    ['a_b', { name: 'a_b' }, 'the name must be lower-case words joined by hyphens'],
    ['reads', { reads: ['a', 'c'] }, '"c" is in the key, reads or writes, but not in the item\'s schema'],
    ['key', { source: tableScan({ table: 't', key: ['id', 'at'] }) }, '"at" is in the key, reads or writes, but not in the item\'s schema'],
    ['item', { reads: [] }, 'the item\'s schema has "a", which is neither key nor in reads or writes'],
    [
      'quality',
      { quality: { 'invalid-item': () => true } },
      'quality names "invalid-item", under which the engine counts items that are not of the schema',
    ],
    ['writes', { writes: ['b', 'id'] }, 'the key attribute "id" cannot be written'],
    [
      'width',
      { item: z.object({ id: z.string(), ...wide }), reads: Object.keys(wide), writes: [] },
      'it touches 102 attributes; at most 100 are possible',
    ],
  ])('refuses a defect of %s', (_, change, text) => {
    const broken = { ...sound, ...change } as unknown as typeof sound;
    expect(() => defineBackfill(broken)).toThrow(
      expect.objectContaining({ code: 'definition.invalid', message: `Definition "${broken.name}": ${text}.` }),
    );
  });
});
