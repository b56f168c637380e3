import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { dashboardName } from '../workflow/names.ts';
import { type Access, ledgerAccess } from './access.ts';
import { acknowledgePatterns } from './acknowledge.ts';
import type { Backfill } from './backfill.ts';
import type { DeploymentParameter } from './deployment-parameter.ts';
import type { FeatureFlags } from './feature-flags.ts';
import { machineArns } from './machine.ts';

export interface OperatorPolicyProps {
  readonly environment: string;
  readonly backfills: readonly Backfill[];
  readonly state: { readonly ledger: Table; readonly artifacts: Bucket; readonly flags: FeatureFlags };
  readonly parameter: DeploymentParameter;
  /** An aborted run's capacity is put back. */
  readonly raisesCapacity: boolean;
}

/** What a person needs who operates one environment, with the CLI or in the console: starts and controls runs, and writes no table but the ledger. */
export class OperatorPolicy extends ManagedPolicy {
  constructor(scope: Construct, id: string, props: OperatorPolicyProps) {
    super(scope, id, { description: `Operates the backfills of ${props.environment}.` });
    for (const { actions, resources, pattern } of operatorAccess(scope, props)) {
      this.addStatements(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
      if (pattern !== undefined) acknowledgePatterns(this, resources, pattern);
    }
  }
}

function operatorAccess(scope: Construct, { environment, backfills, state, parameter, raisesCapacity }: OperatorPolicyProps): Access[] {
  const { region } = Stack.of(scope);
  const machines = backfills.flatMap(({ names }) => Object.values(names)).map((name) => machineArns(scope, name));
  // One pattern for each backfill, of both machines and of their children: a managed policy holds 6,144 characters, and every definition takes its share of them.
  const executions = backfills.map(({ names }) => executionsOf(scope, names.run));
  const tables = backfills.map(({ table }) => table);
  const tableArns = [...new Set(tables.map(({ tableArn }) => tableArn))];
  const indexArns = [...new Set(tables.flatMap((table) => table.indexArns))];
  const dashboard = Stack.of(scope).formatArn({
    service: 'cloudwatch',
    region: '',
    resource: 'dashboard',
    resourceName: dashboardName(environment, region),
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
  return [
    { actions: ['ssm:GetParameter'], resources: [parameter.parameterArn] },
    {
      actions: ['states:StartExecution', 'states:ListExecutions', 'states:DescribeStateMachine'],
      resources: machines.map(({ machine }) => machine),
    },
    {
      actions: ['states:DescribeExecution', 'states:GetExecutionHistory', 'states:StopExecution'],
      resources: executions,
      pattern: 'An execution has its name only once it runs; all are of the machines of this environment.',
    },
    ...ledgerAccess(state.ledger),
    { actions: ['dynamodb:DescribeTable'], resources: [state.ledger.tableArn] },
    // Validates, assesses and queries; items are changed by runs only. An aborted run's capacity is put back.
    {
      actions: [
        ...['DescribeTable', 'DescribeContinuousBackups', 'DescribeTimeToLive', 'Scan', 'BatchGetItem', 'GetItem', 'Query'],
        ...(raisesCapacity ? ['UpdateTable'] : []),
      ].map((name) => `dynamodb:${name}`),
      resources: tableArns,
    },
    ...(indexArns.length > 0 ? [{ actions: ['dynamodb:Query', 'dynamodb:Scan'], resources: indexArns }] : []),
    { actions: ['s3:ListBucket'], resources: [state.artifacts.bucketArn] },
    {
      actions: ['s3:GetObject'],
      resources: [state.artifacts.arnForObjects('*')],
      pattern: 'Whoever answers for a run may read all that it has left.',
    },
    {
      actions: ['s3:PutObject'],
      resources: [state.artifacts.arnForObjects('reports/*')],
      pattern: 'Reports are named by what they tell of and when; nothing else is written.',
    },
    ...flagAccess(scope, state.flags),
    { actions: ['cloudwatch:GetDashboard'], resources: [dashboard] },
    {
      actions: ['cloudwatch:GetMetricData', 'cloudwatch:DescribeAlarms'],
      resources: ['*'],
      pattern: 'Metrics know no resources, and a page of alarms is asked for as a whole; both only read.',
    },
  ];
}

/** Of both machines of a backfill, and of their Maps. */
const executionsOf = (scope: Construct, machine: string): string =>
  Stack.of(scope).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${machine}*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

/** To read the flags, and to change them by a version and its deployment. */
function flagAccess(scope: Construct, { application, environment, profile, strategy }: FeatureFlags): Access[] {
  const arn = (resource: string, ...path: string[]) =>
    Stack.of(scope).formatArn({ service: 'appconfig', resource, resourceName: path.join('/'), arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
  const own = arn('application', application);
  const ownEnvironment = arn('application', application, 'environment', environment);
  const ownProfile = arn('application', application, 'configurationprofile', profile);
  return [
    {
      actions: ['appconfig:StartConfigurationSession', 'appconfig:GetLatestConfiguration'],
      resources: [arn('application', application, 'environment', environment, 'configuration', profile)],
    },
    { actions: ['appconfig:ListHostedConfigurationVersions', 'appconfig:CreateHostedConfigurationVersion'], resources: [own, ownProfile] },
    {
      actions: ['appconfig:StartDeployment'],
      resources: [own, ownEnvironment, ownProfile, arn('deploymentstrategy', strategy)],
    },
    { actions: ['appconfig:GetDeployment'], resources: [own, ownEnvironment] },
    {
      actions: ['appconfig:StartDeployment', 'appconfig:GetDeployment'],
      resources: [`${ownEnvironment}/deployment/*`],
      pattern: 'A deployment has its number only once it was started; all are of these flags.',
    },
  ];
}
