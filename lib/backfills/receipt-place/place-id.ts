import type { ReceiptMetadata } from './schema.ts';

/** What stands in `place_id` where a search found none. */
const NO_PLACE = new Set(['', 'null', 'no_results', 'invalid']);

/** The place's id without surrounding blanks; `undefined` where there is none. */
export function placeIdOf(item: Pick<ReceiptMetadata, 'place_id'>): string | undefined {
  const id = item.place_id?.trim() ?? '';
  return NO_PLACE.has(id.toLowerCase()) ? undefined : id;
}

export const skipReason = (item: Pick<ReceiptMetadata, 'place_id'>): 'no-place-id' | undefined =>
  placeIdOf(item) === undefined ? 'no-place-id' : undefined;
