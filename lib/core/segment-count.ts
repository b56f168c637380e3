import { PHASED_SEGMENTS } from './phases.ts';

/** Into how many segments a table is cut for a run. */

/** A worker that is done takes another segment, so that none waits long for the last one: at the end an eighth of a worker's whole work, at most, is still under way. */
const SEGMENTS_A_WORKER = 8;

/** More than a Map's children would do: they are begun at a hundred a second, and the governor reads the row of each every few seconds. */
export const MOST_SEGMENTS = 10_000;

/** What one worker does in one invocation, about: however large the table is, no segment goes on much longer than a quarter of an hour after the others. */
export const MOST_ITEMS = 250_000;
export const MOST_BYTES = 2 * 1024 ** 3;

/** Less is not worth a child of its own, with its lease and its checkpoints. */
const WORTH_ITEMS = 500;
const WORTH_BYTES = 8 * 1024 ** 2;

/** In so many, even a small table shows that it gets on. */
const LEAST_SEGMENTS = 8;

/** A source as well as it is known; `null`: not. DynamoDB counts its tables every six hours. */
export interface Extent {
  items: number | null;
  bytes: number | null;
}

export interface SegmentNeeds {
  /** Segments worked on at once. */
  concurrency: number;
  /** A phase must be a fair share of the table. */
  isPhased: boolean;
  /** A run that ends after so many eligible items needs few segments; `null`: it goes through. */
  limit: number | null;
  batchSize: number;
}

/**
 * About eight for each worker; more where a segment would be too large for one, fewer where it would not be worth one. 1 to 10,000.
 *
 * | table                        | segments, 50 workers          |
 * | ---------------------------- | ----------------------------- |
 * | 3,000 items of 1 KB          | 8, the least                  |
 * | 20,000 items of 1 KB         | 40, of 500 items              |
 * | 20,000 items of 100 KB       | 245, of 8 MB                  |
 * | a million to a hundred       | 400, eight a worker           |
 * | a thousand million of 1 KB   | 4,000, of 250,000 items       |
 * | a table of unknown size      | 400                           |
 */
export function segmentCount(extent: Extent, { concurrency, isPhased, limit, batchSize }: SegmentNeeds): number {
  const bySize = countBySize(extent, concurrency);
  const count = limit === null ? bySize : Math.min(bySize, Math.max(1, Math.ceil(limit / batchSize)));
  return isPhased ? Math.max(PHASED_SEGMENTS, count) : count;
}

function countBySize(extent: Extent, concurrency: number): number {
  const byWorkers = SEGMENTS_A_WORKER * concurrency;
  const isUnknown = extent.items === null && extent.bytes === null;
  const worth = isUnknown ? byWorkers : Math.max(LEAST_SEGMENTS, parts(extent, WORTH_ITEMS, WORTH_BYTES));
  return Math.min(MOST_SEGMENTS, Math.max(Math.min(byWorkers, worth), parts(extent, MOST_ITEMS, MOST_BYTES)));
}

/** So many of at most so many items and bytes each. */
const parts = ({ items, bytes }: Extent, mostItems: number, mostBytes: number): number =>
  Math.max(Math.ceil((items ?? 0) / mostItems), Math.ceil((bytes ?? 0) / mostBytes));
