import type { Environment as StackEnvironment } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DEPLOYED, type DeployedEnvironment, type EnvironmentConfig, readEnvironment } from '../workflow/configuration.ts';
import { BackfillError } from '../workflow/deployment.ts';

const FILE = 'cdk.json';

/** Segments of a run that Lambda works on at once, unless the configuration says otherwise. */
const CONCURRENCY = 50;

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
  backfills: readonly { readonly source: { readonly table: string } }[],
): DeploymentConfig {
  const environment = chosen(context('environment') ?? DEPLOYED[0]);
  const tables = [...new Set(backfills.map(({ source }) => source.table))];
  const { account, region, ...settings } = readEnvironment(context('environments'), environment, tables, FILE);
  return {
    ...settings,
    environment,
    env: { ...(account && { account }), ...(region && { region }) },
    concurrency: settings.concurrency ?? CONCURRENCY,
  };
}

function chosen(name: unknown): DeployedEnvironment {
  const known = DEPLOYED.find((environment) => environment === name);
  if (known) return known;
  throw new BackfillError(
    'option.invalid',
    `${FILE}: There is no environment "${String(name)}" to deploy; there is: ${DEPLOYED.join(', ')}.`,
    { remedy: 'Correct `environment` in the context of cdk.json, or choose one with `-c environment=NAME`.' },
  );
}
