import { steadiness, written } from '../judging.ts';
import type { Scenario } from '../scenario.ts';

const BUDGET = 1_000;
const IDLE_AT = 30;
const BACK_AT = 60;
const ENDS = 90;

/** So long a worker still has the pages that it has read, and the governor takes to hear of it and to deal anew. */
const NOTICED = 5;

export const shift: Scenario = {
  name: 'shift',
  about: 'Half of the workers find nothing to do for half a minute, and come back: their shares go to the others, and return.',
  scenes: {
    shift: {
      table: { items: 25_000, sizes: { mean: 8_000, spread: 0.5 }, partitions: 1, capacity: { mode: 'unlimited' }, indexes: [] },
      run: { workers: 40, segments: 320, batchSize: 5, budgets: { writeUnits: BUDGET } },
      happenings: [{ at: IDLE_AT, kind: 'idle', workers: 20, seconds: BACK_AT - IDLE_AT }],
      lasts: ENDS,
    },
  },
  judge: ({ shift: simulated }) =>
    simulated
      ? [
          ...steadiness('while half are idle', written(simulated), { budget: BUDGET, from: IDLE_AT + NOTICED, to: BACK_AT }),
          ...steadiness('when they are back', written(simulated), { budget: BUDGET, from: BACK_AT + NOTICED, to: ENDS }),
        ]
      : [],
};
