import * as z from 'zod/mini';
import { COORDINATOR, execute, type Functions, localFunctions, PROCESSOR } from '../../lib/local/interpreter.ts';
import { CoordinatorTask, coordinatorResults, ProcessResult, ProcessTask } from '../../lib/workflow/contracts.ts';
import type { StateMachine } from '../../lib/workflow/machines.ts';
import { synthesize } from '../infra/synthesized.ts';
import { type Embedded, embedded } from '../support/embedded.ts';

/** The very document that the template carries, with the template's own substitutions, in the interpreter. */
function synthesizedMachine(): StateMachine {
  const [resource] = Object.values(synthesize().runner.findResources('AWS::StepFunctions::StateMachine'));
  if (!resource) throw new Error('The template has no state machine.');
  const { DefinitionString, DefinitionSubstitutions } = resource.Properties;
  expect(Object.keys(DefinitionSubstitutions).sort()).toEqual(['CoordinatorArn', 'ProcessorArn']);
  const text: string = DefinitionString.replaceAll(/\$\{CoordinatorArn\}/g, COORDINATOR).replaceAll(/\$\{ProcessorArn\}/g, PROCESSOR);
  expect(text).not.toMatch(/\$\{/);
  return JSON.parse(text);
}

/** Holds every task's payload and result against its contract. */
function underContract(functions: Functions, seen: Set<string>): Functions {
  const { [COORDINATOR]: coordinate, [PROCESSOR]: work } = functions;
  if (!coordinate || !work) throw new Error('handlers are missing');
  return {
    [COORDINATOR]: async (payload, invocation) => {
      const task = z.parse(CoordinatorTask, payload);
      seen.add(task.step);
      return z.parse(coordinatorResults[task.step], await coordinate(payload, invocation));
    },
    [PROCESSOR]: async (payload, invocation) => {
      z.parse(ProcessTask, payload);
      seen.add('process');
      return z.parse(ProcessResult, await work(payload, invocation));
    },
  };
}

describe('the synthesized state machine', () => {
  const machine = synthesizedMachine();
  let here: Embedded;
  beforeEach(async () => {
    here = await embedded({ receipts: 200 });
  });
  afterEach(() => here.close());

  test('runs from {} to the end, every state within its contract', async () => {
    const seen = new Set<string>();
    const execution = await execute(machine, {}, 'synthesized', underContract(localFunctions(here.runtime), seen));
    expect(execution).toMatchObject({ status: 'succeeded' });
    expect([...seen].sort()).toEqual(['finish', 'gate', 'plan', 'prepare', 'process', 'validate']);
    const [run] = await here.ports.ledger.listRuns('receipt-place', 1);
    expect(run).toMatchObject({ status: 'complete', totals: { failed: { 'invalid-item': 3 } } });
  });

  test('goes on with {"resume": ...} after it was held', async () => {
    here.places.setFaults({ down: true });
    const seen = new Set<string>();
    const functions = underContract(localFunctions(here.runtime), seen);
    expect((await execute(machine, {}, 'held', functions)).status).toBe('succeeded');
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
    const dying: Functions = {
      ...functions,
      [PROCESSOR]: async (payload, invocation) => {
        if ((payload as { segment: number }).segment === 3) throw new Error('Task timed out after 900.00 seconds');
        return functions[PROCESSOR]?.(payload, invocation);
      },
    };
    const execution = await execute(machine, {}, 'dying', dying);
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
    const execution = await execute(machine, {}, 'bad', bad);
    expect(execution).toMatchObject({ status: 'failed' });
    expect(execution.status === 'failed' && execution.cause).toContain('a check failed');
  });
});
