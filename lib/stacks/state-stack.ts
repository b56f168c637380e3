import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { AlarmTopic } from '../constructs/alarm-topic.ts';
import { ArtifactsBucket } from '../constructs/artifacts-bucket.ts';
import type { BackfillShape } from '../constructs/backfill.ts';
import { EmptySecret } from '../constructs/empty-secret.ts';
import { FeatureFlags } from '../constructs/feature-flags.ts';
import { ProjectTable } from '../constructs/project-table.ts';
import { SampleTables } from '../constructs/sample-tables.ts';
import { ledgerTable, serviceCacheTable } from '../workflow/tables.ts';
import type { DeploymentConfig } from './config.ts';

export interface StateStackProps extends StackProps {
  readonly config: DeploymentConfig;
  /** Their services decide which secrets there must be. */
  readonly backfills: readonly BackfillShape[];
}

/** What outlives every deployment: the ledger, the artifacts with their journal, cached answers, keys of outside services, who hears of alarms. */
export class StateStack extends Stack {
  readonly ledger: ProjectTable;
  readonly serviceCache: ProjectTable;
  readonly artifacts: ArtifactsBucket;
  /** Where every alarm goes: a person who confirmed a subscription need not do so again when the runner is replaced. */
  readonly alarms: AlarmTopic;
  readonly flags: FeatureFlags;
  /** API keys by the service's name. */
  readonly serviceKeys: Readonly<Record<string, ISecret>>;

  constructor(scope: Construct, id: string, { config, backfills, ...props }: StateStackProps) {
    const production = config.environment === 'production';
    super(scope, id, {
      description: `State of the backfills in ${config.environment}: ledger, artifacts, cache. Retained.`,
      terminationProtection: production,
      ...props,
    });
    this.ledger = new ProjectTable(this, 'Ledger', { table: ledgerTable, deletionProtection: true });
    // A lost cache costs its calls a second time; a lost ledger or journal costs the undo.
    this.serviceCache = new ProjectTable(this, 'ServiceCache', {
      table: serviceCacheTable,
      deletionProtection: production,
      removalPolicy: production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.artifacts = new ArtifactsBucket(this, 'Artifacts', { undoDays: config.undoDays });
    this.flags = new FeatureFlags(this, 'FeatureFlags', { environment: config.environment });
    if (config.sampleTables)
      new SampleTables(this, 'SampleTables', { wanted: backfills.map(({ source }) => source.table), names: config.tables });
    this.alarms = new AlarmTopic(this, 'Alarms', {
      displayName: `Alarms of the backfills in ${config.environment}`,
      emails: config.alarmEmails,
    });
    const needsPlaces = backfills.some(({ service }) => service?.name === 'places');
    this.serviceKeys = needsPlaces ? { places: this.#placesKey(config.placesSecret) } : {};
    const { places } = this.serviceKeys;
    if (places)
      new CfnOutput(this, 'PlacesKeyName', {
        description: 'The secret with the Places key; put it in as the bare secret string.',
        value: places.secretFullArn ?? places.secretName,
      });
  }

  #placesKey(existing: string | undefined): ISecret {
    if (existing !== undefined) return Secret.fromSecretNameV2(this, 'PlacesKey', existing);
    const { secret } = new EmptySecret(this, 'PlacesKey', {
      description: 'API key for Google Places. Put the bare key in as the secret string.',
    });
    return secret;
  }
}
