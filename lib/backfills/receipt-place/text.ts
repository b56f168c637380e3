/** What people and programs write where they have nothing to say. */
const PLACEHOLDERS = new Set(['', 'n/a', 'na', 'none', 'null', 'unknown']);

/** The text without surrounding blanks; `null` where nothing is left of it. */
export const presentText = (value: string | null | undefined): string | null => value?.trim() || null;

/** As `presentText`, but `N/A`, `Unknown` and the like are nothing either. */
export function usableText(value: string | null | undefined): string | null {
  const text = presentText(value);
  return text === null || PLACEHOLDERS.has(text.toLowerCase()) ? null : text;
}

/** A phone number in whatever format; without a single digit it is none. */
export function usablePhone(value: string | null | undefined): string | null {
  const text = usableText(value);
  return text !== null && /\d/.test(text) ? text : null;
}

/** The texts that are not blank, each once, in their order; `undefined` (the attribute is omitted) where none is. */
export function textList(values: Iterable<string | undefined> | undefined): string[] | undefined {
  const texts = new Set<string>();
  for (const value of values ?? []) {
    const text = presentText(value);
    if (text !== null) texts.add(text);
  }
  return texts.size > 0 ? [...texts] : undefined;
}

/** Accents folded: é becomes e. Letters that are no accented base letter (ø, ß) stay. */
export const foldAccents = (value: string): string => value.normalize('NFD').replace(/\p{M}+/gu, '');
