import type { AttributeValue, Images, Key } from '../../core/attribute-value.ts';
import type { Change, Deletion } from '../../core/write.ts';

/** How an endpoint compares lists and maps: `whole`, as DynamoDB does, or only `piecewise`, element by element. */
export type DocumentComparison = 'whole' | 'piecewise';

/** Placeholders for names and values of one request. */
class Placeholders {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, AttributeValue> = {};
  readonly #byName = new Map<string, string>();
  #values = 0;

  name(name: string): string {
    const known = this.#byName.get(name);
    if (known) return known;
    const placeholder = `#n${this.#byName.size}`;
    this.#byName.set(name, placeholder);
    this.names[placeholder] = name;
    return placeholder;
  }

  value(value: AttributeValue): string {
    const placeholder = `:v${this.#values}`;
    this.#values += 1;
    this.values[placeholder] = value;
    return placeholder;
  }
}

function equals(path: string, value: AttributeValue, comparison: DocumentComparison, holders: Placeholders): string[] {
  if (comparison === 'whole' || !('L' in value || 'M' in value)) return [`${path} = ${holders.value(value)}`];
  const parts: [string, AttributeValue][] =
    'L' in value
      ? value.L.map((entry, index) => [`${path}[${index}]`, entry])
      : Object.entries(value.M).map(([name, entry]) => [`${path}.${holders.name(name)}`, entry]);
  const type = holders.value({ S: 'L' in value ? 'L' : 'M' });
  const size = holders.value({ N: String(parts.length) });
  return [
    `attribute_type(${path}, ${type})`,
    `size(${path}) = ${size}`,
    ...parts.flatMap(([inner, entry]) => equals(inner, entry, comparison, holders)),
  ];
}

const holdsFast = (expect: Images, comparison: DocumentComparison, holders: Placeholders): string[] =>
  Object.entries(expect).flatMap(([name, value]) => {
    const path = holders.name(name);
    return value === null ? [`attribute_not_exists(${path})`] : equals(path, value, comparison, holders);
  });

export interface UpdateRequest {
  TableName: string;
  Key: Key;
  UpdateExpression: string;
  ConditionExpression: string;
  ExpressionAttributeNames: Record<string, string>;
  ExpressionAttributeValues?: Record<string, AttributeValue>;
}

/** An UpdateItem that changes what shall change only if the item exists and every attribute of reads and writes is as it was read. */
export function updateRequest(table: string, write: Change & { kind: 'update' }, comparison: DocumentComparison): UpdateRequest {
  const holders = new Placeholders();
  const sets: string[] = [];
  const removes: string[] = [];
  for (const [name, value] of Object.entries(write.after)) {
    if (value === null) removes.push(holders.name(name));
    else sets.push(`${holders.name(name)} = ${holders.value(value)}`);
  }
  const [partition = ''] = Object.keys(write.key);
  const conditions = [`attribute_exists(${holders.name(partition)})`, ...holdsFast(write.expect, comparison, holders)];
  const clauses = [sets.length > 0 && `SET ${sets.join(', ')}`, removes.length > 0 && `REMOVE ${removes.join(', ')}`];
  return {
    TableName: table,
    Key: write.key,
    UpdateExpression: clauses.filter(Boolean).join(' '),
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: holders.names,
    ...(Object.keys(holders.values).length > 0 && { ExpressionAttributeValues: holders.values }),
  };
}

export const createRequest = (table: string, write: Change & { kind: 'create' }) => ({
  TableName: table,
  Item: write.item,
  ConditionExpression: 'attribute_not_exists(#key)',
  ExpressionAttributeNames: { '#key': Object.keys(write.key)[0] as string },
});

/** DynamoDB takes 4,096 bytes and 300 operators of a condition; a part needs at most one operator and an AND. */
const MAX_CONDITION_BYTES = 4_000;
const MAX_CONDITION_PARTS = 140;

/**
 * A DeleteItem that takes a row away only if what was put into it still stands, and returns what it took away.
 * Of a row too wide for one condition only as much is held fast as fits: the caller compares the returned row in any case,
 * for no condition can say that nothing was added.
 */
export function deleteRequest(table: string, { key, item }: Deletion, comparison: DocumentComparison) {
  const [partition = ''] = Object.keys(key);
  const names = [partition, ...Object.keys(item).filter((name) => name !== partition)];
  for (let some = names.length; ; some = Math.max(1, Math.floor(some / 2))) {
    const holders = new Placeholders();
    const held = names.slice(0, some);
    const parts = held.flatMap((name) => equals(holders.name(name), item[name] as AttributeValue, comparison, holders));
    const ConditionExpression = parts.join(' AND ');
    if (some > 1 && (parts.length > MAX_CONDITION_PARTS || ConditionExpression.length > MAX_CONDITION_BYTES)) continue;
    return {
      TableName: table,
      Key: key,
      ConditionExpression,
      ExpressionAttributeNames: holders.names,
      ExpressionAttributeValues: holders.values,
      ReturnValues: 'ALL_OLD' as const,
    };
  }
}
