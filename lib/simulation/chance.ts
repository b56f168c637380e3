import type { Random } from '../core/retry.ts';

/** Chance that is the same for the same seed. `seeded` of core hashes for each draw; a simulation draws millions of times. */
export function chance(seed: number): Random {
  let state = mixed(seed, 0x9e3779b9);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    return mixed(state, 0) / 2 ** 32;
  };
}

/** A whole number from 0 to 2^32 - 1 that looks as if it had nothing to do with `a` and `b`. */
export function mixed(a: number, b: number): number {
  let value = Math.imul(a ^ (b + 0x9e3779b9), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  value = Math.imul(value ^ (value >>> 16), 0x27d4eb2f);
  return (value ^ (value >>> 15)) >>> 0;
}

/** About the median, by a factor that is as often above as below; `spread` 0.35: one in a hundred takes more than 2.3 times as long. */
export function logNormal(median: number, spread: number, random: Random): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return median * Math.exp(spread * normal);
}

/** Between two arrivals, so many of which come in the mean of one unit of time. */
export const untilNext = (rate: number, random: Random): number => -Math.log(1 - random()) / rate;
