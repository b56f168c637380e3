import { type Counters, noCounters } from '../../../lib/core/counters.ts';
import { BackfillError, isBackfillError } from '../../../lib/core/errors.ts';
import type { TableReader } from '../../../lib/core/ports.ts';
import type { RunRecord } from '../../../lib/core/records/run.ts';
import type { SegmentRecord } from '../../../lib/core/records/segment.ts';
import { abandon, finish, hold, interrupt, keepHeld, recordFailure } from '../../../lib/core/steps/finish.ts';
import { beginOnce, prepare } from '../../../lib/core/steps/prepare.ts';
import { judgeStanding, stuckReason, validate } from '../../../lib/core/steps/validate.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { openSegment, TOLD_NOTHING } from '../../support/memory-ledger.ts';
import { memoryWorld, OWNER, RUN_ID, runRecord, surveyOf, type World } from '../../support/memory-ports.ts';
import { doubling, making, thing } from '../../support/thing-definitions.ts';

const AT = '2026-11-21T12:00:10.000Z';
const REF = { runId: RUN_ID, epoch: 1 };
const counted = (change: Partial<Counters>): Counters => ({ ...noCounters(), ...change });
const segment = (index: number, change: Partial<SegmentRecord> = {}): SegmentRecord => ({ ...openSegment(RUN_ID, index), ...change });

/** Ten seconds into a run of two segments that hold `rows`. */
function prepared(rows: Partial<SegmentRecord>[], change: Partial<RunRecord> = {}): World {
  const world = memoryWorld({ definition: doubling, items: [thing('a', 1), thing('b', 2)], options: { segments: 2 } });
  world.ledger.runs.set(RUN_ID, { ...world.run, ...change });
  world.ledger.rows.clear();
  for (const [index, row] of rows.entries()) world.ledger.rows.set(index, segment(index, row));
  world.ledger.locks = ['local/backfill/doubling', 'local/table/things/size2', 'another'];
  (world.ports.clock as FakeClock).advance(10_000);
  return world;
}
const runOf = ({ ledger }: World): RunRecord => ledger.runs.get(RUN_ID) as RunRecord;
const one = { counters: counted({ scanned: 2, updated: 2 }) };
const done = { ...one, state: 'done' as const };

