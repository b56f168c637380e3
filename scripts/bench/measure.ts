/** What one contender took for some items. CPU is this process's alone: the endpoint is another one. */
export interface Cost {
  items: number;
  wallMs: number;
  cpuMs: number;
}

export async function measured(work: () => Promise<number>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const items = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { items, wallMs: performance.now() - began, cpuMs: (user + system) / 1000 };
}

export type Figure = 'wallMs' | 'cpuMs';

/** Microseconds an item. */
export const perItem = (cost: Cost, figure: Figure): number => (cost[figure] * 1000) / cost.items;

/** Of several rounds the best: what else the machine does only ever adds to a figure. */
export const best = (costs: readonly Cost[], figure: Figure): number => Math.min(...costs.map((cost) => perItem(cost, figure)));

/** Works on each of `total` segments, `concurrency` at once. */
export async function overSegments(total: number, concurrency: number, work: (segment: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let segment = next++; segment < total; segment = next++) await work(segment);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
