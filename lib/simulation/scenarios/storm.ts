import { completeness, rate, reachedAfter, throttledShare, told } from '../judging.ts';
import type { Scenario } from '../scenario.ts';

const CAPACITY = 4_000;
/** What the run may use: less than the table bears, but in the storm. */
const BUDGET = 3_600;
const FROM = 30;
const TO = 90;

export const storm: Scenario = {
  name: 'storm',
  about: 'The capacity of a table is halved for a minute, with no burst capacity left: the run takes nine tenths of it before and after.',
  scenes: {
    storm: {
      table: {
        items: 15_000,
        sizes: { mean: 24_000, spread: 0.5 },
        partitions: 20,
        capacity: { mode: 'provisioned', write: CAPACITY, read: 12_000, keepsBurst: false },
        indexes: [],
      },
      run: { workers: 50, segments: 400, budgets: { writeUnits: BUDGET } },
      happenings: [
        { at: FROM, kind: 'provision', writeUnits: CAPACITY / 2 },
        { at: TO, kind: 'provision', writeUnits: CAPACITY },
      ],
    },
  },
  judge: ({ storm: simulated }) => {
    if (!simulated) return [];
    const before = rate(simulated, 15, FROM);
    return [
      { what: 'used of the budget before', figure: (100 * before) / BUDGET, unit: '%', least: 95 },
      { what: 'throttled, from 10 s after its start', figure: throttledShare(simulated, FROM + 10, TO), unit: '%', most: 2 },
      { what: 'used of the halved capacity', figure: (200 * rate(simulated, FROM + 10, TO)) / CAPACITY, unit: '%', least: 80 },
      { what: 'as fast as before, after its end', figure: reachedAfter(simulated, TO, TO + 60, 0.95 * before, 2), unit: 's', most: 10 },
      told(simulated, 'table'),
      ...completeness(simulated),
    ];
  },
};
