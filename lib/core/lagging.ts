import { presentPhase } from './phases.ts';
import type { RunRecord } from './records/run.ts';
import type { SegmentRecord } from './records/segment.ts';
import { presentRound } from './rounds.ts';
import { count, duration } from './words.ts';

/** A segment that is far behind its siblings holds up a run, or its phase, alone. More workers do not help it, for a segment has one. */

/** So many times what half of its siblings have is far behind. */
const FAR_BEHIND = 3;

/** Little more, however many times it is, holds nobody up. */
const MORE_ITEMS = 1_000;
const MORE_MS = 60_000;

/** Before so many siblings are done, and such a share of them all, nobody knows what is usual. */
const ENOUGH_DONE = 8;
const MOST_DONE = 0.75;

/** How far one segment is behind. Times in milliseconds. */
export interface Lagging {
  segment: number;
  scanned: number;
  workedMs: number;
  /** What half of the siblings that are done have at most. */
  usual: { scanned: number; workedMs: number };
  /** `items`: it has many more of them; `time`: it takes longer for no more. */
  by: 'items' | 'time';
}

/** The one that is furthest behind; `null`: none is, or it is too early to tell. */
export function laggingSegment(run: RunRecord, all: readonly SegmentRecord[], now: number): Lagging | null {
  const siblings = siblingsIn(run, all);
  const done = siblings.filter(({ state }) => state === 'done');
  if (done.length < ENOUGH_DONE || done.length < MOST_DONE * siblings.length || run.status !== 'running') return null;
  const usual = {
    scanned: median(done.map(({ counters }) => counters.scanned)),
    workedMs: median(done.map((segment) => workedMs(segment, segment.heartbeat, run))),
  };
  const behind = siblings.flatMap((segment) => behindOf(segment, usual, now, run) ?? []);
  return behind.reduce<Lagging | null>((worst, one) => (worst && worst.workedMs >= one.workedMs ? worst : one), null);
}

/** Those of the phase that is under way, or else of the round. */
function siblingsIn(run: RunRecord, all: readonly SegmentRecord[]): SegmentRecord[] {
  const phase = presentPhase(run);
  if (!phase) return presentRound(run, all);
  const own = new Set(phase.segments);
  return all.filter(({ segment }) => own.has(segment));
}

function behindOf(record: SegmentRecord, usual: Lagging['usual'], now: number, run: RunRecord): Lagging | undefined {
  // One that nobody works on waits its turn.
  if (record.state === 'done' || record.lease === null || record.lease.until <= now) return undefined;
  const { scanned } = record.counters;
  const worked = workedMs(record, now, run);
  const isFat = scanned >= FAR_BEHIND * usual.scanned && scanned - usual.scanned >= MORE_ITEMS;
  const isSlow = worked >= FAR_BEHIND * usual.workedMs && worked - usual.workedMs >= MORE_MS;
  if (!isFat && !isSlow) return undefined;
  return { segment: record.segment, scanned, workedMs: worked, usual, by: isFat ? 'items' : 'time' };
}

/** Since it was first begun; time in which the run stood still before its present execution is not counted. */
function workedMs({ begun }: SegmentRecord, until: number, { startedAt }: RunRecord): number {
  const resumed = Date.parse(startedAt);
  return Math.max(0, until - (until >= resumed ? Math.max(begun, resumed) : begun));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

/** `segment 17 lags: 1,200,000 items so far, and half of the others have 240,000 at most`. */
export const laggingWords = ({ segment, scanned, workedMs: worked, usual, by }: Lagging): string =>
  by === 'items'
    ? `segment ${segment} lags: ${count(scanned)} items so far, and half of the others have ${count(usual.scanned)} at most`
    : `segment ${segment} lags: at work for ${duration(worked)}, and half of the others took ${duration(usual.workedMs)} at most`;
