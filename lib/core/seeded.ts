import { hashOf } from './journal.ts';
import type { Random } from './retry.ts';

/** Uniform in [0, 1), the same for the same seed: what is drawn once can be drawn again. */
export function seeded(seed: string): Random {
  let drawn = 0;
  return () => {
    drawn += 1;
    return Number.parseInt(hashOf(`${seed}/${drawn}`).slice(0, 12), 16) / 2 ** 48;
  };
}
