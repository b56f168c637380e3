/** Seeded randomness: equal seeds give equal samples on every machine. Not for secrets. */

export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [0, below). */
  below(limit: number): number;
  chance(share: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** In place. */
  shuffle<T>(values: T[]): T[];
  letters(alphabet: string, length: number): string;
  uuid(): string;
}

const HEX = '0123456789abcdef';

/** mulberry32 by Tommy Ettinger: 32 bits of state are plenty for samples, and it is as fast as Math.random. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const letters = (alphabet: string, length: number): string => {
    let text = '';
    for (let index = 0; index < length; index += 1) text += alphabet.charAt(below(alphabet.length));
    return text;
  };
  return {
    next,
    below,
    letters,
    chance: (share) => next() < share,
    pick: <T>(from: readonly T[]): T => from[below(from.length)] as T,
    shuffle(values) {
      for (let index = values.length - 1; index > 0; index -= 1) {
        const other = below(index + 1);
        [values[index], values[other]] = [values[other] as (typeof values)[number], values[index] as (typeof values)[number]];
      }
      return values;
    },
    uuid: () => `${letters(HEX, 8)}-${letters(HEX, 4)}-4${letters(HEX, 3)}-${letters('89ab', 1)}${letters(HEX, 3)}-${letters(HEX, 12)}`,
  };
}

/** Draws an index with the given weights, from a u in [0, 1). */
export function weightedIndex(weights: readonly number[]): (u: number) => number {
  const sums: number[] = [];
  let total = 0;
  for (const weight of weights) {
    total += weight;
    sums.push(total);
  }
  return (u) => {
    const target = u * total;
    let low = 0;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** A fraction in [0, 1) that depends on the text alone (FNV-1a, finished as murmur3 does so that near texts differ widely). */
export function hashFraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return (hash >>> 0) / 2 ** 32;
}
