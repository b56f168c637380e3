import { noBudgets } from '../../../../lib/core/flow/budgets.ts';
import type { Ceiling } from '../../../../lib/core/flow/ceiling.ts';
import { lookEveryMs, patienceMs, silentMs } from '../../../../lib/core/flow/looks.ts';
import { Observed } from '../../../../lib/core/flow/observed.ts';
import { nothingShared } from '../../../../lib/core/flow/share-out.ts';
import { shareOf, WorkerFlow } from '../../../../lib/core/flow/worker-flow.ts';
import { nothingFound } from '../../../../lib/core/governor.ts';
import type { Control, Deal, FlowFindings } from '../../../../lib/core/records/control.ts';
import { isRunWide, throttleName, throttleNamed, UNTOLD } from '../../../../lib/core/throttle.ts';
import { TOLD_NOTHING } from '../../../support/memory-ledger.ts';
import { OWNER, runRecord } from '../../../support/memory-ports.ts';
import { doubling } from '../../../support/thing-definitions.ts';
import { virtualClock } from '../../../support/virtual-clock.ts';

const MEASURED = { limit: 2_000, known: 2_000, measured: 1, from: { units: 0, at: 0 }, isMore: false };
const CEILING: Ceiling = { ...MEASURED, of: UNTOLD, since: 0, throttledAt: 0, loweredAt: 0 };

/** What a governor has found. */
const told = (flow: Partial<FlowFindings> & Pick<FlowFindings, 'at'>): Control => ({
  ...TOLD_NOTHING,
  findings: { ...nothingFound, governor: 'you', until: 0, at: flow.at, movedAt: 0, flow: { ...nothingShared, ...flow } },
});

const DEAL: Deal = { limit: 100, shares: { me: 40, you: 60 }, newcomer: 5 };

describe('what a worker may use', () => {
  test.each([
    ['anything, without a budget', 'me', null, undefined, null],
    ['an equal part of a budget that nobody has dealt out yet', 'me', 100, undefined, 25],
    ['what it was dealt', 'me', 100, DEAL, 40],
    ['a little, while nobody knows it', 'new', 100, DEAL, 5],
    ['less at once, when the budget is cut', 'me', 50, DEAL, 20],
    ['no more before it is dealt more, when the budget is raised', 'me', 500, DEAL, 40],
    ['what it was dealt, though the budget is taken away: something else may hold the run back', 'me', null, DEAL, 40],
    ['anything, once nothing is dealt out any more', 'me', null, undefined, null],
  ])('%s', (_, worker, budget, deal, share) => {
    expect(shareOf(worker, budget, deal, 'fresh', 4)).toBe(share);
  });

  test('an equal part, when nobody has dealt anything out for long', () => {
    expect(shareOf('me', 100, DEAL, 'stale', 4)).toBe(25);
  });

  test('next to nothing, when it cannot read what', () => {
    expect([DEAL, undefined].map((deal) => shareOf('me', 100, deal, 'none', 4))).toStrictEqual([0.5, 0.5]);
    expect(shareOf('me', null, undefined, 'none', 4)).toBeNull();
  });
});

test('what was heard before is no news', () => {
  const flow = new WorkerFlow(OWNER, 1, virtualClock());
  const heard = (writeUnits: number, at: number): number => {
    flow.obey(runRecord(doubling), { ...TOLD_NOTHING, budgets: { ...noBudgets, writeUnits } }, at);
    return flow.pageOf(1_000);
  };
  expect([heard(1_000, 0), heard(100, 2), heard(1_000, 1)]).toStrictEqual([60, 6, 6]);
});

test.each([
  [{ index: null, operation: 'write', limit: 'key-range' }, 'table write key-range', false],
  [{ index: null, operation: 'read', limit: 'provisioned' }, 'table read provisioned', true],
  [{ index: 'by date', operation: 'write', limit: 'key-range' }, 'by date write key-range', true],
  [UNTOLD, 'table request unknown', true],
] as const)('the throttle %j is called %s', (throttle, name, isWide) => {
  expect(throttleName(throttle)).toBe(name);
  expect(throttleNamed(name)).toStrictEqual(throttle);
  expect(isRunWide(throttle)).toBe(isWide);
});

