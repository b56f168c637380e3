import { completeness, rate, throttledShare, told } from '../judging.ts';
import type { Scenario } from '../scenario.ts';

/** What a partition bears, in units a second. */
const KEY_UNITS = 1_000;

export const oneKeyIndex: Scenario = {
  name: 'one-key-index',
  about: 'All entries of an index have one partition key: whatever the table bears, its one partition decides.',
  scenes: {
    run: {
      table: {
        items: 20_000,
        sizes: { mean: 4_000, spread: 0.5 },
        partitions: 10,
        capacity: { mode: 'provisioned', write: 10_000, read: 10_000, keepsBurst: false },
        indexes: [{ name: 'GSI3', keys: 1, capacity: { mode: 'provisioned', write: 10_000, read: 10_000, keepsBurst: false } }],
      },
      run: { workers: 50, segments: 400 },
    },
  },
  judge: ({ run }) =>
    run
      ? [
          { what: 'used of what the key bears', figure: (100 * rate(run, 10, 60)) / (2 * KEY_UNITS), unit: '%', least: 80, most: 102 },
          { what: 'writes throttled before anybody knows of it, in the first 5 s', figure: throttledShare(run, 0, 5), unit: '%', most: 30 },
          { what: 'writes throttled, from 10 s on', figure: throttledShare(run, 10, run.seconds), unit: '%', most: 2 },
          told(run, 'index'),
          ...completeness(run),
        ]
      : [],
};
