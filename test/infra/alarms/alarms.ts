import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { physicalTables } from '../../../lib/constructs/alarms/throttles.ts';
import { Alarms } from '../../../lib/constructs/alarms.ts';
import { synthesize } from '../synthesized.ts';

const staging = {
  context: { environment: 'staging', environments: { development: {}, staging: { tables: { receipts: 'receipts-v2' } } } },
};
const { runner } = synthesize(staging);

interface AlarmProperties {
  AlarmName: string;
  AlarmDescription: string;
  AlarmActions: unknown[];
  OKActions: unknown[];
  Metrics?: { Id: string; Expression?: string; MetricStat?: { Metric: { Namespace: string; MetricName: string; Dimensions: object[] } } }[];
  [property: string]: unknown;
}

const alarmsOf = (template: Template): AlarmProperties[] =>
  Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties as AlarmProperties);

const alarms = alarmsOf(runner);

function alarm(name: string): AlarmProperties {
  const found = alarms.filter(({ AlarmName }) => AlarmName === `backfill-staging-${name}`);
  expect(found).toHaveLength(1);
  return found[0] as AlarmProperties;
}

const imported = (resource: string) => ({
  'Fn::ImportValue': expect.stringMatching(new RegExp(`:ExportsOutputRef${resource}[0-9A-F]{8}`)),
});
const calm = { TreatMissingData: 'notBreaching', ComparisonOperator: 'GreaterThanOrEqualToThreshold', EvaluationPeriods: 1 };

describe('every alarm', () => {
  it('tells the environment’s topic when it goes off and when it clears', () => {
    expect(alarms.length).toBeGreaterThan(30);
    for (const { AlarmActions, OKActions } of alarms) {
      expect(AlarmActions).toEqual([imported('Alarms')]);
      expect(OKActions).toEqual(AlarmActions);
    }
  });

  it('says what it means and what to do, with commands that exist and the environment it is about', () => {
    const { stdout } = spawnSync(process.execPath, [join(__dirname, '../../../bin/backfill.mjs'), '--help'], { encoding: 'utf8' });
    for (const { AlarmDescription } of alarms) {
      expect(AlarmDescription).toMatch(/^[A-Z].{80,}\.$/);
      expect(AlarmDescription.length).toBeLessThanOrEqual(1024);
      for (const [command, name] of AlarmDescription.matchAll(/npx backfill ([a-z]+)(?: (?:RUN|[a-z-]+))? --environment staging/g)) {
        expect([command, stdout]).toEqual([command, expect.stringMatching(new RegExp(`^ {2}${name}\\b`, 'm'))]);
      }
      expect(AlarmDescription.match(/npx backfill/g) ?? []).toHaveLength(AlarmDescription.match(/--environment staging/g)?.length ?? 0);
    }
  });

  it('has a name of its own, also beside another environment', () => {
    const names = [...alarms, ...alarmsOf(synthesize().runner)].map(({ AlarmName }) => AlarmName);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^backfill-(staging|development)-[a-z0-9]/);
  });
});