describe('a worker', () => {
  const prepare = () => {
    const clock = virtualClock();
    const flow = new WorkerFlow(OWNER, 4, clock);
    flow.enter();
    return { clock, flow };
  };

  test('that is neither limited nor throttled has nothing to report', () => {
    const { flow } = prepare();
    flow.obey(runRecord(doubling), TOLD_NOTHING);
    expect(flow.report(0)).toBeUndefined();
    expect(flow.pageOf(100)).toBe(100);
  });

  test('says how long the part of its share that one segment has takes for some writes', async () => {
    const { clock, flow } = prepare();
    expect(flow.turnMs(5)).toBe(0);
    flow.obey(runRecord(doubling, { budgets: { ...noBudgets, writeUnits: 400 } }), TOLD_NOTHING);
    const taken = await clock.until(flow.take('writeUnits', 1));
    flow.used('writeUnits', taken, 10, 1);
    expect(flow.turnMs(5)).toBe(500);
    flow.enter();
    expect(flow.turnMs(5)).toBe(1_000);
  });

  test('tells what it used, by index, as often as it should, and when it leaves', async () => {
    const { clock, flow } = prepare();
    flow.obey(runRecord(doubling, { budgets: { ...noBudgets, writeUnits: 400 } }), TOLD_NOTHING);
    const taken = await clock.until(flow.take('writeUnits', 1));
    flow.used('writeUnits', taken, { '': 2, GSI1: 1 }, 1);
    expect(flow.report(10_000)).toBeUndefined();
    await clock.until(clock.sleep(900));
    expect(flow.report(1_000)).toMatchObject({
      busy: true,
      flows: { writeUnits: { used: 3, use: expect.closeTo(3, 1), mean: 3 } },
      unitsByIndex: { '': 2, GSI1: 1 },
    });
    flow.leave();
    expect(flow.report(1_000)).toMatchObject({ busy: false });
  });

  test('has small pages where its share is small, so that one is ended in time', async () => {
    const { flow } = prepare();
    flow.obey(runRecord(doubling, { budgets: { ...noBudgets, writeUnits: 4 } }), TOLD_NOTHING);
    expect(flow.pageOf(100)).toBe(3);
    flow.used('writeUnits', 1, { '': 1 }, 1);
    expect(flow.pageOf(100)).toBe(30);
  });

  test.each([UNTOLD, { ...UNTOLD, limit: 'account' } as const])(
    'holds %j of a read against reads, and of a write against writes',
    (throttle) => {
      const { clock, flow } = prepare();
      const refusedBy = (resource: 'readUnits' | 'writeUnits'): boolean => {
        const report = flow.report(0);
        return new Observed(report ? [report] : [], clock.now(), 4).refused(resource, 0) !== null;
      };
      flow.throttled(throttle, 'readUnits');
      expect([refusedBy('readUnits'), refusedBy('writeUnits')]).toStrictEqual([true, false]);
      flow.throttled(throttle, 'writeUnits');
      expect([refusedBy('readUnits'), refusedBy('writeUnits')]).toStrictEqual([true, true]);
    },
  );

  test('has an equal part when nobody has dealt anything out for long, and its floor when it hears nothing, before others have what it had', async () => {
    const { clock, flow } = prepare();
    const deals = { writeUnits: { limit: 100, shares: { [flow.worker]: 80, you: 20 }, newcomer: 5 } };
    const run = runRecord(doubling, { budgets: { ...noBudgets, writeUnits: 100 } });
    const control = told({ at: clock.now(), deals });
    flow.obey(run, control);
    flow.used('writeUnits', await clock.until(flow.take('writeUnits', 1)), 1, 1);
    const sentIn = async (ms: number): Promise<number> => {
      let sent = 0;
      for (const until = clock.now() + ms; clock.now() < until; sent += 1)
        flow.used('writeUnits', await clock.until(flow.take('writeUnits', 1)), 1, 1);
      return sent;
    };
    expect(await sentIn(1_000)).toBeGreaterThanOrEqual(79);
    for (let second = 0; second < 10; second += 1) {
      flow.obey(run, control);
      await sentIn(1_000);
    }
    const heard = await sentIn(1_000);
    expect(heard).toBeGreaterThanOrEqual(24);
    expect(heard).toBeLessThanOrEqual(26);
    flow.obey(run, told({ at: clock.now(), deals }));
    await sentIn(patienceMs(4));
    // From here on what it had may be others'.
    expect(silentMs(4, true)).toBeGreaterThanOrEqual(patienceMs(4) + lookEveryMs(4));
    expect(await sentIn(10_000)).toBeLessThanOrEqual(7);
  });

  test('has more than before no sooner than others have less, whoever hears of it first', async () => {
    const { clock, flow: giving } = prepare();
    const getting = new WorkerFlow({ ...OWNER, pid: OWNER.pid + 1 }, 4, clock);
    const dealt = (share: number): Control => {
      const shares = { [giving.worker]: share, [getting.worker]: 100 - share };
      return told({ at: clock.now(), deals: { writeUnits: { limit: 100, shares, newcomer: 5 } } });
    };
    const run = runRecord(doubling, { budgets: { ...noBudgets, writeUnits: 100 } });
    const first = dealt(100);
    for (const flow of [giving, getting]) flow.obey(run, first);
    const ends = clock.now() + 6_000;
    const sent: number[] = [];
    const send = async (flow: WorkerFlow): Promise<void> => {
      while (clock.now() < ends) {
        flow.used('writeUnits', await flow.take('writeUnits', 1), 1, 1);
        sent.push(clock.now());
      }
    };
    const hear = async (): Promise<void> => {
      await clock.sleep(3_000);
      const second = dealt(20);
      getting.obey(run, second);
      await clock.sleep(900);
      giving.obey(run, second);
    };
    await clock.until(Promise.all([send(giving), send(getting), hear()]));
    const inSecondFrom = (from: number): number => sent.filter((at) => at >= from && at < from + 1_000).length;
    expect(Math.max(...sent.filter((at) => at > ends - 5_000).map(inSecondFrom))).toBeLessThanOrEqual(120);
    expect(inSecondFrom(ends - 1_500)).toBeGreaterThanOrEqual(90);
  });

  test('begins with its part of what one partition bears, and does more while it needs more and nothing is refused', async () => {
    const { clock, flow } = prepare();
    flow.obey(runRecord(doubling), TOLD_NOTHING);
    const began = clock.now();
    const sentUntil = async (ms: number): Promise<number> => {
      let sent = 0;
      for (; clock.now() < began + ms; sent += 1) flow.used('writeUnits', await clock.until(flow.take('writeUnits', 1)), 1, 1);
      return sent;
    };
    expect(await sentUntil(300)).toBeLessThanOrEqual((0.3 + 0.2) * 250);
    expect(await sentUntil(1_500)).toBeGreaterThan(1_000);
    const before = flow.batchOf(10_000);
    flow.throttled(UNTOLD, 'writeUnits');
    expect(flow.batchOf(10_000)).toBe(Math.floor(before / 2));
  });

  test('goes by its share alone once a limit was found', () => {
    const { clock, flow } = prepare();
    const deals = { writeUnits: { limit: 2_000, shares: { [flow.worker]: 1_000 }, newcomer: 5 } };
    flow.used('writeUnits', 0, { '': 1 }, 1);
    flow.obey(runRecord(doubling), told({ at: clock.now(), deals }));
    expect(flow.batchOf(1_000)).toBe(50);
    flow.obey(runRecord(doubling), told({ at: clock.now(), deals, ceilings: { writeUnits: CEILING } }));
    expect(flow.batchOf(1_000)).toBe(200);
    // What was borne is where it goes on from.
    flow.obey(runRecord(doubling), told({ at: clock.now() }));
    expect(flow.batchOf(1_000)).toBe(200);
  });

  test('slows down at once where the whole run is throttled, and not where a key range is', async () => {
    const { clock, flow } = prepare();
    const deals = { writeUnits: { limit: 2_000, shares: { [flow.worker]: 1_000 }, newcomer: 5 } };
    flow.obey(runRecord(doubling), told({ at: clock.now(), deals, ceilings: { writeUnits: CEILING } }));
    await clock.until(clock.sleep(2_001));
    flow.used('writeUnits', 0, { '': 2_001 }, 2_001);
    flow.throttled({ index: null, operation: 'write', limit: 'key-range' }, 'writeUnits');
    expect(flow.batchOf(200)).toBe(200);
    flow.throttled({ index: null, operation: 'write', limit: 'provisioned' }, 'writeUnits');
    expect(flow.batchOf(200)).toBe(100);
    expect(Object.keys(flow.report(0)?.throttledAt ?? {})).toStrictEqual(['table write key-range', 'table write provisioned']);
    await clock.until(clock.sleep(4_000));
    expect(flow.batchOf(200)).toBe(200);
  });
});
