import { forecastOf } from '../../core/assessment.ts';
import type { Pace } from '../../core/forecast/assumptions.ts';
import type { Forecast } from '../../core/forecast.ts';
import { prices } from '../../core/prices.ts';
import { marking } from '../definition.ts';
import { meanLatency } from '../dynamo/latency.ts';
import { surveyOf } from '../ports/survey.ts';
import type { RunSpec, Scenario, Scene, Verdict } from '../scenario.ts';
import type { Simulated } from '../simulate.ts';

/** An assessment of the simulated table, and the run that it foretells. */
interface Case {
  name: string;
  table: Scene['table'];
  run: RunSpec;
}

const seconds = (ms: number): number => ms / 1000;

/** How fast the model is: what a person would measure, and hand to the forecast. */
const PACE: Pace = {
  // The run, the control, the lease, the journal that a dead worker may have left, and the release.
  segment: seconds(4 * meanLatency('ledger') + meanLatency('object')),
  scan: seconds(meanLatency('page')),
  journal: seconds(meanLatency('object')),
  checkpoint: seconds(meanLatency('ledger')),
  batch: seconds(meanLatency('batch')),
  call: 0,
  item: 0,
};

const provisioned = (write: number) => ({ mode: 'provisioned', write, read: 40_000, keepsBurst: false }) as const;

const CASES: readonly Case[] = [
  {
    name: 'a budget',
    table: { items: 8_000, sizes: { mean: 3_000, spread: 0.9 }, whole: true, partitions: 4, capacity: provisioned(4_000), indexes: [] },
    run: { workers: 20, segments: 160, budgets: { writeUnits: 400 } },
  },
  {
    name: 'the table',
    table: { items: 15_000, sizes: { mean: 3_000, spread: 0.9 }, whole: true, partitions: 20, capacity: provisioned(1_000), indexes: [] },
    run: { workers: 20, segments: 160 },
  },
  {
    name: 'a reserve',
    table: { items: 15_000, sizes: { mean: 3_000, spread: 0.9 }, whole: true, partitions: 20, capacity: provisioned(1_000), indexes: [] },
    run: { workers: 20, segments: 160, budgets: { reserve: 0.3 } },
  },
  {
    name: 'a table on demand',
    table: {
      items: 60_000,
      sizes: { mean: 200_000, spread: 0.2 },
      whole: true,
      partitions: 1,
      capacity: { mode: 'on-demand', write: 4_000, read: 12_000 },
      indexes: [],
    },
    run: { workers: 24, segments: 200 },
  },
  {
    name: 'one key of an index',
    table: {
      items: 12_000,
      sizes: { mean: 3_000, spread: 0.9 },
      whole: true,
      partitions: 20,
      capacity: provisioned(8_000),
      indexes: [{ name: 'GSI3', keys: 1, capacity: provisioned(8_000) }],
    },
    run: { workers: 20, segments: 160 },
  },
  {
    name: 'the workers',
    table: { items: 20_000, sizes: { mean: 500 }, whole: true, partitions: 1, capacity: { mode: 'unlimited' }, indexes: [] },
    run: { workers: 2, segments: 16 },
  },
];

const deviation = (foretold: number, seen: number): number => 100 * Math.abs(foretold / seen - 1);

function foretell({ table, run }: Case, assessed: Simulated): Forecast | undefined {
  const budgets = { writeUnits: null, readUnits: null, calls: null, reserve: null, ...run.budgets };
  const settings = { pace: PACE, budgets };
  return (
    assessed.run &&
    forecastOf(assessed.run, assessed.counters, {
      definition: marking,
      survey: surveyOf(table),
      prices,
      rate: undefined,
      concurrency: run.workers,
      settings,
    })
  );
}

function judgeCase(one: Case, assessed: Simulated, ran: Simulated): Verdict[] {
  const foretold = foretell(one, assessed);
  if (!foretold) return [];
  const { seconds: wall, counters } = ran;
  const about = `bound by ${one.name}`;
  return [
    { what: `${about}: seconds foretold, off by`, figure: deviation(foretold.duration.seconds, wall), unit: '%', most: 10 },
    { what: `${about}: write units foretold, off by`, figure: deviation(foretold.units.write, counters.writeUnits), unit: '%', most: 3 },
    { what: `${about}: read units foretold, off by`, figure: deviation(foretold.units.read, counters.readUnits), unit: '%', most: 3 },
  ];
}

export const forecasts: Scenario = {
  name: 'forecast',
  about: 'An assessment of a table that nobody has written yet, and the run that follows it.',
  scenes: Object.fromEntries(
    CASES.flatMap(({ name, table, run }) => [
      [`${name}, assessed`, { table, run: { ...run, countOnly: true } }],
      [name, { table, run }],
    ]),
  ),
  judge: (simulated) =>
    CASES.flatMap((one) => {
      const [assessed, ran] = [simulated[`${one.name}, assessed`], simulated[one.name]];
      return assessed && ran ? judgeCase(one, assessed, ran) : [];
    }),
};
