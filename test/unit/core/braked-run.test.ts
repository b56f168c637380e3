import { isBraked } from '../../../lib/core/brakes.ts';
import type { RunRecord } from '../../../lib/core/records/run.ts';
import { workSegment } from '../../../lib/core/segment.ts';
import { hold } from '../../../lib/core/steps/finish.ts';
import { prepare } from '../../../lib/core/steps/prepare.ts';
import { TOLD_NOTHING } from '../../support/memory-ledger.ts';
import { memoryWorld, OWNER, RUN_ID, type World } from '../../support/memory-ports.ts';
import { doubling, thing } from '../../support/thing-definitions.ts';
import { type VirtualClock, virtualClock } from '../../support/virtual-clock.ts';

/** A run on whose table an alarm stands: in virtual time, with its watcher and its governor. */

const PAGE_MS = 1_000;
const PAGES = 150;
const MINUTES = 60_000;

interface Bench extends World {
  clock: VirtualClock;
  /** Seconds since the beginning at which pages were read. */
  read: number[];
  /** Every page takes a second; `at` is called with the second that begins. */
  at: (second: number) => void;
  work: (remainingMs?: number) => ReturnType<typeof workSegment>;
}

function bench(pages = PAGES): Bench {
  const items = Array.from({ length: pages }, (_, index) => thing(`t${String(index).padStart(3, '0')}`, 100 + index));
  const world = memoryWorld({ definition: doubling, items, options: { batchSize: 1 } });
  const clock = virtualClock();
  const start = clock.now();
  world.ports.clock = clock;
  const { readPage } = world.table;
  const one: Bench = {
    ...world,
    clock,
    read: [],
    at: () => undefined,
    work: (remainingMs = 14 * MINUTES) => {
      const end = clock.now() + remainingMs;
      const epoch = (world.ledger.runs.get(RUN_ID) as RunRecord).epoch;
      const task = { runId: RUN_ID, epoch, segment: 0 };
      return clock.until(
        workSegment(task, { ports: world.ports, facts: world.facts, service: undefined, remainingMs: () => end - clock.now() }),
      );
    },
  };
  world.table.readPage = async (request) => {
    const second = (clock.now() - start) / 1000;
    one.read.push(second);
    one.at(second);
    await clock.sleep(PAGE_MS);
    return readPage.call(world.table, request);
  };
  return one;
}

const runOf = ({ ledger }: World): RunRecord => ledger.runs.get(RUN_ID) as RunRecord;
const alarm = ({ ledger, clock, facts }: Bench) =>
  ledger.setBrake(facts.name, { alarm: 'writes', reason: 'too many', since: new Date(clock.now()).toISOString(), by: 'test' });
const over = ({ ledger, clock, facts }: Bench) => ledger.clearBrake(facts.name, 'writes', new Date(clock.now()).toISOString());
/** How many pages begin in a stretch of seconds. */
const pagesIn = ({ read }: Bench, from: number, to: number): number => read.filter((at) => at >= from && at < to).length;

test('goes slower and slower, stands still, and goes on when the alarm is over, slowly at first', async () => {
  const one = bench();
  one.at = (second) => {
    if (second === 10) void alarm(one);
  };
  expect(await one.work()).toEqual({ next: 'done' });
  expect(pagesIn(one, 0, 10)).toBe(10);
  // A half, a quarter, a tenth of its time, once the governor has seen it and the workers have heard.
  expect(pagesIn(one, 20, 60)).toBe(20);
  expect(pagesIn(one, 80, 180)).toBe(25);
  expect(pagesIn(one, 200, 300)).toBe(10);
  expect(one.ledger.told).toMatchObject({ desired: 'hold', by: 'governor', reason: { code: 'brake.throttled' } });
  // Told at 310 s; what was under way is finished, and the rest ends at once.
  expect(one.clock.now() - Date.parse('2026-11-21T12:00:00Z')).toBeLessThan(316_000);

  expect(await hold({ runId: RUN_ID, epoch: 1 }, one.ports)).toEqual({ status: 'held' });
  expect(isBraked(runOf(one))).toBe(true);
  await over(one);

  await prepare({ resume: RUN_ID, startedBy: 'alarm writes' }, 'test:2', one.ports);
  const begun = one.read.length;
  expect(await one.work()).toEqual({ next: 'done' });
  const later = one.read.slice(begun);
  const [first = 0] = later;
  expect(later.filter((at) => at < first + 30).length).toBeLessThan(6);
  expect(one.ledger.rows.get(0)).toMatchObject({ state: 'done', counters: { updated: PAGES } });
  expect(one.ledger.told).toMatchObject({ desired: 'run', findings: { slowed: null } });
  expect(one.ledger.log.map(({ what, details }) => [what, details.pace].filter(Boolean).join(' '))).toEqual([
    'slow down 0.5',
    'slow down 0.25',
    'slow down 0.1',
    'pause',
    'held',
    'resume',
    'speed up 0.25',
    'speed up 0.5',
    'speed up 1',
  ]);
});

