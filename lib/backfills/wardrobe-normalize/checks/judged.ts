import type { CheckContext } from '../../../core/checks.ts';
import type { Native } from '../../../core/result.ts';
import { isCurrent, normalizedOf, skipReason, VERSION } from '../normalize.ts';
import { FIELDS, WardrobeItem } from '../schema.ts';

/** An item that says of itself that it is normalised. */
export interface Judged {
  item: Native;
  /** `undefined`: what stands there is no map. */
  normalized: Record<string, unknown> | undefined;
}

/** How an item stands to this version of the definition. */
export type Standing = 'normalized' | 'newer-version' | 'pending' | 'error';

const READ = ['id', ...FIELDS, 'normalized'];

/** An item that the run listed as failed, or that the next run would, is an error; it is not waiting for anything. */
export function standingOf(item: Native, failed: CheckContext['failed']): Standing {
  const skipped = skipReason(item);
  if (isCurrent(item)) return 'normalized';
  if (skipped === 'newer-version') return skipped;
  const fits = WardrobeItem.safeParse(Object.fromEntries(READ.map((name) => [name, item[name]]))).success;
  return fits && !failed(item) ? 'pending' : 'error';
}

/** The item as one to be validated; `undefined` where nothing stands in `normalized`, or another version's. */
export function judgedOf(item: Native): Judged | undefined {
  if (item.normalized === undefined || item.normalized === null) return undefined;
  const normalized = normalizedOf(item);
  const version = normalized?.normalized_version;
  return version === undefined || version === VERSION ? { item, normalized } : undefined;
}
