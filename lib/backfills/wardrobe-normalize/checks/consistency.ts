import { normalizeField } from '../normalize.ts';
import { FIELDS, WardrobeItem } from '../schema.ts';
import type { Judged } from './judged.ts';

const same = (stored: unknown, values: readonly string[]): boolean =>
  Array.isArray(stored) && stored.length === values.length && values.every((value, index) => stored[index] === value);

/** Fields whose originals, normalised once more, give something else than what is stored. */
export function consistencyDefects({ item, normalized }: Judged): string[] {
  const shape = WardrobeItem.safeParse(Object.fromEntries(['id', ...FIELDS].map((name) => [name, item[name]])));
  if (!shape.success) return ['the original has a wrong shape'];
  return FIELDS.filter((field) => !same(normalized?.[field], normalizeField(item[field]))).map(
    (field) => `${field} is not what its original gives`,
  );
}
