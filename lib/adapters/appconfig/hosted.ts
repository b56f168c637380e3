import {
  AppConfigClient,
  type AppConfigClientConfig,
  BadRequestException,
  ConflictException,
  CreateHostedConfigurationVersionCommand,
  GetDeploymentCommand,
  paginateListHostedConfigurationVersions,
  StartDeploymentCommand,
} from '@aws-sdk/client-appconfig';
import { AppConfigDataClient, GetLatestConfigurationCommand, StartConfigurationSessionCommand } from '@aws-sdk/client-appconfigdata';
import { BackfillError, isBackfillError } from '../../core/errors.ts';
import { type FlagStore, parseRollouts, type Rollouts } from '../../core/flags.ts';
import type { Clock } from '../../core/retry.ts';

/** Ids of what AWS AppConfig keeps a configuration in. */
export interface HostedPlace {
  application: string;
  environment: string;
  profile: string;
  strategy: string;
}

const POLL_MS = 1_000;

/** A deployment without a bake time is through in seconds; one that a strategy draws out goes on by itself. */
const PATIENCE_MS = 30_000;

/**
 * Feature flags in AWS AppConfig, asked and changed through its own interface: each change is a new version of the configuration and its deployment.
 * Readers see it once that is through.
 */
export function hostedFlags(place: HostedPlace, config: AppConfigClientConfig, clock: Pick<Clock, 'now' | 'sleep'>): FlagStore {
  const where = `AWS AppConfig, application ${place.application}, profile ${place.profile}`;
  const ids = { ApplicationId: place.application, ConfigurationProfileId: place.profile };

  const unreadable = (cause: unknown): BackfillError =>
    new BackfillError('flags.unreadable', `${where} gives no flags: ${(cause as Error).message}`, { cause });

  const read = async (): Promise<Rollouts> => {
    const data = new AppConfigDataClient(config);
    try {
      const { InitialConfigurationToken } = await data.send(
        new StartConfigurationSessionCommand({
          ApplicationIdentifier: place.application,
          EnvironmentIdentifier: place.environment,
          ConfigurationProfileIdentifier: place.profile,
        }),
      );
      const { Configuration } = await data.send(new GetLatestConfigurationCommand({ ConfigurationToken: InitialConfigurationToken }));
      const text = Configuration?.transformToString() ?? '';
      return text.trim() === '' ? {} : parseRollouts(text, where);
    } catch (error) {
      if (isBackfillError(error)) throw error;
      throw unreadable(error);
    } finally {
      data.destroy();
    }
  };

  const deploy = async (client: AppConfigClient, rollouts: Rollouts): Promise<void> => {
    const versions: number[] = [];
    for await (const { Items = [] } of paginateListHostedConfigurationVersions({ client }, ids))
      versions.push(...Items.map(({ VersionNumber = 0 }) => VersionNumber));
    const last = versions.length > 0 ? Math.max(...versions) : undefined;
    const { VersionNumber } = await client.send(
      new CreateHostedConfigurationVersionCommand({
        ...ids,
        Content: Buffer.from(`${JSON.stringify(rollouts, null, 2)}\n`),
        ContentType: 'application/json',
        // Two persons at once: the later one is refused, instead of taking back what the other has set.
        ...(last !== undefined && { LatestVersionNumber: last }),
      }),
    );
    const { DeploymentNumber } = await client.send(
      new StartDeploymentCommand({
        ...ids,
        EnvironmentId: place.environment,
        DeploymentStrategyId: place.strategy,
        ConfigurationVersion: String(VersionNumber),
      }),
    );
    const until = clock.now() + PATIENCE_MS;
    for (;;) {
      const { State } = await client.send(
        new GetDeploymentCommand({ ApplicationId: place.application, EnvironmentId: place.environment, DeploymentNumber }),
      );
      if (State === 'COMPLETE' || State === 'BAKING') return;
      if (State === 'ROLLING_BACK' || State === 'ROLLED_BACK' || State === 'REVERTED')
        throw new BackfillError('flags.unwritable', `Deployment ${DeploymentNumber} of the flags was rolled back by AWS AppConfig.`);
      if (clock.now() >= until)
        throw new BackfillError('flags.unwritable', `Deployment ${DeploymentNumber} of the flags is not through yet (${State}).`, {
          remedy: 'It goes on by itself: `npx backfill flags list` shows when it is through.',
        });
      await clock.sleep(POLL_MS);
    }
  };

  return {
    where,
    read,
    async set(changes) {
      const client = new AppConfigClient(config);
      try {
        await deploy(client, { ...(await read()), ...changes });
      } catch (error) {
        if (isBackfillError(error)) throw error;
        const isBusy = error instanceof ConflictException || (error instanceof BadRequestException && /deploy/i.test(error.message));
        const why = isBusy ? 'another change of them is under way' : (error as Error).message;
        throw new BackfillError('flags.unwritable', `The flags in ${where} cannot be changed: ${why}.`, {
          cause: error,
          ...(isBusy && { remedy: 'Wait until it is through, then set them again.' }),
        });
      } finally {
        client.destroy();
      }
    },
  };
}