describe('throttle alarms of the tables', () => {
  const sustained = {
    Namespace: 'AWS/DynamoDB',
    Statistic: 'Sum',
    Period: 60,
    Threshold: 10,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    EvaluationPeriods: 3,
    DatapointsToAlarm: 2,
    TreatMissingData: 'notBreaching',
  };
  const targets = [
    ['receipts-v2', undefined],
    ['receipts-v2', 'GSI1'],
    ['receipts-v2', 'GSI2'],
    ['receipts-v2', 'GSI3'],
    ['receipts-v2', 'GSI4'],
    ['wardrobe', undefined],
  ] as const;
  const dimensions = (table: unknown, index: string | undefined) => [
    ...(index ? [{ Name: 'GlobalSecondaryIndexName', Value: index }] : []),
    { Name: 'TableName', Value: table },
  ];

  it.each(targets)('watch writes and reads of %s, index %s, under its physical name', (table, index) => {
    const name = index ? `${table}/${index}` : table;
    for (const [kind, MetricName] of [
      ['write', 'WriteThrottleEvents'],
      ['read', 'ReadThrottleEvents'],
    ]) {
      expect(alarm(`${name}-${kind}-throttles`)).toMatchObject({ ...sustained, MetricName, Dimensions: dimensions(table, index) });
    }
  });

  it('are there for these tables and indexes, and no other', () => {
    expect(alarms.filter(({ AlarmName }) => /-(write|read)-throttles$/.test(AlarmName))).toHaveLength(2 * targets.length);
  });

  it('watch a table once that several backfills share, with the indexes of all', () => {
    const shared = [
      { tableName: 'a', indexNames: ['One'] },
      { tableName: 'b', indexNames: [] },
      { tableName: 'a', indexNames: ['Two', 'One'] },
    ];
    expect(physicalTables(shared)).toEqual([
      { tableName: 'a', indexNames: ['One', 'Two'] },
      { tableName: 'b', indexNames: [] },
    ]);
  });

  it.each([undefined, 'GSI1'])('watch the ledger as well, index %s', (index) => {
    const name = index ? `ledger/${index}` : 'ledger';
    for (const [kind, MetricName] of [
      ['writes', 'WriteThrottleEvents'],
      ['reads', 'ReadThrottleEvents'],
    ]) {
      expect(alarm(`${name}-${kind}-throttled`)).toMatchObject({
        ...sustained,
        MetricName,
        Dimensions: dimensions(imported('Ledger'), index),
      });
    }
  });
});

describe.each([
  ['receipt-place', 'ReceiptPlace'],
  ['wardrobe-normalize', 'WardrobeNormalize'],
])('alarms of %s', (backfill, construct) => {
  const of = (dimension: string, value: unknown) => [{ Name: dimension, Value: value }];
  const resource = (name: string) => ({ Ref: expect.stringMatching(new RegExp(`^${construct}${name}[0-9A-F]{8}$`)) });

  it.each([
    ['failed-executions', 'ExecutionsFailed', 'Machine'],
    ['timed-out-executions', 'ExecutionsTimedOut', 'Machine'],
    ['failed-rollback-executions', 'ExecutionsFailed', 'RollbackMachine'],
    ['timed-out-rollback-executions', 'ExecutionsTimedOut', 'RollbackMachine'],
  ])('%s goes off at the first', (name, MetricName, machine) => {
    expect(alarm(`${backfill}-${name}`)).toMatchObject({
      ...calm,
      Namespace: 'AWS/States',
      MetricName,
      Dimensions: of('StateMachineArn', resource(machine)),
      Statistic: 'Sum',
      Period: 300,
      Threshold: 1,
    });
  });

  it('failed items go off above one per cent', () => {
    const failed = alarm(`${backfill}-failed-items`);
    expect(failed).toMatchObject({ ...calm, ComparisonOperator: 'GreaterThanThreshold', Threshold: 1 });
    expect(countedBy(failed)).toEqual({
      created: 'ItemsCreated',
      updated: 'ItemsUpdated',
      restored: 'ItemsRestored',
      deleted: 'ItemsDeleted',
      failed: 'ItemsFailed',
    });
    for (const { MetricStat } of failed.Metrics ?? []) {
      if (!MetricStat) continue;
      expect(MetricStat).toMatchObject({ Period: 900, Stat: 'Sum' });
      expect(MetricStat.Metric).toMatchObject({
        Namespace: 'Backfill',
        Dimensions: [...of('backfill', backfill), ...of('environment', 'staging')],
      });
    }
  });

  it.each(['errors', 'throttles'])('function-%s adds up all four functions', (name) => {
    const added = alarm(`${backfill}-function-${name}`);
    expect(added).toMatchObject({ ...calm, Threshold: name === 'errors' ? 3 : 10 });
    const functions = ['Coordinator', 'Processor', 'Rehearser', 'Cleanup'];
    expect(added.Metrics).toEqual([
      { Id: 'expr_1', Expression: 'SUM([coordinator, processor, rehearser, cleanup])', Label: expect.any(String), ReturnData: true },
      ...functions.map((each) => ({
        Id: each.toLowerCase(),
        ReturnData: false,
        MetricStat: {
          Metric: {
            Namespace: 'AWS/Lambda',
            MetricName: name === 'errors' ? 'Errors' : 'Throttles',
            Dimensions: of('FunctionName', resource(each)),
          },
          Period: 300,
          Stat: 'Sum',
        },
      })),
    ]);
  });
});

