/** What a place row may say was matched. */
export type MatchedField = 'name' | 'address' | 'phone' | 'place_id';

/** Spellings whose meaning is obvious, in lower case with underscores. Everything else is dropped. */
const SPELLINGS: ReadonlyMap<string, MatchedField> = new Map([
  ['name', 'name'],
  ['merchant', 'name'],
  ['merchant_name', 'name'],
  ['business_name', 'name'],
  ['display_name', 'name'],
  ['address', 'address'],
  ['street_address', 'address'],
  ['formatted_address', 'address'],
  ['merchant_address', 'address'],
  ['phone', 'phone'],
  ['phone_number', 'phone'],
  ['telephone', 'phone'],
  ['place_id', 'place_id'],
  ['placeid', 'place_id'],
  ['google_place_id', 'place_id'],
]);

const spelling = (field: string): string =>
  field
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, '_');

/** The fields in the vocabulary, each once, in their order, and how many entries were dropped. */
export function matchedFields(fields: Iterable<string> | undefined): { kept: MatchedField[]; dropped: number } {
  const kept = new Set<MatchedField>();
  let dropped = 0;
  for (const field of fields ?? []) {
    const known = SPELLINGS.get(spelling(field));
    if (known === undefined) dropped += 1;
    else kept.add(known);
  }
  return { kept: [...kept], dropped };
}
