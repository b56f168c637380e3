import { harmlessness, read, steadiness, written } from '../judging.ts';
import type { Scenario, Scene } from '../scenario.ts';

/** How a budget is kept when there is more to do than it allows. */

interface Load {
  workers: number;
  of: 'writeUnits' | 'readUnits';
  /** Units a second. */
  budget: number;
  /** Bytes of an item in the mean. */
  bytes: number;
  seconds: number;
}

const WARM_UP_SECONDS = 5;

/** Bytes to a unit; two such are read for one, as eventually consistent reads are. */
const UNIT_BYTES = { writeUnits: 1024, readUnits: 2 * 4096 } as const;

/** As much again as the budget allows is to be done. One index takes as many units as the table. */
function scene({ workers, of, budget, bytes, seconds }: Load): Scene {
  const units = of === 'writeUnits' ? Math.ceil(bytes / UNIT_BYTES[of]) : bytes / UNIT_BYTES[of];
  const items = Math.ceil((2 * budget * seconds) / units);
  return {
    table: {
      items,
      sizes: { mean: bytes, spread: 0.5 },
      partitions: 1,
      capacity: { mode: 'unlimited' },
      indexes: [{ name: 'byDate', keys: 100_000, capacity: { mode: 'unlimited' } }],
    },
    run: { workers, segments: Math.min(8 * workers, items), budgets: { [of]: budget } },
    lasts: seconds,
  };
}

const LOADS: readonly Load[] = [
  { workers: 8, of: 'writeUnits', budget: 5, bytes: 700, seconds: 300 },
  { workers: 200, of: 'writeUnits', budget: 5, bytes: 700, seconds: 600 },
  { workers: 8, of: 'writeUnits', budget: 50, bytes: 700, seconds: 120 },
  { workers: 200, of: 'writeUnits', budget: 50, bytes: 700, seconds: 240 },
  { workers: 8, of: 'writeUnits', budget: 1_000, bytes: 4_000, seconds: 60 },
  { workers: 200, of: 'writeUnits', budget: 1_000, bytes: 4_000, seconds: 60 },
  { workers: 8, of: 'writeUnits', budget: 40_000, bytes: 60_000, seconds: 40 },
  { workers: 200, of: 'writeUnits', budget: 40_000, bytes: 60_000, seconds: 40 },
  { workers: 8, of: 'readUnits', budget: 50, bytes: 4_000, seconds: 120 },
  { workers: 50, of: 'readUnits', budget: 1_000, bytes: 4_000, seconds: 60 },
];

const KINDS = { writeUnits: { name: 'units', used: written }, readUnits: { name: 'read units', used: read } } as const;

const nameOf = ({ workers, of, budget }: Load): string => `${workers} workers, ${budget.toLocaleString('en-US')} ${KINDS[of].name}/s`;

export const steady: Scenario = {
  name: 'steady',
  about: 'A budget of write or read units with a backlog: consumption over any window of 10 s or 100 mean items, whichever is longer.',
  scenes: Object.fromEntries(LOADS.map((load) => [nameOf(load), scene(load)])),
  judge: (simulated) =>
    LOADS.flatMap((load) => {
      const name = nameOf(load);
      const what = simulated[name];
      if (!what) return [];
      const span = { budget: load.budget, from: WARM_UP_SECONDS, to: load.seconds };
      return [...steadiness(name, KINDS[load.of].used(what), span), ...harmlessness(what)];
    }),
};
