import { p99, rate, throttledShare } from '../judging.ts';
import type { Scenario, Verdict } from '../scenario.ts';
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

/** Half of the table is more than the reserve, all the time: what bounds the run then is what is counted of others, which is told some minutes late. */
const OTHERS = 2_000;

const half = { writes: OTHERS / 20, units: 20 };

/** Seconds after which that is told of whole minutes, and counts. */
const TOLD = 240;

const EIGHT_MINUTES = 480;

const slower = (beside: Simulated, alone: Simulated): number => p99(beside.observed.liveMs) / p99(alone.observed.liveMs);

const throttledOthers = ({ observed }: Simulated): number => (100 * observed.liveThrottled) / observed.liveMs.length;

/** With as many units for an entry of the index as for its item. */
const besideHalf = (simulated: Simulated): Verdict[] => [
  {
    what: 'writes throttled beside others who use half, once it is told',
    figure: throttledShare(simulated, TOLD, EIGHT_MINUTES),
    unit: '%',
    most: 0.5,
  },
  {
    what: 'used of what those leave of the table',
    figure: (100 * rate(simulated, TOLD, EIGHT_MINUTES)) / 2 / (CAPACITY - OTHERS),
    unit: '%',
    least: 75,
    most: 100,
  },
];

export const reserve: Scenario = {
  name: 'reserve',
  about:
    'Others come in bursts, and the run leaves them three tenths of a table: how long their requests take, with a reserve and without. Then they use half of it.',
  scenes: {
    alone: { table, live, lasts },
    greedy: { table, live, run, lasts },
    beside: { table, live, run: { ...run, budgets: { reserve: 0.3 } }, lasts },
    half: {
      table: {
        ...table,
        items: 400_000,
        indexes: [{ name: 'GSI1', keys: 10_000, capacity: { mode: 'provisioned', write: 10_000, read: 12_000, keepsBurst: false } }],
      },
      live: half,
      run: { ...run, budgets: { reserve: 0.3 } },
      lasts: EIGHT_MINUTES,
    },
  },
  judge: ({ alone, greedy, beside, half: told }) => [
    ...(alone && greedy && beside
      ? [
          // Else there would be nothing to protect them from.
          { what: 'p99 of others beside a run without a reserve, as a multiple', figure: slower(greedy, alone), unit: '', least: 1.5 },
          { what: 'p99 of others, as a multiple of that without a run', figure: slower(beside, alone), unit: '', most: 1.1 },
          { what: 'requests of others throttled', figure: throttledOthers(beside), unit: '%', most: 0.1 },
          {
            what: 'used of the capacity, by both',
            figure:
              (100 * (beside.observed.written.units.between(10, lasts) + beside.observed.liveUnits.between(10, lasts))) /
              (CAPACITY * (lasts - 10)),
            unit: '%',
            least: 75,
            most: 100,
          },
          { what: 'writes of the run throttled', figure: throttledShare(beside, 10, lasts), unit: '%', most: 2 },
        ]
      : []),
    ...(told ? besideHalf(told) : []),
  ],
};
