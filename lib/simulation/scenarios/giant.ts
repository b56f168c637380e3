import { completeness, told, windowsOf } from '../judging.ts';
import type { Scenario, Scene } from '../scenario.ts';

const BUDGET = 20;
const GIANT_BYTES = 390 * 1024;
const WORKERS = 4;

/** The item with this number is so large. Segments begin at each thousandth, all at once. */
const scene = (giant: number): Scene => ({
  table: {
    items: 4_000,
    sizes: { mean: 700, giants: { [giant]: GIANT_BYTES } },
    partitions: 1,
    capacity: { mode: 'unlimited' },
    indexes: [],
  },
  run: { workers: WORKERS, segments: WORKERS, budgets: { writeUnits: BUDGET } },
});

export const giant: Scenario = {
  name: 'giant',
  about: `An item takes 390 units, where ${BUDGET} units a second are all there is: the run waits until they are paid back, and says so.`,
  scenes: { 'amid others': scene(2_300), 'as the first of all': scene(0) },
  judge: (simulated) =>
    Object.entries(simulated).flatMap(([name, one]) => [
      {
        what: `${name}: most of the budget in any window`,
        figure: windowsOf(one, { budget: BUDGET, from: 5, to: one.seconds }).most,
        unit: '%',
        most: 102,
      },
      told(one, 'big-item'),
      ...completeness(one),
    ]),
};
