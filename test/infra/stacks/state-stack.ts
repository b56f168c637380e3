import { Match, type Template } from 'aws-cdk-lib/assertions';
import { backfills } from '../../../lib/backfills/index.ts';
import { receiptPlace } from '../../../lib/backfills/receipt-place/definition.ts';
import { sampleTables } from '../../../lib/workflow/tables.ts';
import { buildApp, synthesize } from '../synthesized.ts';

const { state } = synthesize();
const retained = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' };

describe('ledger', () => {
  it('is on demand, encrypted, recoverable, protected and retained', () => {
    state.hasResource('AWS::DynamoDB::Table', {
      ...retained,
      Properties: {
        KeySchema: [
          { AttributeName: 'PK', KeyType: 'HASH' },
          { AttributeName: 'SK', KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'GSI1',
            KeySchema: [
              { AttributeName: 'GSI1PK', KeyType: 'HASH' },
              { AttributeName: 'GSI1SK', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        SSESpecification: { SSEEnabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
      },
    });
  });
});

describe('service cache', () => {
  const cache = (deletion: string, isProtected: boolean) => ({
    DeletionPolicy: deletion,
    Properties: Match.objectLike({
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
      DeletionProtectionEnabled: isProtected,
    }),
  });

  it('forgets by TTL, and goes with a development stack', () => {
    state.hasResource('AWS::DynamoDB::Table', cache('Delete', false));
  });

  it('is retained in production', () => {
    const production = synthesize({ context: { environment: 'production' } });
    production.state.hasResource('AWS::DynamoDB::Table', cache('Retain', true));
  });
});

interface Rule {
  Prefix?: string;
  ExpirationInDays?: number;
}

/** What the artifacts bucket lets go of, and after how many days. */
function expirations(template: Template): { prefix: string | undefined; days: number }[] {
  const [bucket] = Object.entries(template.findResources('AWS::S3::Bucket')).filter(([id]) => /^Artifacts[0-9A-F]{8}$/.test(id));
  const rules: Rule[] = bucket?.[1].Properties.LifecycleConfiguration.Rules;
  return rules
    .flatMap(({ Prefix: prefix, ExpirationInDays: days }) => (days === undefined ? [] : [{ prefix, days }]))
    .sort((a, b) => String(a.prefix).localeCompare(String(b.prefix)));
}

describe('artifacts bucket', () => {
  it('is encrypted, private, versioned, logged and retained', () => {
    state.hasResource('AWS::S3::Bucket', {
      ...retained,
      Properties: {
        BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        VersioningConfiguration: { Status: 'Enabled' },
        LoggingConfiguration: {
          DestinationBucketName: { Ref: Match.stringLikeRegexp('^ArtifactsAccessLogs') },
          LogFilePrefix: 'artifacts/',
        },
        LifecycleConfiguration: {
          Rules: Match.arrayWith([
            {
              Status: 'Enabled',
              NoncurrentVersionExpiration: { NoncurrentDays: 30 },
              ExpiredObjectDeleteMarker: true,
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
            },
          ]),
        },
      },
    });
  });

  it('expires the journal, and all that names items, when a run cannot be undone any more; runs and reports stay', () => {
    const prefixes = ['asks/', 'conflicts/', 'damaged/', 'examples/', 'exceptions/', 'failures/', 'journal/'];
    const expiring = (days: number) => prefixes.map((prefix) => ({ prefix, days }));
    expect(expirations(state)).toEqual(expiring(90));
    const short = synthesize({ context: { environments: { development: { undoDays: 14 } } } });
    expect(expirations(short.state)).toEqual(expiring(14));
    // The four functions of each definition; brake and reconciler undo nothing.
    const told = { Environment: { Variables: Match.objectLike({ BACKFILL_UNDO_DAYS: '14' }) } };
    short.runner.resourcePropertiesCountIs('AWS::Lambda::Function', told, 8);
  });

  it('refuses a journal object that could overwrite one, plain HTTP and old TLS, even once the stack is gone', () => {
    const bucket = { 'Fn::GetAtt': [Match.stringLikeRegexp('^Artifacts[0-9A-F]{8}$'), 'Arn'] };
    const whole = [bucket, { 'Fn::Join': ['', [bucket, '/*']] }];
    const deny = { Effect: 'Deny', Principal: { AWS: '*' } };
    state.hasResource('AWS::S3::BucketPolicy', {
      ...retained,
      Properties: {
        PolicyDocument: {
          Statement: [
            { ...deny, Action: 's3:*', Resource: whole, Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
            { ...deny, Action: 's3:*', Resource: whole, Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } },
            {
              ...deny,
              Sid: 'JournalIsWrittenOnce',
              Action: 's3:PutObject',
              Resource: { 'Fn::Join': ['', [bucket, '/journal/*']] },
              Condition: { Null: { 's3:if-none-match': 'true' } },
            },
          ],
        },
      },
    });
  });

  it('has an access log that is as private, and expires', () => {
    state.hasResource('AWS::S3::Bucket', {
      ...retained,
      Properties: {
        LoggingConfiguration: Match.absent(),
        PublicAccessBlockConfiguration: Match.objectLike({ RestrictPublicBuckets: true }),
        LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 365 })] },
      },
    });
  });
});

describe('Places key', () => {
  it('is an empty, retained secret: a made-up value would pass for a key', () => {
    state.hasResource('AWS::SecretsManager::Secret', {
      ...retained,
      Properties: { GenerateSecretString: Match.absent(), SecretString: Match.absent() },
    });
  });

  it('is not made where one is named', () => {
    const named = synthesize({ context: { environments: { development: { placesSecret: 'google/places' } } } });
    named.state.resourceCountIs('AWS::SecretsManager::Secret', 0);
  });

  it('is not made where no definition asks Places', () => {
    const { service: _, ...alone } = receiptPlace;
    synthesize({ backfills: [alone] }).state.resourceCountIs('AWS::SecretsManager::Secret', 0);
  });
});

describe('feature flags', () => {
  it('are a freeform configuration, deployed empty, all at once, held against its schema, and retained', () => {
    const kept = (type: string, Properties: object) => state.hasResource(`AWS::AppConfig::${type}`, { ...retained, Properties });
    const ref = (name: string) => ({ Ref: Match.stringLikeRegexp(`^FeatureFlags${name}[0-9A-F]{8}$`) });
    kept('Application', { Name: 'backfill-development' });
    kept('Environment', { ApplicationId: ref('Application'), Name: 'development' });
    kept('ConfigurationProfile', {
      LocationUri: 'hosted',
      Type: 'AWS.Freeform',
      Validators: [{ Type: 'JSON_SCHEMA', Content: Match.serializedJson(Match.objectLike({ type: 'object' })) }],
    });
    kept('HostedConfigurationVersion', { Content: '{}', ContentType: 'application/json' });
    kept('DeploymentStrategy', { DeploymentDurationInMinutes: 0, FinalBakeTimeInMinutes: 0, GrowthFactor: 100, ReplicateTo: 'NONE' });
    kept('Deployment', {
      ApplicationId: ref('Application'),
      EnvironmentId: ref('Environment'),
      ConfigurationProfileId: ref('Profile'),
      ConfigurationVersion: ref('Empty'),
      DeploymentStrategyId: ref('AtOnce'),
    });
  });
});

describe('sample tables', () => {
  const sampled = (settings: object) => synthesize({ context: { environments: { development: { sampleTables: true, ...settings } } } });
  const keys = (...names: string[]) => names.map((AttributeName, place) => ({ AttributeName, KeyType: place === 0 ? 'HASH' : 'RANGE' }));
  const recoverable = {
    BillingMode: 'PAY_PER_REQUEST',
    SSESpecification: { SSEEnabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  };

  it('are none where nobody asks for them: tables are imported', () => {
    state.resourceCountIs('AWS::DynamoDB::Table', 2);
  });

  it('have recovery and all indexes, the names that the environment gives them, and go with the stack', () => {
    const { state: owning, runner } = sampled({ tables: { receipts: 'dev-receipts' } });
    owning.resourceCountIs('AWS::DynamoDB::Table', 4);
    owning.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Delete',
      Properties: Match.objectLike({
        ...recoverable,
        TableName: 'dev-receipts',
        KeySchema: keys('PK', 'SK'),
        GlobalSecondaryIndexes: [1, 2, 3, 4].map((number) => ({
          IndexName: `GSI${number}`,
          KeySchema: keys(`GSI${number}PK`, `GSI${number}SK`),
          Projection: { ProjectionType: 'ALL' },
        })),
      }),
    });
    owning.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Delete',
      Properties: Match.objectLike({ ...recoverable, TableName: 'wardrobe', KeySchema: keys('id') }),
    });
    runner.resourceCountIs('AWS::DynamoDB::Table', 0);
  });

  it('are what the definitions ask of their tables', () => {
    for (const { source, requires } of backfills) {
      const table = sampleTables[source.table as keyof typeof sampleTables];
      expect([table.partitionKey, table.sortKey].filter(Boolean)).toEqual(source.key);
      expect(table.indexes).toEqual(
        expect.arrayContaining(requires.indexes.map(({ name, key: [partitionKey, sortKey] }) => ({ name, partitionKey, sortKey }))),
      );
    }
  });
});

it('tells which secret the Places key goes into', () => {
  state.hasOutput('PlacesKeyName', { Value: { Ref: Match.stringLikeRegexp('^PlacesKey') } });
});

it('protects the production stack from deletion', () => {
  const { state: stack } = buildApp({ context: { environment: 'production' } });
  expect(stack.terminationProtection).toBe(true);
});
