import {
  AppConfigClient,
  ConflictException,
  CreateHostedConfigurationVersionCommand,
  GetDeploymentCommand,
  ListHostedConfigurationVersionsCommand,
  StartDeploymentCommand,
} from '@aws-sdk/client-appconfig';
import { AppConfigDataClient, GetLatestConfigurationCommand, StartConfigurationSessionCommand } from '@aws-sdk/client-appconfigdata';
import { mockClient } from 'aws-sdk-client-mock';
import { hostedFlags } from '../../../lib/adapters/appconfig/hosted.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const control = mockClient(AppConfigClient);
const data = mockClient(AppConfigDataClient);
beforeEach(() => {
  control.reset();
  data.reset();
  data.on(StartConfigurationSessionCommand).resolves({ InitialConfigurationToken: 'token' });
});

const place = { application: 'a', environment: 'e', profile: 'p', strategy: 's' };
const flags = () => hostedFlags(place, { region: 'eu-central-1' }, fakeClock());
const holding = (text: string) =>
  data.on(GetLatestConfigurationCommand).resolves({ Configuration: { transformToString: () => text } as never });

describe('flags in AWS AppConfig', () => {
  test('are read as they are deployed; before the first deployment all are off', async () => {
    holding('{"FEATURE_X":25,"FEATURE_Y":true}');
    expect(await flags().read()).toEqual({ FEATURE_X: 25, FEATURE_Y: 100 });
    holding('');
    expect(await flags().read()).toEqual({});
    expect(data.commandCalls(StartConfigurationSessionCommand)[0]?.args[0].input).toEqual({
      ApplicationIdentifier: 'a',
      EnvironmentIdentifier: 'e',
      ConfigurationProfileIdentifier: 'p',
    });
  });

  test('that cannot be read say why', async () => {
    data.on(StartConfigurationSessionCommand).rejects(new Error('not authorized to perform: appconfig:StartConfigurationSession'));
    await expect(flags().read()).rejects.toMatchObject({
      code: 'flags.unreadable',
      message: expect.stringContaining('appconfig:StartConfigurationSession'),
    });
  });

  test('are set by one new version and its deployment, the others left as they are', async () => {
    holding('{"FEATURE_X":25,"FEATURE_Y":50}');
    control.on(ListHostedConfigurationVersionsCommand).resolves({ Items: [{ VersionNumber: 3 }, { VersionNumber: 7 }] });
    control.on(CreateHostedConfigurationVersionCommand).resolves({ VersionNumber: 8 });
    control.on(StartDeploymentCommand).resolves({ DeploymentNumber: 4 });
    control.on(GetDeploymentCommand).resolvesOnce({ State: 'DEPLOYING' }).resolves({ State: 'COMPLETE' });
    await flags().set?.({ FEATURE_X: 0, FEATURE_Z: 5 });
    const [created] = control.commandCalls(CreateHostedConfigurationVersionCommand);
    expect(created?.args[0].input).toMatchObject({ LatestVersionNumber: 7, ContentType: 'application/json' });
    expect(JSON.parse(Buffer.from(created?.args[0].input.Content as Uint8Array).toString())).toEqual({
      FEATURE_X: 0,
      FEATURE_Y: 50,
      FEATURE_Z: 5,
    });
    expect(control.commandCalls(StartDeploymentCommand).map(({ args }) => args[0].input)).toEqual([
      { ApplicationId: 'a', ConfigurationProfileId: 'p', EnvironmentId: 'e', DeploymentStrategyId: 's', ConfigurationVersion: '8' },
    ]);
    expect(control.commandCalls(GetDeploymentCommand)).toHaveLength(2);
  });

  test('whose change meets another one, is rolled back, or takes its time, say so', async () => {
    holding('{}');
    control.on(ListHostedConfigurationVersionsCommand).resolves({});
    control.on(CreateHostedConfigurationVersionCommand).resolves({ VersionNumber: 1 });
    control
      .on(StartDeploymentCommand)
      .rejectsOnce(new ConflictException({ message: 'conflict', $metadata: {} }))
      .resolves({ DeploymentNumber: 1 });
    const set = async () => flags().set?.({ FEATURE_X: 5 });
    await expect(set()).rejects.toMatchObject({ code: 'flags.unwritable', message: expect.stringContaining('another change') });
    control.on(GetDeploymentCommand).resolves({ State: 'ROLLED_BACK' });
    await expect(set()).rejects.toMatchObject({ code: 'flags.unwritable', message: expect.stringContaining('rolled back') });
    control.on(GetDeploymentCommand).resolves({ State: 'DEPLOYING' });
    await expect(set()).rejects.toMatchObject({ code: 'flags.unwritable', remedy: expect.stringContaining('flags list') });
  });
});
