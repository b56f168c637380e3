import { completeness } from '../judging.ts';
import type { Scenario } from '../scenario.ts';

export const lostWorkers: Scenario = {
  name: 'lost-workers',
  about: 'Workers die in mid-flight, a quarter of them at once: others take their segments over when the leases end.',
  scenes: {
    run: {
      table: { items: 15_000, sizes: { mean: 4_000, spread: 0.5 }, partitions: 1, capacity: { mode: 'unlimited' }, indexes: [] },
      run: { workers: 40, segments: 160, budgets: { writeUnits: 800 }, invocationSeconds: 60 },
      happenings: [
        { at: 12, kind: 'kill', workers: 10 },
        { at: 20.3, kind: 'kill', workers: 5 },
        { at: 31.7, kind: 'kill', workers: 1 },
      ],
    },
  },
  judge: ({ run }) => (run ? completeness(run) : []),
};
