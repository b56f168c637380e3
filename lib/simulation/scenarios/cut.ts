import { obeyedAfter, steadiness, told } from '../judging.ts';
import type { Scenario } from '../scenario.ts';

const BEFORE = 2_000;
const AFTER = 400;
const CUT_AT = 30;
const ENDS = 90;

export const cut: Scenario = {
  name: 'cut',
  about: `Somebody cuts a budget of ${BEFORE} units a second to ${AFTER} while the run goes.`,
  scenes: {
    cut: {
      table: { items: 30_000, sizes: { mean: 8_000, spread: 0.5 }, partitions: 1, capacity: { mode: 'unlimited' }, indexes: [] },
      run: { workers: 50, segments: 400, budgets: { writeUnits: BEFORE } },
      happenings: [{ at: CUT_AT, kind: 'tune', budgets: { writeUnits: AFTER } }],
      lasts: ENDS,
    },
  },
  judge: ({ cut: simulated }) =>
    simulated
      ? [
          ...steadiness('before the cut', simulated, { budget: BEFORE, from: 5, to: CUT_AT }),
          {
            what: 'under the new budget after',
            figure: obeyedAfter(simulated, { budget: AFTER, from: CUT_AT, to: ENDS }),
            unit: 's',
            most: 3,
          },
          ...steadiness('after the cut', simulated, { budget: AFTER, from: CUT_AT + 5, to: ENDS }),
          told(simulated, 'budget'),
        ]
      : [],
};
