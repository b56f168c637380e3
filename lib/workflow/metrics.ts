/** The metrics that leave the program, in one place: the handlers emit them, alarms and dashboard read them. */

export const METRICS_NAMESPACE = 'Backfill';

/** Counted for each page that is checked in, by backfill and environment. A rehearsal counts what it would have done. */
export const PAGE_COUNTS = [
  'ItemsScanned',
  'ItemsCreated',
  'ItemsUpdated',
  'ItemsRestored',
  'ItemsDeleted',
  'ItemsSkipped',
  'ItemsFailed',
  'ItemsRaced',
  'WriteUnits',
  'ReadUnits',
  'Throttles',
  'ServiceCalls',
  'ServiceErrors',
] as const;
export type PageCount = (typeof PAGE_COUNTS)[number];

/** Milliseconds that a page took, by backfill and environment. */
export const PAGE_DURATION = 'PageDuration';

/** Running runs in which nothing was checked in for a while; of the whole environment, 0 when all is well. */
export const RUNS_STALLED = 'RunsStalled';

/** The run is none of them: it would make a metric of each. */
export const pageDimensions = (backfill: string, environment: string) => ({ backfill, environment });

export const environmentDimensions = (environment: string) => ({ environment });
