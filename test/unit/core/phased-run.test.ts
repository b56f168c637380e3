import { eligible } from '../../../lib/core/counters.ts';
import { extended, judgePhase, ownSegments } from '../../../lib/core/gate.ts';
import { layOut, presentPhase, segmentsOf } from '../../../lib/core/phases.ts';
import type { RunRecord } from '../../../lib/core/records/run.ts';
import type { SegmentRecord } from '../../../lib/core/records/segment.ts';
import { numbers } from '../../../lib/core/rounds.ts';
import { reject } from '../../../lib/core/steps/finish.ts';
import { openSegment } from '../../support/memory-ledger.ts';
import { RUN_ID, runRecord } from '../../support/memory-ports.ts';
import { type PhasedBench, phasedBench, things } from '../../support/phased.ts';
import { doubling, thing } from '../../support/thing-definitions.ts';

const PHASED = { phases: '20,60,100' };

const verdicts = ({ phases }: RunRecord) => phases.map(({ gate }) => [gate?.verdict, gate?.open]);
const events = async ({ ports }: PhasedBench, { runId }: RunRecord) => (await ports.ledger.events(runId)).map(({ what }) => what);

/** Items of each phase that were worked on. */
async function worked({ ports }: PhasedBench, run: RunRecord): Promise<number[]> {
  const segments = await ports.ledger.segments(run.runId, run.options.segments);
  return run.phases.map((_, index) => {
    const own = new Set(segmentsOf(run, index));
    return segments.filter(({ segment }) => own.has(segment)).reduce((sum, { counters }) => sum + eligible(counters), 0);
  });
}

const failing = { name: 'spot', status: 'fail' as const, message: '3 of 9 are wrong.' };

