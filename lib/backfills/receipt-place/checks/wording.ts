export { count, Examples, MAX_EXAMPLES, nothingToCheck, percent, plural } from '../../wording.ts';

/** A row's primary key, for a person to look it up by. */
export const keyText = (row: { PK?: unknown; SK?: unknown }): string => `${String(row.PK)} ${String(row.SK)}`;
