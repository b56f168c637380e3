import type { DynamoLedger } from '../../../lib/adapters/dynamodb/ledger.ts';
import { noBudgets } from '../../../lib/core/flow/budgets.ts';
import { type LedgerBench, ledgerBench, owner } from '../../support/ledger-bench.ts';
import { TOLD_NOTHING } from '../../support/memory-ledger.ts';

const LOCKS = ['local/backfill/doubling', 'local/table/things/size2'];
const AT = '2026-11-21T13:00:00.000Z';
const TIMES = { startedAt: AT, workedMs: 5000, rounds: 1, baseline: { changed: 0, failed: 0 } };

describe('DynamoLedger: runs, locks, events', () => {
  let bench: LedgerBench;
  let count = 0;
  /** Locks of this test alone. */
  const locks = () => LOCKS.map((lock) => `${count}/${lock}`);

  beforeAll(async () => {
    bench = await ledgerBench();
  });
  afterAll(() => bench.close());
  beforeEach(() => {
    count += 1;
  });

  test('gives back a run as it was created', async () => {
    const run = bench.run(`${count}-a`, { estimatedItems: null, checks: [{ name: 'one', status: 'pass', message: 'fine' }] });
    await bench.ledger.createRun(run, locks());

    expect(await bench.ledger.getRun(run.runId)).toStrictEqual(run);
    expect(await bench.ledger.getRun('nobody')).toBeUndefined();
  });

  test('lists the runs of a backfill, newest first', async () => {
    for (const runId of ['20260102-000000-aaaa', '20260103-000000-aaaa', '20260101-000000-aaaa']) {
      await bench.ledger.createRun(bench.run(runId, { backfill: 'listed' }), []);
    }

    const two = await bench.ledger.listRuns('listed', 2);
    expect(two.map(({ runId }) => runId)).toStrictEqual(['20260103-000000-aaaa', '20260102-000000-aaaa']);
    expect(await bench.ledger.listRuns('unlisted', 2)).toStrictEqual([]);
  });

  test.each(['running', 'held'] as const)('a %s run keeps its locks', async (status) => {
    const first = bench.run(`${count}-a`, { status });
    await bench.ledger.createRun(first, locks());

    const second = bench.ledger.createRun(bench.run(`${count}-b`), [`${count}/another`, ...locks()]);

    await expect(second).rejects.toMatchObject({ code: 'lock.held', details: { holder: first.runId, status } });
    expect(await bench.ledger.getRun(`${count}-b`)).toBeUndefined();
    // What the refused one had taken before it met the held lock is free again.
    await expect(bench.ledger.createRun(bench.run(`${count}-c`), [`${count}/another`])).resolves.toBeUndefined();
  });

  test.each(['complete', 'limited', 'failed', 'aborted'] as const)('the lock of a %s run is stale, and taken', async (status) => {
    await bench.ledger.createRun(bench.run(`${count}-a`, { status }), locks());
    await bench.ledger.createRun(bench.run(`${count}-b`), locks());

    const third = bench.ledger.createRun(bench.run(`${count}-c`), locks());
    await expect(third).rejects.toMatchObject({ code: 'lock.held', details: { holder: `${count}-b` } });
  });

  test('only the holder releases its locks', async () => {
    await bench.ledger.createRun(bench.run(`${count}-a`), locks());
    await bench.ledger.releaseLocks(`${count}-x`, locks());
    await expect(bench.ledger.createRun(bench.run(`${count}-b`), locks())).rejects.toMatchObject({ code: 'lock.held' });

    await bench.ledger.releaseLocks(`${count}-a`, locks());
    await expect(bench.ledger.createRun(bench.run(`${count}-b`), locks())).resolves.toBeUndefined();
  });

  test('reopening raises the epoch, and what carries the older one is superseded', async () => {
    const run = bench.run(`${count}-a`, { status: 'failed', reason: { code: 'x', message: 'y' }, finishedAt: AT });
    await bench.ledger.createRun(run, locks());

    const reopened = await bench.ledger.reopenRun(run, owner('second'), TIMES, locks());

    const expected = { ...run, epoch: 2, status: 'running', owner: owner('second'), reason: null, finishedAt: null, ...TIMES };
    expect(reopened).toStrictEqual(expected);
    expect(await bench.ledger.getRun(run.runId)).toStrictEqual(expected);
    await expect(bench.ledger.updateRun(run.runId, 1, { status: 'complete' })).rejects.toMatchObject({ code: 'run.superseded' });
    await expect(bench.ledger.reopenRun(run, owner('third'), TIMES, locks())).rejects.toMatchObject({ code: 'run.superseded' });
    await expect(bench.ledger.createRun(bench.run(`${count}-b`), locks())).rejects.toMatchObject({ code: 'lock.held' });
  });

  test('a repeat of the reopening that landed succeeds', async () => {
    const run = bench.run(`${count}-a`, { status: 'held' });
    await bench.ledger.createRun(run, locks());
    await bench.ledger.reopenRun(run, owner('second'), TIMES, locks());

    expect(await bench.ledger.reopenRun(run, owner('second'), TIMES, locks())).toMatchObject({ epoch: 2 });
  });

  test('of two resumes at the same moment exactly one wins', async () => {
    const run = bench.run(`${count}-a`, { status: 'held' });
    await bench.ledger.createRun(run, locks());

    const both = await Promise.allSettled(['second', 'third'].map((name) => bench.ledger.reopenRun(run, owner(name), TIMES, locks())));

    expect(both.map(({ status }) => status).sort()).toStrictEqual(['fulfilled', 'rejected']);
  });

  test('events come sorted by time', async () => {
    const runId = `${count}-a`;
    for (const at of ['2026-03-02T00:00:00.000Z', '2026-03-01T00:00:00.000Z', '2026-11-01T00:00:00.000Z']) {
      await bench.ledger.addEvent(runId, { at, who: 'me', what: 'hold', details: { month: at.slice(5, 7) } });
    }

    expect((await bench.ledger.events(runId)).map(({ details }) => details)).toStrictEqual([
      { month: '03' },
      { month: '03' },
      { month: '11' },
    ]);
    expect((await bench.ledger.events(runId)).map(({ at }) => at.slice(8, 10))).toStrictEqual(['01', '02', '01']);
  });

  test('until told otherwise, a run shall run', async () => {
    const runId = `${count}-a`;
    expect(await bench.ledger.control(runId)).toStrictEqual(TOLD_NOTHING);

    const hold = { desired: 'hold' as const, reason: { code: 'a', message: 'b' }, by: 'me', at: AT };
    expect(await bench.ledger.command(runId, hold)).toBe(true);
    expect(await bench.ledger.control(runId)).toStrictEqual({ ...hold, findings: null, budgets: null });
  });

  test('budgets that two change at once are both changed, and what nobody changes stays as it began', async () => {
    const runId = `${count}-budgets`;
    const first = { ...noBudgets, writeUnits: 100, dollars: 5 };
    const changes = [{ writeUnits: 50, items: null }, { reserve: 0.3 }, { ramp: false }];
    await Promise.all(changes.map((change) => bench.ledger.changeBudgets(runId, change, first)));
    expect((await bench.ledger.control(runId)).budgets).toStrictEqual({ ...first, writeUnits: 50, reserve: 0.3, ramp: false });
    await bench.ledger.changeBudgets(runId, { dollars: null }, first);
    await bench.ledger.changeBudgets(runId, {}, first);
    expect((await bench.ledger.control(runId)).budgets).toStrictEqual({ ...noBudgets, writeUnits: 50, reserve: 0.3, ramp: false });
  });

  test('the first reason to hold is kept, an abort outweighs it, and only a new execution takes either back', async () => {
    const runId = `${count}-b`;
    const command = (desired: 'run' | 'hold' | 'abort', by: string) => ({ desired, reason: null, by, at: AT });
    expect(await bench.ledger.command(runId, command('hold', 'first'))).toBe(true);
    expect(await bench.ledger.command(runId, command('hold', 'second'))).toBe(false);
    expect((await bench.ledger.control(runId)).by).toBe('first');
    expect(await bench.ledger.command(runId, command('abort', 'third'))).toBe(true);
    expect(await bench.ledger.command(runId, command('hold', 'fourth'))).toBe(false);
    expect(await bench.ledger.control(runId)).toMatchObject({ desired: 'abort', by: 'third' });
    // A command that came since the run was read is not taken back.
    expect(await bench.ledger.command(runId, command('run', 'fifth'), '2026-11-21T00:00:00Z')).toBe(false);
    expect(await bench.ledger.command(runId, command('run', 'fifth'), AT)).toBe(true);
    expect((await bench.ledger.control(runId)).desired).toBe('run');
  });

  test('one worker governs until its lease ends, and what it finds leaves the command alone', async () => {
    const runId = `${count}-c`;
    const findings = (governor: string, at: number, failed = 0) => ({
      governor,
      at,
      until: at + 100,
      changed: 1,
      failed,
      throttles: 0,
      pages: 0,
      movedAt: at,
      slowed: null,
      flow: null,
    });
    await bench.ledger.command(runId, { desired: 'hold', reason: null, by: 'me', at: AT });
    expect(await bench.ledger.govern(runId, findings('a', 1000))).toBe(true);
    expect(await bench.ledger.govern(runId, findings('b', 1050))).toBe(false);
    expect(await bench.ledger.govern(runId, findings('a', 1060, 7))).toBe(true);
    expect(await bench.ledger.control(runId)).toMatchObject({ desired: 'hold', findings: findings('a', 1060, 7) });
    expect(await bench.ledger.govern(runId, findings('b', 1161))).toBe(true);
  });

  test('a hold over a command is given only while that stands', async () => {
    const runId = `${count}-d`;
    const command = (desired: 'run' | 'hold', at: string) => ({ desired, reason: null, by: 'me', at });
    expect(await bench.ledger.command(runId, command('hold', 'b'), 'a')).toBe(false);
    expect(await bench.ledger.command(runId, command('hold', 'b'), '')).toBe(true);
    expect(await bench.ledger.command(runId, command('run', 'c'), 'b')).toBe(true);
    expect(await bench.ledger.command(runId, command('hold', 'd'), '')).toBe(false);
    expect(await bench.ledger.command(runId, command('hold', 'd'), 'b')).toBe(false);
    expect(await bench.ledger.command(runId, command('hold', 'd'), 'c')).toBe(true);
    expect(await bench.ledger.control(runId)).toMatchObject(command('hold', 'd'));
  });

  test('a hold for an alarm, which is lifted by itself, gives way to any other, and takes the place of none', async () => {
    const hold = (code: string, at: string) => ({ desired: 'hold' as const, reason: { code, message: '' }, by: 'me', at });
    const runId = `${count}-e`;
    expect(await bench.ledger.command(runId, hold('brake.throttled', 'a'))).toBe(true);
    expect(await bench.ledger.command(runId, hold('brake.throttled', 'b'))).toBe(false);
    expect(await bench.ledger.command(runId, hold('paused', 'c'))).toBe(true);
    expect(await bench.ledger.command(runId, hold('brake.throttled', 'd'))).toBe(false);
    expect(await bench.ledger.command(runId, hold('interrupted', 'e'))).toBe(false);
    expect(await bench.ledger.control(runId)).toMatchObject(hold('paused', 'c'));

    const other = `${count}-f`;
    await bench.ledger.command(other, hold('brake.throttled', 'a'));
    expect(await bench.ledger.command(other, hold('execution.stopped', 'b'), 'before')).toBe(false);
    expect(await bench.ledger.command(other, hold('execution.stopped', 'b'), 'a')).toBe(true);
    await bench.ledger.command(other, { ...hold('aborted', 'c'), desired: 'abort' });
    expect(await bench.ledger.command(other, hold('paused', 'd'))).toBe(false);
  });

  describe('brakes', () => {
    const at = (minute: number): string => `2026-11-21T12:${String(minute).padStart(2, '0')}:00.000Z`;
    const brake = (alarm: string, minute: number) => ({ alarm, reason: `why ${minute}`, since: at(minute), by: 'test' });

    test('stand by table and alarm, each once', async () => {
      const table = `things-${count}`;
      expect(await bench.ledger.brakes(table)).toStrictEqual([]);
      expect(await bench.ledger.setBrake(table, brake('a', 1))).toBe(true);
      expect(await bench.ledger.setBrake(table, brake('a', 1))).toBe(false);
      expect(await bench.ledger.setBrake(table, brake('b', 3))).toBe(true);
      expect(await bench.ledger.brakes(table)).toStrictEqual([brake('a', 1), brake('b', 3)]);
      expect(await bench.ledger.brakes(`${table}-other`)).toStrictEqual([]);
    });

    test('are over once, and may stand again', async () => {
      const table = `things-${count}`;
      await bench.ledger.setBrake(table, brake('a', 1));
      expect(await bench.ledger.clearBrake(table, 'a', at(5))).toBe(true);
      expect(await bench.ledger.clearBrake(table, 'a', at(5))).toBe(false);
      expect(await bench.ledger.brakes(table)).toStrictEqual([]);
      expect(await bench.ledger.setBrake(table, brake('a', 6))).toBe(true);
      expect(await bench.ledger.brakes(table)).toStrictEqual([brake('a', 6)]);
    });

    test('one that begins again counts from then, though nobody said that it was over in between', async () => {
      const table = `things-${count}`;
      await bench.ledger.setBrake(table, brake('a', 1));
      expect(await bench.ledger.setBrake(table, brake('a', 30))).toBe(true);
      expect(await bench.ledger.setBrake(table, brake('a', 2))).toBe(false);
      expect(await bench.ledger.brakes(table)).toStrictEqual([brake('a', 30)]);
    });

    test('the word that one began once more, coming after the word that it was over again, does not make it stand', async () => {
      const table = `things-${count}`;
      await bench.ledger.setBrake(table, brake('a', 1));
      await bench.ledger.clearBrake(table, 'a', at(5));
      expect(await bench.ledger.clearBrake(table, 'a', at(9))).toBe(false);
      expect(await bench.ledger.setBrake(table, brake('a', 7))).toBe(false);
      expect(await bench.ledger.brakes(table)).toStrictEqual([]);
      expect(await bench.ledger.setBrake(table, brake('a', 10))).toBe(true);
    });

    test('a word that comes late changes nothing: neither that it began, nor that it was over', async () => {
      const table = `things-${count}`;
      expect(await bench.ledger.clearBrake(table, 'a', at(5))).toBe(false);
      expect(await bench.ledger.setBrake(table, brake('a', 1))).toBe(false);
      expect(await bench.ledger.brakes(table)).toStrictEqual([]);
      expect(await bench.ledger.setBrake(table, brake('a', 7))).toBe(true);
      expect(await bench.ledger.clearBrake(table, 'a', at(5))).toBe(false);
      expect(await bench.ledger.brakes(table)).toStrictEqual([brake('a', 7)]);
    });
  });

  describe('invariant 9: one active run', () => {
    /** `first` on a slow line; `second` begins and ends while `first`'s change of its run is on its way. */
    async function overtaken(first: (ledger: DynamoLedger) => Promise<unknown>, second: () => Promise<unknown>): Promise<string[]> {
      const { ledger, onItsWay, land } = bench.slow();
      const slow = first(ledger);
      await Promise.race([onItsWay, slow]);
      const outcomes = Promise.allSettled([slow, second().finally(land)]);
      return (await outcomes).map(({ status }) => status).sort();
    }

    // Fails: the lock of a run whose own row is not written yet counts as stale.
    test('a second one begun before the first has its own row', async () => {
      const outcomes = await overtaken(
        (slow) => slow.createRun(bench.run(`${count}-a`), locks()),
        () => bench.ledger.createRun(bench.run(`${count}-b`), locks()),
      );
      expect(outcomes).toStrictEqual(['fulfilled', 'rejected']);
    });

    // Fails: the lock of a failed run that is just being reopened counts as stale.
    test('a new one begun while a failed one is reopened', async () => {
      const failed = bench.run(`${count}-a`, { status: 'failed' });
      await bench.ledger.createRun(failed, []);
      const outcomes = await overtaken(
        (slow) => slow.reopenRun(failed, owner('again'), TIMES, locks()),
        () => bench.ledger.createRun(bench.run(`${count}-b`), locks()),
      );
      expect(outcomes).toStrictEqual(['fulfilled', 'rejected']);
    });
  });
});
