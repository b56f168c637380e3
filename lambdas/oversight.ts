import { isBraked, standing } from '../lib/core/brakes.ts';
import type { AnyDefinition } from '../lib/core/definition.ts';
import type { Ledger } from '../lib/core/ledger.ts';
import type { Log, TableKeeper } from '../lib/core/ports.ts';
import type { Owner, RunRecord, RunStatus } from '../lib/core/records/run.ts';
import type { Clock } from '../lib/core/retry.ts';
import { machineNames } from '../lib/workflow/names.ts';

/** What the handlers need that look after all runs of an environment, beside the executions that carry them. */
export interface Oversight {
  environment: string;
  /** Runs of definitions that this code does not have are nobody's business here. */
  definitions: readonly AnyDefinition[];
  /** The physical name of a definition's table. */
  tableName: (logical: string) => string;
  /** By a table's physical name. */
  keeper: (table: string) => TableKeeper;
  ledger: Ledger;
  clock: Clock;
  log: Log;
  executionEnded: (owner: Owner) => Promise<boolean>;
  /** Starts a machine, both by name. False: there was an execution of that name already. */
  startExecution: (machine: string, name: string, input: object) => Promise<boolean>;
}

/** One that is under way, or held, is among the last so many of its backfill. */
const RECENT = 100;

/** Runs and rollbacks of a backfill that have this status now: the list alone may lag behind. */
export async function runsOf(
  { name }: AnyDefinition,
  status: RunStatus,
  { ledger, environment }: Pick<Oversight, 'ledger' | 'environment'>,
): Promise<RunRecord[]> {
  const listed = (await ledger.listRuns(name, RECENT)).filter((run) => run.environment === environment && run.status === status);
  const runs = await Promise.all(listed.map(({ runId }) => ledger.getRun(runId)));
  return runs.filter((run) => run?.status === status) as RunRecord[];
}

/** The definitions that work on a table, by its physical name. */
export const definitionsOn = (table: string, { definitions, tableName }: Pick<Oversight, 'definitions' | 'tableName'>): AnyDefinition[] =>
  definitions.filter(({ source }) => tableName(source.table) === table);

/**
 * Starts again what stands still for an alarm and for nothing else, once none stands on the table. An execution has the name of the run and
 * its epoch, so that however often this is called, there is one; one that is refused is not tried again.
 */
export async function letGo(table: string, who: string, oversight: Oversight): Promise<void> {
  const { ledger, clock, log, environment, startExecution } = oversight;
  if (standing(await ledger.brakes(table), clock.now()).length > 0) return;
  for (const definition of definitionsOn(table, oversight)) {
    const names = machineNames(definition.name, environment);
    for (const { runId, epoch, rollback } of (await runsOf(definition, 'held', oversight)).filter(isBraked)) {
      const machine = rollback ? names.rollback : names.run;
      if (await startExecution(machine, `brake-${runId}-${epoch}`, { resume: runId, epoch, startedBy: who }))
        log.info('started again', { runId, who });
    }
  }
}
