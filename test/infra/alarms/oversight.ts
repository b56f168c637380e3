import { Match } from 'aws-cdk-lib/assertions';
import { isDaily } from '../../../lib/constructs/alarms/scheduled-start.ts';
import { scheduleOf } from '../../../lib/constructs/scheduled-start.ts';
import { digestOf } from '../../../lib/workflow/deployment.ts';
import { allowedTo, byAction, synthesize } from '../synthesized.ts';

/** What looks after all runs of an environment: the brake, the reconciler, the schedules. */

const { runner } = synthesize();
const names = ['receipt-place', 'wardrobe-normalize'].flatMap((name) => [
  `backfill-${name}-development`,
  `backfill-${name}-development-rollback`,
]);
const machines = names.map((name) => `stateMachine:${name}`).sort();
const executions = names.map((name) => `execution:${name}:*`).sort();
const own = {
  'logs:CreateLogStream': ['Log'],
  'logs:PutLogEvents': ['Log'],
  'xray:PutTelemetryRecords': ['*'],
  'xray:PutTraceSegments': ['*'],
  'sqs:GetQueueAttributes': ['DeadLetters'],
  'sqs:GetQueueUrl': ['DeadLetters'],
  'sqs:SendMessage': ['DeadLetters'],
};
const ledger = {
  'dynamodb:GetItem': ['Ledger'],
  'dynamodb:PutItem': ['Ledger'],
  'dynamodb:Query': ['Ledger', 'Ledger/index/GSI1'],
  'dynamodb:UpdateItem': ['Ledger'],
};
/** By action; what the stack itself has is named by its construct. */
const rightsOf = (construct: string, template = runner): Record<string, string[]> =>
  byAction(
    allowedTo(construct, template).map(({ action, resource }) => ({
      action,
      resource: resource.replace(/^<([A-Za-z]+?)[0-9A-F]{8}(?:\.Arn)?>$/, '$1'),
    })),
  );
const deadLetters = { 'Fn::GetAtt': [Match.stringLikeRegexp('^DeadLetters'), 'Arn'] };
/** CDK makes it up, of stack and construct. */
const GROUP = 'backfill-wardrobe-normalize-development';
const functionOf = (construct: string) => ({ 'Fn::GetAtt': [Match.stringLikeRegexp(`^${construct}Handler[0-9A-F]{8}$`), 'Arn'] });

describe('the brake', () => {
  it('may keep the ledger and start the machines, and nothing else', () => {
    expect(rightsOf('BrakeHandler')).toEqual({ ...own, ...ledger, 'states:StartExecution': machines });
  });

  it('hears every alarm; what it cannot handle is kept', () => {
    runner.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'lambda',
      Endpoint: functionOf('Brake'),
      TopicArn: { 'Fn::ImportValue': Match.stringLikeRegexp(':ExportsOutputRefAlarms') },
      RedrivePolicy: { deadLetterTargetArn: deadLetters },
    });
  });

  it('knows every table by its physical name', () => {
    const context = { environments: { development: { tables: { receipts: 'prod-receipts' } } } };
    synthesize({ context }).runner.hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('^Slows the runs'),
      Timeout: 120,
      Environment: {
        Variables: Match.objectLike({
          BACKFILL_ENVIRONMENT: 'development',
          BACKFILL_TABLES: '{"receipts":"prod-receipts","wardrobe":"wardrobe"}',
          MACHINE_ARN_PREFIX: { 'Fn::Join': ['', Match.arrayWith([':stateMachine:'])] },
        }),
      },
    });
  });
});

describe('the reconciler', () => {
  it('may keep the ledger, ask after executions and start the machines, and nothing else', () => {
    expect(rightsOf('ReconcilerHandler')).toEqual({
      ...own,
      ...ledger,
      'dynamodb:DeleteItem': ['Ledger'],
      'states:DescribeExecution': executions,
      'states:StartExecution': machines,
    });
  });

  it('may put back the capacity of the tables where runs may raise it', () => {
    const raising = synthesize({ context: { environments: { development: { raiseCapacity: true } } } }).runner;
    expect(rightsOf('ReconcilerHandler', raising)).toMatchObject({
      'dynamodb:DescribeTable': ['table/receipts', 'table/wardrobe'],
      'dynamodb:UpdateTable': ['table/receipts', 'table/wardrobe'],
    });
  });

  it('hears of executions of our machines that ended badly, and of no other', () => {
    const arn = (name: string) => ({ 'Fn::Join': ['', Match.arrayWith([`:stateMachine:${name}`])] });
    runner.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: { status: ['ABORTED', 'TIMED_OUT', 'FAILED'], stateMachineArn: names.map(arn) },
      },
      Targets: [Match.objectLike({ Arn: functionOf('Reconciler'), DeadLetterConfig: { Arn: deadLetters } })],
    });
  });

  it('looks by itself every five minutes', () => {
    runner.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(5 minutes)',
      Targets: [Match.objectLike({ Arn: functionOf('Reconciler'), Input: '{"sweep":true}', DeadLetterConfig: { Arn: deadLetters } })],
    });
  });
});

it.each(['Brake', 'Reconciler'])('what the %s fails at three times is kept', (construct) => {
  runner.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    FunctionName: { Ref: Match.stringLikeRegexp(`^${construct}Handler`) },
    MaximumRetryAttempts: 2,
    DestinationConfig: { OnFailure: { Destination: deadLetters } },
  });
});

