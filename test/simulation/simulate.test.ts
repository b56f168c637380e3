import type { Scene } from '../../lib/simulation/scenario.ts';
import { type Simulated, simulate } from '../../lib/simulation/simulate.ts';
import { MemoryLedger } from '../support/memory-ledger.ts';

/** A small world in which much goes wrong: too little capacity, a hot key, others, and workers that die. */
const scene: Scene = {
  table: {
    items: 3_000,
    sizes: { mean: 3_000, spread: 0.8 },
    partitions: 8,
    capacity: { mode: 'provisioned', write: 1_000, read: 4_000, keepsBurst: false },
    indexes: [{ name: 'byShop', keys: 2, capacity: { mode: 'provisioned', write: 2_000, read: 2_000 } }],
  },
  run: { workers: 12, segments: 48, invocationSeconds: 20 },
  live: { writes: 300, units: 1, at: 0.3 },
  happenings: [
    { at: 2.2, kind: 'kill', workers: 5 },
    { at: 3, kind: 'provision', writeUnits: 600 },
    { at: 6, kind: 'provision', writeUnits: 1_000 },
    { at: 7.1, kind: 'kill', workers: 3 },
  ],
};

const run = (seed: number, changed: Partial<Scene> = {}): Promise<Simulated> =>
  simulate({ ...scene, ...changed }, seed, new MemoryLedger());

describe('a simulation', () => {
  test('goes the same way for the same seed, to the last figure, and another way for another', async () => {
    const [once, again, other] = [await run(3), await run(3), await run(4)];

    expect(again).toStrictEqual(once);
    expect(other.seconds).not.toBe(once.seconds);
  });

  test('writes every item once, whoever dies, and counts what the table has given', async () => {
    const { isDone, balanced, items, counters, observed, segments, seconds } = await run(5);

    expect({ isDone, balanced, once: items.writtenTimes(1) }).toStrictEqual({ isDone: true, balanced: true, once: 3_000 });
    expect(counters.updated).toBe(3_000);
    expect(segments.some(({ attempt }) => attempt > 1)).toBe(true);
    expect(observed.throttled.between(0, seconds + 1)).toBeGreaterThan(0);
    // The answers that the dead did not hear, and the writes of theirs that were tried once more, are paid for and counted by nobody: a page a death at most.
    const taken = observed.written.units.between(0, seconds + 1);
    expect(counters.writeUnits).toBeLessThan(taken);
    const [deaths, pageOfMeanItems] = [8, (3_000 / 48) * (taken / 3_000)];
    expect(counters.writeUnits).toBeGreaterThan(taken - deaths * pageOfMeanItems);
  });

  test('without deaths, every unit that was taken is counted', async () => {
    const { counters, observed, seconds } = await run(6, { happenings: [] });

    expect(counters.writeUnits).toBe(observed.written.units.between(0, seconds + 1));
  });

  test('others alone are simulated, too', async () => {
    const { run: none, ...only } = scene;
    const { observed, isDone } = await simulate({ ...only, lasts: 20 }, 1, new MemoryLedger());

    expect(isDone).toBe(false);
    expect(observed.liveMs.length).toBeGreaterThan(5_000);
    expect(none).toBeDefined();
  });
});
