import { noCounters } from '../../../lib/core/counters.ts';
import type { Owner, RunRecord } from '../../../lib/core/records/run.ts';
import type { Checkpoint } from '../../../lib/core/records/segment.ts';
import { type LedgerBench, ledgerBench, owner } from '../../support/ledger-bench.ts';

/** What others do to the ledger between two requests of ours. */

const NONE = { seq: 0, attempt: 0, hash: '' };
const AT = '2026-11-21T13:00:00.000Z';
const TIMES = { startedAt: AT, workedMs: 5000, rounds: 2, baseline: { changed: 0, failed: 0 } };
const checkpoint = (pages: number, hash: string): Checkpoint => ({
  state: 'open',
  cursor: null,
  counters: { ...noCounters(), pages },
  chain: { seq: 1, attempt: 1, hash },
  fingerprint: 'f',
});

interface Request {
  Item?: { PK: string };
  Key?: { PK: string };
  UpdateExpression?: string;
}
type Kind = 'get' | 'put' | 'update' | 'delete';
const kindOf = ({ Item, UpdateExpression }: Request, name: string): Kind => {
  if (Item) return 'put';
  if (UpdateExpression) return 'update';
  return name.startsWith('Delete') ? 'delete' : 'get';
};

let bench: LedgerBench;
let count = 0;
let runId = '';
/** Called before each request, with its kind and the row's partition. */
let before: (kind: Kind, partition: string) => Promise<void> | void = () => undefined;

beforeAll(async () => {
  bench = await ledgerBench();
  bench.dynamo.middlewareStack.add(
    (next, context) => async (call) => {
      const request = call.input as Request;
      const { PK } = (request.Item ?? request.Key ?? {}) as { PK?: { S: string } | string };
      await before(kindOf(request, context.commandName ?? ''), typeof PK === 'string' ? PK : (PK?.S ?? ''));
      return next(call);
    },
    { step: 'initialize' },
  );
});
afterAll(() => bench.close());
beforeEach(() => {
  count += 1;
  runId = `run-${count}`;
});
afterEach(() => {
  before = () => undefined;
});

/** `act` happens once, before the n-th request of that kind on such a row. */
function interfere(kind: Kind, row: string, nth: number, act: () => Promise<unknown>): void {
  let seen = 0;
  before = async (one, partition) => {
    if (one !== kind || !partition.startsWith(row)) return;
    seen += 1;
    if (seen !== nth) return;
    before = () => undefined;
    await act();
  };
}

const locks = (): string[] => [`${count}/one`, `${count}/two`];
const run = (change: Partial<RunRecord> = {}): RunRecord => bench.run(runId, change);
const another = (change: Partial<RunRecord> = {}): RunRecord => bench.run(`other-${count}`, change);

