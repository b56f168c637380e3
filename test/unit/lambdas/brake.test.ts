import { createBrake } from '../../../lambdas/brake.ts';
import type { RunRecord } from '../../../lib/core/records/run.ts';
import { type OversightBench, oversightBench, TABLE } from '../../support/oversight.ts';

const BEGAN = '2026-11-21T11:50:00.000Z';
const OVER = '2026-11-21T11:59:00.000Z';
const ALARM = 'backfill-staging-prod-things-write-throttles';

/** As CloudWatch publishes it. */
const message = (state: string, at: string, change: object = {}) => ({
  AlarmName: ALARM,
  AlarmDescription: 'DynamoDB throttles writes.',
  AWSAccountId: '123456789012',
  NewStateValue: state,
  NewStateReason: `It is ${state}.`,
  StateChangeTime: at.replace('Z', '+0000'),
  Region: 'EU (Frankfurt)',
  OldStateValue: 'OK',
  Trigger: {
    MetricName: 'WriteThrottleEvents',
    Namespace: 'AWS/DynamoDB',
    Dimensions: [{ value: TABLE, name: 'TableName' }],
    ...('MetricName' in change ? change : {}),
  },
  ...('MetricName' in change ? {} : change),
});
const event = (...messages: unknown[]) => ({
  Records: messages.map((one) => ({ EventSource: 'aws:sns', Sns: { Message: typeof one === 'string' ? one : JSON.stringify(one) } })),
});
const braked: Partial<RunRecord> = { status: 'held', reason: { code: 'brake.throttled', message: '' } };

let here: OversightBench;
let brake: (event: unknown) => Promise<void>;
const standing = async (table = TABLE) => (await here.ledger.brakes(table)).map(({ alarm }) => alarm);
const events = async (runId: string) => (await here.ledger.events(runId)).map(({ who, what }) => `${who}: ${what}`);

beforeEach(() => {
  here = oversightBench();
  brake = createBrake(async () => here);
});

describe('an alarm goes off', () => {
  test('it stands in the ledger, and every run that goes on that table says so', async () => {
    here.has('a');
    here.has('b', { backfill: 'making' });
    here.has('other-table', { backfill: 'elsewhere' });
    here.has('other-environment', { environment: 'production' });
    here.has('over', { status: 'complete' });
    await brake(event(message('ALARM', BEGAN)));
    expect(await here.ledger.brakes(TABLE)).toEqual([{ alarm: ALARM, reason: 'It is ALARM.', since: BEGAN, by: `alarm ${ALARM}` }]);
    for (const runId of ['a', 'b']) expect(await events(runId)).toEqual([`alarm ${ALARM}: alarm`]);
    for (const runId of ['other-table', 'other-environment', 'over']) expect(await events(runId)).toEqual([]);
    expect(here.started).toEqual([]);
  });

  test('of an index of the table', async () => {
    const Dimensions = [
      { name: 'GlobalSecondaryIndexName', value: 'G1' },
      { name: 'TableName', value: TABLE },
    ];
    await brake(event(message('ALARM', BEGAN, { MetricName: 'ReadThrottleEvents', Dimensions })));
    expect(await standing()).toEqual([ALARM]);
  });

  test('the same word twice, or after a crash in between, says it once', async () => {
    here.has('a');
    await here.ledger.setBrake(TABLE, { alarm: ALARM, reason: 'It is ALARM.', since: BEGAN, by: `alarm ${ALARM}` });
    for (let times = 0; times < 3; times += 1) await brake(event(message('ALARM', BEGAN), message('ALARM', BEGAN)));
    expect(await events('a')).toEqual([`alarm ${ALARM}: alarm`]);
  });

  test('several alarms in one event', async () => {
    await brake(event(message('ALARM', BEGAN), message('ALARM', OVER, { AlarmName: 'second' })));
    expect(await standing()).toEqual([ALARM, 'second']);
  });
});

