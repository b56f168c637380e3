import { writesOfRollback } from '../lib/core/probe.ts';
import { undoing } from '../lib/core/rollback/undoing.ts';
import { workSegment } from '../lib/core/segment.ts';
import { createWorker } from './worker.ts';

/** Undoes what a run did, for one segment of its journal. */
export const createCleanup = (runtime: Parameters<typeof createWorker>[0]) =>
  createWorker(runtime, writesOfRollback, (task, workplace) => workSegment(task, workplace, undoing()));
