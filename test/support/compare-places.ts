import type { AttributeValue, Item } from '../../lib/core/attribute-value.ts';
import { allows, rowId } from './expected-places.ts';

const MAX_SHOWN = 160;

function show(value: AttributeValue | undefined): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

const typeOf = (value: AttributeValue): string | undefined => Object.keys(value)[0];

function agree(expected: AttributeValue | undefined, actual: AttributeValue | undefined, valueIsOpen: boolean): boolean {
  if (expected === undefined || actual === undefined) return expected === actual;
  return valueIsOpen ? typeOf(expected) === typeOf(actual) : allows(expected, actual);
}

/**
 * How the rows differ from the expected ones, a line for each attribute, at most `limit` and a last line that counts the rest.
 * Of the `unspecified` attributes it is only compared that they are there, and their type.
 */
export function differences(
  expected: ReadonlyMap<string, Item>,
  actual: Iterable<Item>,
  unspecified: readonly string[],
  limit = 20,
): string[] {
  const lines: string[] = [];
  let unshown = 0;
  const report = (line: () => string): void => {
    if (lines.length < limit) lines.push(line());
    else unshown += 1;
  };
  const seen = new Set<string>();
  for (const item of actual) {
    const id = rowId(item);
    const wanted = expected.get(id);
    if (seen.has(id)) report(() => `${id}: there twice`);
    else if (!wanted) report(() => `${id}: not expected`);
    seen.add(id);
    if (!wanted) continue;
    for (const name of new Set([...Object.keys(wanted), ...Object.keys(item)]))
      if (!agree(wanted[name], item[name], unspecified.includes(name)))
        report(() => `${id}: ${name}: expected ${show(wanted[name])}, found ${show(item[name])}`);
  }
  for (const id of expected.keys()) if (!seen.has(id)) report(() => `${id}: missing`);
  return unshown > 0 ? [...lines, `and ${unshown} more`] : lines;
}
