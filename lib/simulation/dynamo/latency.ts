import type { Random } from '../../core/retry.ts';
import { logNormal } from '../chance.ts';

/** Milliseconds in the median, from a client in the same region. */
export const LATENCY = {
  /** One item, read or written. */
  item: 4,
  /** A batch of statements. */
  batch: 12,
  /** A page of a scan. */
  page: 20,
  /** An item of the ledger. */
  ledger: 5,
  /** A new object of some kilobytes. */
  object: 30,
} as const;

export type Call = keyof typeof LATENCY;

/** One call in a hundred takes more than 2.3 times the median. */
const SPREAD = 0.35;

/** A partition answers as fast as ever until it is all but used up, and half as fast when it is. */
const STEEPNESS = 16;

export function latency(call: Call, load: number, random: Random): number {
  return logNormal(LATENCY[call], SPREAD, random) * (1 + Math.min(1, load) ** STEEPNESS);
}

/** Milliseconds in the mean, where nothing is under load. */
export const meanLatency = (call: Call): number => LATENCY[call] * Math.exp(SPREAD ** 2 / 2);
