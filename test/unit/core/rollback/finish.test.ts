import { type Counters, noCounters } from '../../../../lib/core/counters.ts';
import type { RunRecord } from '../../../../lib/core/records/run.ts';
import type { SegmentRecord } from '../../../../lib/core/records/segment.ts';
import { closeRollback, judgeRollback } from '../../../../lib/core/rollback/finish.ts';
import { planRollback } from '../../../../lib/core/rollback/plan.ts';
import { prepareRollback } from '../../../../lib/core/rollback/prepare.ts';
import { placeOf, presentStage, segmentOfStage, stagesOf } from '../../../../lib/core/rollback/stages.ts';
import { finish } from '../../../../lib/core/steps/finish.ts';
import { portsOf, rollbackIn, runThrough, undoThrough } from '../../../support/executions.ts';
import { openSegment } from '../../../support/memory-ledger.ts';
import { memoryWorld, RUN_ID, runRecord, type World } from '../../../support/memory-ports.ts';
import { free } from '../../../support/stale-workers.ts';
import { doubling, idOf, thing } from '../../../support/thing-definitions.ts';

const rollbackRecord = (rounds: number, dryRun = false): RunRecord => ({
  ...runRecord(doubling, { segments: 2, dryRun }),
  rounds,
  rollback: { of: 'a', was: 'complete', wasUndoneBy: null, skipDamaged: false },
});
const segment = (index: number, state: SegmentRecord['state'] = 'done', change: Partial<SegmentRecord> = {}): SegmentRecord => ({
  ...openSegment('r', index),
  state,
  ...change,
});
const done = (...indexes: number[]): SegmentRecord[] => indexes.map((index) => segment(index));

describe('the stages of a rollback', () => {
  test('are three, of a rehearsal two', () => {
    expect(stagesOf(rollbackRecord(1))).toStrictEqual(['inspect', 'undo', 'verify']);
    expect(stagesOf(rollbackRecord(1, true))).toStrictEqual(['inspect', 'undo']);
    expect([1, 2, 3].map((rounds) => presentStage(rollbackRecord(rounds)))).toStrictEqual(['inspect', 'undo', 'verify']);
  });

  test('have as many segments each as the run has', () => {
    const places = [0, 1, 2, 3, 4, 5].map((index) => placeOf(rollbackRecord(1), index));
    expect(places.map(({ stage, of }) => `${stage} ${of}`)).toStrictEqual([
      'inspect 0',
      'inspect 1',
      'undo 0',
      'undo 1',
      'verify 0',
      'verify 1',
    ]);
    for (const [index, { stage, of }] of places.entries()) expect(segmentOfStage(rollbackRecord(1), stage, of)).toBe(index);
  });
});

describe('judgeRollback', () => {
  test.each<[string, RunRecord, SegmentRecord[], boolean]>([
    ['short', rollbackRecord(1), done(0, 1), false],
    ['short', rollbackRecord(2), done(0, 1, 2, 3), true],
    ['closed', rollbackRecord(3), done(0, 1, 2, 3, 4, 5), false],
    ['closed', rollbackRecord(2, true), done(0, 1, 2, 3), false],
    ['stuck', rollbackRecord(1), [segment(0), segment(1, 'open')], false],
    ['held', rollbackRecord(1), [segment(0), segment(1, 'open')], true],
    ['stuck', rollbackRecord(3), done(0, 1, 2, 3, 4), false],
  ])('%s', (standing, run, segments, told) => {
    expect(judgeRollback(run, segments, told)).toBe(standing);
  });
});