describe('a definition that declares a schedule', () => {
  it('is started by it, for the code that is deployed and no other', () => {
    runner.resourceCountIs('AWS::Scheduler::Schedule', 1);
    runner.hasResourceProperties('AWS::Scheduler::Schedule', {
      Name: 'backfill-wardrobe-normalize-development',
      GroupName: GROUP,
      ScheduleExpression: 'cron(0 3 * * ? *)',
      ScheduleExpressionTimezone: 'UTC',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: Match.objectLike({
        Arn: { Ref: Match.stringLikeRegexp('^WardrobeNormalizeMachine') },
        Input: JSON.stringify({
          confirmedBy: 'schedule backfill-wardrobe-normalize-development',
          digest: digestOf('wardrobe-normalize'),
        }),
        DeadLetterConfig: { Arn: deadLetters },
        RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 10 },
      }),
    });
  });

  it('by a role that may start that machine, and leave behind what could not be delivered', () => {
    expect(rightsOf('WardrobeNormalizeSchedule')).toEqual({
      'states:StartExecution': ['WardrobeNormalizeMachine'],
      'sqs:SendMessage': ['DeadLetters'],
    });
    runner.hasResourceProperties('AWS::IAM::Role', {
      Description: 'Starts wardrobe-normalize by the clock.',
      AssumeRolePolicyDocument: Match.objectLike({
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: {
              StringEquals: {
                'aws:SourceAccount': { Ref: 'AWS::AccountId' },
                'aws:SourceArn': { 'Fn::GetAtt': [Match.stringLikeRegexp('^WardrobeNormalizeScheduleGroup'), 'Arn'] },
              },
            },
          },
        ],
      }),
    });
  });

  it('starts when the environment says so, or never', () => {
    const schedules = { 'wardrobe-normalize': 'off', 'receipt-place': 'rate(7 days)' };
    const { runner: other } = synthesize({ context: { environments: { development: { schedules } } } });
    other.resourceCountIs('AWS::Scheduler::Schedule', 1);
    other.hasResourceProperties('AWS::Scheduler::Schedule', {
      Name: 'backfill-receipt-place-development',
      ScheduleExpression: 'rate(7 days)',
      ScheduleExpressionTimezone: 'UTC',
    });
  });

  test.each([
    [undefined, {}, undefined],
    [{ expression: 'cron(0 3 * * ? *)', timezone: 'Europe/Berlin' }, {}, 'cron(0 3 * * ? *) Europe/Berlin'],
    [{ expression: 'cron(0 3 * * ? *)', timezone: 'Europe/Berlin' }, { a: 'rate(1 day)' }, 'rate(1 day) Europe/Berlin'],
    [{ expression: 'cron(0 3 * * ? *)', timezone: 'Europe/Berlin' }, { a: 'off' }, undefined],
    [undefined, { a: 'rate(1 day)' }, 'rate(1 day) UTC'],
    [undefined, { b: 'rate(1 day)' }, undefined],
  ])('%j with %j: %s', (schedule, overrides, expected) => {
    const found = scheduleOf({ name: 'a', schedule }, overrides as Record<string, string>);
    expect(found && `${found.expression} ${found.timezone}`).toBe(expected);
  });
});

describe('the alarms of a schedule', () => {
  const group = { Name: 'ScheduleGroup', Value: GROUP };
  const topic = [{ 'Fn::ImportValue': Match.stringLikeRegexp(':ExportsOutputRefAlarms') }];
  const name = 'backfill-development-wardrobe-normalize';

  test.each([
    ['refused-starts', 'TargetErrorCount'],
    ['dropped-starts', 'InvocationDroppedCount'],
  ])('%s', (alarm, MetricName) => {
    runner.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: `${name}-${alarm}`,
      Namespace: 'AWS/Scheduler',
      MetricName,
      Statistic: 'Sum',
      Dimensions: [group],
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    });
  });

  it('a night without a start: no attempt in 25 hours', () => {
    runner.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: `${name}-missed-start`,
      Namespace: 'AWS/Scheduler',
      MetricName: 'InvocationAttemptCount',
      Statistic: 'Sum',
      Period: 3600,
      EvaluationPeriods: 25,
      DatapointsToAlarm: 25,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      Dimensions: [group],
      TreatMissingData: 'missing',
      InsufficientDataActions: topic,
      AlarmActions: topic,
      OKActions: topic,
    });
  });

  it('is there only where there is a start every night', () => {
    const schedules = { 'wardrobe-normalize': 'cron(0 3 ? * SUN *)' };
    const { runner: weekly } = synthesize({ context: { environments: { development: { schedules } } } });
    const alarms = Object.values(weekly.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties.AlarmName);
    expect(alarms).toContain(`${name}-dropped-starts`);
    expect(alarms).not.toContain(`${name}-missed-start`);
  });

  test.each([
    ['cron(0 3 * * ? *)', true],
    ['cron(0 3 ? * * *)', true],
    ['cron(0/10 * * * ? *)', true],
    ['cron(0 3 ? * MON-FRI *)', false],
    ['cron(0 3 1 * ? *)', false],
    ['cron(0 3 * 12 ? *)', false],
    ['cron(0 3 * * ? 2030)', false],
    ['rate(1 day)', true],
    ['rate(12 hours)', true],
    ['rate(24 hours)', true],
    ['rate(25 hours)', false],
    ['rate(90 minutes)', true],
    ['rate(7 days)', false],
  ])('%s goes off every day: %s', (expression, expected) => {
    expect(isDaily(expression)).toBe(expected);
  });
});
