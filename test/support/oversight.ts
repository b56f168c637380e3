import type { Oversight } from '../../lambdas/oversight.ts';
import type { AnyDefinition } from '../../lib/core/definition.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { type FakeClock, fakeClock } from './fake-clock.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { MemoryKeeper, runRecord } from './memory-ports.ts';
import { doubling, making } from './thing-definitions.ts';

export const ENVIRONMENT = 'staging';
export const TABLE = 'prod-things';

const execution = (machine: string, name: string): string => `arn:aws:states:eu-central-1:123456789012:execution:${machine}:${name}`;

export const executionOf = (backfill: string, name: string): string => execution(`backfill-${backfill}-${ENVIRONMENT}`, name);
export const rollbackExecutionOf = (backfill: string, name: string): string =>
  execution(`backfill-${backfill}-${ENVIRONMENT}-rollback`, name);

export interface OversightBench extends Oversight {
  ledger: MemoryLedger;
  clock: FakeClock;
  keeper: (table: string) => MemoryKeeper;
  /** What was started: machine, name and input. */
  started: [string, string, object][];
  said: string[];
  /** ARNs of executions that have ended. */
  ended: Set<string>;
  /** A run of `doubling`, carried by execution `first`, unless said otherwise. */
  has: (runId: string, change?: Partial<RunRecord>) => RunRecord;
  runOf: (runId: string) => RunRecord;
}

/** All runs of an environment, in memory: two definitions on one table, and one on another. */
export function oversightBench(): OversightBench {
  const ledger = new MemoryLedger();
  const clock = fakeClock();
  const keepers = new Map<string, MemoryKeeper>();
  const started: OversightBench['started'] = [];
  const said: string[] = [];
  const ended = new Set<string>();
  const elsewhere: AnyDefinition = { ...doubling, name: 'elsewhere', source: { ...doubling.source, table: 'others' } };
  return {
    environment: ENVIRONMENT,
    definitions: [doubling, making, elsewhere],
    tableName: (logical) => `prod-${logical}`,
    keeper: (table) => {
      const keeper = keepers.get(table) ?? new MemoryKeeper();
      keepers.set(table, keeper);
      return keeper;
    },
    ledger,
    clock,
    log: { info: (message) => said.push(message), warn: (message) => said.push(message) },
    executionEnded: async (owner) => ended.has(owner.execution),
    startExecution: async (...call) => {
      const isNew = !started.some(([machine, name]) => machine === call[0] && name === call[1]);
      if (isNew) started.push(call);
      return isNew;
    },
    started,
    said,
    ended,
    has: (runId, change = {}) => {
      const run = runRecord(doubling, { segments: 1 });
      const owner = { ...run.owner, execution: executionOf(change.backfill ?? 'doubling', 'first') };
      const whole = { ...run, runId, environment: ENVIRONMENT, owner, ...change };
      ledger.runs.set(runId, whole);
      return whole;
    },
    runOf: (runId) => ledger.runs.get(runId) as RunRecord,
  };
}
