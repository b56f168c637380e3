import { addCounters, balances, type Counters, noCounters } from '../core/counters.ts';
import type { Ledger } from '../core/ledger.ts';
import type { RunRecord } from '../core/records/run.ts';
import type { SegmentRecord } from '../core/records/segment.ts';
import { chance, mixed } from './chance.ts';
import { TableModel } from './dynamo/table.ts';
import { Items } from './items.ts';
import { goLive } from './live.ts';
import { Observed } from './observed.ts';
import { RunningRun } from './running.ts';
import type { Scene } from './scenario.ts';
import { VirtualClock } from './virtual-clock.ts';

/** When every simulation begins. */
const START = Date.parse('2026-11-21T12:00:00Z');

/** What went on in a scene. */
export interface Simulated {
  observed: Observed;
  items: Items;
  /** Seconds from the beginning to the run's end, or to that of the scene. */
  seconds: number;
  /** Every segment is done. */
  isDone: boolean;
  run: RunRecord | undefined;
  segments: SegmentRecord[];
  counters: Counters;
  /** Items that the run has counted, and whether each segment's counts add up. */
  balanced: boolean;
}

/** Lets a scene happen, the same way for the same seed. `ledger`: an empty one, in memory, that takes no time of its own. */
export async function simulate(scene: Scene, seed: number, ledger: Ledger): Promise<Simulated> {
  const clock = new VirtualClock(START);
  const model = new TableModel(scene.table, START);
  const items = new Items(scene.table, seed);
  const observed = new Observed(START);
  if (scene.live) goLive(scene.live, { model, observed, clock, random: chance(mixed(seed, 1)) });
  const running = scene.run && new RunningRun(scene.run, { table: scene.table, model, items, observed, clock, seed, ledger });
  for (const happening of scene.happenings ?? []) {
    clock.after(happening.at * 1000, () => {
      if (happening.kind === 'provision') model.provision(happening.writeUnits, clock.now());
      else running?.happen(happening);
    });
  }
  void running?.begin();
  const end = START + 1000 * (scene.lasts ?? Number.POSITIVE_INFINITY);
  await clock.pass(() => clock.now() >= end || (running?.isDone() ?? false));
  const segments = (await running?.segments()) ?? [];
  return {
    observed,
    items,
    seconds: (clock.now() - START) / 1000,
    isDone: running?.isDone() ?? false,
    run: running?.run,
    segments,
    counters: segments.reduce((sum, { counters }) => addCounters(sum, counters), noCounters()),
    balanced: segments.every(({ counters }) => balances(counters)),
  };
}
