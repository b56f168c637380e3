import { obeyedAfter, steadiness, told, written } from '../judging.ts';
import type { Scenario, Scene, Verdict } from '../scenario.ts';
import type { Simulated } from '../simulate.ts';

/** To so much of the budget it is cut. */
const CUT_TO = 0.2;

interface Load {
  workers: number;
  /** Units a second before it is cut. */
  budget: number;
  /** Seconds until all workers are at work, and share what there is; until it is cut; and until nobody looks any more. */
  settled: number;
  cutAt: number;
  ends: number;
}

const scene = ({ workers, budget, cutAt, ends }: Load): Scene => ({
  table: { items: 15 * budget, sizes: { mean: 8_000, spread: 0.5 }, partitions: 1, capacity: { mode: 'unlimited' }, indexes: [] },
  run: { workers, segments: 8 * workers, budgets: { writeUnits: budget } },
  happenings: [{ at: cutAt, kind: 'tune', budgets: { writeUnits: CUT_TO * budget } }],
  lasts: ends,
});

/** As many as there can be look at the ledger half as often as few do. */
const LOADS: Readonly<Record<string, Load>> = {
  '50 workers': { workers: 50, budget: 2_000, settled: 5, cutAt: 30, ends: 90 },
  '1,000 workers': { workers: 1_000, budget: 40_000, settled: 15, cutAt: 27, ends: 47 },
};

function verdicts(name: string, simulated: Simulated, { budget, settled, cutAt, ends }: Load): Verdict[] {
  const after = CUT_TO * budget;
  return [
    ...steadiness(`${name}, before the cut`, written(simulated), { budget, from: settled, to: cutAt }),
    {
      what: `${name}, under the new budget after`,
      figure: obeyedAfter(written(simulated), { budget: after, from: cutAt, to: ends }),
      unit: 's',
      most: 3,
    },
    ...steadiness(`${name}, after the cut`, written(simulated), { budget: after, from: cutAt + 5, to: ends }),
    told(simulated, 'budget'),
  ];
}

export const cut: Scenario = {
  name: 'cut',
  about: 'Somebody cuts a budget to a fifth while the run goes.',
  scenes: Object.fromEntries(Object.entries(LOADS).map(([name, load]) => [name, scene(load)])),
  judge: (simulated) =>
    Object.entries(LOADS).flatMap(([name, load]) => {
      const one = simulated[name];
      return one ? verdicts(name, one, load) : [];
    }),
};
