import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { BackfillError } from '../core/errors.ts';
import type { EnvironmentConfig, EnvironmentName } from '../workflow/configuration.ts';
import { asking } from './faults.ts';

/** Who asks, and where. */
export interface Session {
  environment: EnvironmentName;
  account: string;
  region: string;
  /** The user, or the role with its session, as a person would name it. */
  person: string;
}

/** What all clients of a command share. A connection that does not come about within seconds never will, nor an answer. */
export const clientConfig = (region: string) => ({
  region,
  requestHandler: new NodeHttpHandler({ connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true }),
});

/** `user/alice`, `Operator/alice@example.com`. */
const personOf = (arn: string): string =>
  arn
    .split(':')
    .slice(5)
    .join(':')
    .replace(/^assumed-role\//, '') || arn;

/**
 * The environment's region, or the one that the process or its profile has.
 *
 * @throws {BackfillError} `environment.no-region`
 */
async function regionOf(environment: EnvironmentName, config: Pick<EnvironmentConfig, 'region'>, env: NodeJS.ProcessEnv): Promise<string> {
  const named = config.region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION);
  if (named) return named;
  const sts = new STSClient({});
  try {
    return await sts.config.region();
  } catch (cause) {
    throw new BackfillError('environment.no-region', `Nobody says in which region ${environment} is.`, { cause });
  } finally {
    sts.destroy();
  }
}

/**
 * Finds out who asks. What an environment's configuration says of account and region goes before everything else.
 *
 * @throws {BackfillError} `environment.no-region`, `environment.credentials`, `environment.wrong-account`, `environment.unreachable`
 */
export async function openSession(
  environment: EnvironmentName,
  config: Pick<EnvironmentConfig, 'account' | 'region'>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Session> {
  const region = await regionOf(environment, config, env);
  const sts = new STSClient(clientConfig(region));
  try {
    const { Account = '', Arn = '' } = await asking('sts:GetCallerIdentity', () => sts.send(new GetCallerIdentityCommand({})));
    if (config.account !== undefined && config.account !== Account) {
      const profile = env.AWS_PROFILE ? ` (profile "${env.AWS_PROFILE}")` : '';
      const message = `${environment} is in account ${config.account}, and the credentials${profile} are for account ${Account}, as ${personOf(Arn)}.`;
      throw new BackfillError('environment.wrong-account', message, { details: { configured: config.account, actual: Account } });
    }
    return { environment, account: Account, region, person: personOf(Arn) };
  } finally {
    sts.destroy();
  }
}
