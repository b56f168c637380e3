import { Stack } from 'aws-cdk-lib';
import { ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import type { Deployed } from '../workflow/deployed.ts';
import { deploymentParameter } from '../workflow/names.ts';

export interface DeploymentParameterProps {
  readonly deployed: Deployed;
}

/** What a deployment says of itself, in the one place where the CLI looks for it. */
export class DeploymentParameter extends StringParameter {
  constructor(scope: Construct, id: string, { deployed }: DeploymentParameterProps) {
    super(scope, id, {
      parameterName: deploymentParameter(deployed.environment),
      description: `Where the backfills of ${deployed.environment} are: for the CLI.`,
      stringValue: Stack.of(scope).toJsonString(deployed),
      // Beyond 4 KB, which some fifteen definitions come to, the parameter is an advanced one.
      tier: ParameterTier.INTELLIGENT_TIERING,
    });
  }
}
