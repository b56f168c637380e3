import type { HeldBack } from '../core/flow/held-back.ts';
import { STEPS_A_SECOND } from './consumption.ts';
import type { Taken } from './observed.ts';
import type { Verdict } from './scenario.ts';
import type { Simulated } from './simulate.ts';

/** How figures are made of what went on. All shares are in per cent. */

/** A window holds ten seconds or a hundred mean items, whichever is longer. */
const WINDOW_SECONDS = 10;
const WINDOW_ITEMS = 100;

/** What a budget bounds, and from when to when (seconds since the beginning). */
export interface Span {
  budget: number;
  from: number;
  to: number;
}

/** What was used of a budget, whoever used it, in a simulation or for real. */
export interface Used {
  taken: Taken;
  /** Units that an item takes in the mean. */
  mean: number;
}

const percent = (part: number, whole: number): number => (100 * part) / whole;

/** Write units, table and indexes together. */
export const written = ({ observed, counters }: Pick<Simulated, 'observed' | 'counters'>): Used => ({
  taken: observed.written,
  mean: counters.writeUnits / Math.max(1, counters.updated),
});

/** Read units. */
export const read = ({ observed, counters }: Pick<Simulated, 'observed' | 'counters'>): Used => ({
  taken: observed.read,
  mean: counters.readUnits / Math.max(1, counters.scanned),
});

/** What all windows of a span took of its budget, a batch of theirs more or less left out: the least, the most, and how far these lie apart. */
export function windowsOf({ taken, mean }: Used, { budget, from, to }: Span): { least: number; most: number; swing: number } {
  const seconds = Math.max(WINDOW_SECONDS, Math.ceil((WINDOW_ITEMS * mean) / budget));
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const [step, sum] of taken.units.windows(seconds, from, to).entries()) {
    const begins = from + step / STEPS_A_SECOND;
    const batch = taken.largest.largest(begins, begins + seconds);
    least = Math.min(least, sum + batch);
    most = Math.max(most, sum - batch);
  }
  const whole = budget * seconds;
  return { least: percent(least, whole), most: percent(most, whole), swing: percent(Math.max(0, most - least), whole) };
}

const meanRate = ({ units }: Taken, { from, to }: Pick<Span, 'from' | 'to'>): number => units.between(from, to) / (to - from);

/** The bounds that a budget with a backlog must keep. */
export function steadiness(what: string, used: Used, span: Span): Verdict[] {
  const { least, most, swing } = windowsOf(used, span);
  return [
    { what: `${what}: least of the budget in any window`, figure: least, unit: '%', least: 95 },
    { what: `${what}: most of the budget in any window`, figure: most, unit: '%', most: 102 },
    { what: `${what}: from the least to the most`, figure: swing, unit: '%', most: 5 },
    { what: `${what}: of the budget in all`, figure: percent(meanRate(used.taken, span), span.budget), unit: '%', least: 95, most: 102 },
  ];
}

/** A run that came to its end has written each item once, and its counts say so. */
export function completeness({ items, counters, isDone, balanced, segments }: Simulated): Verdict[] {
  const stuck = segments.filter(({ state, stuck: reason }) => state !== 'done' || reason !== null).length;
  return [
    { what: 'segments not done', figure: isDone ? stuck : segments.length, unit: '', most: 0 },
    { what: 'items never written', figure: items.writtenTimes(0), unit: '', most: 0 },
    { what: 'items written more than once', figure: items.count - items.writtenTimes(0) - items.writtenTimes(1), unit: '', most: 0 },
    ...failures(counters),
    {
      what: 'items counted, of those there are',
      figure: percent(balanced ? counters.updated : 0, items.count),
      unit: '%',
      least: 100,
      most: 100,
    },
  ];
}

/** A run that is still under way has written each item at most once, and has failed none. */
export const harmlessness = ({ items, counters }: Simulated): Verdict[] => [
  ...failures(counters),
  { what: 'items written more than once', figure: items.count - items.writtenTimes(0) - items.writtenTimes(1), unit: '', most: 0 },
];

const failures = ({ failed }: Simulated['counters']): Verdict[] => [
  { what: 'items failed', figure: Object.values(failed).reduce((sum, some) => sum + some, 0), unit: '', most: 0 },
];

/** Of the writes that were sent in a span, the share that was refused. */
export const throttledShare = ({ observed }: Simulated, from: number, to: number): number =>
  percent(observed.throttled.between(from, to), Math.max(1, observed.writes.between(from, to)));

/** Write units a second in a span. */
export const rate = ({ observed }: Pick<Simulated, 'observed'>, from: number, to: number): number =>
  meanRate(observed.written, { from, to });

/** Seconds from a moment on until no window of ten seconds that begins then, or later, takes more than the budget, a batch left out. */
export function obeyedAfter({ taken }: Used, { budget, from, to }: Span): number {
  const sums = taken.units.windows(WINDOW_SECONDS, from, to);
  const batch = taken.largest.largest(from, to);
  return (sums.findLastIndex((sum) => sum - batch > 1.02 * budget * WINDOW_SECONDS) + 1) / STEPS_A_SECOND;
}

/** Seconds from a moment on until a window of so many seconds takes so many units a second. */
export function reachedAfter({ observed }: Simulated, from: number, to: number, least: number, seconds = 1): number {
  const index = observed.written.units.windows(seconds, from, to).findIndex((sum) => sum >= least * seconds);
  return index < 0 ? Number.POSITIVE_INFINITY : index / STEPS_A_SECOND + seconds;
}

/** That the run has said what held it back, for a second at least. */
export const told = ({ observed }: Simulated, by: HeldBack['by']): Verdict => ({
  what: `seconds in which it said what held it back: ${by}`,
  figure: observed.heldBack[by] ?? 0,
  unit: '',
  least: 1,
});

/** The 99th of a hundred. */
export function p99(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(0.99 * sorted.length)] ?? Number.NaN;
}
