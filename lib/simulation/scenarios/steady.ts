import { harmlessness, steadiness } from '../judging.ts';
import type { Scenario, Scene } from '../scenario.ts';

/** How a budget is kept when there is more to do than it allows. */

interface Load {
  workers: number;
  /** Write units a second. */
  budget: number;
  /** Bytes of an item in the mean. */
  bytes: number;
  seconds: number;
}

const WARM_UP_SECONDS = 5;

/** As much again as the budget allows is to be done. One index takes as many units as the table. */
function scene({ workers, budget, bytes, seconds }: Load): Scene {
  const items = Math.ceil((2 * budget * seconds) / Math.ceil(bytes / 1024));
  return {
    table: {
      items,
      sizes: { mean: bytes, spread: 0.5 },
      partitions: 1,
      capacity: { mode: 'unlimited' },
      indexes: [{ name: 'byDate', keys: 100_000, capacity: { mode: 'unlimited' } }],
    },
    run: { workers, segments: Math.min(8 * workers, items), budgets: { writeUnits: budget } },
    lasts: seconds,
  };
}

const LOADS: readonly Load[] = [
  { workers: 8, budget: 5, bytes: 700, seconds: 300 },
  { workers: 200, budget: 5, bytes: 700, seconds: 600 },
  { workers: 8, budget: 50, bytes: 700, seconds: 120 },
  { workers: 200, budget: 50, bytes: 700, seconds: 240 },
  { workers: 8, budget: 1_000, bytes: 4_000, seconds: 60 },
  { workers: 200, budget: 1_000, bytes: 4_000, seconds: 60 },
  { workers: 8, budget: 40_000, bytes: 60_000, seconds: 40 },
  { workers: 200, budget: 40_000, bytes: 60_000, seconds: 40 },
];

const nameOf = ({ workers, budget }: Load): string => `${workers} workers, ${budget.toLocaleString('en-US')} units/s`;

export const steady: Scenario = {
  name: 'steady',
  about: 'A budget of write units with a backlog: consumption over any window of 10 s or 100 mean items, whichever is longer.',
  scenes: Object.fromEntries(LOADS.map((load) => [nameOf(load), scene(load)])),
  judge: (simulated) =>
    LOADS.flatMap((load) => {
      const name = nameOf(load);
      const what = simulated[name];
      if (!what) return [];
      return [...steadiness(name, what, { budget: load.budget, from: WARM_UP_SECONDS, to: load.seconds }), ...harmlessness(what)];
    }),
};
