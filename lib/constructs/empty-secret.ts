import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { CfnSecret, type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

export interface EmptySecretProps {
  /** What a person shall put in. */
  readonly description: string;
}

/** A retained secret without a value. `Secret` would make one up, and a made-up key is found out only when the service refuses it. */
export class EmptySecret extends Construct {
  readonly secret: ISecret;

  constructor(scope: Construct, id: string, props: EmptySecretProps) {
    super(scope, id);
    const resource = new CfnSecret(this, 'Resource', props);
    resource.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.secret = Secret.fromSecretCompleteArn(this, 'Secret', resource.ref);
    Validations.of(resource).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'The key is issued and rotated by the outside service, which has no API for it; a person puts the new one in.',
    });
  }
}
