import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atDistance } from '../../../scripts/bench/distance.ts';
import { together } from '../../../scripts/bench/measure.ts';
import { BOUNDS, type Costs, judge, SHORT_BOUNDS } from '../../../scripts/bench/table.ts';

describe('an endpoint at a distance', () => {
  const served = createServer((request, response) => request.pipe(response));
  let url = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => served.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(served.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => served.close(resolve)));

  test('says the same, no sooner than that', async () => {
    const long = 'x'.repeat(1_000_000);
    const [said, took] = await atDistance(url, 30, async (relay) => {
      expect(relay).not.toBe(url);
      const began = performance.now();
      const answer = await fetch(relay, { method: 'POST', body: long });
      return [await answer.text(), performance.now() - began];
    });
    expect(said === long).toBe(true);
    expect(took).toBeGreaterThanOrEqual(29);
  });

  test('is gone afterwards, and whatever failed there is heard of', async () => {
    let gone = '';
    const failed = atDistance(url, 0, async (relay) => {
      gone = relay;
      throw new Error('no more');
    });
    await expect(failed).rejects.toThrow('no more');
    await expect(fetch(gone)).rejects.toThrow();
  });
});

describe('the bounds', () => {
  /** Microseconds an item are the same for CPU and wall time. */
  const costsOf = (each: Record<keyof Costs, number>): Costs =>
    Object.fromEntries(Object.entries(each).map(([name, us]) => [name, [{ items: 1_000, wallMs: us, cpuMs: us }]])) as never;
  const good = costsOf({ floor: 100, ours: 117, 'whole run': 125, rollback: 125, peer: 500, script: 1_200 });
  const failed = (contests: Parameters<typeof judge>[0]): string[] =>
    judge(contests, BOUNDS)
      .filter(({ holds }) => !holds)
      .map(({ what }) => what);

  test('hold where they are kept, and name what is beyond them', () => {
    expect(failed({ near: good, far: good })).toStrictEqual([]);
    const slow = costsOf({ floor: 100, ours: 130, 'whole run': 140, rollback: 141, peer: 500, script: 1_200 });
    expect(failed({ near: good, far: slow })).toStrictEqual([
      'wall time at a distance, beside the script',
      'wall time at a distance, beside the floor',
    ]);
    expect(failed({ near: slow, far: good })).toStrictEqual([
      'client CPU an item, beside the peer',
      'wall time, beside the floor',
      'wall time of a rollback, beside its whole run',
      'client CPU of a rollback, beside its whole run',
    ]);
  });

  test('judge the median of the rounds, each by its own', () => {
    const rounds = (floor: readonly number[], ours: readonly number[]): Costs => {
      const costs = (each: readonly number[]) => each.map((us) => ({ items: 1_000, wallMs: us, cpuMs: us }));
      const others = costs(floor.map(() => 500));
      return { floor: costs(floor), ours: costs(ours), 'whole run': others, rollback: others, peer: others, script: others };
    };
    const judged = (near: Costs) => judge({ near, far: undefined }, BOUNDS.slice(0, 1));
    const ratioOf = (near: Costs): number | undefined => judged(near)[0]?.ratio;
    // One lucky round of the floor's, and one unlucky of ours, say nothing.
    expect(ratioOf(rounds([50, 100, 200], [150, 150, 300]))).toBe(1.5);
    expect(ratioOf(rounds([100, 100], [150, 160]))).toBeCloseTo(1.55);
    // But they are told: how far the rounds are apart says how much the median means.
    expect(judged(rounds([50, 100, 200], [150, 160, 300]))).toMatchObject([{ rounds: { least: 1.5, most: 3 } }]);
  });

  test('say what is no fair match, and do not judge it: a script that has nothing to wait for, a run that was not checked yet', () => {
    const near = costsOf({ floor: 100, ours: 100, 'whole run': 120, rollback: 120, peer: 500, script: 200 });
    expect(failed({ near, far: good })).toStrictEqual([]);
    const judged = judge({ near, far: undefined }, BOUNDS);
    expect(judged).toContainEqual(expect.objectContaining({ by: 'script', ratio: 0.5, most: null }));
    expect(judged.filter(({ of, by, most }) => of === 'rollback' && by === 'ours' && most === null)).toMatchObject([
      { ratio: 1.2 },
      { ratio: 1.2 },
    ]);
  });

  test('of the short form need no script, and no distance', () => {
    const near = { ...good, script: [] };
    const held = judge({ near, far: undefined }, SHORT_BOUNDS);
    expect(held.map(({ ratio, holds }) => [Number(ratio.toFixed(3)), holds])).toStrictEqual([
      [1.17, true],
      [0.234, true],
      [1.068, true],
    ]);
  });
});

test('what comes after a work takes its time over the same items', () => {
  const cost = { items: 100, wallMs: 5, cpuMs: 3 };
  expect(together(cost, { items: 100, wallMs: 2, cpuMs: 1 })).toStrictEqual({ items: 100, wallMs: 7, cpuMs: 4 });
});
