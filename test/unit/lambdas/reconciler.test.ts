import { createReconciler } from '../../../lambdas/reconciler.ts';
import type { Findings } from '../../../lib/core/records/control.ts';
import { executionOf, type OversightBench, oversightBench, rollbackExecutionOf, TABLE } from '../../support/oversight.ts';

const FIRST = executionOf('doubling', 'first');
const MINUTE = 60_000;

const event = (executionArn: string, status: string, change: object = {}) => ({
  version: '0',
  source: 'aws.states',
  'detail-type': 'Step Functions Execution Status Change',
  detail: { executionArn, status, name: 'first', error: null, cause: null, ...change },
});
const SWEEP = { sweep: true };

let here: OversightBench;
let stalled: number[];
let reconcile: (event: unknown) => Promise<void>;

beforeEach(() => {
  here = oversightBench();
  stalled = [];
  reconcile = createReconciler(
    async () => here,
    (runs) => stalled.push(runs),
  );
});

describe('an execution has ended while its run says it is running', () => {
  test.each([
    ['ABORTED', {}, 'Its execution was stopped.'],
    ['ABORTED', { error: 'Mine', cause: 'enough' }, 'Its execution was stopped (Mine: enough).'],
    ['TIMED_OUT', {}, 'Its execution ran out of time.'],
    [
      'FAILED',
      { error: 'States.Runtime', cause: 'no such path' },
      'Its execution failed before it could say so (States.Runtime: no such path).',
    ],
  ])('%s %j', async (status, change, message) => {
    here.has('a');
    here.ledger.locks = ['staging/backfill/doubling', 'staging/table/things/size2'];
    await reconcile(event(FIRST, status, change));
    const reason = { code: 'execution.stopped', message };
    expect(here.runOf('a')).toMatchObject({ status: 'failed', epoch: 2, reason });
    expect(await here.ledger.control('a')).toMatchObject({ desired: 'hold', reason });
    expect(here.ledger.locks).toEqual([]);
  });

  test('what it had raised of its table is put back', async () => {
    here.has('a', { capacity: { mode: 'provisioned', before: { '': 5 }, raised: 50, state: 'raised', restore: 'by hand' } });
    here.keeper(TABLE).units = { '': 50 };
    await reconcile(event(FIRST, 'ABORTED'));
    expect(here.keeper(TABLE).units).toEqual({ '': 5 });
  });

  test('a rollback', async () => {
    const execution = rollbackExecutionOf('doubling', 'first');
    const rollback = { of: 'a', was: 'complete' as const, wasUndoneBy: null, skipDamaged: false };
    here.has('a', { status: 'rolling-back', undoneBy: 'undo' });
    here.has('undo', { rollback, rounds: 2, owner: { ...here.runOf('a').owner, execution } });
    await reconcile(event(execution, 'ABORTED'));
    expect(here.runOf('undo')).toMatchObject({ status: 'failed', reason: { code: 'execution.stopped' } });
    // It had begun to undo: it can be resumed, and the run is in its hands.
    expect(here.runOf('a').status).toBe('rolling-back');
  });

  test('the same word twice changes nothing more', async () => {
    here.has('a');
    await reconcile(event(FIRST, 'ABORTED'));
    const [after, told, log] = [here.runOf('a'), await here.ledger.control('a'), [...here.ledger.log]];
    await reconcile(event(FIRST, 'ABORTED'));
    expect([here.runOf('a'), await here.ledger.control('a'), here.ledger.log]).toEqual([after, told, log]);
  });
});

describe('nothing is done', () => {
  test.each([
    ['a run that another execution has carried on since', FIRST, { owner: { execution: executionOf('doubling', 'second') }, epoch: 2 }],
    ['a run whose failure was recorded', FIRST, { status: 'failed' }],
    ['a run that is complete', FIRST, { status: 'complete' }],
    ['a child of a Map', `${executionOf('doubling', 'first').replace('-staging:', '-staging/SegmentsMap:')}`, {}],
    ['a machine of another environment', FIRST.replace('staging', 'production'), {}],
    ['a definition that this code does not have', executionOf('forgotten', 'first'), { backfill: 'forgotten' }],
  ])('about %s', async (_, execution, change) => {
    here.has('a', change as object);
    const before = here.runOf('a');
    await reconcile(event(execution, 'ABORTED'));
    expect(here.runOf('a')).toBe(before);
    expect(here.ledger.log).toEqual([]);
    expect((await here.ledger.control('a')).desired).toBe('run');
  });

  test('about what it does not know, but a line in the log', async () => {
    await reconcile(event(executionOf('forgotten', 'first'), 'ABORTED'));
    await reconcile({ hello: true });
    expect(here.said).toEqual(['not an execution of a definition that this code has', 'not an event for the reconciler']);
    expect(stalled).toEqual([]);
  });
});

