import { Template } from 'aws-cdk-lib/assertions';
import { backfills } from '../../../lib/backfills/index.ts';
import { Deployed } from '../../../lib/workflow/deployed.ts';
import { digestOf } from '../../../lib/workflow/deployment.ts';
import { dashboardName } from '../../../lib/workflow/names.ts';
import { ACCOUNT, DeployedStacks, REGION, statementsIn } from '../../support/deployed-policies.ts';
import { simulate } from '../../support/iam.ts';
import { buildApp, synthesize } from '../synthesized.ts';

/** What a deployment tells of itself, and what its operators may do. */

const { state, runner } = synthesize();
const stacks = new DeployedStacks([state, runner]);
const arn = (service: string, resource: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
const bucket = stacks.one('AWS::S3::Bucket', 'Artifacts');
const ledger = stacks.one('AWS::DynamoDB::Table', 'Ledger');
const flagsPart = (name: string): string => stacks.resources(`AWS::AppConfig::${name}`)[0]?.name ?? '';

describe('the deployment’s parameter', () => {
  const [parameter, ...more] = stacks.resources('AWS::SSM::Parameter');

  it('holds all that the CLI must know, as its schema has it', () => {
    expect(more).toEqual([]);
    expect(parameter?.properties).toMatchObject({ Name: '/backfill/development/deployment', Type: 'String', Tier: 'Intelligent-Tiering' });
    const deployed = Deployed.parse(JSON.parse(String(parameter?.properties.Value)));
    expect(deployed).toEqual({
      environment: 'development',
      ledgerTable: ledger.name,
      serviceCacheTable: stacks.one('AWS::DynamoDB::Table', 'ServiceCache').name,
      artifactsBucket: bucket.name,
      tables: { receipts: 'receipts', wardrobe: 'wardrobe' },
      backfills: Object.fromEntries(
        backfills.map(({ name, version }) => {
          const machineArn = arn('states', `stateMachine:backfill-${name}-development`);
          return [name, { version, digest: digestOf(name), machineArn, rollbackMachineArn: `${machineArn}-rollback` }];
        }),
      ),
      flags: {
        application: flagsPart('Application'),
        environment: flagsPart('Environment'),
        profile: flagsPart('ConfigurationProfile'),
        strategy: flagsPart('DeploymentStrategy'),
      },
      dashboard: `https://${REGION}.console.aws.amazon.com/cloudwatch/home?region=${REGION}#dashboards/dashboard/${dashboardName('development', REGION)}`,
      alarms: stacks.resources('AWS::SNS::Topic')[0]?.arn,
      concurrency: 50,
      undoDays: 90,
    });
  });

  it('leaves room in a standard parameter for the definitions to come', () => {
    expect(String(parameter?.properties.Value).length).toBeLessThan(3_000);
  });
});

it('tells the dashboard, the operators’ policy and the parameter’s name as outputs', () => {
  for (const output of ['DashboardLink', 'OperatorPolicyArn', 'DeploymentParameterName'])
    expect(Object.keys(runner.findOutputs(output))).toEqual([output]);
});

describe('an operator', () => {
  const [policy] = stacks.resources('AWS::IAM::ManagedPolicy');
  const identity = statementsIn(policy?.properties.PolicyDocument);
  const resource = stacks.bucketPolicy(bucket.name);
  const context = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3', 's3:if-none-match': '*' };
  const may = (action: string, on: string): boolean => simulate({ identity, resource }, { action, resource: on, context }) === 'allowed';
  const machine = 'backfill-receipt-place-development';
  const table = (name: string): string => arn('dynamodb', `table/${name}`);
  const application = arn('appconfig', `application/${flagsPart('Application')}`);
  const environment = `${application}/environment/${flagsPart('Environment')}`;

  it.each([
    ['states:StartExecution', arn('states', `stateMachine:${machine}`)],
    ['states:StartExecution', arn('states', `stateMachine:${machine}-rollback`)],
    ['states:ListExecutions', arn('states', `stateMachine:${machine}`)],
    ['states:DescribeExecution', arn('states', `execution:${machine}:1`)],
    ['states:DescribeExecution', arn('states', `execution:${machine}/label:1`)],
    ['dynamodb:UpdateItem', ledger.arn],
    ['dynamodb:Query', `${ledger.arn}/index/GSI1`],
    ['dynamodb:Scan', table('wardrobe')],
    ['dynamodb:Query', `${table('receipts')}/index/GSI4`],
    ['s3:GetObject', `${bucket.arn}/journal/run/1`],
    ['s3:PutObject', `${bucket.arn}/reports/validation_report.json`],
    ['s3:ListBucket', bucket.arn],
    ['ssm:GetParameter', arn('ssm', 'parameter/backfill/development/deployment')],
    ['appconfig:GetLatestConfiguration', `${environment}/configuration/${flagsPart('ConfigurationProfile')}`],
    ['appconfig:CreateHostedConfigurationVersion', `${application}/configurationprofile/${flagsPart('ConfigurationProfile')}`],
    ['appconfig:StartDeployment', arn('appconfig', `deploymentstrategy/${flagsPart('DeploymentStrategy')}`)],
    ['appconfig:GetDeployment', `${environment}/deployment/7`],
    ['cloudwatch:GetDashboard', `arn:aws:cloudwatch::${ACCOUNT}:dashboard/${dashboardName('development', REGION)}`],
    ['cloudwatch:GetMetricData', '*'],
  ])('may %s on %s', (action, on) => {
    expect(may(action, on)).toBe(true);
  });

  it.each([
    ...['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLUpdate', 'UpdateTable', 'DeleteTable'].flatMap((action) =>
      ['receipts', 'wardrobe'].map((name) => [`dynamodb:${action}`, table(name)]),
    ),
    ['dynamodb:Scan', table('somebody-elses')],
    ['dynamodb:DeleteTable', ledger.arn],
    ['s3:PutObject', `${bucket.arn}/journal/run/1`],
    ['s3:PutObject', `${bucket.arn}/runs/1.json`],
    ['s3:DeleteObject', `${bucket.arn}/reports/1.json`],
    ['s3:PutBucketPolicy', bucket.arn],
    ['states:UpdateStateMachine', arn('states', `stateMachine:${machine}`)],
    ['states:StartExecution', arn('states', 'stateMachine:backfill-receipt-place-production')],
    ['states:StopExecution', arn('states', 'execution:backfill-receipt-place-production:1')],
    ['lambda:InvokeFunction', arn('lambda', 'function:any')],
    ['ssm:PutParameter', arn('ssm', 'parameter/backfill/development/deployment')],
    ['ssm:GetParameter', arn('ssm', 'parameter/backfill/production/deployment')],
    ['secretsmanager:GetSecretValue', arn('secretsmanager', 'secret:any')],
    ['appconfig:StartDeployment', arn('appconfig', 'application/another')],
    ['iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/any`],
  ] as [string, string][])('may not %s on %s', (action, on) => {
    expect(may(action, on)).toBe(false);
  });

  it('may put capacity back where runs may raise it', () => {
    const raising = synthesize({ context: { environments: { development: { raiseCapacity: true } } } });
    const [raised] = new DeployedStacks([raising.state, raising.runner]).resources('AWS::IAM::ManagedPolicy');
    const request = { action: 'dynamodb:UpdateTable', resource: table('wardrobe') };
    expect(simulate({ identity: statementsIn(raised?.properties.PolicyDocument) }, request)).toBe('allowed');
  });

  it('is given a policy that has room for twice as many definitions', () => {
    const lengthWith = (deployed: typeof backfills): number => {
      const { state, runner } = synthesize({ backfills: deployed, context: { environment: 'production' } });
      const [one] = new DeployedStacks([state, runner]).resources('AWS::IAM::ManagedPolicy');
      return JSON.stringify(one?.properties.PolicyDocument).length;
    };
    const whole = lengthWith(backfills);
    const shares = backfills.map((left) => whole - lengthWith(backfills.filter((one) => one !== left)));
    expect(Math.min(...shares)).toBeGreaterThan(300);
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    expect([whole, shares].flat().reduce((sum, share) => sum + share)).toBeLessThanOrEqual(6144);
  });

  it('is given a policy without a name, attached to nobody', () => {
    expect(policy?.properties).not.toHaveProperty('ManagedPolicyName');
    for (const kind of ['Roles', 'Users', 'Groups']) expect(policy?.properties[kind]).toBeUndefined();
  });
});

/** Every property by which a resource says what it is called. */
const NAMES =
  /^(TableName|BucketName|FunctionName|RoleName|ManagedPolicyName|PolicyName|TopicName|QueueName|StateMachineName|LogGroupName|DashboardName|AlarmName|Name)$/;

/** The name of something else in the stack, such as the function that a permission is about. */
const isBorrowed = (name: unknown): boolean => typeof name === 'object' && name !== null && ('Ref' in name || 'Fn::GetAtt' in name);

/** Physical names of a type's resources: `AWS::SSM::Parameter /backfill/...`. */
function namesIn(template: Template, ...types: string[]): string[] {
  const { Resources } = template.toJSON() as { Resources: Record<string, { Type: string; Properties?: Record<string, unknown> }> };
  return Object.values(Resources)
    .filter(({ Type }) => types.length === 0 || types.includes(Type))
    .flatMap(({ Type, Properties = {} }) =>
      Object.entries(Properties)
        .filter(([key, value]) => NAMES.test(key) && value !== undefined && !isBorrowed(value))
        .map(([, value]) => `${Type} ${JSON.stringify(value)}`),
    );
}

describe('two deployments side by side', () => {
  const templates = (context: Record<string, unknown>) => {
    const built = buildApp({ context });
    return {
      ids: [built.state.stackName, built.runner.stackName],
      all: [Template.fromStack(built.state), Template.fromStack(built.runner)],
    };
  };

  it('of two environments in one account share no name', () => {
    const [development, staging] = ['development', 'staging'].map((environment) => templates({ environment }));
    const named = (one: typeof development) =>
      one?.all.flatMap((template) => namesIn(template)).filter((name) => !/^AWS::(IAM::Policy|AppConfig::)/.test(name)) ?? [];
    expect(named(development).length).toBeGreaterThan(8);
    expect(named(development).filter((name) => named(staging).includes(name))).toEqual([]);
    expect(development?.ids.filter((id) => staging?.ids.includes(id))).toEqual([]);
  });

  it('of one environment in two regions share no name of what is global', () => {
    const [frankfurt, dublin] = ['eu-central-1', 'eu-west-1'].map((region) =>
      templates({ environments: { development: { account: ACCOUNT, region } } }),
    );
    const named = (one: typeof frankfurt) =>
      one?.all.flatMap((template) =>
        namesIn(template, 'AWS::IAM::Role', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::User', 'AWS::S3::Bucket', 'AWS::CloudWatch::Dashboard'),
      ) ?? [];
    expect(named(frankfurt).filter((name) => named(dublin).includes(name))).toEqual([]);
    expect(dashboardName('development', 'eu-central-1')).not.toBe(dashboardName('development', 'eu-west-1'));
  });
});
