import { writesOfRollback } from '../lib/core/probe.ts';
import { undoing } from '../lib/core/rollback/undoing.ts';
import { workSegment } from '../lib/core/segment.ts';
import { createWorker, refuseRehearsal } from './worker.ts';

/** Undoes what a run did, for one segment of its journal. */
export const createCleanup = (runtime: Parameters<typeof createWorker>[0]) =>
  createWorker(runtime, writesOfRollback, async (task, workplace, run) => {
    refuseRehearsal(run);
    return workSegment(task, workplace, undoing());
  });
