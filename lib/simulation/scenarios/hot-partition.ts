import { completeness, rate, throttledShare, told } from '../judging.ts';
import type { Scenario } from '../scenario.ts';

const PARTITIONS = 16;

/** In the middle of the sixth partition. */
const HOT = 5.5 / PARTITIONS;

const table = {
  items: 12_000,
  sizes: { mean: 16_000, spread: 0.5 },
  partitions: PARTITIONS,
  capacity: { mode: 'provisioned', write: 16_000, read: 16_000, keepsBurst: false },
  indexes: [],
} as const;

const run = { workers: 16, segments: 128, budgets: { writeUnits: 3_000 } };

export const hotPartition: Scenario = {
  name: 'hot-partition',
  about: 'Others use 95 % of one of sixteen partitions: what lies there waits, everything else goes on.',
  scenes: { calm: { table, run }, hot: { table, run, live: { writes: 950, units: 1, at: HOT } } },
  judge: ({ calm, hot }) =>
    calm && hot
      ? [
          { what: 'as fast as without the heat', figure: (100 * rate(hot, 5, 40)) / rate(calm, 5, 40), unit: '%', least: 90 },
          { what: 'writes throttled', figure: throttledShare(hot, 5, 40), unit: '%', most: 5 },
          told(hot, 'hot-segment'),
          ...completeness(hot),
        ]
      : [],
};
