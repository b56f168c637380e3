import { moodTable } from './compatibility/mood.ts';
import { occasionTable } from './compatibility/occasion.ts';
import { styleTable } from './compatibility/style.ts';
import { valuesOf } from './compatibility/table.ts';

/** Blanks, underscores, and hyphens in both of Unicode's spellings that word processors make of one. */
const SEPARATORS = /[\s_\-\u2010\u2011]+/gu;

/** What all spellings of a value have in common: lower case, without separators. `Semi-Formal` and `semi formal` are `semiformal`. */
export const spellingKey = (value: string): string => value.toLowerCase().replace(SEPARATORS, '');

/** The spelling of every known value, by its key: so `laidback`, which shows no border between its words, becomes `laid_back`. */
const KNOWN: ReadonlyMap<string, string> = new Map(
  [styleTable, moodTable, occasionTable].flatMap(valuesOf).map((value) => [spellingKey(value), value]),
);

/** The one spelling of a value: lower case, one underscore between words. Empty where no word is left. */
export function canonical(value: string): string {
  const words = value.toLowerCase().split(SEPARATORS).filter(Boolean).join('_');
  return KNOWN.get(spellingKey(words)) ?? words;
}
