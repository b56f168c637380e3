import { RemovalPolicy } from 'aws-cdk-lib';
import {
  CfnApplication,
  CfnConfigurationProfile,
  CfnDeployment,
  CfnDeploymentStrategy,
  CfnEnvironment,
  CfnHostedConfigurationVersion,
} from 'aws-cdk-lib/aws-appconfig';
import { Construct } from 'constructs';

export interface FeatureFlagsProps {
  readonly environment: string;
}

/** `{ "FEATURE_X": 5 }`: on for 5 % of all; `true` and `false` are 100 and 0. */
const ROLLOUTS = {
  $schema: 'http://json-schema.org/draft-04/schema#',
  type: 'object',
  additionalProperties: { anyOf: [{ type: 'boolean' }, { type: 'number', minimum: 0, maximum: 100 }] },
};

/**
 * Feature flags in AWS AppConfig: a freeform configuration, because AppConfig's own feature flags cannot bear names in upper case.
 * It is deployed empty, once; from then on the flags are changed by deployments of their own, which no deployment of the stack takes back.
 * All of it is retained: AppConfig deletes no profile that still has versions, and readers go by its ids.
 */
export class FeatureFlags extends Construct {
  readonly application: string;
  readonly environment: string;
  readonly profile: string;
  readonly strategy: string;

  constructor(scope: Construct, id: string, { environment }: FeatureFlagsProps) {
    super(scope, id);
    const name = `backfill-${environment}`;
    const application = new CfnApplication(this, 'Application', {
      name,
      description: 'Feature flags of those who read what backfills made.',
    });
    const place = { applicationId: application.ref };
    const where = new CfnEnvironment(this, 'Environment', { ...place, name: environment });
    const profile = new CfnConfigurationProfile(this, 'Profile', {
      ...place,
      name: 'flags',
      locationUri: 'hosted',
      type: 'AWS.Freeform',
      validators: [{ type: 'JSON_SCHEMA', content: JSON.stringify(ROLLOUTS) }],
    });
    const strategy = new CfnDeploymentStrategy(this, 'AtOnce', {
      name: `${name}-at-once`,
      description: 'A flag is rolled out by its own percentage, so that each change of it may come at once.',
      deploymentDurationInMinutes: 0,
      finalBakeTimeInMinutes: 0,
      growthFactor: 100,
      replicateTo: 'NONE',
    });
    const empty = new CfnHostedConfigurationVersion(this, 'Empty', {
      ...place,
      configurationProfileId: profile.ref,
      contentType: 'application/json',
      content: '{}',
    });
    const first = new CfnDeployment(this, 'First', {
      applicationId: application.ref,
      environmentId: where.ref,
      configurationProfileId: profile.ref,
      configurationVersion: empty.ref,
      deploymentStrategyId: strategy.ref,
    });
    for (const resource of [application, where, profile, strategy, empty, first]) resource.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.application = application.ref;
    this.environment = where.ref;
    this.profile = profile.ref;
    this.strategy = strategy.ref;
  }
}