describe('a run', () => {
  test('created twice by one execution is one; by another it is refused, and the first one stays', async () => {
    await bench.ledger.createRun(run(), locks());
    await expect(bench.ledger.createRun(run(), locks())).resolves.toBeUndefined();
    const twin = bench.ledger.createRun(run({ owner: owner('twin') }), []);
    await expect(twin).rejects.toMatchObject({ code: 'lock.held', message: `Another run is called ${runId} already.` });
    expect(await bench.ledger.getRun(runId)).toStrictEqual(run());
  });

  test('that was carried on meanwhile is not taken back with its lock', async () => {
    interfere('put', 'LOCK#', 1, async () => {
      await bench.ledger.createRun(another(), locks());
      interfere('delete', 'RUN#', 1, () => bench.ledger.updateRun(runId, 1, { epoch: 2 }));
    });
    await expect(bench.ledger.createRun(run(), locks())).rejects.toMatchObject({ code: 'lock.held' });
    expect(await bench.ledger.getRun(runId)).toMatchObject({ epoch: 2 });
  });

  test('whose locks another one has is not reopened, and is as it was', async () => {
    const failed = run({ status: 'failed', reason: { code: 'x', message: 'y' }, finishedAt: AT });
    await bench.ledger.createRun(failed, []);
    await bench.ledger.createRun(another(), locks());
    await expect(bench.ledger.reopenRun(failed, owner('again'), TIMES, locks())).rejects.toMatchObject({ code: 'lock.held' });
    expect(await bench.ledger.getRun(runId)).toStrictEqual(failed);
  });

  test('whose locks another one takes meanwhile is not reopened, and is as it was but for its epoch', async () => {
    const failed = run({ status: 'failed', reason: { code: 'x', message: 'y' }, finishedAt: AT });
    await bench.ledger.createRun(failed, []);
    interfere('update', 'RUN#', 1, () => bench.ledger.createRun(another(), locks()));
    await expect(bench.ledger.reopenRun(failed, owner('again'), TIMES, locks())).rejects.toMatchObject({ code: 'lock.held' });
    const { status, reason, finishedAt, rounds } = failed;
    expect(await bench.ledger.getRun(runId)).toMatchObject({ epoch: 2, status, reason, finishedAt, rounds });
  });

  test('is not changed by who believes it at a later epoch, nor where there is none', async () => {
    await bench.ledger.createRun(run(), []);
    await expect(bench.ledger.updateRun(runId, 2, { status: 'failed' })).rejects.toMatchObject({ code: 'run.superseded' });
    await expect(bench.ledger.updateRun('nobody', 1, { status: 'failed' })).rejects.toMatchObject({ code: 'run.superseded' });
    await expect(bench.ledger.updateRun('nobody', 1, { epoch: 2, owner: owner('x') })).rejects.toMatchObject({ code: 'run.superseded' });
  });

  test('has both of two events of one moment', async () => {
    const event = { at: AT, who: 'me', what: 'hold', details: {} };
    await bench.ledger.addEvent(runId, event);
    await bench.ledger.addEvent(runId, event);
    expect(await bench.ledger.events(runId)).toStrictEqual([event, event]);
  });
});

test('a worker of a run that is gone hears so', async () => {
  const task = { runId: 'nobody', epoch: 1, segment: 0, owner: owner('x'), now: 0, until: 1, isDead: async () => true };
  await expect(bench.ledger.acquire(task)).rejects.toMatchObject({
    code: 'run.superseded',
    message: 'Run nobody is gone at epoch undefined; this worker belongs to epoch 1.',
  });
});

describe('a lock', () => {
  const held = async (lock: string): Promise<boolean> => {
    const probe = bench.run(`probe-${count}-${lock}`);
    const outcome = await bench.ledger.createRun(probe, [lock]).then(
      () => false,
      () => true,
    );
    await bench.ledger.releaseLocks(probe.runId, [lock]);
    return outcome;
  };

  test('of a run that is being rolled back is stale', async () => {
    await bench.ledger.createRun(another(), locks());
    await bench.ledger.updateRun(another().runId, 1, { status: 'rolling-back' });
    expect(await held(locks()[0] as string)).toBe(false);
  });

  test('that is let go between the refusal and the look is taken', async () => {
    await bench.ledger.createRun(another(), locks());
    await bench.ledger.updateRun(another().runId, 1, { status: 'failed' });
    // A look at each of them comes first.
    interfere('get', 'LOCK#', 3, () => bench.ledger.releaseLocks(another().runId, locks()));
    await bench.ledger.createRun(run(), locks());
    expect(await held(locks()[0] as string)).toBe(true);
  });

  test('that is let go and taken by a third one meanwhile is held', async () => {
    await bench.ledger.createRun(another(), locks());
    // The second put of this lock takes the stale one.
    interfere('put', 'LOCK#', 2, () => bench.ledger.createRun(bench.run(`third-${count}`), locks()));
    await bench.ledger.updateRun(another().runId, 1, { status: 'failed' });
    await expect(bench.ledger.createRun(run(), locks())).rejects.toMatchObject({
      code: 'lock.held',
      message: `Another run has just taken ${locks()[0]}.`,
    });
    expect(await bench.ledger.getRun(runId)).toBeUndefined();
    expect(await held(locks()[0] as string)).toBe(true);
  });

  test('that was taken before another one was refused is free again, and the run is gone', async () => {
    const [one, two] = locks() as [string, string];
    interfere('put', 'LOCK#', 1, () => bench.ledger.createRun(another(), [two]));
    await expect(bench.ledger.createRun(run(), [one, two])).rejects.toMatchObject({
      code: 'lock.held',
      details: { holder: another().runId },
    });
    expect(await bench.ledger.getRun(runId)).toBeUndefined();
    expect(await held(one)).toBe(false);
  });

  test('names who holds it, and what to do', async () => {
    await bench.ledger.createRun(another(), locks());
    await expect(bench.ledger.createRun(run(), [`${count}/free`, ...locks()])).rejects.toMatchObject({
      message: `Run ${another().runId} of doubling is running and holds ${locks()[0]}.`,
      details: { holder: another().runId, status: 'running' },
      remedy: expect.stringContaining(another().runId),
    });
    expect(await held(`${count}/free`)).toBe(false);
  });
});

