import { Match } from 'aws-cdk-lib/assertions';
import { backfillMachine } from '../../lib/workflow/machines.ts';
import { synthesize } from './synthesized.ts';

const { runner } = synthesize();
const imported = { 'Fn::ImportValue': Match.anyValue() };

describe('functions', () => {
  const variables = {
    BACKFILL_ENVIRONMENT: 'development',
    BACKFILL_NAME: 'receipt-place',
    BACKFILL_TABLES: '{"receipts":"receipts"}',
    BACKFILL_CONCURRENCY: '50',
    LEDGER_TABLE: imported,
    SERVICE_CACHE_TABLE: imported,
    ARTIFACTS_BUCKET: imported,
    PLACES_SECRET_ID: imported,
    NODE_OPTIONS: '--enable-source-maps',
  };

  it.each([
    ['Coordinator', 1024],
    ['Processor', 1769],
  ])('%s is an ARM Lambda on Node 24 with traces, a log of its own and all it must know', (name, MemorySize) => {
    runner.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: 900,
      MemorySize,
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogGroup: { Ref: Match.stringLikeRegexp(`^ReceiptPlace${name}Log`) } },
      Environment: { Variables: variables },
    });
  });

  it('know of the physical table, the concurrency and the key that an environment names', () => {
    const development = { tables: { receipts: 'prod-receipts' }, concurrency: 7, placesSecret: 'google/places' };
    const configured = synthesize({ context: { environments: { development } } }).runner;
    configured.allResourcesProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({
          BACKFILL_TABLES: '{"receipts":"prod-receipts"}',
          BACKFILL_CONCURRENCY: '7',
          PLACES_SECRET_ID: 'google/places',
        }),
      },
    });
  });
});

describe('machine', () => {
  it('is the one of lib/workflow: Standard, with a distributed Map', () => {
    const [machine] = Object.values(runner.findResources('AWS::StepFunctions::StateMachine'));
    const substitution = (name: string) => `\${${name}}`;
    const definition = JSON.parse(machine?.Properties.DefinitionString);
    expect(definition).toEqual(
      backfillMachine('receipt-place', { coordinator: substitution('CoordinatorArn'), worker: substitution('ProcessorArn') }),
    );
    expect(definition.States.Segments.ItemProcessor.ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' });
    expect(machine?.Properties).toMatchObject({
      StateMachineName: 'backfill-receipt-place-development',
      StateMachineType: 'STANDARD',
      DefinitionSubstitutions: {
        CoordinatorArn: { 'Fn::GetAtt': [expect.stringMatching(/^ReceiptPlaceCoordinator[0-9A-F]{8}$/), 'Arn'] },
        ProcessorArn: { 'Fn::GetAtt': [expect.stringMatching(/^ReceiptPlaceProcessor[0-9A-F]{8}$/), 'Arn'] },
      },
    });
  });

  it('logs everything and is traced', () => {
    runner.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: true, Destinations: Match.anyValue() },
      TracingConfiguration: { Enabled: true },
    });
    runner.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: '/aws/vendedlogs/states/backfill-receipt-place-development' });
  });
});

it('keeps every log for a while only, as the environment says', () => {
  runner.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
  synthesize({ context: { environment: 'production' } }).runner.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
});

it('is disposable, owns no table and no bucket', () => {
  for (const [id, resource] of Object.entries(runner.toJSON().Resources as Record<string, { Type: string; DeletionPolicy?: string }>)) {
    expect([id, resource.DeletionPolicy]).not.toEqual([id, 'Retain']);
  }
  for (const type of ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::SecretsManager::Secret']) runner.resourceCountIs(type, 0);
});

it('tells where the machine is and what to type', () => {
  runner.hasOutput('ReceiptPlaceMachineArn', { Value: { Ref: Match.stringLikeRegexp('^ReceiptPlaceMachine') } });
  runner.hasOutput('ReceiptPlaceExampleInput', { Value: '{"limit":1000,"batchSize":50}' });
});

it('is tagged by project, environment, backfill and whatever the environment adds', () => {
  const tagged = synthesize({ context: { environments: { development: { tags: { team: 'data' } } } } }).runner;
  tagged.hasResourceProperties('AWS::Lambda::Function', {
    Tags: Match.arrayWith([
      { Key: 'backfill', Value: 'receipt-place' },
      { Key: 'environment', Value: 'development' },
      { Key: 'project', Value: 'dynamodb-backfill' },
      { Key: 'team', Value: 'data' },
    ]),
  });
});