describe('planRollback', () => {
  const planned = async (rounds: number, known: SegmentRecord[], change: Partial<RunRecord> = {}) => {
    const world = memoryWorld({ definition: doubling, items: [] });
    const run = { ...rollbackRecord(rounds, change.options?.dryRun), ...change };
    world.ledger.runs.set(run.runId, run);
    world.ledger.rows.clear();
    for (const one of known) world.ledger.rows.set(one.segment, one);
    const segments = await planRollback(run, known, world.ports);
    return { segments, rounds: world.ledger.runs.get(run.runId)?.rounds, written: [...world.ledger.rows.keys()] };
  };

  test.each<[string, number, SegmentRecord[], number[], number]>([
    ['begins with the inspection', 1, [], [0, 1], 1],
    ['goes on with what is open', 1, [segment(0), segment(1, 'open')], [1], 1],
    ['plans what a dead planner left out', 1, done(0), [1], 1],
    ['comes to the undoing', 1, done(0, 1), [2, 3], 2],
    ['comes to the verification', 2, done(0, 1, 2, 3), [4, 5], 3],
    ['has nothing after that', 3, done(0, 1, 2, 3, 4, 5), [], 3],
  ])('%s', async (_, rounds, known, segments, then) => {
    const planning = await planned(rounds, known);
    expect(planning).toMatchObject({ segments, rounds: then });
    expect(planning.written).toEqual(expect.arrayContaining(segments));
  });

  test('a rehearsal ends with the undoing', async () => {
    const { options } = rollbackRecord(1, true);
    expect(await planned(1, done(0, 1), { options })).toMatchObject({ segments: [2, 3], rounds: 2 });
    expect(await planned(2, done(0, 1, 2, 3), { options })).toMatchObject({ segments: [], rounds: 2 });
  });
});

describe('damage', () => {
  const many = Array.from({ length: 5 }, (_, index) => thing(`t${index}`, index));
  const damaged = async (objects: number): Promise<World> => {
    const world = memoryWorld({ definition: doubling, items: many, options: { batchSize: 1 } });
    await runThrough(world);
    for (const name of [...world.journal.objects.keys()].sort().slice(0, objects)) world.journal.objects.set(name, 'garbled');
    await undoThrough(world);
    return world;
  };

  test('is named, three objects by name', async () => {
    const name = (seq: number) => `journal/${RUN_ID}/00000/0000000${seq}-0001.jsonl.gz (cannot be read: it does not match its checksum)`;
    expect(rollbackIn(await damaged(1))?.reason?.message).toBe(`1 of run ${RUN_ID}'s journal objects cannot be used: ${name(1)}.`);
    const three = rollbackIn(await damaged(3))?.reason?.message;
    expect(three).toContain(name(1));
    expect(three).toContain(name(3));
    expect(three).not.toContain('more');
    const five = rollbackIn(await damaged(5))?.reason?.message;
    expect(five).toMatch(/^5 of run .*, and 2 more\.$/);
    expect(five).not.toContain(name(2));
  });

  test('is no matter when it is to be skipped, nor where there is none', async () => {
    const world = await damaged(0);
    expect(rollbackIn(world)).toMatchObject({ status: 'complete', reason: null });
  });
});

