import { createCleanup } from '../../lambdas/cleanup.ts';
import { createCoordinator } from '../../lambdas/coordinator.ts';
import { createProcessor } from '../../lambdas/processor.ts';
import { createRehearser } from '../../lambdas/rehearser.ts';
import type { Runtime } from '../../lambdas/runtime.ts';
import { type BackfillError, thrownBy } from '../core/errors.ts';
import { PrepareResult } from '../workflow/contracts.ts';
import type { Execution } from '../workflow/execution.ts';
import type { StateMachine } from '../workflow/machines.ts';

/** Milliseconds that one invocation of a handler may take here; the page loop hands over well before. */
export const INVOCATION_MS = 60_000;

type Handler = (payload: unknown, invocation: { getRemainingTimeInMillis(): number }) => Promise<unknown>;

export interface Functions {
  [arn: string]: Handler;
}

export const COORDINATOR = 'coordinator';
export const PROCESSOR = 'processor';
export const REHEARSER = 'rehearser';
export const CLEANUP = 'cleanup';

export const localFunctions = (runtime: Runtime): Functions => ({
  [COORDINATOR]: createCoordinator(async () => runtime),
  [PROCESSOR]: createProcessor(async () => runtime),
  [REHEARSER]: createRehearser(async () => runtime),
  [CLEANUP]: createCleanup(async () => runtime),
});

/** Runs a state machine in this process, its `lambda:invoke` tasks (`{ FunctionName, Payload }`) carried out by `functions`. */
export async function execute(machine: StateMachine, input: unknown, executionId: string, functions: Functions): Promise<Execution> {
  const { StateMachine: Interpreter } = await loadInterpreter();
  let lastThrown: Error | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: the interpreter types every value as JSON, which an interface of ours cannot be
  const invoke = async (task: any): Promise<any> => {
    const started = performance.now();
    const handler = functions[task.FunctionName];
    if (!handler) throw new Error(`The machine invokes ${task.FunctionName}, which is not there.`);
    // The interpreter hands its own object over; a handler that changed it would change the retry's.
    const payload = structuredClone(task.Payload);
    const invocation = { getRemainingTimeInMillis: () => Math.max(0, INVOCATION_MS - (performance.now() - started)) };
    try {
      const Payload = await handler(payload, invocation);
      lastThrown = refusalIn(Payload) ?? lastThrown;
      return { Payload };
    } catch (error) {
      lastThrown = error as Error;
      throw error;
    }
  };
  const names = taskStates(machine);
  // biome-ignore lint/suspicious/noExplicitAny: the interpreter's type wants literals where ours has strings
  const execution = new Interpreter(machine as any, { validationOptions: { noValidate: true } }).run(input as never, {
    overrides: { taskResourceLocalHandlers: Object.fromEntries(names.map((name) => [name, invoke])) },
    context: { Execution: { Id: executionId, Input: input as never, StartTime: new Date().toISOString() } },
  });
  const drained = drain(execution.eventLogs);
  try {
    return { status: 'succeeded', output: await execution.result };
  } catch (error) {
    return failure(error as Error, lastThrown);
  } finally {
    await drained;
  }
}

/** A refusal leads the machine to a Fail state, from which its code and remedy would not reach us. */
function refusalIn(result: unknown): BackfillError | undefined {
  const { data } = PrepareResult.safeParse(result);
  return data?.mode === 'refuse' ? thrownBy(data.error.Error, data.error.Cause) : undefined;
}

/** A Fail state reaches us as the interpreter's own error, with the cause behind a preamble, and without the name. */
function failure(error: Error, thrown: Error | undefined): Execution {
  const cause = error.message.replace(/^Execution has failed with the following error: /, '');
  if (thrown && cause.includes(thrown.message)) return { status: 'failed', error: thrown.name, cause, thrown };
  return { status: 'failed', error: error.name, cause };
}

/** The interpreter keeps its events until somebody reads them. */
async function drain(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of events);
}

/** Names of all Task states, those inside Maps included. */
function taskStates(machine: Pick<StateMachine, 'States'>): string[] {
  return Object.entries(machine.States).flatMap(([name, state]) => {
    if (state.Type === 'Task') return [name];
    return state.Type === 'Map' ? taskStates(state.ItemProcessor as StateMachine) : [];
  });
}

/** It is written for Node 22, and needs this of it on Node 20. */
async function loadInterpreter() {
  Promise.withResolvers ??= function withResolvers<T>() {
    let resolve!: (value: T | PromiseLike<T>) => void;
    let reject!: (reason?: unknown) => void;
    const promise = new Promise<T>((yes, no) => {
      resolve = yes;
      reject = no;
    });
    return { promise, resolve, reject };
  };
  return import('aws-local-stepfunctions');
}