describe('a phased run', () => {
  test('goes through gate by gate, each phase with its checks on what is done by then', async () => {
    const bench = phasedBench(things(900));
    bench.checks = [{ name: 'spot', status: 'pass', message: '' }];
    const run = await bench.execute(PHASED);
    expect(run).toMatchObject({ status: 'complete', totals: { updated: 900 }, options: { segments: 200 } });
    expect(verdicts(run)).toStrictEqual([
      ['passed', true],
      ['passed', true],
      ['passed', true],
    ]);
    const phase = await worked(bench, run);
    expect(phase.reduce((sum, items) => sum + items, 0)).toBe(900);
    expect(phase[0]).toBeGreaterThan(100);
    expect(phase[0]).toBeLessThan(280);
    // The pilot's own segments; then those of major and pilot; at the end the whole table.
    const sizes = bench.shares.map((share) => (share.mode === 'sample' ? [share.segments.length, share.total] : share.mode));
    expect(sizes).toStrictEqual([[40, 200], [120, 200], 'full']);
    expect(await events(bench, run)).toStrictEqual(['start', 'gate passed', 'gate passed', 'complete']);
  });

  test('is one phase where it is not asked for more, or the table is small', async () => {
    const run = await phasedBench(things(300)).execute();
    expect(run).toMatchObject({ status: 'complete', phases: [] });
  });

  test('stops at a gate whose checks fail, before the next phase, and goes on from there once they pass', async () => {
    const bench = phasedBench(things(900));
    bench.checks = [failing];
    const held = await bench.execute(PHASED);
    expect(held).toMatchObject({
      status: 'held',
      reason: { code: 'gate.failed', message: 'The gate after phase pilot is shut. 3 of 9 are wrong.' },
    });
    const [pilot, ...later] = await worked(bench, held);
    expect(later).toStrictEqual([0, 0]);
    expect(await bench.execute({ resume: held.runId })).toMatchObject({ status: 'held', reason: { code: 'gate.failed' } });
    bench.checks = [];
    const ended = await bench.execute({ resume: held.runId });
    expect(ended).toMatchObject({ status: 'complete', totals: { updated: 900 } });
    expect((await worked(bench, ended))[0]).toBe(pilot);
  });

  test('may be let on over a shut gate by a person who says why', async () => {
    const bench = phasedBench(things(900));
    bench.checks = [failing];
    const { runId } = await bench.execute(PHASED);
    bench.checks = [];
    const ended = await bench.execute({ resume: runId, approval: 'known, ticket 7', startedBy: 'Ada' });
    expect(ended.status).toBe('complete');
    expect(ended.phases[0]?.gate).toMatchObject({ verdict: 'failed', open: true, decision: { who: 'Ada', reason: 'known, ticket 7' } });
  });

  test('with too many failures is held at the gate, though the governor never looked', async () => {
    const bad = (index: number) => thing(`bad${index}`, 15);
    const bench = phasedBench([...things(700), ...Array.from({ length: 200 }, (_, index) => bad(index))]);
    const held = await bench.execute(PHASED);
    expect(held).toMatchObject({
      status: 'held',
      reason: { code: 'gate.failed', message: expect.stringMatching(/items failed: \d+(\.\d+)? %/) },
    });
    expect((await worked(bench, held)).slice(1)).toStrictEqual([0, 0]);
    // Nothing is mended by saying resume: a person says why it goes on all the same.
    expect(await bench.execute({ resume: held.runId })).toMatchObject({
      reason: { code: 'gate.failed', message: expect.stringContaining('after phase pilot') },
    });
    expect(await bench.execute({ resume: held.runId, approval: 'they are known' })).toMatchObject({
      reason: { code: 'gate.failed', message: expect.stringContaining('after phase major') },
    });
  });

  test('with manual approval waits after each phase but the last; resume is no approval', async () => {
    const bench = phasedBench(things(900));
    const held = await bench.execute({ ...PHASED, approve: 'manual' });
    expect(held).toMatchObject({ status: 'held', reason: { code: 'approval.awaited' } });
    expect(held.reason?.message).toMatch(
      /^Phase pilot is done, and major waits for a person\. Its gate is passed: \d+ items changed in this phase\.$/,
    );
    await expect(bench.execute({ resume: held.runId })).rejects.toMatchObject({ code: 'run.refused' });
    const second = await bench.execute({ resume: held.runId, approval: 'fine', startedBy: 'Ada' });
    expect(second).toMatchObject({
      status: 'held',
      reason: { code: 'approval.awaited' },
      phases: [{ gate: { decision: { verdict: 'approved', who: 'Ada' } } }, {}, {}],
    });
    expect(await bench.execute({ resume: held.runId, approval: 'fine' })).toMatchObject({ status: 'complete' });
    await expect(bench.execute({ resume: held.runId, approval: 'fine' })).rejects.toMatchObject({ code: 'run.refused' });
  });

  test('that is rejected stays held; resumed, it is judged again and waits once more', async () => {
    const bench = phasedBench(things(900));
    const held = await bench.execute({ ...PHASED, approve: 'manual' });
    await reject(held, 'Grace', 'the geohashes look odd', bench.ports);
    const rejected = bench.world.ledger.runs.get(held.runId) as RunRecord;
    expect(rejected).toMatchObject({
      status: 'held',
      reason: { code: 'gate.rejected', message: 'The gate after phase pilot was rejected by Grace: the geohashes look odd' },
      phases: [{ gate: { open: false, decision: { verdict: 'rejected', who: 'Grace' } } }, {}, {}],
    });
    // Whoever was about to approve what was rejected meanwhile comes too late.
    await expect(reject(held, 'Ada', 'me too', bench.ports)).rejects.toMatchObject({ code: 'run.superseded' });
    // Nor does one who did not know of it.
    await expect(bench.execute({ resume: held.runId, approval: 'fine' })).rejects.toMatchObject({ code: 'run.refused' });
    expect(await bench.execute({ resume: held.runId })).toMatchObject({
      status: 'held',
      reason: { code: 'approval.awaited' },
      phases: [{ gate: { decision: null, earlier: [{ verdict: 'rejected', who: 'Grace' }] } }, {}, {}],
    });
    expect((await worked(bench, rejected)).slice(1)).toStrictEqual([0, 0]);
  });

  test('paused within a phase goes on in it; paused at its end, it is judged when it goes on', async () => {
    for (const pauseAt of [10, 39]) {
      const bench = phasedBench(things(900));
      bench.onSegment = async (count) => {
        const [run] = [...bench.world.ledger.runs.values()];
        if (count === pauseAt)
          await bench.ports.ledger.command(run?.runId ?? '', {
            desired: 'hold',
            reason: { code: 'paused', message: '' },
            by: 'me',
            at: 'then',
          });
      };
      const held = await bench.execute(PHASED);
      expect(held).toMatchObject({ status: 'held', reason: { code: 'paused' } });
      await expect(bench.execute({ resume: held.runId, approval: 'no gate here' })).rejects.toMatchObject({ code: 'run.refused' });
      expect(await bench.execute({ resume: held.runId })).toMatchObject({ status: 'complete', totals: { updated: 900 } });
    }
  });

  test('extends a pilot that changes too little until it can be judged, at most to twice its size at a time', async () => {
    const bench = phasedBench(things(2_000));
    const run = await bench.execute({ phases: '2,90,100' });
    expect(run.status).toBe('complete');
    expect(run.phases[0]).toMatchObject({ gate: { verdict: 'passed' } });
    // Of ten items a segment, so many are needed for a hundred, and a few more.
    expect(run.phases[0]?.upTo).toBeGreaterThan(9);
    expect(run.phases[0]?.upTo).toBeLessThan(25);
  });

  test('with nothing to change goes through to its end, and asks nobody', async () => {
    const done = things(600).map((item, index) => ({ ...item, size2: { N: String(2 * (100 + index)) } }));
    for (const approve of ['auto', 'manual']) {
      const bench = phasedBench(done);
      const run = await bench.execute({ ...PHASED, approve });
      expect(run).toMatchObject({ status: 'complete', totals: { updated: 0 } });
      // The pilot has grown over the others.
      expect(run.phases).toMatchObject([{ name: 'pilot', upTo: 200, gate: { verdict: 'too-few', open: true } }]);
      expect(await events(bench, run)).toStrictEqual(['start', 'extend phase', 'extend phase', 'extend phase', 'complete']);
    }
  });

  test('whose pilot is bad is not extended, however little it has seen', async () => {
    const bench = phasedBench(things(900));
    bench.checks = [failing];
    const held = await bench.execute({ phases: '2,90,100' });
    expect(held).toMatchObject({ status: 'held', reason: { code: 'gate.failed' }, phases: [{ upTo: 4 }, {}, {}] });
    const failures = phasedBench(Array.from({ length: 2_000 }, (_, index) => thing(`bad${index}`, 15)));
    const shut = await failures.execute({ phases: '2,90,100' });
    expect(shut).toMatchObject({ status: 'held', reason: { code: 'gate.failed' } });
    // Failures count as seen: a hundred of them are enough to judge by.
    expect(shut.phases[0]?.upTo).toBeLessThan(25);
  });

  test('whose checks cannot be made waits for a person instead of failing', async () => {
    const bench = phasedBench(things(900));
    Object.defineProperty(bench, 'checks', {
      get: () => {
        throw new Error('an odd row');
      },
    });
    const held = await bench.execute(PHASED);
    expect(held).toMatchObject({ status: 'held', reason: { code: 'gate.failed', message: expect.stringContaining('an odd row') } });
  });

  test('forgets no failure over a pause', async () => {
    const bad = Array.from({ length: 60 }, (_, index) => thing(`bad${index}`, 15));
    const bench = phasedBench([...things(840), ...bad]);
    bench.onSegment = async (count) => {
      const [run] = [...bench.world.ledger.runs.values()];
      if (count === 35)
        await bench.ports.ledger.command(run?.runId ?? '', {
          desired: 'hold',
          reason: { code: 'paused', message: '' },
          by: 'me',
          at: 'then',
        });
    };
    const paused = await bench.execute(PHASED);
    expect(paused).toMatchObject({ status: 'held', reason: { code: 'paused' } });
    expect(await bench.execute({ resume: paused.runId })).toMatchObject({ status: 'held', reason: { code: 'gate.failed' } });
  });

  test('without phases has nobody to approve: that is said, not passed over', async () => {
    const bench = phasedBench(things(300));
    await expect(bench.execute({ approve: 'manual' })).rejects.toMatchObject({
      code: 'option.invalid',
      message: expect.stringContaining('no phases'),
    });
  });

  test('an empty table has nothing to do', async () => {
    expect(await phasedBench([]).execute(PHASED)).toMatchObject({ status: 'complete', totals: { scanned: 0 } });
  });

  test('a repeated call of a gate that is open already opens no other one', async () => {
    const bench = phasedBench(things(900));
    const held = await bench.execute({ ...PHASED, approve: 'manual' });
    expect(presentPhase(held)?.name).toBe('pilot');
    await bench.execute({ resume: held.runId, approval: 'fine' });
    const run = bench.world.ledger.runs.get(held.runId) as RunRecord;
    const { gate } = await import('../../../lib/core/steps/finish.ts');
    expect(await gate({ runId: run.runId, epoch: run.epoch }, { standing: 'phase', good: true, phase: 0 }, bench.ports)).toStrictEqual({
      decision: 'plan',
    });
    expect(presentPhase(bench.world.ledger.runs.get(held.runId) as RunRecord)?.name).toBe('major');
  });

  test('"resume" takes no other options along', async () => {
    const bench = phasedBench(things(900));
    const { runId } = await bench.execute({ ...PHASED, approve: 'manual' });
    for (const other of [{ segments: 300 }, { phases: '5,100' }, { approve: 'auto' }])
      await expect(bench.execute({ resume: runId, ...other })).rejects.toMatchObject({ code: 'option.invalid' });
  });
});

