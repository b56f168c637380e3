import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Deployed } from '../workflow/deployed.ts';
import { dashboardName } from '../workflow/names.ts';
import type { Backfill } from './backfill.ts';
import { DeploymentParameter } from './deployment-parameter.ts';
import type { FeatureFlags } from './feature-flags.ts';
import { OperatorPolicy } from './operator-policy.ts';

export interface OperationsProps {
  readonly config: {
    readonly environment: string;
    readonly concurrency: number;
    readonly undoDays: number;
    readonly raiseCapacity: boolean;
  };
  readonly backfills: readonly Backfill[];
  readonly state: {
    readonly ledger: Table;
    readonly serviceCache: Table;
    readonly artifacts: Bucket;
    readonly flags: FeatureFlags;
    readonly alarms: ITopic;
  };
}

/** All that those need who operate a deployment: where everything is, and the right to use it. */
export class Operations extends Construct {
  readonly parameter: DeploymentParameter;
  readonly policy: OperatorPolicy;

  constructor(scope: Construct, id: string, props: OperationsProps) {
    super(scope, id);
    const { environment, raiseCapacity: raisesCapacity } = props.config;
    const dashboard = dashboardLink(environment, Stack.of(this).region);
    this.parameter = new DeploymentParameter(this, 'Deployment', { deployed: describe(props, dashboard) });
    this.policy = new OperatorPolicy(this, 'OperatorPolicy', { ...props, environment, parameter: this.parameter, raisesCapacity });
    const output = (name: string, description: string, value: string) => new CfnOutput(Stack.of(this), name, { description, value });
    output('DashboardLink', 'What all backfills do, and how they fare.', dashboard);
    output('OperatorPolicyArn', 'For whoever operates this environment, and nobody else.', this.policy.managedPolicyArn);
    output('DeploymentParameterName', 'Where the CLI finds all of this.', this.parameter.parameterName);
  }
}

const dashboardLink = (environment: string, region: string): string =>
  `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${dashboardName(environment, region)}`;

function describe({ config, backfills, state }: OperationsProps, dashboard: string): Deployed {
  const { flags } = state;
  return {
    environment: config.environment,
    ledgerTable: state.ledger.tableName,
    serviceCacheTable: state.serviceCache.tableName,
    artifactsBucket: state.artifacts.bucketName,
    tables: Object.fromEntries(backfills.map(({ definition, table }) => [definition.source.table, table.tableName])),
    backfills: Object.fromEntries(
      backfills.map(({ definition: { name, version }, digest, machine, rollbackMachine }) => [
        name,
        { version, digest, machineArn: machine.stateMachineArn, rollbackMachineArn: rollbackMachine.stateMachineArn },
      ]),
    ),
    flags: { application: flags.application, environment: flags.environment, profile: flags.profile, strategy: flags.strategy },
    dashboard,
    alarms: state.alarms.topicArn,
    concurrency: config.concurrency,
    undoDays: config.undoDays,
  };
}
