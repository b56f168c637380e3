import { FIELDS, type Field, type Normalized } from './schema.ts';
import { canonical } from './spelling.ts';

/** The rules of this module; an item that was normalised by older ones is normalised again. */
export const VERSION = '1.0';

/**
 * The texts that a raw value holds: a list's in its order, a set's in any; a plain text is a list parted by commas.
 * What is no text is left out. Anything else holds none.
 */
export function textsOf(raw: unknown): string[] {
  if (typeof raw === 'string') return raw.split(',');
  return Array.isArray(raw) || raw instanceof Set ? [...raw].filter((entry) => typeof entry === 'string') : [];
}

/** The values in canonical spelling, each once, in their order; a set's are sorted, for it has none and the result must not depend on chance. */
export function normalizeField(raw: unknown): string[] {
  const values = [...new Set(textsOf(raw).map(canonical).filter(Boolean))];
  return raw instanceof Set ? values.sort() : values;
}

export const normalizeFields = (item: Partial<Record<Field, unknown>>): Record<Field, string[]> => ({
  style: normalizeField(item.style),
  occasion: normalizeField(item.occasion),
  mood: normalizeField(item.mood),
  season: normalizeField(item.season),
});

export const normalize = (item: Partial<Record<Field, unknown>>, now: string): Normalized => ({
  ...normalizeFields(item),
  normalized_at: now,
  normalized_version: VERSION,
});

/** Some entry of a list or set is no text, and was left out. */
export const dropsEntries = (item: Partial<Record<Field, unknown>>): boolean =>
  FIELDS.some((field) => {
    const raw = item[field];
    return (Array.isArray(raw) || raw instanceof Set) && [...raw].some((entry) => typeof entry !== 'string');
  });

/** `normalized` as a map; `undefined` where it is none. */
export function normalizedOf(item: { normalized?: unknown }): Record<string, unknown> | undefined {
  const { normalized } = item;
  const isMap = typeof normalized === 'object' && normalized !== null && Object.getPrototypeOf(normalized) === Object.prototype;
  return isMap ? (normalized as Record<string, unknown>) : undefined;
}

/** Positive where version `a` is later than `b`; NaN where either is no version (`1.0`, `2.10.1`). */
function laterBy(a: unknown, b: string): number {
  if (typeof a !== 'string' || !/^\d+(\.\d+)*$/.test(a)) return Number.NaN;
  const [left, right] = [a, b].map((version) => version.split('.').map(Number)) as [number[], number[]];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export const isCurrent = (item: { normalized?: unknown }): boolean => normalizedOf(item)?.normalized_version === VERSION;

/** Normalised by this version: nothing to do. By a later one: that knows better. */
export function skipReason(item: { normalized?: unknown }): 'already-normalized' | 'newer-version' | undefined {
  if (isCurrent(item)) return 'already-normalized';
  return laterBy(normalizedOf(item)?.normalized_version, VERSION) > 0 ? 'newer-version' : undefined;
}