describe('while it rests', () => {
  const slowed = { pace: 0.1, alarm: 'writes', since: '2026-11-21T11:00:00.000Z', stands: true, at: 0 };
  const stale = { governor: 'gone', until: 0, at: 0, changed: 0, failed: 0, throttles: 0, pages: 0, movedAt: 0, slowed, flow: null };
  function resting(): Bench {
    const one = bench(5);
    one.ledger.told = { ...TOLD_NOTHING, findings: stale };
    // Nobody governs.
    one.ledger.govern = async () => false;
    return one;
  }

  test('it obeys what was said last, though nobody governs any more', async () => {
    const one = resting();
    await one.work();
    expect(one.read).toEqual([0, 10, 20, 30, 40, 50]);
  });

  test('after the last page of a segment, too: the next segment is another page', async () => {
    const one = bench(0);
    one.ledger.told = { ...TOLD_NOTHING, findings: stale };
    await one.work();
    expect(one.read).toEqual([0]);
    expect(one.clock.now() - Date.parse('2026-11-21T12:00:00Z')).toBe(10_000);
  });

  test('a pause is heard at the next look', async () => {
    const one = resting();
    one.at = (second) => {
      if (second === 10) void one.ledger.command(RUN_ID, { desired: 'hold', reason: null, by: 'me', at: 'now' });
    };
    expect(await one.work()).toEqual({ next: 'done' });
    expect(one.read).toEqual([0, 10]);
    expect(one.clock.now() - Date.parse('2026-11-21T12:00:00Z')).toBeLessThan(14_000);
    expect(one.ledger.rows.get(0)).toMatchObject({ state: 'open', lease: null, counters: { updated: 2 } });
  });

  test('a lost lease ends it', async () => {
    const one = resting();
    one.at = (second) => {
      if (second === 10) void one.clock.sleep(1_500).then(() => one.ledger.rows.set(0, { ...one.ledger.rows.get(0), attempt: 9 } as never));
    };
    expect(await one.work()).toEqual({ next: 'done' });
    expect(one.read).toEqual([0, 10]);
    expect(one.clock.now() - Date.parse('2026-11-21T12:00:00Z')).toBeLessThan(14_000);
  });

  test('it hands over in time', async () => {
    const one = resting();
    expect(await one.work(30_000)).toEqual({ next: 'more' });
    expect(one.read).toEqual([0, 10, 20]);
    expect(one.clock.now() - Date.parse('2026-11-21T12:00:00Z')).toBeLessThanOrEqual(25_000);
    expect(one.ledger.rows.get(0)?.lease).toBeNull();
  });

  test('a pace that rises meanwhile ends it earlier', async () => {
    const one = resting();
    one.at = (second) => {
      if (second === 10) one.ledger.told = { ...one.ledger.told, findings: { ...stale, slowed: { ...slowed, pace: 0.5 } } };
    };
    await one.work();
    expect(one.read).toEqual([0, 10, 12, 14, 16, 18]);
  });
});

test('a world without alarms never rests', async () => {
  const one = bench(5);
  await one.work();
  expect(one.read).toEqual([0, 1, 2, 3, 4, 5]);
  expect(runOf(one).owner).toEqual(OWNER);
});
