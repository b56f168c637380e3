import { type Counters, changed } from '../counters.ts';
import type { Reason } from '../records/run.ts';
import { count, plural } from '../words.ts';
import type { HeldBack } from './held-back.ts';

/** Without a page that was checked in for so long, items that were given out are taken for lost; a page rarely lasts a tenth of it. */
const LOST_AFTER_MS = 300_000;

/** Whether workers wait for items: all that the run may change are given out, and not all of those are changed. Parameters as of `ItemsLost.reason`. */
export function heldByItems(limit: number | null, given: number | undefined, totals: Counters, use: number): HeldBack[] {
  if (limit === null || given === undefined || given < limit || changed(totals) >= limit) return [];
  return [{ by: 'items', resource: 'writeUnits', index: null, limit: limit - changed(totals), use }];
}

/** What a governor remembers of a run that may change so many items: since when nothing has come of those that its workers were given. */
export class ItemsLost {
  #seen = '';
  #since = 0;

  /**
   * Why the run shall stand still with fewer items changed than it may: all were given out, and nobody checks anything in any more. A worker that was
   * killed took what it had with it, and the others would wait for that without end.
   *
   * @param limit items that the run may change in all
   * @param given those that were given out in this execution, or changed before it; `undefined`: nobody counts them
   */
  reason(limit: number, given: number | undefined, totals: Counters, now: number): Reason | null {
    const seen = `${given} ${totals.pages}`;
    if (seen !== this.#seen) [this.#seen, this.#since] = [seen, now];
    if (given === undefined || given < limit || now - this.#since < LOST_AFTER_MS) return null;
    const message = `The run has changed ${plural(changed(totals), 'item')} of the ${count(limit)} that it may change; the others were given to workers of which nothing has come for five minutes.`;
    return { code: 'budget.items-spent', message };
  }
}