describe('the judgement of a phase', () => {
  const phases = layOut(
    [
      { name: 'pilot', upTo: 50, batchSize: 1 },
      { name: 'remainder', upTo: 100, batchSize: 1 },
    ],
    4,
  );
  const run = { ...runRecord(doubling, { segments: 4, tolerate: 0.01 }), phases };
  const phase = presentPhase(run);
  if (!phase) throw new Error('no phase');
  const segments = (change: Partial<SegmentRecord['counters']>, state: SegmentRecord['state'] = 'done'): SegmentRecord[] =>
    numbers(4).map((segment) => {
      const blank = openSegment(RUN_ID, segment);
      const isFirst = segment === phase.segments[0];
      return isFirst ? { ...blank, state, counters: { ...blank.counters, ...change } } : { ...blank, state: 'done' };
    });
  const judged = (change: Partial<SegmentRecord['counters']>, state?: SegmentRecord['state']) =>
    judgePhase(run, ownSegments(phase, segments(change, state)), [], 'now');
  const blocking = ({ findings }: ReturnType<typeof judged>) =>
    findings.filter(({ severity }) => severity === 'blocking').map(({ code }) => code);

  test('passes what has changed enough, without complaint', () => {
    expect(judged({ scanned: 100, updated: 100 })).toMatchObject({ verdict: 'passed', decision: null, open: false });
    expect(judged({ scanned: 99, updated: 99 }).verdict).toBe('too-few');
  });

  test('blocks on counts that do not add up, or a segment that is not closed', () => {
    expect(blocking(judged({ scanned: 101, updated: 100 }))).toStrictEqual(['gate.counts']);
    expect(blocking(judged({ scanned: 100, updated: 100 }, 'open'))).toStrictEqual(['gate.counts']);
  });

  test('blocks on more failures than are tolerated', () => {
    const counters = { scanned: 202, updated: 200, failed: { x: 2 } };
    expect(blocking(judged(counters))).toStrictEqual([]);
    expect(blocking(judged({ ...counters, scanned: 204, failed: { x: 4 } }))).toStrictEqual(['gate.error-rate']);
  });

  test('blocks on more than one throttled write in twenty', () => {
    expect(blocking(judged({ scanned: 190, updated: 190, throttles: 10 }))).toStrictEqual([]);
    expect(blocking(judged({ scanned: 190, updated: 190, throttles: 11 }))).toStrictEqual(['gate.throttles']);
  });

  test('extends by the yield so far, a fifth more, and at most to twice as many segments', () => {
    const wide = {
      ...run,
      phases: phases.map((one, index) => ({ ...one, upTo: [10, 100][index] ?? 0 })),
      options: { ...run.options, segments: 100 },
    };
    const pilot = presentPhase(wide);
    if (!pilot) throw new Error('no phase');
    const of = (updated: number) => extended(wide, pilot, { ...openSegment(RUN_ID, 0).counters, updated });
    // 70 in 10 segments: 100 in 15, with a fifth more 18.
    expect(of(70)).toBe(18);
    expect(of(50)).toBe(20);
    expect(of(99)).toBe(13);
    expect(of(100)).toBeUndefined();
    expect(of(1)).toBe(20);
    expect(of(0)).toBe(20);
  });
});
