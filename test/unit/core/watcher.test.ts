import { prices } from '../../../lib/core/prices.ts';
import { leaseGuard, Worker, watch } from '../../../lib/core/watcher.ts';
import { fakeClock, steppedClock } from '../../support/fake-clock.ts';
import { MemoryLedger, openSegment, TOLD_NOTHING } from '../../support/memory-ledger.ts';
import { OWNER, runRecord } from '../../support/memory-ports.ts';
import { doubling } from '../../support/thing-definitions.ts';

function prepare() {
  const ledger = new MemoryLedger();
  const log = { info: () => undefined, warn: () => undefined };
  ledger.rows.set(0, { ...openSegment('r', 0), attempt: 3 });
  const clock = steppedClock();
  return {
    ledger,
    clock,
    watching: watch({
      ports: { ledger, clock, log, owner: OWNER, watchEveryMs: 2_000, concurrency: 1, prices },
      run: { ...runRecord(doubling), runId: 'r' },
      table: 'things',
      segment: 0,
      attempt: 3,
      control: TOLD_NOTHING,
    }),
  };
}

describe('watch', () => {
  test('gives a sign of life every two seconds until its end', async () => {
    const { ledger, clock, watching } = prepare();
    await clock.step();
    expect(ledger.rows.get(0)?.heartbeat).toBe(2000);
    await clock.step();
    expect(ledger.rows.get(0)?.heartbeat).toBe(4000);

    await watching.end();
    await clock.step();
    expect(ledger.rows.get(0)?.heartbeat).toBe(4000);
    expect(watching.stopped()).toBeUndefined();
    expect(watching.signal.aborted).toBe(false);
  });

  test('a checkpoint of the second before a look spares the sign', async () => {
    const { ledger, clock, watching } = prepare();
    clock.pass(1_500);
    expect(watching.signOfLife()).toStrictEqual({ heartbeat: 1500, heard: '' });
    await clock.step();
    expect(ledger.rows.get(0)?.heartbeat).toBe(0);
    await clock.step();
    expect(ledger.rows.get(0)?.heartbeat).toBe(4000);
    await watching.end();
  });

  test('a checkpoint of longer ago does not', async () => {
    const { ledger, clock, watching } = prepare();
    clock.pass(900);
    watching.signOfLife();
    await clock.step();
    expect(ledger.rows.get(0)?.heartbeat).toBe(2000);
    await watching.end();
  });

  test('what is new is said beside a checkpoint, too, and by the next one', async () => {
    const { ledger, clock, watching } = prepare();
    clock.pass(1_900);
    watching.signOfLife();
    ledger.told = { ...TOLD_NOTHING, desired: 'hold', by: 'me', at: 'now' };
    await clock.step();
    expect(ledger.rows.get(0)).toMatchObject({ heartbeat: 2000, heard: 'now' });
    expect(watching.signOfLife()).toMatchObject({ heard: 'now' });
    await watching.end();
  });

  test('a lost lease stops everything, writes too', async () => {
    const { ledger, clock, watching } = prepare();
    ledger.rows.set(0, { ...openSegment('r', 0), attempt: 4 });
    await clock.step();
    expect(watching.stopped()?.kind).toBe('lease-lost');
    expect([watching.signal.aborted, watching.writeSignal.aborted]).toStrictEqual([true, true]);
    await watching.end();
  });

  test.each(['hold', 'abort'] as const)('"%s" stops waits and calls, not the writes under way', async (desired) => {
    const { ledger, clock, watching } = prepare();
    ledger.told = { ...TOLD_NOTHING, desired, by: 'me' };
    await clock.step();
    expect(watching.stopped()?.kind).toBe('held');
    expect([watching.signal.aborted, watching.writeSignal.aborted]).toStrictEqual([true, false]);
    await watching.end();
  });

  test('a look that fails is no reason to stop', async () => {
    const { ledger, clock, watching } = prepare();
    const { heartbeat } = ledger;
    ledger.heartbeat = async () => {
      throw new Error('unreachable');
    };
    await clock.step();
    expect(watching.stopped()).toBeUndefined();
    ledger.heartbeat = heartbeat;
    await clock.step();
    expect(ledger.rows.get(0)?.heartbeat).toBe(4000);
    await watching.end();
  });

  test('the first reason stands', async () => {
    const { watching } = prepare();
    watching.stop('held');
    watching.stop('lease-lost');
    expect(watching.stopped()?.kind).toBe('held');
    expect(watching.writeSignal.aborted).toBe(true);
    await watching.end();
  });
});

test('of several segments that look at about the same time, one asks for all; none takes the answer for newer than it is', () => {
  const ledger = new MemoryLedger();
  const clock = fakeClock(0);
  let asked = 0;
  const control = async () => {
    asked += 1;
    return TOLD_NOTHING;
  };
  const worker = new Worker({ owner: OWNER, concurrency: 8, clock });
  const look = () => worker.look({ ledger: Object.assign(ledger, { control }), clock }, 'r', 1_000);
  const [first, second] = [look(), look()];
  clock.advance(999);
  expect(look()).toBe(first);
  expect(second).toBe(first);
  expect(first.at).toBe(0);
  expect(asked).toBe(1);
  clock.advance(1);
  expect(look().at).toBe(1_000);
  expect(asked).toBe(2);
});

test('leaseGuard refuses what could land after the end of the lease', () => {
  const clock = fakeClock(1000);
  const ensure = leaseGuard(clock, 2000, 300);
  clock.advance(700);
  expect(ensure).not.toThrow();
  clock.advance(1);
  expect(ensure).toThrow(expect.objectContaining({ kind: 'time' }));
});
