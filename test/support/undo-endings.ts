import type { Item } from '../../lib/core/attribute-value.ts';
import { addCounters, balances, type Counters, noCounters } from '../../lib/core/counters.ts';
import { readFailures, readListing } from '../../lib/core/listings.ts';
import { type Conflict, readConflicts } from '../../lib/core/rollback/conflicts.ts';
import { sumCounters } from '../../lib/core/run.ts';
import { rollbackIn } from './executions.ts';
import { RUN_ID, type World } from './memory-ports.ts';

/** What a run or its rollback came to, without what it cost. */

const COSTS = ['readUnits', 'writeUnits', 'throttles', 'throttledBy', 'serviceCalls', 'serviceErrors', 'serviceCacheHits'] as const;

export type Outcomes = Omit<Counters, (typeof COSTS)[number]>;

export function outcomes(counters: Counters): Outcomes {
  const kept: Partial<Counters> = addCounters(counters, noCounters());
  for (const cost of COSTS) delete kept[cost];
  return kept as Outcomes;
}

const byText = <T>(entries: readonly T[]): T[] => [...entries].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

export interface Undone {
  table: Item[];
  run: string | undefined;
  rollback: string | undefined;
  undoneBy: boolean;
  counters: Outcomes;
  balanced: boolean;
  conflicts: Conflict[];
  failures: unknown[];
  damaged: unknown[];
}

export async function undoneOf(world: World): Promise<Undone> {
  const { ledger, artifacts, table } = world;
  const rollback = rollbackIn(world);
  const run = ledger.runs.get(RUN_ID);
  const id = rollback?.runId ?? '';
  const segments = await ledger.segments(id);
  return {
    table: table.all(),
    run: run?.status,
    rollback: rollback?.status,
    undoneBy: rollback !== undefined && run?.undoneBy === id,
    counters: outcomes(rollback?.totals ?? sumCounters(segments)),
    balanced: segments.every(({ counters }) => balances(counters)),
    conflicts: byText(await readConflicts(artifacts, id, segments)),
    failures: byText(await readFailures(artifacts, id, segments)),
    damaged: byText(await readListing(artifacts, 'damaged', id, segments)),
  };
}

export interface Ran {
  table: Item[];
  status: string | undefined;
  counters: Outcomes;
  balanced: boolean;
  failures: unknown[];
}

export async function ranOf({ ledger, artifacts, table }: World): Promise<Ran> {
  const segments = await ledger.segments(RUN_ID);
  return {
    table: table.all(),
    status: ledger.runs.get(RUN_ID)?.status,
    counters: outcomes(sumCounters(segments)),
    balanced: segments.every(({ counters }) => balances(counters)),
    failures: byText(await readFailures(artifacts, RUN_ID, segments)),
  };
}

/** How often the writes for each item were carried out. */
export function countApplied({ table }: World): Record<string, number> {
  const applied: Record<string, number> = {};
  table.afterWrite = ({ key }, { kind }) => {
    const id = (key.id as { S: string }).S;
    if (kind === 'applied') applied[id] = (applied[id] ?? 0) + 1;
  };
  return applied;
}
