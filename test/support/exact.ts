import { createHash } from 'node:crypto';
import type { AttributeValue, Item } from '../../lib/core/attribute-value.ts';

/**
 * An item, digit by digit and byte by byte, as one text: a comparison of our own that knows nothing of the engine's.
 * Only what has no order is brought into one: the names of an item or a map, and the members of a set.
 */
export const exact = (item: Item): string =>
  `{${Object.entries(item)
    .map(([name, value]) => `${JSON.stringify(name)}=${exactValue(value)}`)
    .sort()
    .join(';')}}`;

function exactValue(value: AttributeValue): string {
  const [type = '', held] = Object.entries(value)[0] ?? [];
  if (type === 'M') return `M${exact(held)}`;
  if (type === 'L') return `L[${held.map(exactValue).join(';')}]`;
  if (type === 'B') return `B${Buffer.from(held).toString('hex')}`;
  if (type === 'BS') return `BS[${held.map((entry: Uint8Array) => Buffer.from(entry).toString('hex')).sort()}]`;
  if (type === 'SS' || type === 'NS') return `${type}[${held.map((entry: string) => JSON.stringify(entry)).sort()}]`;
  return `${type}${JSON.stringify(held)}`;
}

/** A hash of a table that does not depend on the order of its items. */
export const exactHash = (items: readonly Item[]): string => createHash('sha256').update(items.map(exact).sort().join('\n')).digest('hex');