describe('a lease', () => {
  const acquire = (change: { owner?: Owner; until?: number; now?: number; dead?: boolean } = {}) =>
    bench.ledger.acquire({
      runId,
      epoch: 1,
      segment: 0,
      owner: change.owner ?? owner('one'),
      now: change.now ?? 1000,
      until: change.until ?? 2000,
      isDead: async () => change.dead ?? true,
    });
  const rival = () => acquire({ owner: owner('rival'), until: 7000 });
  const row = () => bench.ledger.segment(runId, 0);

  beforeEach(async () => {
    await bench.ledger.createRun(run(), []);
    await bench.ledger.planSegments(runId, [{ segment: 0, quota: null }]);
  });

  test('that a rival takes before ours is theirs', async () => {
    interfere('update', `RUN#${runId}#S`, 1, rival);
    expect(await acquire({ dead: false })).toStrictEqual({ kind: 'busy', until: 7000 });
    expect(await row()).toMatchObject({ attempt: 1, lease: { owner: owner('rival') } });
  });

  test('that a rival takes and lets go before ours is ours', async () => {
    interfere('update', `RUN#${runId}#S`, 1, async () => {
      await rival();
      await bench.ledger.release(runId, 0, 1, null);
    });
    expect(await acquire()).toMatchObject({ kind: 'acquired', segment: { attempt: 2 } });
  });

  describe('of a segment that a dead worker has left', () => {
    beforeEach(() => acquire({ owner: owner('dead') }));

    test('that a rival takes before ours is theirs', async () => {
      interfere('update', `RUN#${runId}#S`, 2, rival);
      expect(await acquire()).toStrictEqual({ kind: 'busy', until: 7000 });
      expect(await row()).toMatchObject({ attempt: 2, lease: { owner: owner('rival') } });
    });

    test('that a rival takes and lets go before ours is free at once', async () => {
      interfere('update', `RUN#${runId}#S`, 2, async () => {
        await rival();
        await bench.ledger.release(runId, 0, 2, null);
      });
      expect(await acquire()).toStrictEqual({ kind: 'busy', until: 1000 });
    });
  });

  test('that a rival breaks as soon as it is ours is found lost at the first checkpoint', async () => {
    expect(await acquire()).toMatchObject({ kind: 'acquired', segment: { attempt: 1 } });
    await rival();
    await expect(bench.ledger.checkpoint(runId, 0, 1, NONE, checkpoint(1, 'h'))).rejects.toMatchObject({ code: 'lease.lost' });
    expect(await row()).toMatchObject({ attempt: 2, lease: { owner: owner('rival') } });
  });

  test('is let go by the checkpoint that says that all is done', async () => {
    await acquire();
    await bench.ledger.checkpoint(runId, 0, 1, NONE, { ...checkpoint(1, 'h'), state: 'done' });
    expect(await row()).toMatchObject({ state: 'done', lease: null, attempt: 1 });
  });

  test('shows the page that a worker thought dead has checked in until then', async () => {
    await acquire({ owner: owner('slow') });
    interfere('update', `RUN#${runId}#S`, 1, () => bench.ledger.checkpoint(runId, 0, 1, NONE, checkpoint(1, 'h')));
    expect(await acquire()).toMatchObject({
      kind: 'acquired',
      segment: { attempt: 2, counters: { pages: 1 }, chain: { seq: 1, hash: 'h' } },
    });
  });

  test('of a segment that is done is not needed', async () => {
    await acquire();
    await bench.ledger.checkpoint(runId, 0, 1, NONE, { ...checkpoint(1, 'h'), state: 'done' });
    expect(await acquire({ dead: false })).toMatchObject({ kind: 'acquired', segment: { state: 'done', attempt: 1 } });
  });

  test('begins with a sign of life, and forgets what was in the way', async () => {
    await bench.ledger.markStuck(runId, 0, { code: 'x', message: 'y' });
    expect(await acquire({ now: 1234 })).toMatchObject({ segment: { attempt: 1, heartbeat: 1234, stuck: null } });
    await bench.ledger.heartbeat(runId, 0, 1, 1500, AT);
    expect(await row()).toMatchObject({ heartbeat: 1500, heard: AT });
  });

  test('is let go with what was spent in vain, and else with the counts of the checkpoint', async () => {
    await acquire();
    await bench.ledger.checkpoint(runId, 0, 1, NONE, checkpoint(1, 'h'));
    await bench.ledger.release(runId, 0, 1, null);
    expect(await row()).toMatchObject({ lease: null, counters: { pages: 1, serviceCalls: 0 } });
    await bench.ledger.release(runId, 0, 1, null, { ...noCounters(), pages: 1, serviceCalls: 3 });
    expect(await row()).toMatchObject({ counters: { pages: 1, serviceCalls: 3 } });
  });

  test('that was let go can be had though its time is not over', async () => {
    await acquire({ until: 9000 });
    await bench.ledger.release(runId, 0, 1, null);
    expect(await acquire({ dead: false })).toMatchObject({ kind: 'acquired', segment: { attempt: 2 } });
  });

  test('that ends now is over', async () => {
    await acquire({ until: 1000 });
    expect(await acquire({ dead: false, now: 1000 })).toMatchObject({ kind: 'acquired' });
  });

  test('is needed for a checkpoint, and only the very same one may be repeated', async () => {
    await acquire();
    await bench.ledger.checkpoint(runId, 0, 1, NONE, checkpoint(1, 'h'));
    await expect(bench.ledger.checkpoint(runId, 0, 1, NONE, checkpoint(1, 'other'))).rejects.toMatchObject({ code: 'lease.lost' });
    await expect(bench.ledger.checkpoint(runId, 0, 1, NONE, checkpoint(2, 'h'))).rejects.toMatchObject({ code: 'lease.lost' });
    await expect(bench.ledger.checkpoint(runId, 0, 1, { ...NONE, seq: 1 }, checkpoint(3, 'h'))).rejects.toMatchObject({
      code: 'lease.lost',
    });
    await acquire({ owner: owner('two') });
    await expect(bench.ledger.checkpoint(runId, 0, 1, NONE, checkpoint(1, 'h'))).rejects.toMatchObject({ code: 'lease.lost' });
    await expect(bench.ledger.checkpoint(runId, 1, 1, NONE, checkpoint(1, 'h'))).rejects.toMatchObject({ code: 'lease.lost' });
  });
});
