import * as z from 'zod/mini';
import { BackfillError } from '../lib/core/errors.ts';
import { workSegment } from '../lib/core/segment.ts';
import { ProcessResult, ProcessTask } from '../lib/workflow/contracts.ts';
import { portsFor, type Runtime, serviceDesks } from './runtime.ts';

interface Invocation {
  getRemainingTimeInMillis(): number;
}

/** Works on one segment of a run. */
export function createProcessor(runtime: () => Promise<Runtime>) {
  const desks = serviceDesks();
  return async (event: unknown, invocation: Invocation): Promise<ProcessResult> => {
    const { backfill, run: ref, segment } = z.parse(ProcessTask, event);
    const ports = portsFor(backfill, await runtime());
    const run = await ports.ledger.getRun(ref.runId);
    const facts = await ports.inspector.describe();
    if (!run) throw new BackfillError('run.unknown', `There is no run ${ref.runId}.`);
    if (!facts) throw new BackfillError('preflight.table-missing', `The table of ${backfill} is gone.`);
    const service = await desks(run, ports);
    const step = await workSegment(
      { ...ref, segment },
      { ports, facts, service, remainingMs: () => invocation.getRemainingTimeInMillis() },
    );
    return z.parse(ProcessResult, step);
  };
}

const onAws = createProcessor(async () => (await import('./aws-runtime.ts')).awsRuntime());

export async function handler(event: unknown, invocation: Invocation): Promise<ProcessResult> {
  const { publishMetrics } = await import('./aws-runtime.ts');
  try {
    return await onAws(event, invocation);
  } finally {
    publishMetrics();
  }
}
