import { type Counters, eligible } from '../core/counters.ts';
import type { Control, Ledger, Owner, RunRecord, SegmentRecord } from '../core/ledger.ts';
import { lastSign, sumCounters, workedMs } from '../core/run.ts';

/** How a run stands at one moment, read from the ledger alone: the same for a watcher in another terminal. */
export interface Snapshot {
  run: RunRecord;
  control: Control;
  counters: Counters;
  at: number;
  segments: { total: number; done: number; working: number; stuck: SegmentRecord[] };
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
  const [segments, control] = await Promise.all([ledger.segments(runId, run.options.segments), ledger.control(runId)]);
  return snapshotOf(run, segments, control, now(), run.status === 'running' && (await ended(run.owner)));
}

export function snapshotOf(run: RunRecord, segments: readonly SegmentRecord[], control: Control, at: number, ownerGone = false): Snapshot {
  const counters = sumCounters(segments);
  const { limit, segments: total } = run.options;
  const done = segments.filter(({ state }) => state === 'done').length;
  const estimate = limit !== null && run.estimatedItems !== null ? Math.min(limit, run.estimatedItems) : (limit ?? run.estimatedItems);
  const through = limit === null ? counters.scanned : eligible(counters);
  const expected = estimate === null ? null : Math.max(estimate, through);
  const heartbeat = lastSign(segments);
  const ended = run.status === 'complete' || run.status === 'limited';
  const share = ended ? 1 : expected ? Math.min(0.99, through / expected) : done / total;
  return {
    run,
    control,
    counters,
    at,
    segments: {
      total,
      done,
      working: segments.filter(({ lease, state }) => lease !== null && state === 'open').length,
      stuck: segments.filter(({ stuck }) => stuck !== null),
    },
    expected,
    through,
    share,
    workedMs: workedMs(run, ownerGone ? heartbeat : at),
    heartbeat,
    ownerGone,
  };
}

/** Items a second, over the last snapshots; falls back on the whole run's mean. */
export class RateMeter {
  readonly #window: { at: number; through: number }[] = [];

  constructor(private readonly windowMs = 10_000) {}

  add({ at, through }: Snapshot): void {
    this.#window.push({ at, through });
    while (this.#window.length > 2 && at - (this.#window[0]?.at ?? at) > this.windowMs) this.#window.shift();
  }

  perSecond(snapshot: Snapshot): number {
    const first = this.#window[0];
    if (first && snapshot.at - first.at >= 1000) return ((snapshot.through - first.through) * 1000) / (snapshot.at - first.at);
    return snapshot.workedMs > 0 ? (snapshot.through * 1000) / snapshot.workedMs : 0;
  }
}
