import { noCounters } from '../../../lib/core/counters.ts';
import { noBudgets } from '../../../lib/core/flow/budgets.ts';
import { heldBackWords } from '../../../lib/core/flow/held-back.ts';
import { govern, governing, TOO_FEW_TO_JUDGE, tooManyErrors } from '../../../lib/core/governor.ts';
import type { Control, Findings } from '../../../lib/core/records/control.ts';
import type { SegmentRecord } from '../../../lib/core/records/segment.ts';
import { watch } from '../../../lib/core/watcher.ts';
import { steppedClock } from '../../support/fake-clock.ts';
import { openSegment, TOLD_NOTHING } from '../../support/memory-ledger.ts';
import { memoryWorld, RUN_ID, runRecord, type World } from '../../support/memory-ports.ts';
import { recorder, tapped } from '../../support/port-calls.ts';
import { doubling } from '../../support/thing-definitions.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const ME = 'here/1';
const found = (change: Partial<Findings> = {}): Findings => ({
  governor: ME,
  until: NOW + 8_000,
  at: NOW,
  changed: 0,
  failed: 0,
  throttles: 0,
  pages: 0,
  movedAt: NOW,
  slowed: null,
  flow: null,
  ...change,
});

/** A run of two segments that have come to this. */
function prepare(counts: { updated: number; failed: number; throttles?: number }, tolerate = 0.01): World {
  const world = memoryWorld({ definition: doubling, items: [], options: { segments: 2, tolerate } });
  const half = { ...noCounters(), updated: counts.updated / 2, failed: { bad: counts.failed / 2 }, throttles: counts.throttles ?? 0 };
  for (const segment of [0, 1]) world.ledger.rows.set(segment, { ...openSegment(RUN_ID, segment), counters: half });
  return world;
}

async function look(world: World, findings: Findings | null, control: Partial<Control> = {}, memory = governing()): Promise<string[]> {
  world.ledger.told = { ...TOLD_NOTHING, ...control, findings };
  const { calls, around } = recorder();
  await govern({ ports: tapped(world.ports, around), run: world.run, table: world.facts.name, name: ME, memory }, world.ledger.told);
  return calls;
}

describe('who governs', () => {
  test('nobody yet: one takes the lease, and looks the next time', async () => {
    const world = prepare({ updated: 100, failed: 100 });
    expect(await look(world, null)).toStrictEqual(['ledger.govern']);
    expect(world.ledger.told).toMatchObject({ desired: 'run', findings: found() });
  });

  test('another one, as long as it is heard of', async () => {
    const world = prepare({ updated: 100, failed: 100 });
    expect(await look(world, found({ governor: 'another', until: NOW + 1 }))).toStrictEqual([]);
    expect(world.ledger.told.findings?.governor).toBe('another');
  });

  test('whoever comes after another one has been silent for so long, and goes on from what was found', async () => {
    const world = prepare({ updated: 100, failed: 100 });
    const last = found({ governor: 'another', until: NOW - 1, at: NOW - 8_001, changed: 5, failed: 6, throttles: 7 });
    expect(await look(world, last)).toStrictEqual(['ledger.govern']);
    expect(world.ledger.told).toMatchObject({ desired: 'run', findings: found({ changed: 5, failed: 6, throttles: 7 }) });
    // At the very end of the lease it counts as silent: the ledger decides.
    expect(await look(world, { ...last, until: NOW })).toStrictEqual(['ledger.govern']);
  });

  test('still the same, though its lease ran out unnoticed', async () => {
    const world = prepare({ updated: 200, failed: 0, throttles: 3 });
    expect(await look(world, found({ until: NOW - 1 }))).toStrictEqual([
      'ledger.reported',
      'ledger.segments',
      'ledger.brakes',
      'ledger.govern',
    ]);
    expect(world.ledger.told.findings).toStrictEqual(found({ changed: 200, throttles: 6 }));
  });
});

test('every worker looks whether it is the one, whenever it looks what it is told', async () => {
  const world = prepare({ updated: 50, failed: 50 });
  world.ledger.rows.set(0, { ...(world.ledger.rows.get(0) as SegmentRecord), attempt: 1 });
  const clock = steppedClock();
  const watching = watch({
    ports: { ...world.ports, clock },
    run: world.run,
    table: 'things',
    segment: 0,
    attempt: 1,
    control: TOLD_NOTHING,
  });
  await clock.step();
  expect(world.ledger.told.findings).toMatchObject({ governor: ME, changed: 0 });
  await clock.step();
  expect(world.ledger.told).toMatchObject({ desired: 'hold', findings: { governor: ME, changed: 50, failed: 50 } });
  await watching.end();
});

