import { canonicalItem, type Item } from '../../lib/core/attribute-value.ts';
import { noCounters } from '../../lib/core/counters.ts';
import { layOut } from '../../lib/core/phases.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { pointsOf, runThrough, tableOf } from '../support/executions.ts';
import { memoryWorld, RUN_ID } from '../support/memory-ports.ts';
import type { Kill } from '../support/port-calls.ts';
import { doubling, thing } from '../support/thing-definitions.ts';

/** Invariant 6, across gates: killed at any await, before or after its effect, and carried on, a phased run ends as if undisturbed. */

const SEGMENTS = 5;

/** The table in memory deals segments out by the length of an id. */
const items: Item[] = Array.from({ length: 10 }, (_, index) => thing('x'.repeat(index + 1), 20 + index));

const phases = layOut(
  [
    { name: 'pilot', upTo: 20, batchSize: 1 },
    { name: 'major', upTo: 60, batchSize: 2 },
    { name: 'remainder', upTo: 100, batchSize: 3 },
  ],
  SEGMENTS,
);

async function ending(kills: readonly Kill[]) {
  const world = memoryWorld({ definition: doubling, items, options: { segments: SEGMENTS } });
  world.ledger.rows.clear();
  world.ledger.runs.set(RUN_ID, { ...world.run, phases });
  const { calls, struck } = await runThrough(world, kills);
  const run = world.ledger.runs.get(RUN_ID) as RunRecord;
  // What a death has cost is no outcome.
  const { pages: _, readUnits: __, writeUnits: ___, ...totals } = run.totals ?? noCounters();
  return {
    calls,
    struck,
    table: tableOf(world).map(canonicalItem),
    run: {
      status: run.status,
      totals,
      phases: run.phases.map(({ gate, ...phase }) => ({ ...phase, verdict: gate?.verdict, open: gate?.open })),
    },
  };
}

test('a phased run that dies anywhere ends as if it had not', async () => {
  const undisturbed = await ending([]);
  expect(undisturbed.run).toMatchObject({ status: 'complete', totals: { updated: 10 } });
  expect(undisturbed.run.phases.every(({ open }) => open)).toBe(true);
  let deaths = 0;
  for (const kill of pointsOf(undisturbed.calls)) {
    const { struck, table, run } = await ending([kill]);
    deaths += struck;
    expect({ kill, table, run }).toStrictEqual({ kill, table: undisturbed.table, run: undisturbed.run });
  }
  console.log(`phased-kill: ${deaths} deaths`);
  expect(deaths).toBeGreaterThan(200);
});
