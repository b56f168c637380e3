import {
  attributeOf,
  type Images,
  type Item,
  itemSize,
  type Key,
  MAX_ITEM_BYTES,
  matchesImages,
  pick,
  sameItem,
  sameValue,
} from './attribute-value.ts';
import { type AnyDefinition, MAX_TOUCHED_ATTRIBUTES } from './definition.ts';
import type { Codec, TableFacts } from './ports.ts';
import type { Result } from './result.ts';
import type { Change } from './write.ts';

/** What shall become of one item: a conditional write, or an outcome that needs none. */
export type Intent =
  | { kind: 'write'; write: Change; notes: readonly string[] }
  | { kind: 'skip'; reason: string }
  | { kind: 'fail'; code: string; message: string; retryable: boolean };

const failed = (code: string, message: string): Intent => ({ kind: 'fail', code, message, retryable: false });

interface IntentContext {
  definition: AnyDefinition;
  facts: TableFacts;
  codec: Codec;
}

/** Attributes by what a definition has to do with them. */
interface Attributes {
  /** Those that it reads or writes: an update's condition holds every one of them fast. */
  touched: readonly string[];
  /** The key's, and those. */
  seen: readonly string[];
}

/** They are asked for with every item. */
const attributesBy = new WeakMap<AnyDefinition, Attributes>();

export function attributesOf(definition: AnyDefinition): Attributes {
  const known = attributesBy.get(definition);
  if (known) return known;
  const touched = [...new Set([...definition.reads, ...definition.writes])];
  const attributes = { touched, seen: [...definition.source.key, ...touched] };
  attributesBy.set(definition, attributes);
  return attributes;
}

export function intend(result: Result, source: Item, context: IntentContext): Intent {
  if (result.kind === 'skip') return result;
  if (result.kind === 'fail') return result;
  try {
    return result.kind === 'create' ? intendCreate(result, context) : intendUpdate(result, source, context);
  } catch (error) {
    return failed('unmarshallable', `DynamoDB cannot hold the result: ${(error as Error).message}`);
  }
}

function intendCreate(result: Result & { kind: 'create' }, { definition, facts, codec }: IntentContext): Intent {
  const item = codec.toItem(result.item);
  const key = pick(item, facts.key);
  const missing = facts.key.filter((name) => key[name] === undefined);
  if (missing.length > 0) return failed('invalid-result', `the new item lacks its key attribute ${missing.join(', ')}`);
  // It would be scanned, made more rows of, and changed by the very run that made it.
  if (isEligible(item, definition.source.where)) return failed('invalid-result', 'the new row would be read as a source item itself');
  const size = itemSize(item);
  if (size > MAX_ITEM_BYTES) return failed('too-large', `the new item would have ${size} bytes; DynamoDB holds ${MAX_ITEM_BYTES}`);
  return { kind: 'write', write: { kind: 'create', key, item }, notes: result.notes };
}

function intendUpdate(result: Result & { kind: 'update' }, source: Item, { definition, facts, codec }: IntentContext): Intent {
  const set = codec.toItem(result.set);
  const names = [...result.remove, ...Object.keys(set)];
  const foreign = names.filter((name) => !definition.writes.includes(name));
  if (foreign.length > 0)
    return failed('invalid-result', `the update touches ${foreign.join(', ')}, which the definition does not declare in writes`);
  const { touched } = attributesOf(definition);
  if (touched.length > MAX_TOUCHED_ATTRIBUTES)
    return failed('too-wide', `${touched.length} attributes are touched; at most ${MAX_TOUCHED_ATTRIBUTES} are possible`);

  const expect: Images = {};
  for (const name of touched) expect[name] = attributeOf(source, name) ?? null;
  const after: Images = {};
  for (const name of names) {
    // What is set and removed is set.
    const image = attributeOf(set, name) ?? null;
    if (!sameValue(image, expect[name])) after[name] = image;
  }
  const changed = Object.keys(after);
  if (changed.length === 0) return { kind: 'skip', reason: 'unchanged' };
  const stubborn = changed.filter(
    (name) => !restorable(expect[name] ?? null, Object.hasOwn(facts.keyTypes, name) ? facts.keyTypes[name] : undefined),
  );
  if (stubborn.length > 0) return failed('unrestorable', `an index would refuse to take ${stubborn.join(', ')} back as it is now`);
  return { kind: 'write', write: { kind: 'update', key: pick(source, facts.key), expect, after }, notes: result.notes };
}

/** Invariant 3: an index key takes only values of its type, and no empty ones. */
function restorable(before: Images[string], indexType: 'S' | 'N' | 'B' | undefined): boolean {
  if (before === null || before === undefined || indexType === undefined) return true;
  if (indexType === 'S') return 'S' in before && before.S !== '';
  if (indexType === 'N') return 'N' in before;
  return 'B' in before && before.B.byteLength > 0;
}

/** Whether the item that stands there is what `write` would have made of it: then the write was ours. */
export function isOurs(write: Change, standing: Item | undefined): boolean {
  if (standing === undefined) return false;
  if (write.kind === 'create') return sameItem(write.item, standing);
  return matchesImages(standing, write.after);
}

export const sourceKey = (item: Item, definition: AnyDefinition): Key => pick(item, definition.source.key);

/** Whether an item has every one of these attribute values; others of a source are `filtered`. */
export const isEligible = (item: Item, where: Readonly<Record<string, string>>): boolean =>
  Object.entries(where).every(([name, value]) => {
    const attribute = attributeOf(item, name);
    return attribute !== undefined && 'S' in attribute && attribute.S === value;
  });
