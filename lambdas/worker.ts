import * as z from 'zod/mini';
import type { AnyDefinition } from '../lib/core/definition.ts';
import { BackfillError } from '../lib/core/errors.ts';
import type { Ports, TableFacts } from '../lib/core/ports.ts';
import { tryAccess } from '../lib/core/probe.ts';
import type { RunRecord } from '../lib/core/records/run.ts';
import { isRehearsal } from '../lib/core/run.ts';
import type { SegmentStep, SegmentTask, Workplace } from '../lib/core/segment.ts';
import type { Write } from '../lib/core/write.ts';
import { type ProbeResult, ProcessResult, WorkerTask } from '../lib/workflow/contracts.ts';
import { portsFor, type Runtime, workers } from './runtime.ts';

/** What the handlers that work on segments have in common. Asked to, they only try whether they may write. */

interface Invocation {
  getRemainingTimeInMillis(): number;
}

export type Worker = (event: unknown, invocation: Invocation) => Promise<ProcessResult | ProbeResult>;

export function createWorker(
  runtime: () => Promise<Runtime>,
  writes: (definition: AnyDefinition) => Write['kind'][],
  work: (task: SegmentTask, workplace: Workplace, run: RunRecord) => Promise<SegmentStep>,
): Worker {
  const workerOf = workers();
  const factsOf = tableFacts();
  return async (event, invocation) => {
    const task = z.parse(WorkerTask, event);
    const { backfill, run: ref } = task;
    const ports = portsFor(backfill, await runtime());
    const run = await ports.ledger.getRun(ref.runId);
    if (!run) throw new BackfillError('run.unknown', `There is no run ${ref.runId}.`);
    const facts = await factsOf(ports, backfill);
    if ('probe' in task) {
      await tryAccess(run, writes(ports.definition), facts, ports);
      return {};
    }
    const { segment } = task;
    const remainingMs = (): number => invocation.getRemainingTimeInMillis();
    return z.parse(
      ProcessResult,
      await work({ ...ref, segment }, { ports, facts, service: undefined, worker: workerOf(run, ports), run, remainingMs }, run),
    );
  };
}

/** A segment may take less time than to ask for them. */
const FACTS_KEPT_MS = 60_000;

/** What a process knows of the table it works on. @throws {BackfillError} `preflight.table-missing` */
function tableFacts() {
  let known: { backfill: string; at: number; facts: TableFacts } | undefined;
  return async ({ clock, inspector }: Pick<Ports, 'clock' | 'inspector'>, backfill: string): Promise<TableFacts> => {
    if (known?.backfill === backfill && clock.now() - known.at < FACTS_KEPT_MS) return known.facts;
    const facts = await inspector.describe();
    if (!facts) throw new BackfillError('preflight.table-missing', `The table of ${backfill} is gone.`);
    known = { backfill, at: clock.now(), facts };
    return facts;
  };
}

/** A machine of an older deployment may still send one: what only looks is never given to what writes. */
export function refuseRehearsal(run: RunRecord): void {
  if (!isRehearsal(run)) return;
  throw new BackfillError('machine.failed', `Run ${run.runId} is a rehearsal; its worker is another one.`, {
    remedy: 'Start the rehearsal again, with the machine as it is deployed now.',
  });
}
