import * as z from 'zod/mini';
import { BackfillError } from '../lib/core/errors.ts';
import type { RunRecord } from '../lib/core/ledger.ts';
import type { SegmentStep, SegmentTask, Workplace } from '../lib/core/segment.ts';
import { ProcessResult, ProcessTask } from '../lib/workflow/contracts.ts';
import { portsFor, type Runtime } from './runtime.ts';

/** What the handlers that work on segments have in common. */

interface Invocation {
  getRemainingTimeInMillis(): number;
}

export type Worker = (event: unknown, invocation: Invocation) => Promise<ProcessResult>;

export function createWorker(
  runtime: () => Promise<Runtime>,
  work: (task: SegmentTask, workplace: Workplace, run: RunRecord) => Promise<SegmentStep>,
): Worker {
  return async (event, invocation) => {
    const { backfill, run: ref, segment } = z.parse(ProcessTask, event);
    const ports = portsFor(backfill, await runtime());
    const run = await ports.ledger.getRun(ref.runId);
    const facts = await ports.inspector.describe();
    if (!run) throw new BackfillError('run.unknown', `There is no run ${ref.runId}.`);
    if (!facts) throw new BackfillError('preflight.table-missing', `The table of ${backfill} is gone.`);
    const remainingMs = (): number => invocation.getRemainingTimeInMillis();
    return z.parse(ProcessResult, await work({ ...ref, segment }, { ports, facts, service: undefined, remainingMs }, run));
  };
}
