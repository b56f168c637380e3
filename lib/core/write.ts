import type { Images, Item, Key } from './attribute-value.ts';

/** A change with all that its condition needs. */
export type Write =
  | { kind: 'create'; key: Key; item: Item }
  /** `expect`: every attribute of reads and writes as it was read. `after`: those that shall change. */
  | { kind: 'update'; key: Key; expect: Images; after: Images };

export type WriteResult =
  | { kind: 'applied' }
  /** The condition did not hold: somebody else's write, or our own that we did not hear of. */
  | { kind: 'condition-failed' }
  | { kind: 'throttled' }
  /** A passing fault; the write may or may not have landed. */
  | { kind: 'retry'; message: string }
  /** The database will never take this item. */
  | { kind: 'rejected'; message: string };
