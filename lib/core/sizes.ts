import { attributeOf, attributeSize, canonicalValue, type Images, type Item, itemSize, pick, sameItem } from './attribute-value.ts';
import type { TableFacts } from './ports.ts';
import { beforeOf, type Change, type Write } from './write.ts';

/**
 * What requests take, by DynamoDB's published rules.
 * Source: "DynamoDB read and write operations" and "Write operations on global secondary indexes", Amazon DynamoDB Developer Guide.
 */

const WRITE_UNIT_BYTES = 1024;
const READ_UNIT_BYTES = 4096;

/** Write units for an item, or an index's entry, of so many bytes. */
export const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));

/** Read units for a page of an eventually consistent scan: its items together, before any filter. */
export const scanUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) / 2;

type Index = TableFacts['indexes'][number];

/** One write that DynamoDB makes of itself, to keep an index up with its table. */
export interface IndexWrite {
  index: string;
  units: number;
  /** The partition of the index that is written, as a text that is equal for equal ones. */
  partition: string;
}

export interface ChangeUnits {
  /** Of the table itself. */
  table: number;
  indexes: IndexWrite[];
}

/** Write units of one intended change. `source`: the item that an update changes, with all its attributes. */
export function changeUnits(change: Change, source: Item, facts: Pick<TableFacts, 'key' | 'indexes' | 'keyTypes'>): ChangeUnits {
  const before = change.kind === 'update' ? withImages(source, beforeOf(change)) : undefined;
  const after = before && change.kind === 'update' ? withImages(before, change.after) : (change as Change & { kind: 'create' }).item;
  return {
    table: writeUnits(Math.max(before ? itemSize(before) : 0, itemSize(after))),
    indexes: facts.indexes.flatMap((index) => indexWrites(index, before, after, facts)),
  };
}

function withImages(item: Item, images: Images): Item {
  const changed = { ...item };
  for (const [name, value] of Object.entries(images)) {
    if (value === null) delete changed[name];
    else changed[name] = value;
  }
  return changed;
}

/** An entry comes with its key attributes and goes with them; another key is another entry; what an entry does not show costs nothing. */
function indexWrites(index: Index, before: Item | undefined, after: Item, facts: Pick<TableFacts, 'key' | 'keyTypes'>): IndexWrite[] {
  const was = before && entryOf(before, index, facts);
  const will = entryOf(after, index, facts);
  const write = (entry: Item, bytes: number): IndexWrite => ({
    index: index.name,
    units: writeUnits(bytes),
    partition: canonicalValue(entry[index.key[0] as string] as Item[string]),
  });
  if (was && will && sameItem(pick(was, index.key), pick(will, index.key)))
    return sameItem(was, will) ? [] : [write(will, Math.max(itemSize(was), itemSize(will)))];
  return [was, will].filter((entry) => entry !== undefined).map((entry) => write(entry, itemSize(entry)));
}

/** What an index shows of an item; `undefined`: it has no entry there. */
function entryOf(item: Item, index: Index, { key, keyTypes }: Pick<TableFacts, 'key' | 'keyTypes'>): Item | undefined {
  if (!index.key.every((name) => isKeyValue(attributeOf(item, name), keyTypes[name]))) return undefined;
  if (index.projection === 'KEYS_ONLY') return pick(item, [...index.key, ...key]);
  // Where it is not known what an index includes, it may be everything.
  if (index.projection === 'INCLUDE' && index.projected) return pick(item, [...new Set([...index.key, ...key, ...index.projected])]);
  return item;
}

/** Items from before an index was made may have what cannot be its key: they are left out of it. */
function isKeyValue(value: Item[string] | undefined, type: 'S' | 'N' | 'B' | undefined): boolean {
  if (value === undefined || (type !== undefined && !(type in value))) return false;
  return !(('S' in value && value.S === '') || ('B' in value && value.B.byteLength === 0));
}

/** Write units that a write takes of its table at the least: those of the attributes that it names, as they were or as they will be. */
export function leastUnits(write: Write): number {
  if (write.kind !== 'update') return writeUnits(itemSize(write.item));
  const { key, expect, after } = write;
  let before = itemSize(key);
  for (const name in expect) if (!Object.hasOwn(key, name)) before += attributeSize(name, expect[name]);
  let grows = 0;
  for (const name in after) {
    grows += attributeSize(name, after[name]);
    if (Object.hasOwn(expect, name)) grows -= attributeSize(name, expect[name]);
  }
  return writeUnits(before + Math.max(0, grows));
}
