import { writesOfRun } from '../lib/core/probe.ts';
import { scanning } from '../lib/core/scanning.ts';
import { workSegment } from '../lib/core/segment.ts';
import { serviceDesks } from './runtime.ts';
import { createWorker, refuseRehearsal } from './worker.ts';

/** Works on one segment of a run. */
export const createProcessor = (runtime: Parameters<typeof createWorker>[0]) => {
  const desks = serviceDesks();
  return createWorker(runtime, writesOfRun, async (task, workplace, run) => {
    refuseRehearsal(run);
    return workSegment(task, { ...workplace, service: await desks(run, workplace) }, scanning());
  });
};
