import { type AttributeValue, fromJson, itemFromJson, itemToJson, type Key } from '../../core/attribute-value.ts';
import type { Example } from '../../core/rehearsal.ts';

/** Items and their attributes in a line of text. */

export const keyText = (key: Key): string =>
  Object.values(key)
    .map((value) => ('S' in value ? value.S : 'N' in value ? value.N : JSON.stringify(itemToJson({ value }).value)))
    .join(' ');

/** As JSON has it, without DynamoDB's types; numbers keep their digits. */
export function valueText(value: AttributeValue): string {
  if ('S' in value) return JSON.stringify(value.S);
  if ('N' in value) return value.N;
  if ('BOOL' in value) return String(value.BOOL);
  if ('NULL' in value) return 'null';
  if ('L' in value) return `[${value.L.map(valueText).join(', ')}]`;
  if ('M' in value) return `{${attributesText(value.M)}}`;
  if ('SS' in value) return `[${value.SS.map((text) => JSON.stringify(text)).join(', ')}]`;
  if ('NS' in value) return `[${value.NS.join(', ')}]`;
  return 'binary';
}

const attributesText = (attributes: Readonly<Record<string, AttributeValue>>): string =>
  Object.entries(attributes)
    .map(([name, value]) => `${name}: ${valueText(value)}`)
    .join(', ');

type Json = Readonly<Record<string, Parameters<typeof fromJson>[0] | null>>;

/** `size2: nothing → 10, …`, or what a new row has. */
export function exampleText({ op, before, after }: Example): string {
  const image = (json: Json, name: string): string => {
    const value = json[name];
    return value ? valueText(fromJson(value)) : 'nothing';
  };
  const [was, is] = [(before ?? {}) as Json, after as Json];
  if (op === 'create') return attributesText(itemFromJson(after as Parameters<typeof itemFromJson>[0]));
  return Object.keys(is)
    .map((name) => `${name}: ${image(was, name)} → ${image(is, name)}`)
    .join(', ');
}

export const exampleKeyText = ({ key }: Example): string => keyText(itemFromJson(key as Parameters<typeof itemFromJson>[0]));
