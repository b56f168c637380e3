import * as z from 'zod/mini';
import { type AnyDefinition, defineBackfill, skip, tableScan } from '../../../lib/core/definition.ts';
import type { Ports, TableFacts } from '../../../lib/core/ports.ts';
import { preflight } from '../../../lib/core/preflight.ts';
import { memoryWorld } from '../../support/memory-ports.ts';
import { making } from '../../support/thing-definitions.ts';

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

describe('preflight', () => {
  const definition: AnyDefinition = { ...making, requires: { indexes: [{ name: 'G', key: ['p', 's'] }] } };
  const index = { name: 'G', status: 'ACTIVE', key: ['p', 's'], projection: 'ALL' };
  const look = (facts: Partial<TableFacts> = {}, overrides: Partial<Ports> = {}, enrich = true) => {
    const { ports } = memoryWorld({ definition, items: [], facts: { indexes: [index], ...facts }, overrides });
    return preflight(ports, enrich);
  };

  test('gives the facts of a table that has all that is needed', async () => {
    expect(await look()).toMatchObject({ name: 'things', key: ['id'] });
  });

  test.each<[string, Partial<TableFacts>]>([
    ['preflight.table-not-active', { status: 'UPDATING' }],
    ['preflight.key-mismatch', { key: ['id', 'at'] }],
    ['preflight.index-missing', { indexes: [{ ...index, name: 'H' }] }],
    ['preflight.index-mismatch', { indexes: [{ ...index, key: ['s', 'p'] }] }],
    ['preflight.index-mismatch', { indexes: [{ ...index, projection: 'KEYS_ONLY' }] }],
    ['preflight.index-not-active', { indexes: [{ ...index, status: 'CREATING' }] }],
  ])('%s for %j', async (code, facts) => {
    await expect(look(facts)).rejects.toMatchObject({ code, details: { table: 'things' } });
  });

  test('a table that is not there', async () => {
    const inspector = {
      describe: async () => undefined,
      survey: async () => undefined,
      estimateItems: async () => null,
      hash: async () => '0',
    };
    await expect(look({}, { inspector })).rejects.toMatchObject({ code: 'preflight.table-missing', details: { table: 'things' } });
  });

  test('asks for the service’s key only where the run enriches', async () => {
    const service = async () => {
      throw new Error('no key');
    };
    await expect(look({}, { service })).rejects.toThrow('no key');
    await expect(look({}, { service }, false)).resolves.toMatchObject({ name: 'things' });
  });
});
