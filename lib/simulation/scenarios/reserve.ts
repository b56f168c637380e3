import { p99, throttledShare } from '../judging.ts';
import type { Scenario } from '../scenario.ts';
import type { Simulated } from '../simulate.ts';

const table = {
  items: 400_000,
  sizes: { mean: 4_000, spread: 0.5 },
  partitions: 40,
  capacity: { mode: 'provisioned', write: 8_000, read: 24_000, keepsBurst: false },
  indexes: [],
} as const;

const live = { writes: 1_600, units: 1 };

const run = { workers: 50, segments: 800, budgets: { reserve: 0.3 } };

const lasts = 90;

const throttledOthers = ({ observed }: Simulated): number => (100 * observed.liveThrottled) / observed.liveMs.length;

export const reserve: Scenario = {
  name: 'reserve',
  about: 'Others use a fifth of a table, and the run leaves them three tenths: how long their requests take, with it and without.',
  scenes: {
    alone: { table, live, lasts },
    beside: { table, live, run, lasts },
  },
  judge: ({ alone, beside }) =>
    alone && beside
      ? [
          {
            what: 'p99 of others, as a multiple of that without a run',
            figure: p99(beside.observed.liveMs) / p99(alone.observed.liveMs),
            unit: '',
            most: 1.1,
          },
          { what: 'requests of others throttled', figure: throttledOthers(beside), unit: '%', most: 0.1 },
          {
            what: 'used of the capacity, by both',
            figure: (beside.observed.units.between(10, lasts) + beside.observed.liveUnits.between(10, lasts)) / (80 * (lasts - 10)),
            unit: '%',
            least: 75,
            most: 100,
          },
          { what: 'writes of the run throttled', figure: throttledShare(beside, 10, lasts), unit: '%', most: 2 },
        ]
      : [],
};
