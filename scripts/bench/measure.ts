import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What one contender took for some items. CPU is this process's alone: the endpoint is another one. */
export interface Cost {
  items: number;
  wallMs: number;
  cpuMs: number;
}

/** Nobody pays for what the one before has left behind. */
export function measured(work: () => Promise<number>): Promise<Cost> {
  collectGarbage();
  return measuredOn(work);
}

/** For what belongs to the work before it. */
export async function measuredOn(work: () => Promise<number>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const items = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { items, wallMs: performance.now() - began, cpuMs: (user + system) / 1000 };
}

/**
 * A whole collection forgets the shape of every object that nobody holds at that moment, and throws away what was compiled for it: the next contender would
 * be compiled anew (here 230 functions, half a second of CPU), which weighs most on whoever has most code. So shapes and code are kept, for all contenders alike.
 */
function collectGarbage(): void {
  collect ??= collector();
  collect({ type: 'major' });
}

type Collect = (options: { type: 'major' }) => void;
let collect: Collect | undefined;

function collector(): Collect {
  for (const flag of ['--expose-gc', '--retain-maps-for-n-gc=1000000', '--no-flush-bytecode']) setFlagsFromString(flag);
  return runInNewContext('gc');
}

/** One after the other, over the same items. */
export const together = (one: Cost, next: Cost): Cost => ({
  items: one.items,
  wallMs: one.wallMs + next.wallMs,
  cpuMs: one.cpuMs + next.cpuMs,
});

export type Figure = 'wallMs' | 'cpuMs';

/** Microseconds an item. */
export const perItem = (cost: Cost, figure: Figure): number => (cost[figure] * 1000) / cost.items;

/** The middle one, or between the middle two. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2;
}

/** Works on each of `total` segments, `concurrency` at once. */
export async function overSegments(total: number, concurrency: number, work: (segment: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let segment = next++; segment < total; segment = next++) await work(segment);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