describe('closeRollback', () => {
  const totals = (change: Partial<Counters> = {}): Counters => ({
    ...noCounters(),
    restored: 3,
    deleted: 2,
    skipped: { 'changed-since': 1, unsettled: 1 },
    notes: { verified: 4 },
    ...change,
  });
  const close = async (change: Partial<RunRecord> = {}, counters = totals(), undone: Partial<RunRecord> = {}) => {
    const world = memoryWorld({ definition: doubling, items: [thing('a', 1)] });
    await runThrough(world);
    const ports = portsOf(world, free);
    const { runId } = await prepareRollback({ run: RUN_ID }, 'undo', ports);
    const run = { ...(world.ledger.runs.get(RUN_ID) as RunRecord), ...undone };
    world.ledger.runs.set(RUN_ID, run);
    const rollback = { ...(world.ledger.runs.get(runId) as RunRecord), ...change };
    const log = world.ledger.log.length;
    const closed = await closeRollback(rollback, [], counters, world.ports);
    const [, text = ''] = [...world.artifacts.files].find(([name]) => name === closed.stats) ?? [];
    return { closed, facts: JSON.parse(text), run: world.ledger.runs.get(RUN_ID), log: world.ledger.log.slice(log), world };
  };

  test('sums up, and marks the run as undone', async () => {
    const { closed, facts, run, log, world } = await close();
    expect(closed).toStrictEqual({ stats: 'reports/rollback_stats_20261121_120001.json', tableHash: null, good: true });
    expect(facts).toMatchObject({
      of: RUN_ID,
      dryRun: false,
      restored: 3,
      deleted: 2,
      kept: 2,
      failed: 0,
      verified: 4,
      damaged: [],
      tableHash: { before: null, after: null, same: null },
      totals: { restored: 3 },
      run: { status: 'running', tableHash: null },
    });
    expect(run?.status).toBe('rolled-back');
    expect(log).toMatchObject([{ who: 'undo', what: 'rolled-back', details: { rollback: rollbackIn(world)?.runId } }]);
  });

  test('what was not verified is none', async () => {
    expect((await close({}, totals({ notes: {} }))).facts.verified).toBe(0);
  });

  test('of a run whose record is gone says what it can', async () => {
    const world = memoryWorld({ definition: doubling, items: [] });
    const { stats } = await closeRollback({ ...rollbackRecord(3), rollback: { of: 'gone' } as never }, [], totals(), world.ports);
    expect(JSON.parse(world.artifacts.files.get(stats) ?? '')).toMatchObject({ of: 'gone', tableHash: { before: null } });
  });

  test('holds the table against what it was', async () => {
    const options = { ...runRecord(doubling).options, hash: true };
    const other = await close({ options }, totals(), { tableHash: 'abc' });
    expect(other.facts.tableHash).toStrictEqual({ before: 'abc', after: expect.any(String), same: false });
    const same = await close({ options }, totals(), { tableHash: other.facts.tableHash.after });
    expect(same.facts.tableHash).toMatchObject({ same: true });
    expect(same.closed.tableHash).toBe(other.facts.tableHash.after);
    expect(same.facts.run.tableHash).toBe(other.facts.tableHash.after);
  });

  test.each<[string, Partial<RunRecord>, Counters, Partial<RunRecord>, string]>([
    ['something failed', {}, totals({ failed: { rejected: 1 } }), {}, 'rolling-back'],
    ['it was a rehearsal', { options: { ...runRecord(doubling).options, dryRun: true } }, totals(), {}, 'rolling-back'],
    ['another rollback has the run', {}, totals(), { undoneBy: 'another' }, 'rolling-back'],
    ['it is said already', {}, totals(), { status: 'rolled-back' }, 'rolled-back'],
  ])('says nothing of the run when %s', async (_, change, counters, undone, status) => {
    const { run, log, closed } = await close(change, counters, undone);
    expect(run?.status).toBe(status);
    expect(log).toStrictEqual([]);
    expect(closed.good).toBe(counters.failed.rejected === undefined);
  });
});

test.each<[string, Partial<Counters>]>([
  ['good', { scanned: 2, restored: 2 }],
  ['bad', { scanned: 2, restored: 1, failed: { rejected: 1 } }],
])('the end of a rollback is %s, and kept in its record', async (verdict, counters) => {
  const world = memoryWorld({ definition: doubling, items: [thing('a', 1), thing('b', 2)] });
  await runThrough(world);
  world.ledger.runs.set(RUN_ID, { ...(world.ledger.runs.get(RUN_ID) as RunRecord), tableHash: 'abc' });
  const ref = await prepareRollback({ run: RUN_ID }, 'undo', portsOf(world, free));
  await world.ledger.updateRun(ref.runId, 1, { rounds: 3 });
  for (const index of [0, 1, 2]) {
    const notes = { entries: 2 };
    const own = index === 2 ? {} : { counters: { ...noCounters(), ...(index === 0 ? { notes } : counters) } };
    world.ledger.rowsOf(ref.runId).set(index, segment(index, 'done', own));
  }
  expect(await finish(ref, { standing: 'closed', good: true }, world.ports)).toStrictEqual({ status: 'complete', verdict });
  const stats = [...world.artifacts.files.keys()].find((name) => name.startsWith('reports/rollback_stats'));
  const tableHash = await world.ports.inspector.hash();
  expect(rollbackIn(world)).toMatchObject({
    status: 'complete',
    stats,
    tableHash,
    totals: counters,
    proof: { segments: 3, closed: 3 },
    reason: null,
  });
  expect(world.ledger.locks).toStrictEqual([]);
});

test('the row that a rollback keeps is in its counts', async () => {
  const world = memoryWorld({ definition: doubling, items: [thing('a', 1)] });
  await runThrough(world);
  world.table.change(idOf('a'), { size2: { N: '7' } });
  await undoThrough(world);
  expect(rollbackIn(world)?.totals).toMatchObject({ scanned: 1, skipped: { 'changed-since': 1 }, restored: 0 });
});
