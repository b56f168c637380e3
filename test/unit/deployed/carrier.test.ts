import { DescribeExecutionCommand, SFNClient, StartExecutionCommand, StateMachineDoesNotExist } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import type { Ledger, LedgerEvent } from '../../../lib/core/ledger.ts';
import type { RunRecord } from '../../../lib/core/records/run.ts';
import { deployedCarrier } from '../../../lib/deployed/carrier.ts';
import type { Embedded } from '../../support/embedded.ts';
import { deploymentOf } from '../../support/fake-aws.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const sfn = mockClient(SFNClient);
beforeEach(() => sfn.reset());

const ARN = 'arn:aws:states:eu-central-1:111122223333:execution:m:1';
const deployed = deploymentOf({ runtime: { ledgerTable: 'ledger', serviceCacheTable: 'cache' } } as unknown as Embedded);

/** Runs and events as the ledger would answer, looked at as often as it is asked. */
function following(runs: () => Partial<RunRecord>[], events: () => Partial<LedgerEvent>[] = () => [{ details: {} }]) {
  const ledger = {
    listRuns: async () => runs(),
    getRun: async (id: string) => runs().find(({ runId }) => runId === id),
    events: async () => events(),
  } as unknown as Ledger;
  const clock = fakeClock();
  const seen: string[] = [];
  const carrier = deployedCarrier({ deployed, sfn: new SFNClient({ region: 'x' }), ledger, clock });
  const start = (machine: 'backfill' | 'rollback' = 'backfill', input: Record<string, unknown> = {}) =>
    carrier.start({ machine, backfill: 'receipt-place', input }, async (id) => void seen.push(id));
  return { start, seen };
}

const started = () => sfn.on(StartExecutionCommand).resolves({ executionArn: ARN });
const ofOurs = (change: Partial<RunRecord> = {}): Partial<RunRecord> => ({
  runId: 'r1',
  epoch: 1,
  rollback: null,
  owner: { execution: ARN, host: '', pid: 0, startedAt: '' },
  ...change,
});

describe('an execution on AWS', () => {
  test('is started with its input, found in the ledger by its ARN, and followed to its output', async () => {
    started();
    sfn.on(DescribeExecutionCommand).resolvesOnce({ status: 'RUNNING' }).resolves({ status: 'SUCCEEDED', output: '{"a":1}' });
    const strangers = [ofOurs({ runId: 'other', owner: { execution: 'x', host: '', pid: 0, startedAt: '' } })];
    const { start, seen } = following(() => [...strangers, ofOurs()]);
    const { id, end } = await start('backfill', { limit: 3 });
    expect(await end).toEqual({ status: 'succeeded', output: { a: 1 } });
    expect([id, seen]).toEqual([ARN, ['r1']]);
    expect(sfn.commandCalls(StartExecutionCommand)[0]?.args[0].input).toEqual({
      stateMachineArn: deployed.backfills['receipt-place']?.machineArn,
      input: '{"limit":3}',
    });
  });

  test('of a rollback is not taken for the run that it undoes, which bears its ARN, too', async () => {
    started();
    sfn.on(DescribeExecutionCommand).resolves({ status: 'SUCCEEDED' });
    const plan = { of: 'r1', was: 'complete', wasUndoneBy: null, skipDamaged: false } as const;
    const { start, seen } = following(() => [ofOurs(), ofOurs({ runId: 'r2', rollback: plan })]);
    await (await start('rollback', { run: 'r1' })).end;
    expect(seen).toEqual(['r2']);
  });

  test('that is refused has no run: neither one that is taken out again, nor one that was not taken over', async () => {
    started();
    sfn
      .on(DescribeExecutionCommand)
      .resolvesOnce({ status: 'RUNNING' })
      .resolves({ status: 'FAILED', error: 'lock.held', cause: 'No.\nWait.' });
    let looks = 0;
    const fleeting = following(
      () => (looks++ === 0 ? [ofOurs()] : []),
      () => [],
    );
    expect(await (await fleeting.start()).end).toEqual({ status: 'failed', error: 'lock.held', cause: 'No.\nWait.' });
    const untaken = following(
      () => [ofOurs({ epoch: 3 })],
      () => [{ details: { epoch: 2 } }],
    );
    await (await untaken.start('backfill', { resume: 'r1' })).end;
    expect([fleeting.seen, untaken.seen]).toEqual([[], []]);
  });

  test('that was carried on is found by the run that was named, once its new epoch is written down', async () => {
    started();
    sfn.on(DescribeExecutionCommand).resolves({ status: 'SUCCEEDED' });
    const { start, seen } = following(
      () => [ofOurs({ epoch: 3 })],
      () => [{ details: {} }, { details: { epoch: 3 } }],
    );
    await (await start('backfill', { resume: 'r1' })).end;
    expect(seen).toEqual(['r1']);
  });

  test.each([
    ['ABORTED', 'Somebody has stopped'],
    ['TIMED_OUT', 'time limit'],
  ] as const)('that is %s says so', async (status, words) => {
    started();
    sfn.on(DescribeExecutionCommand).resolves({ status });
    const { start } = following(() => [ofOurs()]);
    expect(await (await start()).end).toEqual({ status: 'failed', error: 'execution.stopped', cause: expect.stringContaining(words) });
  });

  test('is followed through an outage of the network, and not beyond the end of the credentials', async () => {
    started();
    const gone = Object.assign(new Error('connect ECONNRESET'), { code: 'ECONNRESET' });
    sfn.on(DescribeExecutionCommand).rejectsOnce(gone).rejectsOnce(gone).resolves({ status: 'SUCCEEDED' });
    const { start } = following(() => [ofOurs()]);
    expect((await (await start()).end).status).toBe('succeeded');
    sfn.on(DescribeExecutionCommand).rejects(Object.assign(new Error('expired'), { name: 'ExpiredTokenException' }));
    await expect((await start()).end).rejects.toMatchObject({
      code: 'environment.credentials',
      remedy: expect.stringContaining('The execution goes on, only not seen from here.'),
    });
  });

  test('cannot be started where the deployment has no such backfill, or its machine is gone', async () => {
    const { start } = following(() => []);
    sfn.on(StartExecutionCommand).rejects(new StateMachineDoesNotExist({ message: 'gone', $metadata: {} }));
    await expect(start()).rejects.toMatchObject({
      code: 'environment.other-version',
      message: expect.stringContaining('is not there any more'),
    });
    const carrier = deployedCarrier({
      deployed: { ...deployed, backfills: {} },
      sfn: new SFNClient({ region: 'x' }),
      ledger: {} as Ledger,
      clock: fakeClock(),
    });
    const order = { machine: 'backfill', backfill: 'receipt-place', input: {} } as const;
    await expect(carrier.start(order, async () => undefined)).rejects.toMatchObject({ code: 'environment.other-version' });
  });
});
