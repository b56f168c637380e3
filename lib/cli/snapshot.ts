import { type Counters, changed, eligible } from '../core/counters.ts';
import { type Lagging, laggingSegment } from '../core/lagging.ts';
import type { Ledger } from '../core/ledger.ts';
import { presentIndex, segmentsByPhase } from '../core/phases.ts';
import type { Control } from '../core/records/control.ts';
import type { Owner, RunRecord } from '../core/records/run.ts';
import type { SegmentRecord } from '../core/records/segment.ts';
import { presentStage } from '../core/rollback/stages.ts';
import { allSegments, presentRound } from '../core/rounds.ts';
import { lastSign, sumCounters, workedMs } from '../core/run.ts';

/** How a run stands at one moment, read from the ledger alone: the same for a watcher in another terminal. */
export interface Snapshot {
  run: RunRecord;
  /** Of a rollback: the run that it undoes. */
  undone: RunRecord | undefined;
  control: Control;
  counters: Counters;
  at: number;
  /** Of the present round. `heard`: those at work whose worker has read the present command. */
  segments: { total: number; done: number; working: number; heard: number; stuck: SegmentRecord[] };
  /** In order; none where the run goes through in one. */
  phases: { name: string; segments: number; done: number; state: 'over' | 'now' | 'later' }[];
  /** `null`: no segment is far behind its siblings. */
  lagging: Lagging | null;
  /** Items to go through, as well as it is known; `null`: unknown. */
  expected: number | null;
  /** What the limit counts, or what was scanned. */
  through: number;
  /** 0 to 1. */
  share: number;
  workedMs: number;
  /** The last sign of life of any worker, milliseconds since the epoch; 0: none yet. */
  heartbeat: number;
  /** Its execution has ended without a word; only where that can be known. */
  ownerGone: boolean;
}

/** `ended` tells whether an execution is over. */
export type Ended = (owner: Owner) => Promise<boolean>;

export async function takeSnapshot(ledger: Ledger, runId: string, now: () => number, ended: Ended): Promise<Snapshot | undefined> {
  const run = await ledger.getRun(runId);
  if (!run) return undefined;
  const [segments, control, undone] = await Promise.all([
    allSegments(ledger, run),
    ledger.control(runId),
    run.rollback ? ledger.getRun(run.rollback.of) : undefined,
  ]);
  const ownerGone = run.status === 'running' && (await ended(run.owner));
  return { ...snapshotOf(run, segments, control, now(), ownerGone), undone };
}

export function snapshotOf(run: RunRecord, all: readonly SegmentRecord[], control: Control, at: number, ownerGone = false): Snapshot {
  const counters = sumCounters(all);
  const segments = presentRound(run, all);
  const total = run.rounds > 1 && !run.rollback ? segments.length : run.options.segments;
  const done = segments.filter(({ state }) => state === 'done').length;
  const working = segments.filter(({ lease, state }) => lease !== null && lease.until > at && state === 'open');
  const { through, expected } = run.rollback ? rollbackProgress(run, counters, done, total) : runProgress(run, counters);
  const heartbeat = lastSign(all);
  const ended = run.status === 'complete' || run.status === 'limited';
  const share = ended ? 1 : expected ? Math.min(0.99, through / expected) : done / Math.max(1, total);
  return {
    run,
    undone: undefined,
    control,
    counters,
    at,
    segments: {
      total,
      done,
      working: working.length,
      heard: control.at === '' ? 0 : working.filter(({ heard }) => heard === control.at).length,
      stuck: segments.filter(({ stuck }) => stuck !== null),
    },
    phases: phasesOf(run, segments),
    lagging: ownerGone ? null : laggingSegment(run, all, at),
    expected,
    through,
    share,
    workedMs: workedMs(run, ownerGone ? heartbeat : at),
    heartbeat,
    ownerGone,
  };
}

function phasesOf(run: RunRecord, segments: readonly SegmentRecord[]): Snapshot['phases'] {
  const done = new Set(segments.filter(({ state }) => state === 'done').map(({ segment }) => segment));
  const byPhase = segmentsByPhase(run);
  const present = presentIndex(run);
  return run.phases.map(({ name }, index) => {
    const own = byPhase[index] ?? [];
    const isOver = present < 0 || index < present;
    return {
      name,
      segments: own.length,
      done: isOver ? own.length : own.filter((segment) => done.has(segment)).length,
      state: isOver ? 'over' : index === present ? 'now' : 'later',
    };
  });
}

function runProgress({ options, estimatedItems }: RunRecord, counters: Counters) {
  const { limit } = options;
  const estimate = limit !== null && estimatedItems !== null ? Math.min(limit, estimatedItems) : (limit ?? estimatedItems);
  const through = limit === null ? counters.scanned : eligible(counters);
  return { through, expected: estimate === null ? null : Math.max(estimate, through) };
}

/** Of the present stage: segments whose journal is read, entries taken back, items read again. */
function rollbackProgress(run: RunRecord, counters: Counters, done: number, total: number) {
  const stage = presentStage(run);
  if (stage === 'inspect') return { through: done, expected: total };
  if (stage === 'undo') return { through: counters.scanned, expected: Math.max(run.estimatedItems ?? 0, counters.scanned) };
  return { through: counters.notes.verified ?? 0, expected: changed(counters) };
}

/** Items a second, over the last snapshots; falls back on the whole run's mean. */
export class RateMeter {
  readonly #window: { at: number; through: number }[] = [];

  constructor(private readonly windowMs = 10_000) {}

  add({ at, through }: Snapshot): void {
    // The next stage, or round, counts from nothing.
    if (through < (this.#window.at(-1)?.through ?? 0)) this.#window.length = 0;
    this.#window.push({ at, through });
    while (this.#window.length > 2 && at - (this.#window[0]?.at ?? at) > this.windowMs) this.#window.shift();
  }

  perSecond(snapshot: Snapshot): number {
    const first = this.#window[0];
    if (first && snapshot.at - first.at >= 1000) return ((snapshot.through - first.through) * 1000) / (snapshot.at - first.at);
    return snapshot.workedMs > 0 ? (snapshot.through * 1000) / snapshot.workedMs : 0;
  }
}
