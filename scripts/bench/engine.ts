import { portsOf, type Runtime } from '../../lambdas/runtime.ts';
import { changed } from '../../lib/core/counters.ts';
import type { Ports } from '../../lib/core/ports.ts';
import { prepareRollback } from '../../lib/core/rollback/prepare.ts';
import { undoing } from '../../lib/core/rollback/undoing.ts';
import { allSegments } from '../../lib/core/rounds.ts';
import { sumCounters } from '../../lib/core/run.ts';
import { scanning } from '../../lib/core/scanning.ts';
import { type Trade, workSegment } from '../../lib/core/segment.ts';
import { finish } from '../../lib/core/steps/finish.ts';
import { plan } from '../../lib/core/steps/plan.ts';
import { prepare, type RunRef } from '../../lib/core/steps/prepare.ts';
import { validate } from '../../lib/core/steps/validate.ts';
import { WATCH_EVERY_MS, Worker } from '../../lib/core/watcher.ts';
import { overSegments } from './measure.ts';
import { CONCURRENCY, definition, SEGMENTS } from './workload.ts';

/** Ours: the steps and the page loop as the machine has them, with lease, journal, checkpoints and watcher. */

const INVOCATION_MS = 3_600_000;

/** The control item is looked at as often as on AWS; a laptop's CLI does it four times as often, for the person before it. */
export const benchPorts = (runtime: Runtime): Ports =>
  portsOf(definition, { ...runtime, digestOf: () => 'bench', concurrency: CONCURRENCY, watchEveryMs: WATCH_EVERY_MS });

/** Carries a run or a rollback through its rounds; how many items, or journal entries, it changed. */
async function carry(ref: RunRef, ports: Ports, trade: () => Trade): Promise<number> {
  const facts = await ports.inspector.describe();
  if (!facts) throw new Error('There is no table.');
  // One process is one worker, as in the handlers.
  const worker = new Worker(ports);
  for (let open = await plan(ref, ports); open.segments.length > 0; open = await plan(ref, ports)) {
    await overSegments(open.segments.length, CONCURRENCY, async (index) => {
      const segment = open.segments[index] as number;
      const workplace = { ports, facts, service: undefined, worker, remainingMs: () => INVOCATION_MS };
      const step = await workSegment({ ...ref, segment }, workplace, trade());
      if (step.next !== 'done') throw new Error(`Segment ${segment} is not done: ${JSON.stringify(step)}.`);
    });
  }
  const run = await ports.ledger.getRun(ref.runId);
  if (!run) throw new Error('There is no run.');
  return changed(sumCounters(await allSegments(ports.ledger, run)));
}

/** What is changed by now, and has not ended yet. */
export interface Carried {
  ref: RunRef;
  items: number;
}

export async function run(ports: Ports): Promise<Carried> {
  const ref = await prepare({ segments: SEGMENTS, phases: 'none', backup: false, hash: false }, 'bench', ports);
  return { ref, items: await carry(ref, ports, scanning) };
}

/** Undoes the newest run: reads its whole journal, takes everything back, and reads again what it took back. */
export async function rollback(ports: Ports): Promise<Carried> {
  const ref = await prepareRollback({}, 'bench', ports);
  return { ref, items: await carry(ref, ports, undoing) };
}

/** Has a run or a rollback judged and closed, as the machine does. */
export async function end({ ref }: Carried, ports: Ports): Promise<void> {
  const { status, verdict } = await finish(ref, await validate(ref, ports), ports);
  if (verdict !== 'good') throw new Error(`${ref.runId} ended as ${status}.`);
}
