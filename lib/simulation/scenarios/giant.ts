import { completeness, rate, reachedAfter, told, windowsOf, written } from '../judging.ts';
import type { Scenario, Scene, Verdict } from '../scenario.ts';
import type { Simulated } from '../simulate.ts';

const BUDGET = 20;
const GIANT_UNITS = 390;
const WORKERS = 4;

/** The item with this number is so large. Segments begin at each thousandth, all at once. */
const scene = (giant: number): Scene => ({
  table: {
    items: 4_000,
    sizes: { mean: 700, giants: { [giant]: GIANT_UNITS * 1024 } },
    partitions: 1,
    capacity: { mode: 'unlimited' },
    indexes: [],
  },
  run: { workers: WORKERS, segments: WORKERS, budgets: { writeUnits: BUDGET } },
});

/** Of the budget from the giant on, until it is paid back and ten seconds more have passed. */
function paidBack(simulated: Simulated): number {
  const step = 0.1;
  const at = reachedAfter(simulated, 0, simulated.seconds, GIANT_UNITS / step, step) - step;
  return (100 * rate(simulated, at, at + GIANT_UNITS / BUDGET + 10)) / BUDGET;
}

const verdicts = (name: string, one: Simulated): Verdict[] => [
  {
    what: `${name}: most of the budget in any window`,
    figure: windowsOf(written(one), { budget: BUDGET, from: 5, to: one.seconds }).most,
    unit: '%',
    most: 102,
  },
  { what: `${name}: of the budget, while it is paid back`, figure: paidBack(one), unit: '%', least: 95, most: 102 },
  told(one, 'big-item'),
  ...completeness(one),
];

export const giant: Scenario = {
  name: 'giant',
  about: `An item takes ${GIANT_UNITS} units, where ${BUDGET} units a second are all there is: the run waits until they are paid back, and says so.`,
  scenes: { 'amid others': scene(2_300), 'as the first of all': scene(0) },
  judge: (simulated) => Object.entries(simulated).flatMap(([name, one]) => verdicts(name, one)),
};
