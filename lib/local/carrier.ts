import type { Runtime } from '../../lambdas/runtime.ts';
import type { Carrier } from '../workflow/execution.ts';
import { backfillMachine, rollbackMachine } from '../workflow/machines.ts';
import { newExecution } from './environment.ts';
import { CLEANUP, COORDINATOR, execute, type Functions, localFunctions, PROCESSOR, REHEARSER } from './interpreter.ts';

/** Executions in this process: they live as long as it does. */
export const localCarrier = (runtime: Runtime): Carrier => ({
  outlives: false,
  async start({ machine, backfill, input }, opened) {
    const { id, end: leave } = newExecution();
    const functions = watchPrepare(localFunctions(runtime), opened);
    const data =
      machine === 'backfill'
        ? backfillMachine(backfill, { coordinator: COORDINATOR, worker: PROCESSOR, rehearser: REHEARSER })
        : rollbackMachine(backfill, { coordinator: COORDINATOR, worker: CLEANUP, rehearser: REHEARSER });
    return { id, end: execute(data, input, id, functions), leave };
  },
});

/** The machine opens the run itself: its id is in what Prepare answers. */
function watchPrepare(functions: Functions, heard: (runId: string) => Promise<void>): Functions {
  const coordinate = functions[COORDINATOR] as Functions[string];
  return {
    ...functions,
    [COORDINATOR]: async (payload, invocation) => {
      const result = await coordinate(payload, invocation);
      const { run } = (result ?? {}) as { run?: { runId: string } };
      if (run) await heard(run.runId);
      return result;
    },
  };
}
