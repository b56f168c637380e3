import { shuffled } from './phases.ts';
import { numbers } from './rounds.ts';
import { seeded } from './seeded.ts';

/** The table is thought of as so many stretches, that a segment is begun in each of them in turn. */
const STRETCHES = 32;

/** Multiples of it, without their whole parts, fill the span from 0 to 1 as evenly as anything does, however many of them there are. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * The order in which segments are begun: random and seeded within each stretch of the table, yet any few dozen in a row lie evenly over all of it.
 * Drawn without regard to that, too many would now and then meet in one partition, which throttles while others have capacity left.
 */
export function dispatchOrder(segments: readonly number[], seed: string): number[] {
  const sorted = [...segments].sort((a, b) => a - b);
  const count = Math.min(STRETCHES, sorted.length);
  const start = (stretch: number): number => Math.floor((stretch * sorted.length) / count);
  const first = seeded(seed)();
  const place = (stretch: number): number => (first + stretch * GOLDEN) % 1;
  const stretches = numbers(count)
    .sort((a, b) => place(a) - place(b))
    .map((stretch) => shuffled(sorted.slice(start(stretch), start(stretch + 1)), seed));
  const longest = Math.max(0, ...stretches.map(({ length }) => length));
  return numbers(longest).flatMap((round) => stretches.flatMap((stretch) => stretch.slice(round, round + 1)));
}
