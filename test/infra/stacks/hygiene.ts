import type { Template } from 'aws-cdk-lib/assertions';
import { synthesize } from '../synthesized.ts';

/** What holds for everything that is deployed: encrypted, tagged, kept or thrown away as its environment says, logs for a while only. */

interface Resource {
  Type: string;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  Properties?: Record<string, unknown>;
}

const resourcesOf = (template: Template): [string, Resource][] =>
  Object.entries((template.toJSON() as { Resources: Record<string, Resource> }).Resources);
const ofType = (template: Template, type: string): [string, Resource][] => resourcesOf(template).filter(([, { Type }]) => Type === type);

/** How what holds data at rest says that it is encrypted. Functions and log groups always are. */
const ENCRYPTION: Record<string, (properties: Record<string, unknown>) => unknown> = {
  'AWS::DynamoDB::Table': ({ SSESpecification }) => (SSESpecification as { SSEEnabled?: boolean } | undefined)?.SSEEnabled === true,
  'AWS::S3::Bucket': ({ BucketEncryption }) => BucketEncryption,
  'AWS::SQS::Queue': ({ SqsManagedSseEnabled, KmsMasterKeyId }) => SqsManagedSseEnabled === true || KmsMasterKeyId,
  'AWS::SNS::Topic': ({ KmsMasterKeyId }) => KmsMasterKeyId,
};

/** CloudFormation gives these no tags, or none that stacks pass on. */
const TAGGED = [
  'DynamoDB::Table',
  'S3::Bucket',
  'Lambda::Function',
  'StepFunctions::StateMachine',
  'Logs::LogGroup',
  'IAM::Role',
  'SNS::Topic',
  'SQS::Queue',
  'SecretsManager::Secret',
  'AppConfig::Application',
  'SSM::Parameter',
].map((type) => `AWS::${type}`);

describe.each(['development', 'staging', 'production'])('%s', (environment) => {
  const stacks = synthesize({ context: { environment, environments: { [environment]: { tags: { team: 'data' } } } } });
  const both = [stacks.state, stacks.runner];

  it('encrypts whatever holds data', () => {
    for (const [type, isEncrypted] of Object.entries(ENCRYPTION)) {
      const holding = both.flatMap((template) => ofType(template, type));
      expect([type, holding.length]).not.toEqual([type, 0]);
      for (const [id, { Properties = {} }] of holding) expect([id, Boolean(isEncrypted(Properties))]).toEqual([id, true]);
    }
  });

  it('tags whatever can be tagged by project, environment and what the configuration adds', () => {
    const wanted = { project: 'dynamodb-backfill', environment, team: 'data' };
    for (const type of TAGGED) {
      const found = both.flatMap((template) => ofType(template, type));
      expect([type, found.length]).not.toEqual([type, 0]);
      for (const [id, { Properties = {} }] of found) {
        const { Tags } = Properties;
        const tags = Array.isArray(Tags) ? Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])) : Tags;
        expect([id, tags]).toEqual([id, expect.objectContaining(wanted)]);
      }
    }
  });

  it('retains what a run needs to be undone, and throws the runner away', () => {
    const kept = (type: string): boolean[] =>
      ofType(stacks.state, type).map(
        ([, { DeletionPolicy, UpdateReplacePolicy }]) => DeletionPolicy === 'Retain' && UpdateReplacePolicy === 'Retain',
      );
    // The cache, which only costs its calls a second time, goes where nothing is at stake.
    expect(kept('AWS::DynamoDB::Table').sort()).toEqual(environment === 'production' ? [true, true] : [false, true]);
    for (const type of ['S3::Bucket', 'S3::BucketPolicy', 'SecretsManager::Secret', 'AppConfig::Application']) {
      expect(kept(`AWS::${type}`)).not.toContain(false);
      expect(kept(`AWS::${type}`).length).toBeGreaterThan(0);
    }
    for (const [id, { DeletionPolicy }] of resourcesOf(stacks.runner)) expect([id, DeletionPolicy]).not.toEqual([id, 'Retain']);
  });

  it('keeps every log as long as the environment says, and has a log group for every function', () => {
    const groups = both.flatMap((template) => ofType(template, 'AWS::Logs::LogGroup'));
    for (const [id, { Properties, DeletionPolicy }] of groups)
      expect([id, Properties?.RetentionInDays, DeletionPolicy]).toEqual([id, 90, 'Delete']);
    const functions = ofType(stacks.runner, 'AWS::Lambda::Function');
    expect(functions.length).toBeGreaterThan(7);
    for (const [id, { Properties }] of functions)
      expect([id, Properties?.LoggingConfig]).toEqual([id, { LogGroup: { Ref: expect.any(String) } }]);
  });
});
