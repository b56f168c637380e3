import type { Item } from '../../lib/core/attribute-value.ts';
import type { AnyDefinition } from '../../lib/core/definition.ts';
import type { RunOptions } from '../../lib/core/records/run.ts';
import { memoryWorld, type World } from './memory-ports.ts';
import { idOf, making, thing } from './thing-definitions.ts';
import { mixed, toMix, toTurn, turning } from './undo-definitions.ts';

/** A run over a small table, nobody else about. */
export interface Quiet {
  name: string;
  definition: AnyDefinition;
  items: Item[];
  options: Partial<RunOptions>;
}

const toMake: Item[] = [
  thing('a0', 1),
  thing('a1', 2),
  thing('a2', 13),
  thing('a3', 3),
  thing('b0', 2),
  thing('b1', 15),
  thing('b2', 5),
  thing('b3', 7),
  idOf('Made#5'),
];

export const quiet: Quiet[] = [
  { name: 'create', definition: making, items: toMake, options: { batchSize: 3 } },
  { name: 'set and remove', definition: turning, items: toTurn, options: { batchSize: 3 } },
  { name: 'mixed, two segments', definition: mixed, items: toMix, options: { batchSize: 4, segments: 2 } },
];

export const worldOf = ({ definition, items, options }: Quiet): World => memoryWorld({ definition, items, options });

/** What others do between a run and its rollback; `null` deletes. */
export const meddling: Record<string, Record<string, Item | null>> = {
  create: {
    'Made#1': { size: { N: '77' }, word: { S: 'theirs' } },
    'Made#2': null,
    'Made#3': { extra: { S: 'added' } },
    a0: { free: { S: 'not ours' } },
  },
  'set and remove': {
    a1: { double: { N: '7' } },
    a2: null,
    b1: { old: { S: 'back again' } },
    c0: { free: { S: 'not ours' } },
  },
  'mixed, two segments': {
    a1: { mark: { S: 'theirs' } },
    b0: null,
    'Made#2': { extra: { BOOL: true } },
    'Made#4': null,
    c1: { free: { N: '1' } },
  },
};

export function meddle({ table }: World, acts: Record<string, Item | null>): void {
  for (const [id, act] of Object.entries(acts)) {
    if (act === null) table.delete(idOf(id));
    else table.change(idOf(id), act);
  }
}
