import { BackfillError } from '../lib/core/errors.ts';
import { rehearsing } from '../lib/core/rehearsal.ts';
import { undoing } from '../lib/core/rollback/undoing.ts';
import { isRehearsal } from '../lib/core/run.ts';
import { workSegment } from '../lib/core/segment.ts';
import { serviceDesks } from './runtime.ts';
import { createWorker } from './worker.ts';

/** Works on one segment of a run, or of a rollback, that only looks; on AWS by a role that cannot write the table. */
export const createRehearser = (runtime: Parameters<typeof createWorker>[0]) => {
  const desks = serviceDesks();
  return createWorker(
    runtime,
    () => [],
    async (task, workplace, run) => {
      if (!isRehearsal(run)) throw new BackfillError('machine.failed', `Run ${run.runId} writes; its worker is another one.`);
      if (run.rollback) return workSegment(task, workplace, undoing());
      return workSegment(task, { ...workplace, service: await desks(run, workplace) }, rehearsing);
    },
  );
};