describe('what the governor does', () => {
  test('says once that nobody tells what others take, and goes by capacity', async () => {
    const world = prepare({ updated: 50, failed: 0 });
    world.run = { ...world.run, options: { ...world.run.options, budgets: { ...noBudgets, reserve: 0.3 } } };
    const capacity = { write: { '': 1_000 }, read: { '': 1_000 } };
    world.ports.traffic = { read: async () => ({ mode: 'provisioned', capacity, minutes: [], blind: 'denied' }) };
    const memory = governing();
    await look(world, null, {}, memory);
    expect(await look(world, found(), {}, memory)).toContain('ledger.addEvent');
    expect((await world.ledger.events(RUN_ID)).at(-1)).toMatchObject({
      who: 'governor',
      what: 'others unknown',
      details: { why: 'denied' },
    });
    const { findings } = world.ledger.told;
    expect(findings?.flow?.deals.writeUnits?.limit).toBe(700);
    expect(await look(world, findings ?? null, {}, memory)).not.toContain('ledger.addEvent');
    // Another one that governs next, and to whom the table does not answer, goes on from what was found.
    world.ports.traffic = { read: () => new Promise(() => undefined) };
    expect(await look(world, findings ?? null)).not.toContain('ledger.addEvent');
    const { flow } = world.ledger.told.findings ?? {};
    expect(flow).toMatchObject({ usage: findings?.flow?.usage, blind: 'denied', deals: { writeUnits: { limit: 700 } } });
    expect(flow?.usage).not.toBeNull();
  });

  test('says that workers wait for items, in every round until they do no more', async () => {
    const world = prepare({ updated: 30, failed: 0 });
    world.run = { ...world.run, options: { ...world.run.options, budgets: { ...noBudgets, items: 40 } } };
    await world.ledger.countItems(RUN_ID, 1, 0);
    await world.ledger.giveItems(RUN_ID, 1, 40, 40);
    const memory = governing();
    const heldBack = () => heldBackWords(world.ledger.told.findings?.flow?.heldBack ?? []);
    await look(world, found(), {}, memory);
    const words = ['the items that it may change: the last 10 are given out, and workers wait for what others leave of them'];
    expect(heldBack()).toStrictEqual(words);
    // All segments are summed in every second round.
    expect(await look(world, world.ledger.told.findings, {}, memory)).not.toContain('ledger.segments');
    expect(heldBack()).toStrictEqual(words);
    await world.ledger.giveItems(RUN_ID, 1, -5, null);
    await look(world, world.ledger.told.findings);
    expect(heldBack()).toStrictEqual([]);
  });

  test('holds a run of which too much fails, and says so once', async () => {
    const world = prepare({ updated: 98, failed: 2 });
    const warned: unknown[] = [];
    world.ports.log.warn = (...words) => warned.push(words);
    expect(await look(world, found())).toStrictEqual([
      'ledger.reported',
      'ledger.segments',
      'ledger.brakes',
      'ledger.govern',
      'ledger.command',
      'ledger.addEvent',
    ]);
    const reason = {
      code: 'errors.too-many',
      message: '2 of 100 items failed: 2 %, more than the 1 % that are tolerated. All failures so far: bad 2.',
    };
    expect(world.ledger.told).toMatchObject({ desired: 'hold', by: 'governor', reason, at: '2026-11-21T12:00:00.000Z' });
    expect(world.ledger.log).toMatchObject([{ who: 'governor', what: 'pause', details: reason }]);
    expect(warned).toStrictEqual([['run told to stand still', { runId: RUN_ID, code: reason.code, why: reason.message }]]);
  });

  test.each([
    [4_999, 5_000, 1],
    [5_000, 9_999, 0],
    [1_000, 16_000, 1],
  ])('says how far the run has come once in five seconds: having looked at %s ms, it is %s ms', async (last, now, times) => {
    const world = prepare({ updated: 198, failed: 2, throttles: 3 });
    const told: unknown[] = [];
    world.ports.log.info = (...words) => told.push(words);
    world.ports.clock = { ...world.ports.clock, now: () => now };
    await look(world, found({ at: last, until: now + 1 }));
    const counts = { pages: 0, scanned: 0, filtered: 0, created: 0, updated: 198, skipped: 0, failed: 2, throttles: 6 };
    expect(told).toStrictEqual(Array(times).fill(['pages', { runId: RUN_ID, ...counts }]));
  });

  test('leaves a run alone that does well', async () => {
    const world = prepare({ updated: 198, failed: 2 });
    expect(await look(world, found())).toStrictEqual(['ledger.reported', 'ledger.segments', 'ledger.brakes', 'ledger.govern']);
    expect(world.ledger.told).toMatchObject({ desired: 'run', findings: found({ changed: 198, failed: 2 }) });
  });

  test('does not hold what somebody else has told to stand still', async () => {
    const world = prepare({ updated: 100, failed: 100 });
    expect(await look(world, found(), { desired: 'abort', by: 'me' })).toStrictEqual([
      'ledger.reported',
      'ledger.segments',
      'ledger.brakes',
      'ledger.govern',
    ]);
    expect(world.ledger.told).toMatchObject({ desired: 'abort', by: 'me' });
  });

  test('does nothing when another one has taken its place meanwhile', async () => {
    const world = prepare({ updated: 100, failed: 100 });
    world.ledger.govern = async () => false;
    expect(await look(world, found())).toStrictEqual(['ledger.reported', 'ledger.segments', 'ledger.brakes', 'ledger.govern']);
    expect(world.ledger.told.desired).toBe('run');
  });

  test('says nothing when a person has held it in that moment', async () => {
    const world = prepare({ updated: 100, failed: 100 });
    world.ledger.command = async () => false;
    await look(world, found());
    expect(world.ledger.log).toStrictEqual([]);
  });
});

