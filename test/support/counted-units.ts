import type { Minute } from '../../lib/core/flow/traffic.ts';

/** What DynamoDB counts of a table and its index, so many minutes ago, and what a meter must tell of it, whoever keeps the metrics. */

const MINUTE_MS = 60_000;

interface Counted {
  metric: 'ConsumedWriteCapacityUnits' | 'ConsumedReadCapacityUnits';
  index?: string;
  ago: number;
  sum: number;
}

export const INDEX = 'GSI3';

export const COUNTED: readonly Counted[] = [
  { metric: 'ConsumedWriteCapacityUnits', ago: 3, sum: 600 },
  { metric: 'ConsumedWriteCapacityUnits', ago: 2, sum: 1_200 },
  { metric: 'ConsumedReadCapacityUnits', ago: 3, sum: 30 },
  { metric: 'ConsumedWriteCapacityUnits', index: INDEX, ago: 2, sum: 60 },
];

/** Units a second, oldest first; what nobody has counted is not there. `end`: of the last whole minute. */
export const toldOf = (end: number): Minute[] => [
  { at: end - 3 * MINUTE_MS, write: { '': 10 }, read: { '': 0.5 } },
  { at: end - 2 * MINUTE_MS, write: { '': 20, [INDEX]: 1 }, read: {} },
];
