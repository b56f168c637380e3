import { isCompatible, matches, REQUEST_FIELDS, readValues } from '../compatibility.ts';
import type { Judged } from './judged.ts';

/** Values that do not find themselves, and an item that its own first values do not find. */
export function compatibilityDefects({ item }: Judged): string[] {
  const defects = REQUEST_FIELDS.filter((field) => !readValues(item, field).every((value) => isCompatible(field, value, value))).map(
    (field) => `a value of ${field} does not match itself`,
  );
  const firsts = REQUEST_FIELDS.flatMap((field) => {
    const [first] = readValues(item, field);
    return first === undefined ? [] : [[field, first]];
  });
  return matches(Object.fromEntries(firsts), item) ? defects : [...defects, 'a request for its first values does not find it'];
}
