/**
 * Which values of one field go together. Names are in canonical spelling; each entry's partners are one text, parted by blanks.
 * An edge is listed once, under either of its ends.
 */
export interface Table {
  /** A request for one finds the other, and the other way round. */
  both: Readonly<Record<string, string>>;
  /** A request for the entry finds its partners; a request for a partner does not find the entry. */
  oneWay: Readonly<Record<string, string>>;
}

export const partnersOf = (text: string): string[] => text.split(/\s+/).filter(Boolean);

/** Every value that the table names, each once. */
export const valuesOf = ({ both, oneWay }: Table): string[] => [
  ...new Set([both, oneWay].flatMap((edges) => Object.entries(edges).flatMap(([value, partners]) => [value, ...partnersOf(partners)]))),
];
