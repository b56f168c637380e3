import { Bucket } from '../../lib/simulation/dynamo/bucket.ts';
import { Capacity, type CapacitySpec } from '../../lib/simulation/dynamo/capacity.ts';
import { isThrottle, TableModel } from '../../lib/simulation/dynamo/table.ts';

/** Offers so many one-unit writes a second, evenly over the keys; how many were let in in each second. */
function offered(capacity: Capacity, perSecond: number, seconds: number, from = 0): number[] {
  const steps = 100;
  return Array.from({ length: seconds }, (_, second) => {
    let taken = 0;
    for (let step = 0; step < steps; step += 1) {
      const now = from + second * 1000 + (step * 1000) / steps;
      for (let write = 0; write < perSecond / steps; write += 1) {
        const hash = ((step * 7919 + write * 104_729) % 1_000_003) / 1_000_003;
        if (capacity.refusal('write', hash, now)) continue;
        capacity.take('write', hash, 1, now);
        taken += 1;
      }
    }
    return taken;
  });
}

const provisioned = (write: number, more: object = {}): CapacitySpec => ({ mode: 'provisioned', write, read: 1_000, ...more });

describe('capacity', () => {
  test('a request is let in as long as anything is left, and what is too much is owed', () => {
    const bucket = new Bucket(10, 1, 0);
    bucket.take(35, 0);

    expect([0, 1000, 2500, 2600].map((now) => bucket.hasAny(now))).toStrictEqual([false, false, false, true]);
  });

  test('unused capacity is kept for five minutes, and spent at the pace that partitions bear', () => {
    const calm = new Capacity(null, provisioned(500), 10, 0);
    offered(calm, 0, 1);
    const after = offered(calm, 2_000, 120, 400_000);

    // 300 s of 500 units were saved up: at 1,500 more a second than it is given they last for 100 s.
    expect(after[50]).toBe(2_000);
    expect(after[110]).toBeLessThan(600);
  });

  test('what no partition bears is refused as a key range, what the table was not given as provisioned', () => {
    const narrow = new Capacity(null, provisioned(10_000), 1, 0);
    offered(narrow, 3_000, 1);
    const wide = new Capacity(null, provisioned(100, { keepsBurst: false }), 1, 0);
    offered(wide, 3_000, 1);

    expect(narrow.refusal('write', 0.5, 1_000)).toBeNull();
    expect(offered(new Capacity(null, provisioned(3_000, { burstSeconds: 300 }), 1, 0), 5_000, 3)[2]).toBeGreaterThan(2_900);
    const one = new Capacity(null, provisioned(3_000), 3, 0);
    one.take('write', 0.1, 1_001, 0);
    expect(one.refusal('write', 0.1, 0)).toStrictEqual({ index: null, operation: 'write', limit: 'key-range' });
    expect(one.refusal('write', 0.9, 0)).toBeNull();
    const all = new Capacity('GSI1', provisioned(100, { keepsBurst: false }), 1, 0);
    all.take('write', 0.1, 101, 0);
    expect(all.refusal('write', 0.9, 0)).toStrictEqual({ index: 'GSI1', operation: 'write', limit: 'provisioned' });
  });

  test('a table has a quota, whatever it is given', () => {
    const large = new Capacity(null, provisioned(90_000, { keepsBurst: false }), 100, 0);
    large.take('write', 0.1, 40_001, 0);

    expect(large.refusal('write', 0.9, 0)).toStrictEqual({ index: null, operation: 'write', limit: 'account' });
  });

  test('billed on demand, twice a peak is borne half an hour after it, and no sooner', () => {
    const minutes = (count: number): number => count * 60_000;
    const young = new Capacity(null, { mode: 'on-demand', write: 4_000, read: 12_000 }, 1, 0);
    expect(Math.max(...offered(young, 6_000, 90).slice(2))).toBeLessThanOrEqual(4_100);
    young.refusal('write', 0, minutes(30));
    expect(young.units('write')).toBe(4_000);
    young.refusal('write', 0, minutes(32));
    expect(young.units('write')).toBe(8_000);
  });

  test('a write is let in by table and indexes, or by none of them', () => {
    const table = new TableModel(
      {
        capacity: provisioned(10_000),
        partitions: 1,
        indexes: [
          { name: 'wide', keys: 1_000, capacity: provisioned(10_000) },
          { name: 'single', keys: 1, capacity: provisioned(10_000) },
        ],
      },
      0,
    );
    const answers = Array.from({ length: 20 }, (_, entry) => table.write({ hash: entry / 20, entry: 50 * entry, units: 100 }, 0));
    const taken = answers.filter((answer) => !isThrottle(answer));

    expect(taken).toHaveLength(10);
    expect(taken[0]).toStrictEqual({ '': 100, wide: 100, single: 100 });
    expect(answers[19]).toStrictEqual({ index: 'single', operation: 'write', limit: 'key-range' });
    // What was refused has cost nothing: the first partition of the table has as much left as its writes have left it.
    expect(table.load('write', 0, 0)).toBeCloseTo(0.2);
  });
});