describe('an alarm stands on the table', () => {
  const began = (secondsAgo: number) => new Date(NOW - secondsAgo * 1000).toISOString();
  async function braked(secondsAgo: number, last: Partial<Findings> = {}, control: Partial<Control> = {}) {
    const world = prepare({ updated: 100, failed: 0 });
    world.run.startedAt = began(3600);
    await world.ledger.setBrake('things', { alarm: 'writes', reason: 'too many', since: began(secondsAgo), by: 'test' });
    const calls = await look(world, found(last), control);
    return { world, calls };
  }

  test('all workers are told how slow to go, and an event says so once', async () => {
    const { world } = await braked(61);
    const slowed = { pace: 0.25, alarm: 'writes', since: began(61), stands: true, at: NOW };
    expect(world.ledger.told).toMatchObject({ desired: 'run', findings: { slowed } });
    expect(world.ledger.log).toEqual([
      { at: '2026-11-21T12:00:00.000Z', who: 'governor', what: 'slow down', details: { pace: 0.25, alarm: 'writes' } },
    ]);
    await look(world, world.ledger.told.findings);
    expect(world.ledger.log).toHaveLength(1);
  });

  test('on another table: it does not matter', async () => {
    const world = prepare({ updated: 100, failed: 0 });
    await world.ledger.setBrake('other', { alarm: 'writes', reason: '', since: began(600), by: 'test' });
    await look(world, found());
    expect(world.ledger.told).toMatchObject({ desired: 'run', findings: { slowed: null } });
  });

  test('for five minutes: the run stands still, and says for which alarm', async () => {
    const { world } = await braked(300);
    expect(world.ledger.told).toMatchObject({ desired: 'hold', by: 'governor', reason: { code: 'brake.throttled' } });
    expect(world.ledger.told.reason?.message).toContain('Alarm writes stands since 2026-11-21T11:55:00.000Z');
    expect(world.ledger.log.map(({ what }) => what)).toEqual(['slow down', 'pause']);
  });

  test('for five minutes: whoever told it to stand still before keeps his reason', async () => {
    const { world } = await braked(300, {}, { desired: 'hold', by: 'me', at: 'then' });
    expect(world.ledger.told).toMatchObject({ desired: 'hold', by: 'me', at: 'then' });
  });

  test('when it is over, each step back is an event, the last one too', async () => {
    const world = prepare({ updated: 100, failed: 0 });
    const last = { pace: 0.5, alarm: 'writes', since: began(100), stands: false, at: NOW - 30_000 };
    await look(world, found({ slowed: last }));
    expect(world.ledger.told.findings?.slowed).toBeNull();
    expect(world.ledger.log).toMatchObject([{ what: 'speed up', details: { pace: 1, alarm: 'writes' } }]);
  });

  test('whoever takes the governor’s place keeps the pace', async () => {
    const world = prepare({ updated: 100, failed: 0 });
    const slowed = { pace: 0.1, alarm: 'writes', since: began(100), stands: true, at: NOW };
    await look(world, found({ governor: 'another', until: NOW - 1, slowed }));
    expect(world.ledger.told.findings).toMatchObject({ governor: ME, slowed });
  });
});