describe('prepare', () => {
  const fresh = (definition = doubling): World => {
    const world = memoryWorld({ definition, items: [thing('a', 1)] });
    world.ledger.runs.clear();
    return world;
  };
  const onlyRun = ({ ledger }: World): RunRecord => [...ledger.runs.values()][0] as RunRecord;

  test('begins a run: record, locks, event, and the table’s hash before the first write', async () => {
    const world = fresh();
    const ref = await prepare({ limit: 5, startedBy: 'me' }, 'first', world.ports);
    const run = onlyRun(world);
    expect(ref).toStrictEqual({ runId: run.runId, epoch: 1 });
    expect(run).toMatchObject({ status: 'running', owner: { ...OWNER, execution: 'first' }, estimatedItems: 1, options: { limit: 5 } });
    expect(run.tableHash).toBe(await world.ports.inspector.hash());
    expect(world.ledger.locks).toStrictEqual(['local/backfill/doubling', 'local/table/things/size2']);
    expect(world.ledger.log).toMatchObject([{ who: 'me', what: 'start', details: { options: run.options } }]);
    expect(JSON.parse(world.artifacts.files.get(`runs/${run.runId}.json`) ?? '')).toMatchObject({ runId: run.runId, tableHash: null });
  });

  describe('what preflight found', () => {
    const STREAM = { code: 'preflight.stream-enabled', severity: 'warning' };
    const streaming = (world: World): World => {
      world.ports.inspector.survey = async () => surveyOf(world.facts, { stream: 'KEYS_ONLY', pointInTimeRecovery: false });
      return world;
    };

    test('is kept in the record, a rehearsal’s too', async () => {
      for (const input of [{}, { dryRun: true }]) {
        const world = streaming(fresh());
        await prepare(input, 'first', world.ports);
        expect(onlyRun(world).preflight).toMatchObject([{ ...STREAM, message: expect.stringMatching(/^Up to 1 change will/) }]);
      }
    });

    test('blocks a run in production before there is any trace of it, and not its rehearsal', async () => {
      const world = streaming(fresh());
      const ports = { ...world.ports, environment: 'production' };
      const input = { confirm: 'YES', rehearsal: false };
      await expect(prepare(input, 'first', ports)).rejects.toMatchObject({ code: 'preflight.pitr-off' });
      expect([...world.ledger.runs.values(), ...world.ledger.locks, ...world.artifacts.files]).toStrictEqual([]);
      await prepare({ dryRun: true }, 'first', ports);
      expect(onlyRun(world).preflight).toMatchObject([{ code: 'preflight.pitr-off', severity: 'blocking' }, STREAM]);
    });

    test('is found anew when a run is carried on, of what is left to write', async () => {
      const retried = streaming(
        prepared([{ ...done, counters: counted({ scanned: 3, updated: 1, failed: { bad: 2 } }) }], { status: 'complete' }),
      );
      await prepare({ retry: RUN_ID }, 'second', retried.ports);
      expect(runOf(retried).preflight).toMatchObject([{ ...STREAM, message: expect.stringMatching(/^Up to 2 changes will/) }]);
      const resumed = streaming(prepared([done], { status: 'held', estimatedItems: 7 }));
      await prepare({ resume: RUN_ID }, 'second', resumed.ports);
      expect(runOf(resumed).preflight).toMatchObject([{ ...STREAM, message: expect.stringMatching(/^Up to 7 changes will/) }]);
    });
  });

  test('says in the log that it began', async () => {
    const world = fresh();
    const told: unknown[] = [];
    world.ports.log.info = (...words) => told.push(words);
    await prepare({}, 'first', world.ports);
    const { runId } = onlyRun(world);
    const name = { runId, epoch: 1, backfill: 'doubling', version: '1.0', environment: 'local' };
    expect(told).toStrictEqual([['run begun', { ...name, estimatedItems: 1, segments: 8 }]]);
  });

  test('takes no hash when told so', async () => {
    const world = fresh();
    await prepare({ hash: false }, 'first', world.ports);
    expect(onlyRun(world).tableHash).toBeNull();
    expect(world.ledger.log[0]?.who).toBe('first');
  });

  test('asks for the service only if it is to be asked', async () => {
    const world = fresh(making);
    const service = async () => {
      throw new BackfillError('service.key-missing', 'no key');
    };
    await expect(prepare({}, 'first', { ...world.ports, service })).rejects.toMatchObject({ code: 'service.key-missing' });
    await expect(prepare({ enrich: false }, 'first', { ...world.ports, service })).resolves.toMatchObject({ epoch: 1 });
  });

  describe('beginOnce', () => {
    const held = (holder: string) => async (): Promise<never> => {
      throw new BackfillError('lock.held', 'held', { details: { holder } });
    };

    test('a repeated call of the same execution meets the run that it opened', async () => {
      const world = prepared([]);
      expect(await beginOnce(held(RUN_ID), runOf(world).owner, world.ports)).toBe(runOf(world));
    });

    test.each([
      ['of another execution', RUN_ID, { ...OWNER, execution: 'another' }],
      ['that is gone', 'nobody', OWNER],
    ])('the lock of a run %s is held', async (_, holder, owner) => {
      await expect(beginOnce(held(holder), owner, prepared([]).ports)).rejects.toMatchObject({ code: 'lock.held' });
    });

    test('every other error is passed on', async () => {
      for (const error of [new BackfillError('run.refused', 'no', { details: { holder: RUN_ID } }), new Error('lock.held')]) {
        const begin = async (): Promise<never> => {
          throw error;
        };
        await expect(beginOnce(begin, OWNER, prepared([]).ports)).rejects.toBe(error);
      }
    });
  });

  describe('resume', () => {
    const resume = (world: World, change: Partial<RunRecord> = {}, execution = 'second', ended = true) => {
      world.ledger.runs.set(RUN_ID, { ...runOf(world), ...change });
      return prepare({ resume: RUN_ID }, execution, { ...world.ports, executionEnded: async () => ended });
    };

    test('takes over what nobody carries any more, and its baseline', async () => {
      const heartbeat = Date.parse(AT) - 4_000;
      const world = prepared([{ ...done, heartbeat }, { counters: counted({ scanned: 3, created: 1, failed: { bad: 2 } }) }]);
      expect(await resume(world)).toStrictEqual({ runId: RUN_ID, epoch: 2 });
      expect(runOf(world)).toMatchObject({
        rounds: 1,
        startedAt: AT,
        workedMs: 6_000,
        baseline: { changed: 3, failed: 2 },
        owner: { execution: 'second' },
      });
      expect(world.ledger.told).toMatchObject({ desired: 'run', reason: null, by: 'second' });
      expect(world.ledger.log).toMatchObject([{ what: 'resume', who: 'second', details: { epoch: 2 } }]);
    });

    test('leaves alone what is still carried, and answers its own execution again', async () => {
      const world = prepared([done]);
      await expect(resume(world, {}, 'second', false)).rejects.toMatchObject({ code: 'run.refused' });
      expect(await resume(world, {}, OWNER.execution, false)).toStrictEqual(REF);
      expect(world.ledger.log).toStrictEqual([]);
    });

    test('its own execution once more takes over a run that stood still', async () => {
      expect(await resume(prepared([done]), { status: 'held' }, OWNER.execution)).toStrictEqual({ runId: RUN_ID, epoch: 2 });
    });

    test('does not need that something failed', async () => {
      expect(await resume(prepared([]), { status: 'failed' })).toMatchObject({ epoch: 2 });
    });

    test.each<[string, Partial<RunRecord>, string]>([
      ['another environment', { environment: 'prod' }, 'run.unknown'],
      ['another backfill', { backfill: 'trebling' }, 'run.unknown'],
      ['another version', { version: '0.9' }, 'run.not-resumable'],
      ['an end', { status: 'complete' }, 'run.refused'],
      ['a rollback', { rollback: { of: 'a', was: 'complete', wasUndoneBy: null, skipDamaged: false } }, 'run.refused'],
    ])('refuses a run with %s', async (_, change, code) => {
      await expect(resume(prepared([done]), change)).rejects.toMatchObject({ code });
    });

    test('refuses a run that is not there, and a table that is not there', async () => {
      const world = prepared([done]);
      await expect(prepare({ resume: 'nobody' }, 'second', world.ports)).rejects.toMatchObject({ code: 'run.unknown' });
      world.ports.inspector.survey = async () => undefined;
      await expect(resume(world)).rejects.toMatchObject({ code: 'preflight.table-missing' });
    });
  });
});

