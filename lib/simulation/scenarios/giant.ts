import { completeness, told, windowsOf } from '../judging.ts';
import type { Scenario } from '../scenario.ts';

const BUDGET = 20;
const GIANT_BYTES = 390 * 1024;

export const giant: Scenario = {
  name: 'giant',
  about: `An item takes 390 units, where ${BUDGET} units a second are all there is: the run waits until they are paid back, and says so.`,
  scenes: {
    run: {
      table: {
        items: 4_000,
        sizes: { mean: 700, giants: { 2300: GIANT_BYTES } },
        partitions: 1,
        capacity: { mode: 'unlimited' },
        indexes: [],
      },
      run: { workers: 4, segments: 8, budgets: { writeUnits: BUDGET } },
    },
  },
  judge: ({ run }) =>
    run
      ? [
          {
            what: 'most of the budget in any window',
            figure: windowsOf(run, { budget: BUDGET, from: 5, to: run.seconds }).most,
            unit: '%',
            most: 102,
          },
          told(run, 'big-item'),
          ...completeness(run),
        ]
      : [],
};
