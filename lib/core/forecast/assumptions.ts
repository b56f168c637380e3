/** What a forecast takes for granted: the limits of AWS as it publishes them, and how long things take where nothing was measured. `docs/how-to/assess-a-table.md` repeats them for who reads the numbers. */

/** Units a second that an on-demand table, and each of its indexes, takes from its first second on. Source: "DynamoDB on-demand capacity mode", Amazon DynamoDB Developer Guide. */
export const NEW_TABLE = { read: 12_000, write: 4_000 } as const;

/** An on-demand table takes up to twice its former peak within half an hour. Source: the same. A peak is a whole minute's, which is over then. */
export const DOUBLING_SECONDS = 1_860;

/** Units a second of any table, or any one of its indexes, unless AWS was asked for more. Source: "Quotas in Amazon DynamoDB". */
export const TABLE_QUOTA = 40_000;

/** Write units a second of a partition, and so of all writes of one index key, until DynamoDB splits it for heat; and how large one grows. Source: "Partitions and data distribution". */
export const PARTITION_RATE = 1_000;
export const PARTITION_BYTES = 10 * 1024 ** 3;

/** Children that a Map begins in a second. Source: "Distributed Map state", AWS Step Functions Developer Guide. */
export const MAP_DISPATCH_RATE = 100;

/** Functions of an account that go at once, unless AWS was asked for more. All of its functions share them. Source: "Lambda quotas". */
export const LAMBDA_CONCURRENCY = 1_000;

/** Objects put in a second under one prefix, before S3 splits it. Source: "Performance guidelines for Amazon S3". */
export const PUT_RATE = 3_500;

/** A page of a scan ends here, whatever its limit. Source: "Scanning tables in DynamoDB". */
export const PAGE_BYTES = 1024 ** 2;

/** Segments worked on at once where the configuration says nothing else: as the stacks deploy it. */
export const DEPLOYED_CONCURRENCY = 50;

/** A worker hands over when so much of its 15 minutes is used. */
export const INVOCATION_SECONDS = 720;

/** A worker's watcher writes its heartbeat, as large as a checkpoint, and reads what it is told so often; and the governor reads all segments. */
export const WATCH_SECONDS = 2;

/** What a worker that shares something writes each time that it tells what it uses: a row of less than a KB. */
export const REPORT_UNITS = 1;

/** A segment's row of one to two KB, read strongly consistent. */
export const ROW_READ_UNITS = 0.5;

/** Seconds that a worker spends on what it does one after the other. */
export interface Pace {
  /** Before its first page: the child begins, and takes the lease. */
  segment: number;
  /** One page is read. */
  scan: number;
  /** Its journal object is put. */
  journal: number;
  /** Its cursor and counters are moved. */
  checkpoint: number;
  /** A batch of 25 statements is sent and answered. */
  batch: number;
  /** A call of the outside service; sixteen go side by side. */
  call: number;
  /** Of processor for each item: decoded, judged, journaled, encoded. */
  item: number;
}

/** Round trips within a region, as they are usual; the processor's time as `npm run bench` measures it. Not measured on AWS. */
export const USUAL_PACE: Pace = {
  segment: 0.5,
  scan: 0.04,
  journal: 0.04,
  checkpoint: 0.04,
  batch: 0.025,
  call: 0.25 / 16,
  item: 0.0001,
};