/** Metrics by the id that the expression gives them. */
const countedBy = ({ Metrics = [] }: AlarmProperties): Record<string, string> =>
  Object.fromEntries(Metrics.flatMap(({ Id, MetricStat }) => (MetricStat ? [[Id, MetricStat.Metric.MetricName]] : [])));

/** What CloudWatch would make of the expression. */
function evaluated({ Metrics = [] }: AlarmProperties, values: Record<string, number>): number {
  const expression = Metrics.find((metric) => metric.Expression)?.Expression;
  const names = Object.keys(values);
  return new Function('IF', ...names, `return ${expression}`)(
    (holds: boolean, yes: number, no: number) => (holds ? yes : no),
    ...names.map((name) => values[name]),
  );
}

describe('rates', () => {
  const none = { created: 0, updated: 0, restored: 0, deleted: 0 };

  it('of failed items say nothing of fewer than a hundred, and leave out what was skipped', () => {
    const failed = alarm('wardrobe-normalize-failed-items');
    expect(evaluated(failed, { ...none, updated: 49, failed: 50 })).toBe(0);
    expect(evaluated(failed, { ...none, updated: 99, failed: 1 })).toBe(1);
    expect(evaluated(failed, { created: 20, updated: 30, restored: 40, deleted: 8, failed: 2 })).toBe(2);
  });

  it('of service errors go by the calls, where a service is asked', () => {
    const errors = alarm('receipt-place-service-errors');
    expect(errors).toMatchObject({ ...calm, ComparisonOperator: 'GreaterThanThreshold', Threshold: 1 });
    expect(countedBy(errors)).toEqual({ errors: 'ServiceErrors', calls: 'ServiceCalls' });
    expect(evaluated(errors, { errors: 99, calls: 99 })).toBe(0);
    expect(evaluated(errors, { errors: 5, calls: 200 })).toBe(2.5);
    expect(alarms.filter(({ AlarmName }) => AlarmName.endsWith('-service-errors'))).toHaveLength(1);
  });
});

describe('alarms of the environment', () => {
  it('go off when a run stands still that should move', () => {
    expect(alarm('runs-stalled')).toMatchObject({
      ...calm,
      Namespace: 'Backfill',
      MetricName: 'RunsStalled',
      Dimensions: [{ Name: 'environment', Value: 'staging' }],
      Statistic: 'Maximum',
      // The reconciler looks every 5 minutes.
      Period: 600,
      Threshold: 1,
    });
  });

  it('go off when an event could not be handled', () => {
    expect(alarm('dead-letters')).toMatchObject({
      ...calm,
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [expect.stringMatching(/^DeadLetters/), 'QueueName'] } }],
      Statistic: 'Maximum',
      Period: 300,
      Threshold: 1,
    });
  });
});

describe('an alarm that is added', () => {
  const added = (name: string, overrides = {}) => {
    const stack = new Stack(new App({ analyticsReporting: false }), 'Stack');
    const set = new Alarms(stack, 'Alarms', { environment: 'staging', topic: new Topic(stack, 'Topic') });
    const metric = new Metric({ namespace: 'Backfill', metricName: 'RunsStalled' });
    set.add(name, { meaning: 'It is so.', remedy: 'Do this.', threshold: 2, metric, ...overrides });
    expect(set.all).toHaveLength(1);
    return Template.fromStack(stack);
  };

  it('takes the defaults that all share, and may differ', () => {
    added('x').hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...calm,
      AlarmName: 'backfill-staging-x',
      AlarmDescription: 'It is so. Do this.',
    });
    added('x', { evaluationPeriods: 4 }).hasResourceProperties('AWS::CloudWatch::Alarm', { EvaluationPeriods: 4 });
  });

  it('is named by CloudFormation where the name would be too long', () => {
    added('t'.repeat(255)).hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmName: Match.absent() });
  });
});
