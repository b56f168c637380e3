import type { Native } from './result.ts';

/** The read side of a table, in native values. It has no method that writes. */
export interface ItemReader {
  /** Every item, or those of a share of the segments, page by page; items of one partition key come together. */
  scan(): AsyncIterable<Native>;
  /** One page of a query on an index. `next` goes back in as `from`; absent on the last page. */
  queryIndex(query: IndexQuery): Promise<{ items: Native[]; next?: Native }>;
}

export interface IndexQuery {
  index: string;
  /** The index's partition key: attribute name and value. */
  partition: { name: string; value: string };
  /** Its sort key must begin so. */
  prefix?: { name: string; value: string };
  /** At most so many items a page. */
  limit?: number;
  from?: Native;
}

export interface CheckContext {
  read: ItemReader;
  /** The database is one at hand: its latencies say nothing of DynamoDB's. */
  embedded: boolean;
  /** When the run under judgement began (its `now`), if there is one. */
  runStarted: string | undefined;
  /** `full` saw every item; `sample` saw whole partitions, but not all of them. */
  mode: 'full' | 'sample';
  /** The run under judgement was limited, or never finished: items that it did not come to are no defect. */
  partial: boolean;
  /** The run listed this source item as failed: that its result is missing is known. */
  failed: (source: Native) => boolean;
  /** Checks that judge item by item shall judge so many, drawn with `random`; `undefined`: as many as they see fit. */
  sampleSize?: number | undefined;
  /** Milliseconds, for measuring latencies. */
  clock: () => number;
  /** Uniform in [0, 1), seeded: the same seed draws the same samples. */
  random: () => number;
}

export interface CheckResult {
  /** Kebab-case, stable. */
  name: string;
  /** `fail` makes the run or validation fail; `warn` is for a person's eye; `info` only tells. */
  status: 'pass' | 'warn' | 'fail' | 'info';
  /** One sentence with the numbers in it. */
  message: string;
  measured?: Record<string, number | string>;
  /** Up to twenty, for a person to look at. */
  examples?: string[];
}
