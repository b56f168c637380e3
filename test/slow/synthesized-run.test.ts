import * as z from 'zod/mini';
import type { Item } from '../../lib/core/attribute-value.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { CLEANUP, COORDINATOR, execute, type Functions, localFunctions, PROCESSOR, REHEARSER } from '../../lib/local/interpreter.ts';
import { CoordinatorTask, coordinatorResults, ProbeResult, ProcessResult, WorkerTask } from '../../lib/workflow/contracts.ts';
import type { StateMachine } from '../../lib/workflow/machines.ts';
import { synthesize } from '../infra/synthesized.ts';
import { type Embedded, embedded } from '../support/embedded.ts';

const { runner } = synthesize();

/** The very document that the template carries, with the template's own substitutions, in the interpreter. */
function synthesizedMachine(StateMachineName: string, worker: string): StateMachine {
  const [resource] = Object.values(runner.findResources('AWS::StepFunctions::StateMachine', { Properties: { StateMachineName } }));
  if (!resource) throw new Error(`The template has no state machine ${StateMachineName}.`);
  const { DefinitionString, DefinitionSubstitutions } = resource.Properties;
  expect(Object.keys(DefinitionSubstitutions).sort()).toEqual(['CoordinatorArn', 'RehearserArn', 'WorkerArn']);
  const arns: Record<string, string> = { CoordinatorArn: COORDINATOR, WorkerArn: worker, RehearserArn: REHEARSER };
  const text: string = DefinitionString.replaceAll(/\$\{(\w+)\}/g, (_: string, name: string) => arns[name]);
  expect(text).not.toMatch(/\$\{/);
  return JSON.parse(text);
}

/** Holds every task's payload and result against its contract. A machine that reaches for another worker finds none. */
function underContract(functions: Functions, worker: string, seen = new Set<string>()): Functions {
  const { [COORDINATOR]: coordinate, [worker]: work, [REHEARSER]: rehearse } = functions;
  if (!coordinate || !work) throw new Error('handlers are missing');
  return {
    [COORDINATOR]: async (payload, invocation) => {
      const task = z.parse(CoordinatorTask, payload);
      seen.add(task.step);
      return z.parse(coordinatorResults[task.step], await coordinate(payload, invocation));
    },
    [worker]: async (payload, invocation) => {
      const probes = 'probe' in z.parse(WorkerTask, payload);
      seen.add(probes ? 'probe' : worker);
      return z.parse(probes ? ProbeResult : ProcessResult, await work(payload, invocation));
    },
    ...(rehearse && {
      [REHEARSER]: async (payload, invocation) => {
        z.parse(WorkerTask, payload);
        seen.add(REHEARSER);
        return z.parse(ProcessResult, await rehearse(payload, invocation));
      },
    }),
  };
}

/** The handlers, with one function dying whenever it is called with such a payload. */
function dying(functions: Functions, name: string, when: (payload: { segment: number }) => boolean): Functions {
  return {
    ...functions,
    [name]: async (payload, invocation) => {
      if (when(payload as { segment: number })) throw new Error('Task timed out after 900.00 seconds');
      return functions[name]?.(payload, invocation);
    },
  };
}

const machine = synthesizedMachine('backfill-receipt-place-development', PROCESSOR);
const rollbackMachine = synthesizedMachine('backfill-receipt-place-development-rollback', CLEANUP);

describe('the synthesized state machine', () => {
  let here: Embedded;
  beforeEach(async () => {
    here = await embedded({ receipts: 200 });
  });
  afterEach(() => here.close());

  test('runs from {} to the end, every state within its contract', async () => {
    const seen = new Set<string>();
    const execution = await execute(machine, { tolerate: 1 }, 'synthesized', underContract(localFunctions(here.runtime), PROCESSOR, seen));
    expect(execution).toMatchObject({ status: 'succeeded' });
    expect([...seen].sort()).toEqual(['finish', 'gate', 'make-ready', 'plan', 'prepare', 'probe', 'processor', 'validate']);
    const [run] = await here.ports.ledger.listRuns('receipt-place', 1);
    expect(run).toMatchObject({ status: 'complete', totals: { failed: { 'invalid-item': 3 } } });
  });

  test('leads a rehearsal past everything that writes, to workers of its own', async () => {
    const seen = new Set<string>();
    const functions = underContract(localFunctions(here.runtime), PROCESSOR, seen);
    const before = await here.scanAll();
    expect(await execute(machine, { dryRun: true }, 'rehearsed', functions)).toMatchObject({ status: 'succeeded' });
    expect([...seen].sort()).toEqual(['finish', 'gate', 'plan', 'prepare', 'rehearser', 'validate']);
    const [run] = await here.ports.ledger.listRuns('receipt-place', 1);
    expect(run).toMatchObject({ status: 'complete', options: { dryRun: true }, digest: 'test' });
    expect(await here.scanAll()).toEqual(before);
  });

  test('goes on with {"resume": ...} after it was held', async () => {
    here.places.setFaults({ down: true });
    const seen = new Set<string>();
    const functions = underContract(localFunctions(here.runtime), PROCESSOR, seen);
    expect((await execute(machine, { tolerate: 1 }, 'held', functions)).status).toBe('succeeded');
    expect(seen).toContain('hold');
    const [held] = await here.ports.ledger.listRuns('receipt-place', 1);
    expect(held?.status).toBe('held');

    here.places.setFaults({});
    expect(await execute(machine, { resume: held?.runId }, 'resumed', functions)).toMatchObject({ status: 'succeeded' });
    const [run] = await here.ports.ledger.listRuns('receipt-place', 1);
    expect(run).toMatchObject({ runId: held?.runId, status: 'complete', epoch: 2 });
  });

  test('a child whose worker dies marks its segment and still succeeds; the run fails with the cause and can be resumed', async () => {
    const functions = localFunctions(here.runtime);
    const execution = await execute(
      machine,
      {},
      'dying',
      dying(functions, PROCESSOR, ({ segment }) => segment === 3),
    );
    expect(execution).toMatchObject({ status: 'failed' });
    expect(execution.status === 'failed' && execution.cause).toContain('Segment 3: Task timed out after 900.00 seconds');
    const [failed] = await here.ports.ledger.listRuns('receipt-place', 1);
    expect(failed?.status).toBe('failed');

    expect((await execute(machine, { resume: failed?.runId }, 'again', functions)).status).toBe('succeeded');
  });

  test('a refused start fails with the code and words that a person needs, and leaves no run', async () => {
    const execution = await execute(machine, { batchsize: 1 }, 'refused', localFunctions(here.runtime));
    expect(execution).toMatchObject({ status: 'failed', error: 'option.unknown' });
    expect(await here.ports.ledger.listRuns('receipt-place', 1)).toEqual([]);
  });

  test('a run whose checks fail ends as a failed execution', async () => {
    const functions = localFunctions(here.runtime);
    const bad: Functions = {
      ...functions,
      [COORDINATOR]: async (payload, invocation) => {
        const result = await functions[COORDINATOR]?.(payload, invocation);
        return (payload as { step: string }).step === 'validate' ? { ...(result as object), good: false } : result;
      },
    };
    const execution = await execute(machine, { tolerate: 1 }, 'bad', bad);
    expect(execution).toMatchObject({ status: 'failed' });
    expect(execution.status === 'failed' && execution.cause).toContain('a check failed');
  });
});

describe('the synthesized rollback machine', () => {
  let here: Embedded;
  let before: Item[];
  let run: RunRecord | undefined;

  beforeEach(async () => {
    here = await embedded({ receipts: 200 });
    before = await items();
    expect(await execute(machine, { tolerate: 1 }, 'run', underContract(localFunctions(here.runtime), PROCESSOR))).toMatchObject({
      status: 'succeeded',
    });
    run = await newest();
    expect(run?.totals?.created).toBeGreaterThan(100);
  });
  afterEach(() => here.close());

  const items = async () => [...(await here.scanAll())].sort((a, b) => keyOrder(a).localeCompare(keyOrder(b)));
  const newest = async () => (await here.ports.ledger.listRuns('receipt-place', 1))[0];

  test('undoes a run to the last item, every state within its contract', async () => {
    const seen = new Set<string>();
    const functions = underContract(localFunctions(here.runtime), CLEANUP, seen);
    expect(await execute(rollbackMachine, { run: run?.runId }, 'rollback', functions)).toMatchObject({ status: 'succeeded' });
    expect([...seen].sort()).toEqual(['cleanup', 'finish', 'gate', 'plan', 'prepare-rollback', 'probe', 'validate']);
    expect(await here.ports.ledger.getRun(run?.runId ?? '')).toMatchObject({ status: 'rolled-back' });
    expect(await newest()).toMatchObject({ status: 'complete', rollback: { of: run?.runId }, totals: { deleted: run?.totals?.created } });
    expect(await items()).toEqual(before);
  });

  test('only looks with the example input that the stack prints', async () => {
    const after = await items();
    const [output] = Object.values(runner.findOutputs('ReceiptPlaceRollbackExampleInput'));
    const input = JSON.parse(String(output?.Value).replace('<runId>', run?.runId ?? ''));
    const functions = underContract(localFunctions(here.runtime), CLEANUP);
    expect(await execute(rollbackMachine, input, 'dry', functions)).toMatchObject({ status: 'succeeded' });
    expect(await items()).toEqual(after);
    expect(await here.ports.ledger.getRun(run?.runId ?? '')).toMatchObject({ status: 'complete', undoneBy: null });
    expect(await newest()).toMatchObject({ options: { dryRun: true }, totals: { deleted: run?.totals?.created } });
  });

  test('a child whose worker dies marks its segment; the rollback fails with the cause and can be resumed to the end', async () => {
    const functions = underContract(localFunctions(here.runtime), CLEANUP);
    const undoneHalf = dying(functions, CLEANUP, ({ segment }) => segment === (run?.options.segments ?? 0) + 3);
    const execution = await execute(rollbackMachine, {}, 'dying', undoneHalf);
    expect(execution).toMatchObject({ status: 'failed' });
    expect(execution.status === 'failed' && execution.cause).toContain('Task timed out after 900.00 seconds');
    const failed = await newest();
    expect(failed).toMatchObject({ status: 'failed', rollback: { of: run?.runId } });
    expect(await here.ports.ledger.getRun(run?.runId ?? '')).toMatchObject({ status: 'rolling-back' });

    expect(await execute(rollbackMachine, { resume: failed?.runId }, 'again', functions)).toMatchObject({ status: 'succeeded' });
    expect(await items()).toEqual(before);
  });

  test('goes on after it was told to stand still', async () => {
    const functions = localFunctions(here.runtime);
    const seen = new Set<string>();
    const paused: Functions = {
      ...functions,
      [CLEANUP]: async (payload, invocation) => {
        const { runId } = (payload as { run: { runId: string } }).run;
        await here.ports.ledger.command(runId, { desired: 'hold', reason: null, by: 'test', at: 'now' });
        return functions[CLEANUP]?.(payload, invocation);
      },
    };
    const held = await execute(rollbackMachine, {}, 'held', underContract(paused, CLEANUP, seen));
    expect(held).toMatchObject({ status: 'succeeded' });
    expect(seen).toContain('hold');
    const rollback = await newest();
    expect(rollback).toMatchObject({ status: 'held', rollback: { of: run?.runId } });

    const resumed = await execute(rollbackMachine, { resume: rollback?.runId }, 'resumed', underContract(functions, CLEANUP));
    expect(resumed).toMatchObject({ status: 'succeeded' });
    expect(await items()).toEqual(before);
  });

  test('ends as a failed execution when an item could not be taken back', async () => {
    const functions = localFunctions(here.runtime);
    const bad: Functions = {
      ...functions,
      [COORDINATOR]: async (payload, invocation) => {
        const result = await functions[COORDINATOR]?.(payload, invocation);
        return (payload as { step: string }).step === 'finish' ? { ...(result as object), verdict: 'bad' } : result;
      },
    };
    const execution = await execute(rollbackMachine, {}, 'bad', underContract(bad, CLEANUP));
    expect(execution).toMatchObject({ status: 'failed' });
    expect(execution.status === 'failed' && execution.cause).toContain('could not be taken back');
  });

  test('a refused start fails with the code and words that a person needs, and leaves no run', async () => {
    const functions = underContract(localFunctions(here.runtime), CLEANUP);
    const refused = async (input: object, id: string) => {
      const execution = await execute(rollbackMachine, input, id, functions);
      return execution.status === 'failed' && execution.error;
    };
    expect(await refused({ dryrun: true }, 'misspelt')).toBe('option.unknown');
    expect(await refused({ run: 'nobody' }, 'unknown')).toBe('run.unknown');
    expect(await here.ports.ledger.listRuns('receipt-place', 9)).toEqual([run]);
  });

  test('does not carry on a run, nor the machine of runs a rollback', async () => {
    const functions = localFunctions(here.runtime);
    const swapped = await execute(rollbackMachine, { resume: run?.runId }, 'swapped', functions);
    expect(swapped).toMatchObject({ status: 'failed', error: 'run.refused' });
    await execute(rollbackMachine, { dryRun: true }, 'dry', functions);
    const carried = await execute(machine, { resume: (await newest())?.runId }, 'carried', functions);
    expect(carried).toMatchObject({ status: 'failed', error: 'run.refused' });
  });
});

const keyOrder = ({ PK, SK }: Item): string => JSON.stringify([PK, SK]);