describe('every few minutes', () => {
  const movedAgo = (ms: number): Findings => ({
    governor: 'g',
    until: 0,
    at: 0,
    changed: 0,
    failed: 0,
    throttles: 0,
    pages: 1,
    movedAt: here.clock.now() - ms,
    slowed: null,
    flow: null,
  });
  const startedAgo = (ms: number): string => new Date(here.clock.now() - ms).toISOString();

  test('ends what no event has told of', async () => {
    here.has('a', { startedAt: startedAgo(2 * MINUTE) });
    here.has('alive', { startedAt: startedAgo(2 * MINUTE), owner: { ...here.runOf('a').owner, execution: 'alive' } });
    here.ended.add(FIRST);
    await reconcile(SWEEP);
    expect(here.runOf('a')).toMatchObject({
      status: 'failed',
      reason: { code: 'execution.stopped', message: 'Its execution has ended without a word.' },
    });
    expect(here.runOf('alive').status).toBe('running');
    expect(stalled).toEqual([0]);
  });

  test('looks after all others when one cannot be looked after, and fails at its end', async () => {
    here.has('a', { startedAt: startedAgo(60 * MINUTE) });
    here.has('dead', { startedAt: startedAgo(60 * MINUTE), owner: { ...here.runOf('a').owner, execution: 'gone' } });
    here.has('silent', { startedAt: startedAgo(60 * MINUTE), backfill: 'making', owner: { ...here.runOf('a').owner, execution: 'alive' } });
    here.has('held', { status: 'held', reason: { code: 'brake.throttled', message: '' } });
    here.ended.add('gone');
    const { executionEnded } = here;
    here.executionEnded = async (owner) => {
      if (owner.execution === FIRST) throw new Error('not an ARN');
      return executionEnded(owner);
    };
    await expect(reconcile(SWEEP)).rejects.toThrow('not an ARN');
    expect(here.runOf('dead').status).toBe('failed');
    expect(stalled).toEqual([1]);
    expect(here.started.map(([, name]) => name)).toEqual(['brake-held-1']);
  });

  test('leaves alone what began just now: Step Functions may not know of it yet', async () => {
    here.has('a', { startedAt: startedAgo(59_000) });
    here.ended.add(FIRST);
    await reconcile(SWEEP);
    expect(here.runOf('a').status).toBe('running');
  });

  test.each([
    ['moved a while ago', 14 * MINUTE, {}, 0],
    ['has not moved for a quarter of an hour', 15 * MINUTE, {}, 1],
    ['is being backed up', 15 * MINUTE, { options: { backup: true } }, 0],
    ['stands still on purpose', 15 * MINUTE, { status: 'held' }, 0],
  ])('counts runs without progress: one that %s', async (_, ms, change, count) => {
    const run = here.has('a', { startedAt: startedAgo(60 * MINUTE) });
    here.has('a', { ...run, ...change, options: { ...run.options, ...(change as { options?: object }).options } } as never);
    await here.ledger.govern('a', movedAgo(ms));
    await reconcile(SWEEP);
    expect(stalled).toEqual([count]);
  });

  test('a run that nobody has ever worked on counts from its start', async () => {
    here.has('a', { startedAt: startedAgo(15 * MINUTE) });
    await reconcile(SWEEP);
    expect(stalled).toEqual([1]);
  });

  test('starts again what an alarm has left standing still: its word came before the run stood, or never', async () => {
    here.has('a', { status: 'held', reason: { code: 'brake.throttled', message: '' } });
    const since = startedAgo(25 * 60 * MINUTE);
    await here.ledger.setBrake(TABLE, { alarm: 'deleted meanwhile', reason: '', since, by: '' });
    await reconcile(SWEEP);
    expect(here.started).toEqual([
      ['backfill-doubling-staging', 'brake-a-1', { resume: 'a', epoch: 1, startedBy: 'reconciler: the alarm is over' }],
    ]);
    await reconcile(SWEEP);
    expect(here.started).toHaveLength(1);
  });

  test('but not while it stands', async () => {
    here.has('a', { status: 'held', reason: { code: 'brake.throttled', message: '' } });
    await here.ledger.setBrake(TABLE, { alarm: 'stands', reason: '', since: startedAgo(MINUTE), by: '' });
    await reconcile(SWEEP);
    expect(here.started).toEqual([]);
  });
});
