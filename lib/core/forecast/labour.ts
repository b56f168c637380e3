import { WRITE_BATCH } from '../carry-out.ts';
import type { Workload } from '../workload.ts';
import type { Pace } from './assumptions.ts';

/** Seconds of one worker for all there is to do. While a page is written the next one is read and judged, so that the longer of the two counts. */
export function labourOf({ pages, segments, records, changes, calls }: Workload, pace: Pace): number {
  if (pages === 0) return 0;
  const share = (all: number): number => all / pages;
  const reading = pace.scan + share(calls) * pace.call;
  // A page without a change leaves no journal object.
  const writing = Math.min(1, share(changes)) * pace.journal + (share(changes) / WRITE_BATCH) * pace.batch + pace.checkpoint;
  return segments * pace.segment + pages * (Math.max(reading, writing) + share(records) * pace.item);
}

/** Seconds of so many workers side by side: the last of them may have a whole segment more than the others. */
export const sideBySide = (labour: number, segments: number, workers: number): number =>
  segments === 0 ? 0 : (labour / segments) * Math.ceil(segments / Math.max(1, workers));

/** The share of a page's time that goes to its journal object and its checkpoint, whatever the page holds. */
export function bookkeeping({ pages, changes }: Workload, { journal, checkpoint, batch }: Pace): number {
  if (pages === 0) return 0;
  const each = changes / pages;
  const books = Math.min(1, each) * journal + checkpoint;
  return books / (books + (each / WRITE_BATCH) * batch);
}
