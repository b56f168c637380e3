import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { synthesize } from '../synthesized.ts';

/** The policies with which `cdk bootstrap` is told what CloudFormation may do, as docs/how-to/deploy.md hands them out. */

interface Statement {
  Sid: string;
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
}

const read = (name: string): { Version: string; Statement: Statement[] } =>
  JSON.parse(readFileSync(join(__dirname, '../../../docs/reference/iam', name), 'utf8'));
const policies = { 'deploy-state.json': read('deploy-state.json'), 'deploy-runner.json': read('deploy-runner.json') };
const statements = Object.values(policies).flatMap(({ Statement }) => Statement);
const actions = new Set(statements.flatMap(({ Action }) => [Action].flat()));

/** The action that makes a resource of a type. */
const MAKES: Record<string, string> = {
  'AWS::AppConfig::Application': 'appconfig:CreateApplication',
  'AWS::AppConfig::ConfigurationProfile': 'appconfig:CreateConfigurationProfile',
  'AWS::AppConfig::Deployment': 'appconfig:StartDeployment',
  'AWS::AppConfig::DeploymentStrategy': 'appconfig:CreateDeploymentStrategy',
  'AWS::AppConfig::Environment': 'appconfig:CreateEnvironment',
  'AWS::AppConfig::HostedConfigurationVersion': 'appconfig:CreateHostedConfigurationVersion',
  'AWS::CloudWatch::Alarm': 'cloudwatch:PutMetricAlarm',
  'AWS::CloudWatch::Dashboard': 'cloudwatch:PutDashboard',
  'AWS::DynamoDB::Table': 'dynamodb:CreateTable',
  'AWS::Events::Rule': 'events:PutRule',
  'AWS::IAM::ManagedPolicy': 'iam:CreatePolicy',
  'AWS::IAM::Policy': 'iam:PutRolePolicy',
  'AWS::IAM::Role': 'iam:CreateRole',
  'AWS::KMS::Key': 'kms:CreateKey',
  'AWS::Lambda::EventInvokeConfig': 'lambda:PutFunctionEventInvokeConfig',
  'AWS::Lambda::Function': 'lambda:CreateFunction',
  'AWS::Lambda::Permission': 'lambda:AddPermission',
  'AWS::Logs::LogGroup': 'logs:CreateLogGroup',
  'AWS::S3::Bucket': 's3:CreateBucket',
  'AWS::S3::BucketPolicy': 's3:PutBucket*',
  'AWS::SNS::Subscription': 'sns:Subscribe',
  'AWS::SNS::Topic': 'sns:CreateTopic',
  'AWS::SNS::TopicPolicy': 'sns:SetTopicAttributes',
  'AWS::SQS::Queue': 'sqs:CreateQueue',
  'AWS::SQS::QueuePolicy': 'sqs:SetQueueAttributes',
  'AWS::SSM::Parameter': 'ssm:PutParameter',
  'AWS::Scheduler::Schedule': 'scheduler:CreateSchedule',
  'AWS::Scheduler::ScheduleGroup': 'scheduler:CreateScheduleGroup',
  'AWS::SecretsManager::Secret': 'secretsmanager:CreateSecret',
  'AWS::StepFunctions::StateMachine': 'states:CreateStateMachine',
};

const { state, runner } = synthesize({ context: { environments: { development: { alarmEmails: ['ops@example.org'] } } } });
const resources = [state, runner].flatMap((template) => Object.values(template.toJSON().Resources as Record<string, { Type: string }>));
const types = [...new Set(resources.map(({ Type }) => Type))].sort();

it.each(types)('lets CloudFormation make a %s', (type) => {
  expect(Object.keys(MAKES)).toContain(type);
  expect([...actions]).toContain(MAKES[type]);
});

it('lets it touch no service that the stacks have nothing of', () => {
  const services = new Set(types.map((type) => MAKES[type]?.split(':')[0]));
  expect([...new Set([...actions].map((action) => action.split(':')[0]))].sort()).toEqual([...services].sort());
});

it.each(Object.entries(policies))('%s fits into a managed policy', (_, policy) => {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: 6,144 characters, blanks not counted.
  expect(JSON.stringify(policy).length).toBeLessThanOrEqual(6144);
});

it('reaches what bears a name of the stacks’ own: a made-up one may begin otherwise', () => {
  const named = ['Name', 'GroupName', 'StateMachineName', 'AlarmName', 'DashboardName', 'LogGroupName'];
  const { Resources } = runner.toJSON() as { Resources: Record<string, { Type: string; Properties?: Record<string, unknown> }> };
  const names = Object.values(Resources).flatMap(({ Properties = {} }) =>
    named.flatMap((name) => (name in Properties ? [Properties[name]] : [])),
  );
  expect(names.length).toBeGreaterThan(40);
  for (const name of names) expect(JSON.stringify(name)).toMatch(/^"(\/aws\/vendedlogs\/states\/|\/)?backfill[-/]|"backfill-/);
  const groups = Object.values(runner.findResources('AWS::Scheduler::ScheduleGroup'));
  expect(groups.map(({ Properties }) => Properties.Name)).toEqual(['backfill-wardrobe-normalize-development']);
});

it('gives no action of a whole service, and every resource but these by name', () => {
  for (const action of actions) expect(action).toMatch(/^[a-z0-9]+:[A-Z][A-Za-z]+\*?$/);
  const everything = statements.filter(({ Resource }) => [Resource].flat().includes('*')).map(({ Sid }) => Sid);
  // Keys and subscriptions have names of AWS's own; log deliveries know no resource.
  expect(everything.sort()).toEqual(['Keys', 'LogDelivery', 'Subscriptions']);
});
