import type { Environment as StackEnvironment } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  DEPLOYED,
  DEPLOYED_CONCURRENCY,
  type DeployedEnvironment,
  deployedNamed,
  type EnvironmentConfig,
  knownFrom,
  readEnvironment,
  refusePastSchedules,
} from '../workflow/configuration.ts';
import type { Schedule } from '../workflow/deployment.ts';

const FILE = 'cdk.json';

export interface DeploymentConfig extends Omit<EnvironmentConfig, 'account' | 'region' | 'concurrency' | 'logRetentionDays'> {
  readonly environment: DeployedEnvironment;
  /** Account and region. Empty: whatever the credentials say at deployment. */
  readonly env: StackEnvironment;
  readonly concurrency: number;
  readonly logRetentionDays: RetentionDays;
}

/**
 * Reads the chosen environment (`environment`) out of all (`environments`).
 *
 * @throws {BackfillError} `option.unknown`, `option.invalid`, naming the key.
 */
export function readConfig(
  context: (key: string) => unknown,
  backfills: readonly { readonly name: string; readonly source: { readonly table: string }; readonly schedule?: Schedule | undefined }[],
  now: number = Date.now(),
): DeploymentConfig {
  const environment = deployedNamed(context('environment') ?? DEPLOYED[0], FILE);
  const { account, region, ...settings } = readEnvironment(context('environments'), environment, knownFrom(backfills), FILE);
  refusePastSchedules(now, environment, settings, backfills, FILE);
  return {
    ...settings,
    environment,
    env: { ...(account && { account }), ...(region && { region }) },
    concurrency: settings.concurrency ?? DEPLOYED_CONCURRENCY,
  };
}
