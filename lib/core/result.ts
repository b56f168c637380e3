/** What a definition's `transform` says shall become of one item. */

/** Native attribute values, as lib-dynamodb knows them: strings, numbers, booleans, null, arrays, maps, Sets, bytes. */
export type Native = Record<string, unknown>;

export type Result =
  | { kind: 'create'; item: Native; notes: readonly string[] }
  | { kind: 'update'; set: Native; remove: readonly string[]; notes: readonly string[] }
  | { kind: 'skip'; reason: string }
  | { kind: 'fail'; code: string; message: string; retryable: boolean };

/**
 * Put this item if its key is free.
 * `notes` name what a person should hear of though it is no failure (`place-not-found`): counted, and listed item by item.
 */
export const create = (item: Native, options: { notes?: readonly string[] } = {}): Result => ({
  kind: 'create',
  item,
  notes: options.notes ?? [],
});

/** Set and remove attributes of the item itself, if everything the result depends on is still as it was read. */
export const update = (change: { set?: Native; remove?: readonly string[] }, options: { notes?: readonly string[] } = {}): Result => ({
  kind: 'update',
  set: change.set ?? {},
  remove: change.remove ?? [],
  notes: options.notes ?? [],
});

/** Leave the item as it is, for a reason that is counted. */
export const skip = (reason: string): Result => ({ kind: 'skip', reason });

/** This item cannot be worked off; it is listed under `code`. `retryable` when trying again later may help. */
export const fail = (code: string, message: string, options: { retryable?: boolean } = {}): Result => ({
  kind: 'fail',
  code,
  message,
  retryable: options.retryable ?? false,
});
