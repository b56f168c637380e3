import type { Item } from '../../lib/core/attribute-value.ts';
import { BackfillError, isBackfillError } from '../../lib/core/errors.ts';
import type { RollbackInput } from '../../lib/core/options.ts';
import type { Ports, TargetWriter } from '../../lib/core/ports.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { prepareRollback } from '../../lib/core/rollback/prepare.ts';
import { undoing } from '../../lib/core/rollback/undoing.ts';
import { type SegmentTask, workSegment } from '../../lib/core/segment.ts';
import { finish, gate, recordFailure } from '../../lib/core/steps/finish.ts';
import { plan } from '../../lib/core/steps/plan.ts';
import { prepare, type RunRef } from '../../lib/core/steps/prepare.ts';
import { validate } from '../../lib/core/steps/validate.ts';
import type { WriteResult } from '../../lib/core/write.ts';
import { addUnits, type WriteUnits } from '../../lib/core/write-units.ts';
import type { FakeClock } from './fake-clock.ts';
import { RUN_ID, type World } from './memory-ports.ts';
import { type Around, type Kill, Killed, mortal, tapped } from './port-calls.ts';

/** Whole executions of runs and rollbacks over a world in memory, task by task as the machine has them, and their deaths. */

export const remainingMs = (): number => 10_000_000;

const reader = (() => ({ fingerprint: async () => 'not looked at' })) as unknown as Ports['reader'];

/** Each single write of a batch is a call of its own. */
const singly = (writer: TargetWriter, around: Around): TargetWriter => ({
  probe: (kind, key) => writer.probe(kind, key),
  sentSingly: (kinds) => writer.sentSingly(kinds),
  async apply(writes, signal) {
    const results: WriteResult[] = [];
    const units: WriteUnits = {};
    for (const write of writes) {
      const one = await around('write', () => writer.apply([write], signal));
      results.push(...one.results);
      addUnits(units, one.units);
    }
    return { results, units };
  },
});

/** The world's ports as one worker has them, with `around` about every call. */
export const portsOf = ({ ports }: World, around: Around, overrides: Partial<Ports> = {}): Ports => ({
  ...tapped({ ...ports, writer: singly(ports.writer, around) }, around),
  isDead: async () => true,
  executionEnded: async () => true,
  reader,
  ...overrides,
});

/** Until `work` ends or dies. */
export async function untilDeath(
  world: World,
  kill: Kill | undefined,
  work: (ports: Ports) => Promise<unknown>,
): Promise<{ calls: number; struck: boolean }> {
  const { around, calls, struck } = mortal(kill);
  try {
    await work(portsOf(world, around));
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
  return { calls: calls(), struck: struck() };
}

export type Process = (task: SegmentTask, ports: Ports) => Promise<unknown>;

/** One invocation of a worker, of a run's or a rollback's. */
export const workOn =
  (world: World): Process =>
  (task, ports) => {
    const trade = world.ledger.runs.get(task.runId)?.rollback ? undoing() : undefined;
    return workSegment(task, { ports, facts: world.facts, service: undefined, remainingMs }, trade);
  };

/** What comes after the first task: segments stage by stage or round by round, and the end. */
export async function carry(ref: RunRef, world: World, ports: Ports, process: Process = workOn(world)): Promise<RunRecord['status']> {
  try {
    for (;;) {
      const { segments } = await plan(ref, ports);
      for (const segment of segments) await process({ ...ref, segment }, ports);
      const validation = await validate(ref, ports);
      const { decision } = await gate(ref, validation, ports);
      if (decision === 'finish') return (await finish(ref, validation, ports)).status;
      if (decision !== 'plan') throw new BackfillError('segment.stuck', JSON.stringify(await ports.ledger.segments(ref.runId, 99)));
    }
  } catch (error) {
    if (!isBackfillError(error) || error.code !== 'journal.damaged') throw error;
    await recordFailure(ref, { Error: error.code, Cause: error.message }, ports);
    return 'failed';
  }
}

const isOpen = (run: RunRecord | undefined): run is RunRecord => run?.status === 'running' || run?.status === 'held';

export const pass = (world: World, ms: number): void => (world.ports.clock as FakeClock).advance(ms);

async function lives(
  world: World,
  kills: readonly Kill[],
  execute: (ports: Ports, execution: string) => Promise<unknown>,
  carriedOn = true,
): Promise<{ calls: number; struck: number }> {
  let calls = 0;
  let struck = 0;
  for (const [index, kill] of [...kills, ...(carriedOn ? [undefined] : [])].entries()) {
    pass(world, 1_000);
    const life = await untilDeath(world, kill, (ports) => execute(ports, `execution:${index}`));
    calls = life.calls;
    if (life.struck) struck += 1;
    else break;
  }
  return { calls, struck };
}

/** Carries the world's run to its end; `calls`: of the last execution. */
export const runThrough = (world: World, kills: readonly Kill[] = []) =>
  lives(world, kills, async (ports, execution) => {
    const run = world.ledger.runs.get(RUN_ID);
    if (!isOpen(run)) return;
    const isFirst = execution === 'execution:0';
    await carry(isFirst ? { runId: RUN_ID, epoch: run.epoch } : await prepare({ resume: RUN_ID }, execution, ports), world, ports);
  });

/** Tries the failed items of the ended run once more. `carriedOn`: by an execution after the last death. */
export const retryThrough = (world: World, kills: readonly Kill[] = [], carriedOn = true) => {
  const rounds = (world.ledger.runs.get(RUN_ID)?.rounds ?? 0) + 1;
  const retry = async (ports: Ports, execution: string) => {
    const run = world.ledger.runs.get(RUN_ID);
    if (run?.rounds === rounds && !isOpen(run)) return;
    await carry(await prepare(run?.rounds === rounds ? { resume: RUN_ID } : { retry: RUN_ID }, execution, ports), world, ports);
  };
  return lives(world, kills, retry, carriedOn);
};

export const rollbackIn = ({ ledger }: World): RunRecord | undefined => {
  const rollbacks = [...ledger.runs.values()].filter((run) => run.rollback !== null);
  return rollbacks.at(-1);
};

/** Undoes the world's run. Those that come after a death name the rollback, or the run once more, by turns. */
export const undoThrough = (world: World, kills: readonly Kill[] = [], input: RollbackInput = {}) =>
  lives(world, kills, async (ports, execution) => {
    const rollback = rollbackIn(world);
    if (rollback && !isOpen(rollback)) return;
    const isUndone = world.ledger.runs.get(RUN_ID)?.status === 'rolled-back';
    const byName = rollback && (isUndone || ((kills[0]?.at ?? 0) % 2 === 0 && world.ledger.runs.get(RUN_ID)?.undoneBy === rollback.runId));
    const asked = byName ? { resume: rollback.runId } : { ...input, run: RUN_ID };
    await carry(await prepareRollback(asked, execution, ports), world, ports);
  });

export const tableOf = ({ table }: World): Item[] => structuredClone(table.all());

/** Every call at which an execution of so many calls can die, on either side of its effect. */
export const pointsOf = (calls: number): Kill[] =>
  Array.from({ length: calls }, (_, at) => at).flatMap((at): Kill[] => [
    { at, when: 'before' },
    { at, when: 'after' },
  ]);