describe('validate', () => {
  const reader = (): TableReader => ({ fingerprint: async () => 'now' }) as TableReader;
  const validated = async (rows: Partial<SegmentRecord>[], status: 'pass' | 'warn' | 'fail' = 'pass', change: Partial<RunRecord> = {}) => {
    const world = prepared(rows, change);
    const definition = {
      ...doubling,
      checks: async () => [
        { name: 'one', status, message: '' },
        { name: 'two', status: 'pass' as const, message: '' },
      ],
    };
    return { world, validation: await validate(REF, { ...world.ports, definition, reader }) };
  };

  test.each([
    ['pass', true],
    ['warn', true],
    ['fail', false],
  ] as const)('a check with %s leaves the run good: %s', async (status, good) => {
    const { world, validation } = await validated([done, done], status);
    expect(validation).toStrictEqual({ standing: 'closed', good });
    expect(runOf(world).checks).toMatchObject([{ status }, { status: 'pass' }, { name: 'originals-unchanged' }]);
  });

  test('checks nothing before all segments are closed, nor after a rollback', async () => {
    const open = await validated([done, one], 'fail');
    expect(open.validation).toStrictEqual({ standing: 'stuck', good: true });
    const rollback = { of: 'a', was: 'complete' as const, wasUndoneBy: null, skipDamaged: false };
    const undone = await validated([done, done, done, done, done, done], 'fail', { rounds: 3, rollback });
    expect(undone.validation).toStrictEqual({ standing: 'closed', good: true });
    for (const { world } of [open, undone]) expect(runOf(world).checks).toBeNull();
  });

  test('what was told to stand still is held', async () => {
    const world = prepared([done, one]);
    world.ledger.told = { ...TOLD_NOTHING, desired: 'abort' };
    expect(await validate(REF, world.ports)).toStrictEqual({ standing: 'held', good: true });
  });

  test('a retry is closed once its own round is, and not by the scan', () => {
    const judge = (states: SegmentRecord['state'][], told = false) =>
      judgeStanding(
        { ...runRecord(doubling, { segments: 2 }), rounds: 2 },
        states.map((state, index) => segment(index, { state })),
        told,
      );
    expect(judge(['done', 'done', 'done'])).toBe('closed');
    expect(judge(['open', 'open', 'done'])).toBe('closed');
    expect(judge(['done', 'done', 'open', 'done'])).toBe('stuck');
    expect(judge(['done', 'done', 'open'], true)).toBe('held');
  });

  test('only what is more than one is counted beside the first', () => {
    const stuck = { code: 'c', message: 'm' };
    expect(stuckReason([segment(0), segment(1, { stuck })]).message).toBe('Segment 1: m');
    expect(stuckReason([segment(0, { stuck }), segment(1, { stuck }), segment(2, { stuck })]).message).toBe('Segment 0, and 2 more: m');
  });
});