describe('an alarm is over', () => {
  test('what stands still for it, and for nothing else, is started again, each by its own machine', async () => {
    here.has('a', { ...braked, epoch: 3 });
    here.has('b', { ...braked, backfill: 'making', rollback: { of: 'x', was: 'complete', wasUndoneBy: null, skipDamaged: false } });
    here.has('paused', { status: 'held', reason: { code: 'paused', message: '' } });
    here.has('aborted', { ...braked, status: 'aborted' });
    here.has('elsewhere', { ...braked, backfill: 'elsewhere' });
    await brake(event(message('ALARM', BEGAN), message('OK', OVER)));
    const startedBy = `alarm ${ALARM} is over`;
    expect(here.started).toEqual([
      ['backfill-doubling-staging', 'brake-a-3', { resume: 'a', epoch: 3, startedBy }],
      ['backfill-making-staging-rollback', 'brake-b-1', { resume: 'b', epoch: 1, startedBy }],
    ]);
    expect(await standing()).toEqual([]);
    expect(await events('a')).toEqual([`alarm ${ALARM}: alarm over`]);
  });

  test('nothing is started while another one stands', async () => {
    here.has('a', braked);
    await brake(event(message('ALARM', BEGAN), message('ALARM', BEGAN, { AlarmName: 'second' }), message('OK', OVER)));
    expect(here.started).toEqual([]);
    await brake(event(message('OK', OVER, { AlarmName: 'second' })));
    expect(here.started).toHaveLength(1);
  });

  test('the same word twice starts it once', async () => {
    here.has('a', braked);
    for (let times = 0; times < 3; times += 1) await brake(event(message('OK', OVER)));
    expect(here.started).toHaveLength(1);
    expect(await events('a')).toEqual([`alarm ${ALARM}: alarm over`]);
  });

  test('words in the wrong order come to the same', async () => {
    here.has('a');
    await brake(event(message('OK', OVER)));
    await brake(event(message('ALARM', BEGAN)));
    expect(await standing()).toEqual([]);
    expect(await events('a')).toEqual([`alarm ${ALARM}: alarm over`]);
  });

  test('when a start fails, so does the handler: it is called again', async () => {
    here.has('a', braked);
    here.startExecution = async () => {
      throw new Error('Step Functions does not answer');
    };
    await expect(brake(event(message('OK', OVER)))).rejects.toThrow('does not answer');
  });
});

test.each([
  ['no data', message('INSUFFICIENT_DATA', BEGAN)],
  [
    'a table of nobody',
    message('ALARM', BEGAN, { MetricName: 'WriteThrottleEvents', Dimensions: [{ name: 'TableName', value: 'ledger' }] }),
  ],
  ['another metric', message('ALARM', BEGAN, { MetricName: 'ConsumedWriteCapacityUnits' })],
  ['another namespace', message('ALARM', BEGAN, { MetricName: 'WriteThrottleEvents', Namespace: 'Backfill' })],
  ['no table', message('ALARM', BEGAN, { MetricName: 'WriteThrottleEvents', Dimensions: [] })],
  ['metric math', message('ALARM', BEGAN, { Trigger: { Metrics: [] } })],
  ['plain text', 'Hello.'],
  ['another message', { hello: true }],
])('%s is nothing to a brake', async (_, one) => {
  here.has('a', braked);
  await brake(event(one));
  expect([...here.ledger.alarms]).toEqual([]);
  expect(here.ledger.log).toEqual([]);
  expect(here.started).toEqual([]);
});

test.each([
  ['no time', message('ALARM', 'soon')],
  ['other dimensions', message('ALARM', BEGAN, { MetricName: 'WriteThrottleEvents', Dimensions: { TableName: TABLE } })],
])('throttles with %s are not passed over', async (_, one) => {
  here.has('a');
  await expect(brake(event(one))).rejects.toThrow();
  expect(await standing()).toEqual([]);
});

test('what is no event of SNS is refused', async () => {
  await expect(brake({ Records: [{ s3: {} }] })).rejects.toThrow();
});
