import { p99, throttledShare } from '../judging.ts';
import type { Scenario } from '../scenario.ts';
import type { Simulated } from '../simulate.ts';

const CAPACITY = 4_000;

const table = {
  items: 200_000,
  sizes: { mean: 4_000, spread: 0.5 },
  partitions: 20,
  capacity: { mode: 'provisioned', write: CAPACITY, read: 12_000, keepsBurst: false },
  indexes: [],
} as const;

/** In a burst somewhat less than the reserve; most of the time far less, which is when a run without one grows into it. */
const live = { writes: 100, units: 1, bursts: { every: 2, lasts: 0.5, writes: 3_600 } };

const run = { workers: 50, segments: 800 };

const lasts = 44;

const slower = (beside: Simulated, alone: Simulated): number => p99(beside.observed.liveMs) / p99(alone.observed.liveMs);

const throttledOthers = ({ observed }: Simulated): number => (100 * observed.liveThrottled) / observed.liveMs.length;

export const reserve: Scenario = {
  name: 'reserve',
  about:
    'Others come in bursts, and the run leaves them three tenths of a table: how long their requests take, with a reserve and without.',
  scenes: {
    alone: { table, live, lasts },
    greedy: { table, live, run, lasts },
    beside: { table, live, run: { ...run, budgets: { reserve: 0.3 } }, lasts },
  },
  judge: ({ alone, greedy, beside }) =>
    alone && greedy && beside
      ? [
          // Else there would be nothing to protect them from.
          { what: 'p99 of others beside a run without a reserve, as a multiple', figure: slower(greedy, alone), unit: '', least: 1.5 },
          { what: 'p99 of others, as a multiple of that without a run', figure: slower(beside, alone), unit: '', most: 1.1 },
          { what: 'requests of others throttled', figure: throttledOthers(beside), unit: '%', most: 0.1 },
          {
            what: 'used of the capacity, by both',
            figure:
              (100 * (beside.observed.units.between(10, lasts) + beside.observed.liveUnits.between(10, lasts))) / (CAPACITY * (lasts - 10)),
            unit: '%',
            least: 75,
            most: 100,
          },
          { what: 'writes of the run throttled', figure: throttledShare(beside, 10, lasts), unit: '%', most: 2 },
        ]
      : [],
};
