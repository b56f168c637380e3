import * as z from 'zod/mini';
import { isBackfillError, wordsOf } from '../lib/core/errors.ts';
import { makeReady } from '../lib/core/make-ready.ts';
import type { Ports } from '../lib/core/ports.ts';
import { prepareRollback } from '../lib/core/rollback/prepare.ts';
import { isRehearsal } from '../lib/core/run.ts';
import { currentRun } from '../lib/core/steps/current-run.ts';
import { finish, gate, hold, recordFailure } from '../lib/core/steps/finish.ts';
import { plan } from '../lib/core/steps/plan.ts';
import { prepare, type RunRef } from '../lib/core/steps/prepare.ts';
import { validate } from '../lib/core/steps/validate.ts';
import { CoordinatorTask, coordinatorResults, type PrepareResult } from '../lib/workflow/contracts.ts';
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
      return opened(() => prepare(task.input, task.execution, ports), ports);
    case 'prepare-rollback':
      return opened(() => prepareRollback(task.input, task.execution, ports), ports);
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

/** A refusal is a result: thrown, it would reach the console as JSON with a stack. */
async function opened(begin: () => Promise<RunRef>, { ledger }: Ports): Promise<PrepareResult> {
  try {
    const run = await begin();
    const record = await ledger.getRun(run.runId);
    return { mode: record && isRehearsal(record) ? 'rehearse' : 'write', run, error: null };
  } catch (error) {
    if (!isBackfillError(error)) throw error;
    return { mode: 'refuse', run: null, error: { Error: error.code, Cause: wordsOf(error) } };
  }
}
