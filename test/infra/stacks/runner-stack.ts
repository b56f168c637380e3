import { Match } from 'aws-cdk-lib/assertions';
import { backfills } from '../../../lib/backfills/index.ts';
import { digestOf } from '../../../lib/workflow/deployment.ts';
import { backfillMachine, rollbackMachine } from '../../../lib/workflow/machines.ts';
import { synthesize } from '../synthesized.ts';

const { runner } = synthesize();
const imported = { 'Fn::ImportValue': Match.anyValue() };

describe.each([
  ['receipt-place', 'ReceiptPlace', 'receipts', { PLACES_SECRET_ID: imported }],
  ['wardrobe-normalize', 'WardrobeNormalize', 'wardrobe', {}],
])('functions of %s', (backfill, construct, table, key) => {
  const variables = {
    BACKFILL_ENVIRONMENT: 'development',
    BACKFILL_NAME: backfill,
    BACKFILL_DIGEST: digestOf(backfill),
    BACKFILL_UNDO_DAYS: '90',
    BACKFILL_TABLES: JSON.stringify({ [table]: table }),
    BACKFILL_CONCURRENCY: '50',
    BACKFILL_APPROVE: 'auto',
    BACKFILL_PRICES: '{}',
    LEDGER_TABLE: imported,
    SERVICE_CACHE_TABLE: imported,
    ARTIFACTS_BUCKET: imported,
    NODE_OPTIONS: '--enable-source-maps',
  };

  it.each([
    ['Coordinator', 1024, key],
    ['Processor', 1769, key],
    ['Rehearser', 1769, key],
    ['Cleanup', 1769, {}],
  ])('%s is an ARM Lambda on Node 24 with traces, a log of its own and all it must know', (name, MemorySize, more) => {
    runner.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: 900,
      MemorySize,
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogGroup: { Ref: Match.stringLikeRegexp(`^${construct}${name}Log`) } },
      Environment: { Variables: Match.objectEquals({ ...variables, ...more }) },
    });
  });
});

it('functions know of the physical table, the concurrency and the key that an environment names', () => {
  const development = { tables: { receipts: 'prod-receipts', wardrobe: 'prod-wardrobe' }, concurrency: 7, placesSecret: 'google/places' };
  const configured = synthesize({ context: { environments: { development } } }).runner;
  const having = (variables: object) => ({ Environment: { Variables: Match.objectLike(variables) } });
  configured.resourcePropertiesCountIs('AWS::Lambda::Function', having({ BACKFILL_CONCURRENCY: '7' }), 8);
  for (const tables of ['{"receipts":"prod-receipts"}', '{"wardrobe":"prod-wardrobe"}'])
    configured.resourcePropertiesCountIs('AWS::Lambda::Function', having({ BACKFILL_TABLES: tables }), 4);
  configured.resourcePropertiesCountIs('AWS::Lambda::Function', having({ PLACES_SECRET_ID: 'google/places' }), 3);
});

it('functions know who approves, and what things cost where they run', () => {
  const production = { prices: { writeUnits: 0.7 } };
  const configured = synthesize({ context: { environment: 'production', environments: { production } } }).runner;
  const Variables = Match.objectLike({ BACKFILL_APPROVE: 'manual', BACKFILL_PRICES: '{"writeUnits":0.7}' });
  configured.resourcePropertiesCountIs('AWS::Lambda::Function', { Environment: { Variables } }, 8);
});

const kinds = [
  ['run', '', backfillMachine, 'Processor'],
  ['rollback', '-rollback', rollbackMachine, 'Cleanup'],
] as const;
const machines = [
  ['receipt-place', 'ReceiptPlace'],
  ['wardrobe-normalize', 'WardrobeNormalize'],
].flatMap(([backfill = '', construct = '']) =>
  kinds.map(([kind, suffix, written, worker]) => ({
    kind,
    backfill,
    construct,
    StateMachineName: `backfill-${backfill}-development${suffix}`,
    written,
    worker,
  })),
);

describe.each(machines)('machine of a $kind of $backfill', ({ backfill, construct, StateMachineName, written, worker }) => {
  it('is the one of lib/workflow: Standard, with a distributed Map', () => {
    const machines = Object.values(runner.findResources('AWS::StepFunctions::StateMachine', { Properties: { StateMachineName } }));
    expect(machines).toHaveLength(1);
    const [machine] = machines;
    const substitution = (name: string) => `\${${name}}`;
    const definition = JSON.parse(machine?.Properties.DefinitionString);
    expect(definition).toEqual(
      written(backfill, {
        coordinator: substitution('CoordinatorArn'),
        worker: substitution('WorkerArn'),
        rehearser: substitution('RehearserArn'),
      }),
    );
    expect(definition.States.Segments.ItemProcessor.ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' });
    expect(machine?.Properties).toMatchObject({
      StateMachineType: 'STANDARD',
      DefinitionSubstitutions: {
        CoordinatorArn: { 'Fn::GetAtt': [expect.stringMatching(new RegExp(`^${construct}Coordinator[0-9A-F]{8}$`)), 'Arn'] },
        WorkerArn: { 'Fn::GetAtt': [expect.stringMatching(new RegExp(`^${construct}${worker}[0-9A-F]{8}$`)), 'Arn'] },
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

it('has two machines and four functions for each definition, a brake and a reconciler for all, and no more', () => {
  expect(backfills).toHaveLength(2);
  runner.resourceCountIs('AWS::StepFunctions::StateMachine', 4);
  runner.resourceCountIs('AWS::Lambda::Function', 10);
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
  ['WardrobeNormalizeMachine', 'WardrobeNormalize', '{"limit":1000,"batchSize":50}'],
  ['WardrobeNormalizeRollbackMachine', 'WardrobeNormalizeRollback', '{"run":"<runId>","dryRun":true}'],
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
