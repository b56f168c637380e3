import type { AttributeValue, Item } from '../../lib/core/attribute-value.ts';

/**
 * What wardrobe-normalize must make of a table, written from its specification and from nothing else: it works on DynamoDB's typed values,
 * word by word, and shares no code and no table with the definition.
 */
export interface ExpectedWardrobe {
  /** The whole table after the run, by id. */
  table: Map<string, Item>;
  updated: number;
  skipped: Record<string, number>;
  failed: Record<string, number>;
}

const FIELDS = ['style', 'occasion', 'mood', 'season'];
const VERSION = '1.0';

/** The one known value that people also write in one word. */
const ONE_WORD: Record<string, string> = { laidback: 'laid_back' };

function canonicalWord(text: string): string {
  let words = '';
  let between = false;
  for (const letter of text.toLowerCase()) {
    if (letter === '-' || letter === '_' || letter.trim() === '') {
      between = words !== '';
    } else {
      words += between ? `_${letter}` : letter;
      between = false;
    }
  }
  return ONE_WORD[words] ?? words;
}

/** `undefined`: the item is of a wrong shape. */
function textsOf(value: AttributeValue | undefined): string[] | undefined {
  if (value === undefined || 'NULL' in value || 'NS' in value || 'BS' in value) return [];
  if ('S' in value) return value.S.split(',');
  if ('SS' in value) return value.SS;
  if ('L' in value) return value.L.flatMap((entry) => ('S' in entry ? [entry.S] : []));
  return undefined;
}

function normalizedList(value: AttributeValue | undefined): string[] | undefined {
  const texts = textsOf(value);
  if (texts === undefined) return undefined;
  const values: string[] = [];
  for (const word of texts.map(canonicalWord)) if (word !== '' && !values.includes(word)) values.push(word);
  return value && 'SS' in value ? values.sort() : values;
}

function versionOf(item: Item): string | undefined {
  const { normalized } = item;
  const version = normalized && 'M' in normalized ? normalized.M.normalized_version : undefined;
  return version && 'S' in version ? version.S : undefined;
}

const idOf = (item: Item): string => (item.id as { S: string }).S;

export function expectedWardrobe(items: readonly Item[], now: string): ExpectedWardrobe {
  const expected: ExpectedWardrobe = { table: new Map(), updated: 0, skipped: {}, failed: {} };
  const add = (counts: Record<string, number>, reason: string): void => {
    counts[reason] = (counts[reason] ?? 0) + 1;
  };
  for (const item of items) {
    expected.table.set(idOf(item), item);
    const lists = FIELDS.map((field) => normalizedList(item[field]));
    if (lists.some((list) => list === undefined)) {
      add(expected.failed, 'invalid-item');
      continue;
    }
    const version = versionOf(item);
    if (version === VERSION) add(expected.skipped, 'already-normalized');
    else if (version === '2.0') add(expected.skipped, 'newer-version');
    else {
      const fields = FIELDS.map((field, index) => [field, { L: (lists[index] as string[]).map((S) => ({ S })) }]);
      const normalized = { M: { ...Object.fromEntries(fields), normalized_at: { S: now }, normalized_version: { S: VERSION } } };
      expected.table.set(idOf(item), { ...item, normalized });
      expected.updated += 1;
    }
  }
  return expected;
}
