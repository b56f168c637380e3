import * as z from 'zod/mini';
import { makeReady } from '../lib/core/make-ready.ts';
import type { Ports } from '../lib/core/ports.ts';
import { prepareRollback } from '../lib/core/rollback/prepare.ts';
import { currentRun } from '../lib/core/steps/current-run.ts';
import { finish, gate, hold, recordFailure } from '../lib/core/steps/finish.ts';
import { plan } from '../lib/core/steps/plan.ts';
import { prepare } from '../lib/core/steps/prepare.ts';
import { validate } from '../lib/core/steps/validate.ts';
import { CoordinatorTask, coordinatorResults } from '../lib/workflow/contracts.ts';
import { portsFor, type Runtime } from './runtime.ts';

/** Takes every task of the machine but `Process`: short steps before, between and after the segments. */
export function createCoordinator(runtime: () => Promise<Runtime>) {
  return async (event: unknown): Promise<unknown> => {
    const task = z.parse(CoordinatorTask, event);
    const result = await carryOut(task, portsFor(task.backfill, await runtime()));
    return z.parse(coordinatorResults[task.step], result);
  };
}

async function carryOut(task: CoordinatorTask, ports: Ports): Promise<unknown> {
  switch (task.step) {
    case 'prepare':
      return { run: await prepare(task.input, task.execution, ports) };
    case 'prepare-rollback':
      return { run: await prepareRollback(task.input, task.execution, ports) };
    case 'make-ready':
      return makeReady(task.run, ports);
    case 'plan':
      return plan(task.run, ports);
    case 'mark-stuck':
      await currentRun(task.run, ports);
      ports.log.warn('segment stuck', { runId: task.run.runId, segment: task.segment, code: task.error.Error ?? 'segment.stuck' });
      await ports.ledger.markStuck(task.run.runId, task.segment, {
        code: task.error.Error ?? 'segment.stuck',
        message: task.error.Cause ?? 'The worker ended without a word.',
      });
      return {};
    case 'validate':
      return validate(task.run, ports);
    case 'gate':
      return gate(task.run, task.validation, ports);
    case 'finish':
      return finish(task.run, task.validation, ports);
    case 'hold':
      return hold(task.run, ports);
    case 'record-failure':
      return recordFailure(task.run, task.error, ports);
  }
}
