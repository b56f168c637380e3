import { marshall, NumberValueImpl as NumberValue, unmarshall } from '@aws-sdk/util-dynamodb';
import { canonicalNumber, type Item } from '../../core/attribute-value.ts';
import type { Codec } from '../../core/ports.ts';
import type { Native } from '../../core/result.ts';

/** A JS number where that holds the value exactly; the SDK's wrapper, with every digit, where it does not. */
const toNumber = (text: string): number | NumberValue => {
  const number = Number(text);
  const spelled = String(number);
  const isExact = Number.isFinite(number) && (spelled === text || canonicalNumber(spelled) === canonicalNumber(text));
  return isExact ? number : NumberValue.from(text);
};

// biome-ignore lint/suspicious/noExplicitAny: the SDK's unions name each other type of value as `never`
type SdkItem = Record<string, any>;

const isPlain = (value: unknown): value is object =>
  value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;

const holdsSet = (value: unknown): boolean => {
  if (value instanceof Set) return true;
  return Array.isArray(value) ? value.some(holdsSet) : isPlain(value) && Object.values(value).some(holdsSet);
};

/** The SDK wants a set's numbers all wrapped or none. */
function uniformSets<T>(value: T): T {
  if (value instanceof Set && [...value].some((entry) => entry instanceof NumberValue)) {
    return new Set([...value].map((entry) => (typeof entry === 'number' ? NumberValue.from(String(entry)) : entry))) as T;
  }
  if (Array.isArray(value)) return value.map(uniformSets) as T;
  if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, uniformSets(entry)])) as T;
  return value;
}

export const codec: Codec = {
  toNative: (item: Item): Native => unmarshall(item as SdkItem, { wrapNumbers: toNumber }),
  toItem: (native: Native): Item => marshall(holdsSet(native) ? uniformSets(native) : native) as Item,
};
