import type { Images, Item, Key } from './attribute-value.ts';
import type { Throttle } from './throttle.ts';

/** What a run may do to an item, with all that its condition needs. */
export type Change =
  | { kind: 'create'; key: Key; item: Item }
  /** `expect`: every attribute of reads and writes as it was read. `after`: those that shall change. */
  | { kind: 'update'; key: Key; expect: Images; after: Images };

/** What the attributes that an update changes had before. */
export function beforeOf({ expect, after }: Change & { kind: 'update' }): Images {
  const before: Images = {};
  for (const name in after) before[name] = expect[name] ?? null;
  return before;
}

/** Takes a create back, if every attribute of `item` still stands. Only a rollback deletes. */
export interface Deletion {
  kind: 'delete';
  key: Key;
  item: Item;
}

export type Write = Change | Deletion;

/** A kind of writes that goes to an endpoint one by one, and not in batches, because of what was found there. */
export interface SentSingly {
  what: 'all writes' | 'writes that hold lists or maps fast' | 'removals of attributes' | 'deletions';
  why: string;
}

export type WriteResult =
  /** `old`: what a deletion removed. */
  | { kind: 'applied'; old?: Item | undefined }
  /** The condition did not hold: somebody else's write, or our own that we did not hear of. */
  | { kind: 'condition-failed' }
  | { kind: 'throttled'; throttle: Throttle }
  /** A passing fault; the write may or may not have landed. */
  | { kind: 'retry'; message: string }
  /** The database will never take this item. */
  | { kind: 'rejected'; message: string };
