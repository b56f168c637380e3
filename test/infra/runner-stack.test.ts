import { Match } from 'aws-cdk-lib/assertions';
import { backfillMachine, rollbackMachine } from '../../lib/workflow/machines.ts';
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
    NODE_OPTIONS: '--enable-source-maps',
  };

  it.each([
    ['Coordinator', 1024, { PLACES_SECRET_ID: imported }],
    ['Processor', 1769, { PLACES_SECRET_ID: imported }],
    ['Cleanup', 1769, {}],
  ])('%s is an ARM Lambda on Node 24 with traces, a log of its own and all it must know', (name, MemorySize, key) => {
    runner.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: 900,
      MemorySize,
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogGroup: { Ref: Match.stringLikeRegexp(`^ReceiptPlace${name}Log`) } },
      Environment: { Variables: Match.objectEquals({ ...variables, ...key }) },
    });
  });

  it('know of the physical table, the concurrency and the key that an environment names', () => {
    const development = { tables: { receipts: 'prod-receipts' }, concurrency: 7, placesSecret: 'google/places' };
    const configured = synthesize({ context: { environments: { development } } }).runner;
    const named = { BACKFILL_TABLES: '{"receipts":"prod-receipts"}', BACKFILL_CONCURRENCY: '7' };
    configured.allResourcesProperties('AWS::Lambda::Function', { Environment: { Variables: Match.objectLike(named) } });
    const withKey = { Environment: { Variables: Match.objectLike({ PLACES_SECRET_ID: 'google/places' }) } };
    configured.resourcePropertiesCountIs('AWS::Lambda::Function', withKey, 2);
  });
});

describe.each([
  ['run', 'backfill-receipt-place-development', backfillMachine, 'Processor'],
  ['rollback', 'backfill-receipt-place-development-rollback', rollbackMachine, 'Cleanup'],
] as const)('machine of a %s', (_, StateMachineName, written, worker) => {
  it('is the one of lib/workflow: Standard, with a distributed Map', () => {
    const machines = Object.values(runner.findResources('AWS::StepFunctions::StateMachine', { Properties: { StateMachineName } }));
    expect(machines).toHaveLength(1);
    const [machine] = machines;
    const substitution = (name: string) => `\${${name}}`;
    const definition = JSON.parse(machine?.Properties.DefinitionString);
    expect(definition).toEqual(
      written('receipt-place', { coordinator: substitution('CoordinatorArn'), worker: substitution('WorkerArn') }),
    );
    expect(definition.States.Segments.ItemProcessor.ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' });
    expect(machine?.Properties).toMatchObject({
      StateMachineType: 'STANDARD',
      DefinitionSubstitutions: {
        CoordinatorArn: { 'Fn::GetAtt': [expect.stringMatching(/^ReceiptPlaceCoordinator[0-9A-F]{8}$/), 'Arn'] },
        WorkerArn: { 'Fn::GetAtt': [expect.stringMatching(new RegExp(`^ReceiptPlace${worker}[0-9A-F]{8}$`)), 'Arn'] },
      },
    });
  });

  it('logs everything and is traced', () => {
    runner.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      StateMachineName,
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: true, Destinations: Match.anyValue() },
      TracingConfiguration: { Enabled: true },
    });
    runner.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: `/aws/vendedlogs/states/${StateMachineName}` });
  });
});

it('has these two machines and three functions', () => {
  runner.resourceCountIs('AWS::StepFunctions::StateMachine', 2);
  runner.resourceCountIs('AWS::Lambda::Function', 3);
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

it.each([
  ['ReceiptPlaceMachine', 'ReceiptPlace', '{"limit":1000,"batchSize":50}'],
  ['ReceiptPlaceRollbackMachine', 'ReceiptPlaceRollback', '{"run":"<runId>","dryRun":true}'],
])('tells where the machine %s is and what to type', (machine, name, example) => {
  runner.hasOutput(`${machine}Arn`, { Value: { Ref: Match.stringLikeRegexp(`^${machine}[0-9A-F]{8}$`) } });
  runner.hasOutput(`${name}ExampleInput`, { Value: example });
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