test('notes when the last page was checked in', async () => {
  const world = prepare({ updated: 100, failed: 0 });
  const paged = { ...openSegment(RUN_ID, 0), counters: { ...noCounters(), pages: 3 } };
  world.ledger.rows.set(0, paged);
  await look(world, found({ pages: 3, movedAt: NOW - 60_000 }));
  expect(world.ledger.told.findings).toMatchObject({ pages: 3, movedAt: NOW - 60_000 });
  await look(world, found({ pages: 2, movedAt: NOW - 60_000 }));
  expect(world.ledger.told.findings).toMatchObject({ pages: 3, movedAt: NOW });
});

// Invariant 10.
describe('too much fails', () => {
  const judge = (changed: number, failed: number, tolerate = 0.01, baseline = { changed: 0, failed: 0 }) =>
    tooManyErrors({ ...runRecord(doubling, { tolerate }), baseline }, { changed, failed }, { bad: failed })?.code;

  test.each([
    ['too few to judge', TOO_FEW_TO_JUDGE - 51, 50, 0.01, undefined],
    ['enough of them', TOO_FEW_TO_JUDGE - 50, 50, 0.01, 'errors.too-many'],
    ['just what is tolerated', 99, 1, 0.01, undefined],
    ['more than is tolerated', 98, 2, 0.01, 'errors.too-many'],
    ['all, where all may', 0, 100, 1, undefined],
    ['one, where none may', 99, 1, 0, 'errors.too-many'],
    ['none', 100, 0, 0, undefined],
  ])('%s', (_, changed, failed, tolerate, code) => {
    expect(judge(changed, failed, tolerate)).toBe(code);
  });

  test('what was before the last resume does not count', () => {
    expect(judge(199, 60, 0.01, { changed: 100, failed: 60 })).toBeUndefined();
    expect(judge(199, 61, 0.01, { changed: 100, failed: 60 })).toBeUndefined();
    expect(judge(198, 62, 0.01, { changed: 100, failed: 60 })).toBe('errors.too-many');
    expect(judge(150, 101, 0.01, { changed: 100, failed: 52 })).toBeUndefined();
    const said = tooManyErrors(
      { ...runRecord(doubling, { tolerate: 0.1 }), baseline: { changed: 100, failed: 60 } },
      { changed: 175, failed: 85 },
      {},
    );
    expect(said?.message).toContain('25 of 100 items failed: 25 %, more than the 10 %');
  });
});

test('a segment that lags is told of once, in an event', async () => {
  const world = memoryWorld({ definition: doubling, items: [], options: { segments: 9, tolerate: 1 } });
  const row = (segment: number, scanned: number): SegmentRecord => ({
    ...openSegment(RUN_ID, segment),
    counters: { ...noCounters(), scanned },
    begun: NOW,
    heartbeat: NOW,
  });
  for (let segment = 0; segment < 8; segment += 1) world.ledger.rows.set(segment, { ...row(segment, 100), state: 'done' });
  world.ledger.rows.set(8, { ...row(8, 5_000), lease: { owner: world.run.owner, attempt: 1, until: NOW + 60_000 } });
  const first = await look(world, found());
  expect(first).toContain('ledger.addEvent');
  expect(world.ledger.log).toMatchObject([{ who: 'governor', what: 'segment lags', details: { segment: 8, scanned: 5_000, by: 'items' } }]);
  expect(await look(world, found({ lagging: [8] }))).not.toContain('ledger.addEvent');
  expect(world.ledger.told.findings?.lagging).toStrictEqual([8]);
});
