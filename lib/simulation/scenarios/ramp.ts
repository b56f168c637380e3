import { rate, throttledShare } from '../judging.ts';
import type { Scenario } from '../scenario.ts';

/** What a table billed on demand bears at first. */
const WARM = 4_000;

const HALF_HOUR = 1_800;

export const ramp: Scenario = {
  name: 'ramp',
  about: 'A new table billed on demand, and no budget: the run takes what it bears, and after half an hour twice as much.',
  scenes: {
    run: {
      table: {
        items: 200_000,
        sizes: { mean: 100_000, spread: 0.2 },
        partitions: 1,
        capacity: { mode: 'on-demand', write: WARM, read: 12_000 },
        indexes: [],
      },
      run: { workers: 24, segments: 200 },
      lasts: HALF_HOUR + 300,
    },
  },
  judge: ({ run }) =>
    run
      ? [
          {
            what: 'used of what it bears, in the first half hour',
            figure: (100 * rate(run, 30, HALF_HOUR)) / WARM,
            unit: '%',
            least: 80,
            most: 102,
          },
          { what: 'writes throttled, from half a minute on', figure: throttledShare(run, 30, run.seconds), unit: '%', most: 2 },
          {
            what: 'as fast as that, afterwards',
            figure: rate(run, HALF_HOUR + 180, HALF_HOUR + 300) / rate(run, 30, HALF_HOUR),
            unit: '',
            least: 1.5,
            most: 2.05,
          },
        ]
      : [],
};