describe('an execution ends', () => {
  const ended = { finishedAt: AT, workedMs: 10_000 };
  const none = ['another'];

  test('complete, with totals, proof and stats, and lets go of its locks', async () => {
    const world = prepared([done, done]);
    world.ledger.workers.set(`${RUN_ID}/one`, {} as never).set('another/one', {} as never);
    expect(await finish(REF, { standing: 'closed', good: true }, world.ports)).toStrictEqual({ status: 'complete', verdict: 'good' });
    expect([...world.ledger.workers.keys()]).toStrictEqual(['another/one']);
    const proof = { at: AT, segments: 2, closed: 2, balanced: 2 };
    const stats = 'reports/backfill_stats_20261121_120010.json';
    expect(runOf(world)).toMatchObject({ ...ended, status: 'complete', totals: { scanned: 4, updated: 4 }, proof, stats, reason: null });
    expect(JSON.parse(world.artifacts.files.get(stats) ?? '')).toMatchObject({ ...ended, runId: RUN_ID, status: 'complete', proof });
    expect(world.ledger.locks).toStrictEqual(none);
    expect(world.ledger.log).toStrictEqual([{ at: AT, who: OWNER.execution, what: 'complete', details: {} }]);
  });

  test('limited, and bad, where its quota is used up and a check failed', async () => {
    const world = prepared([done, { ...one, quota: 2, cursor: { id: { S: 'x' } } }]);
    const { options } = world.run;
    world.ledger.runs.set(RUN_ID, { ...runOf(world), options: { ...options, limit: 4 } });
    expect(await finish(REF, { standing: 'closed', good: false }, world.ports)).toStrictEqual({ status: 'limited', verdict: 'bad' });
    expect(runOf(world)).toMatchObject({ proof: { segments: 2, closed: 1, balanced: 2 } });
  });

  test('held, with its locks kept', async () => {
    const world = prepared([done, one]);
    world.ledger.told = { ...TOLD_NOTHING, desired: 'hold', by: 'me' };
    expect(await hold(REF, world.ports)).toStrictEqual({ status: 'held' });
    const reason = { code: 'held', message: 'Held by me.' };
    expect(runOf(world)).toMatchObject({ ...ended, status: 'held', reason, totals: { scanned: 4 } });
    expect(world.ledger.locks).toHaveLength(3);
    expect(world.ledger.log).toMatchObject([{ what: 'held', details: { reason } }]);
  });

  test('aborted, for the reason that was given', async () => {
    const world = prepared([done, one]);
    const reason = { code: 'x', message: 'y' };
    world.ledger.told = { ...TOLD_NOTHING, desired: 'abort', by: 'me', reason };
    expect(await hold(REF, world.ports)).toStrictEqual({ status: 'aborted' });
    expect(runOf(world)).toMatchObject({ status: 'aborted', reason });
    expect(world.ledger.locks).toStrictEqual(none);
  });

  test.each([
    [undefined, { code: 'c', message: 'Segment 1: m' }],
    [{}, { code: 'machine.failed', message: '' }],
    [
      { Error: 'E', Cause: 'plain' },
      { code: 'E', message: 'plain' },
    ],
    [
      { Error: 'E', Cause: '{"errorMessage":"said"}' },
      { code: 'E', message: 'said' },
    ],
    [
      { Error: 'E', Cause: '{"other":1}' },
      { code: 'E', message: '{"other":1}' },
    ],
  ])('failed, after %j', async (error, reason) => {
    const world = prepared([done, { ...one, stuck: { code: 'c', message: 'm' } }]);
    expect(await recordFailure(REF, error, world.ports)).toStrictEqual(reason);
    expect(runOf(world)).toMatchObject({ ...ended, status: 'failed', reason, totals: { scanned: 4 } });
    expect(world.ledger.locks).toStrictEqual(none);
  });

  test('failed: its workers, who may outlive it, are told to stand still', async () => {
    const world = prepared([done, one]);
    await recordFailure(REF, { Error: 'E', Cause: 'c' }, world.ports);
    expect(world.ledger.told).toMatchObject({ desired: 'hold', reason: { code: 'E', message: 'c' }, by: OWNER.execution, at: AT });
  });

  test('failed at its end already: nobody is told anything', async () => {
    const world = prepared([done, done], { status: 'complete' });
    await recordFailure(REF, { Error: 'E', Cause: 'c' }, world.ports);
    expect(world.ledger.told).toBe(TOLD_NOTHING);
  });

  describe('interrupted: its execution was stopped', () => {
    const reason = { code: 'execution.stopped', message: 'stopped' };

    test('it is failed, lets go of its locks, and its workers are told to stand still', async () => {
      const world = prepared([{ ...done, heartbeat: Date.parse(AT) - 3_000 }, one]);
      expect(await interrupt(RUN_ID, OWNER.execution, reason, world.ports)).toBe(true);
      expect(runOf(world)).toMatchObject({ status: 'failed', epoch: 2, reason, workedMs: 7_000, totals: { scanned: 4 } });
      expect(world.ledger.locks).toStrictEqual(none);
      expect(world.ledger.told).toMatchObject({ desired: 'hold', reason, by: 'reconciler' });
      expect(world.ledger.log).toMatchObject([{ what: 'failed', details: { reason } }]);
    });

    test('what it had raised is put back', async () => {
      const capacity = { mode: 'provisioned' as const, before: { '': 5 }, raised: 50, state: 'raised' as const, restore: 'by hand' };
      const world = prepared([done, one], { capacity });
      const { keeper } = world.ports;
      await keeper.setWriteCapacity('provisioned', { '': 50 });
      await interrupt(RUN_ID, OWNER.execution, reason, world.ports);
      expect((await keeper.writeCapacity()).units).toStrictEqual({ '': 5 });
      expect(runOf(world).capacity?.state).toBe('restored');
    });

    test.each([
      ['another execution carries it', { owner: { ...OWNER, execution: 'test:2' }, epoch: 2 }],
      ['it is over', { status: 'complete' as const }],
      ['it stands still on purpose', { status: 'held' as const }],
    ])('but nothing is done when %s', async (_, change) => {
      const world = prepared([done, one], change);
      expect(await interrupt(RUN_ID, OWNER.execution, reason, world.ports)).toBe(false);
      expect(runOf(world)).toMatchObject(change);
      expect(world.ledger.told).toBe(TOLD_NOTHING);
      expect(world.ledger.log).toStrictEqual([]);
    });

    test('nor when it is carried on in that moment', async () => {
      const world = prepared([done, one]);
      const { segments } = world.ledger;
      world.ledger.segments = async (runId) => {
        world.ledger.runs.set(RUN_ID, { ...runOf(world), epoch: 2, owner: { ...OWNER, execution: 'test:2' } });
        return segments.call(world.ledger, runId);
      };
      expect(await interrupt(RUN_ID, OWNER.execution, reason, world.ports)).toBe(false);
      expect(runOf(world)).toMatchObject({ status: 'running', epoch: 2 });
      expect(world.ledger.told).toBe(TOLD_NOTHING);
    });

    test('whoever carries it on right after is not told to stand still', async () => {
      const world = prepared([done, one]);
      const { releaseLocks } = world.ledger;
      world.ledger.releaseLocks = async (runId, locks) => {
        await releaseLocks.call(world.ledger, runId, locks);
        await world.ledger.command(RUN_ID, { desired: 'run', reason: null, by: 'me', at: AT }, '');
      };
      await interrupt(RUN_ID, OWNER.execution, reason, world.ports);
      expect(world.ledger.told).toMatchObject({ desired: 'run', by: 'me' });
    });

    test('a word that comes twice changes nothing more', async () => {
      const world = prepared([done, one]);
      await interrupt(RUN_ID, OWNER.execution, reason, world.ports);
      const after = runOf(world);
      expect(await interrupt(RUN_ID, OWNER.execution, reason, world.ports)).toBe(false);
      expect(runOf(world)).toStrictEqual(after);
    });

    test('a rollback too: one that had not begun to undo gives the run back', async () => {
      const world = prepared([done, done], { status: 'rolling-back', undoneBy: 'undo' });
      const rollback = { of: RUN_ID, was: 'complete' as const, wasUndoneBy: null, skipDamaged: false };
      world.ledger.runs.set('undo', { ...world.run, runId: 'undo', rollback });
      expect(await interrupt('undo', OWNER.execution, reason, world.ports)).toBe(true);
      expect(world.ledger.runs.get('undo')?.status).toBe('failed');
      expect(runOf(world).status).toBe('complete');
    });
  });

  describe('braked: it stands still for an alarm', () => {
    const paused = { code: 'paused', message: 'Paused by me.' };
    const braked = { status: 'held' as const, reason: { code: 'brake.throttled', message: '' } };

    test('a person who pauses it meanwhile keeps it from going on: the start for the end of the alarm is refused', async () => {
      const world = prepared([one, one], braked);
      await keepHeld(runOf(world), paused, world.ports);
      expect(runOf(world)).toMatchObject({ status: 'held', reason: paused, epoch: 2 });
      const late = prepare({ resume: RUN_ID, epoch: 1, startedBy: 'alarm x is over' }, 'test:2', world.ports);
      await expect(late).rejects.toMatchObject({ code: 'run.superseded', remedy: expect.stringContaining('Nothing is to be done') });
      expect(runOf(world)).toMatchObject({ status: 'held', reason: paused, epoch: 2 });
      expect(await prepare({ resume: RUN_ID }, 'test:3', world.ports)).toStrictEqual({ runId: RUN_ID, epoch: 3 });
    });

    test('whoever pauses it comes too late once it was started', async () => {
      const world = prepared([one, one], braked);
      const seen = runOf(world);
      expect(await prepare({ resume: RUN_ID, epoch: 1 }, 'test:2', world.ports)).toStrictEqual({ runId: RUN_ID, epoch: 2 });
      await expect(keepHeld(seen, paused, world.ports)).rejects.toMatchObject({ code: 'run.superseded' });
      // A repeated call of the execution that carries it is not refused for the epoch that it has raised itself.
      expect(await prepare({ resume: RUN_ID, epoch: 1 }, 'test:2', world.ports)).toStrictEqual({ runId: RUN_ID, epoch: 2 });
    });

    test('a pause while it comes to stand is the reason that is kept', async () => {
      const world = prepared([one, one]);
      const told = (code: string, at: string) => ({ desired: 'hold' as const, reason: { code, message: code }, by: code, at });
      await world.ledger.command(RUN_ID, told('brake.throttled', AT));
      await world.ledger.command(RUN_ID, told('paused', AT));
      await hold(REF, world.ports);
      expect(runOf(world)).toMatchObject({ status: 'held', reason: { code: 'paused' } });
    });
  });

  test('carried on while the reconciler still speaks to the workers of the execution before: the run goes on', async () => {
    const world = prepared([one, one], { status: 'failed', epoch: 2 });
    const { reopenRun } = world.ledger;
    const hold = { desired: 'hold' as const, reason: { code: 'execution.stopped', message: '' }, by: 'reconciler', at: AT };
    world.ledger.reopenRun = async (...given) => {
      await world.ledger.command(RUN_ID, hold, '');
      return reopenRun.call(world.ledger, given[0], given[1], given[2]);
    };
    await prepare({ resume: RUN_ID, startedBy: 'me' }, 'test:3', world.ports);
    expect(world.ledger.told).toMatchObject({ desired: 'run', by: 'me' });
  });

  test('but a person who pauses it in that moment is heard', async () => {
    const world = prepared([one, one], { status: 'failed', epoch: 2 });
    const { reopenRun } = world.ledger;
    const hold = { desired: 'hold' as const, reason: { code: 'paused', message: '' }, by: 'somebody', at: AT };
    world.ledger.reopenRun = async (...given) => {
      await world.ledger.command(RUN_ID, hold, '');
      return reopenRun.call(world.ledger, given[0], given[1], given[2]);
    };
    await prepare({ resume: RUN_ID, startedBy: 'me' }, 'test:3', world.ports);
    expect(world.ledger.told).toMatchObject({ desired: 'hold', by: 'somebody' });
  });

  test('abandoned by a person: it worked until its last sign of life', async () => {
    const world = prepared([{ ...done, heartbeat: Date.parse(AT) - 3_000 }, one]);
    await abandon(runOf(world), { code: 'x', message: 'y' }, world.ports);
    expect(runOf(world)).toMatchObject({ status: 'aborted', workedMs: 7_000, totals: { scanned: 4 } });
  });

  test.each([
    ['failed', 'complete', (world: World) => recordFailure({ ...REF, runId: 'undo' }, { Error: 'E' }, world.ports)],
    ['held', 'rolling-back', (world: World) => hold({ ...REF, runId: 'undo' }, world.ports)],
    ['aborted', 'complete', (world: World) => abandon(world.ledger.runs.get('undo') as RunRecord, { code: 'x', message: '' }, world.ports)],
  ] as const)('a rollback that is %s at its beginning leaves the run %s', async (_, status, end) => {
    const world = prepared([done, done], { status: 'rolling-back', undoneBy: 'undo' });
    const rollback = { of: RUN_ID, was: 'complete' as const, wasUndoneBy: null, skipDamaged: false };
    world.ledger.runs.set('undo', { ...world.run, runId: 'undo', rollback });
    await end(world);
    expect(runOf(world).status).toBe(status);
  });

  test('of an execution that was overtaken changes nothing', async () => {
    const world = prepared([done, done]);
    const error = await hold({ ...REF, epoch: 0 }, world.ports).catch((caught) => caught);
    expect(isBackfillError(error) && error.code).toBe('run.superseded');
    expect(runOf(world).status).toBe('running');
  });
});
