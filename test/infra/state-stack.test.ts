import { Match } from 'aws-cdk-lib/assertions';
import { receiptPlace } from '../../lib/backfills/receipt-place/definition.ts';
import { buildApp, synthesize } from './synthesized.ts';

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
          Rules: [
            {
              Status: 'Enabled',
              NoncurrentVersionExpiration: { NoncurrentDays: 30 },
              ExpiredObjectDeleteMarker: true,
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
            },
          ],
        },
      },
    });
  });

  it('never expires a current object: the journal is what rollback reads', () => {
    const [rules] = Object.entries(state.findResources('AWS::S3::Bucket'))
      .filter(([id]) => /^Artifacts[0-9A-F]{8}$/.test(id))
      .map(([, { Properties }]) => Properties.LifecycleConfiguration.Rules);
    for (const rule of rules) expect(Object.keys(rule)).not.toContain('ExpirationInDays');
    expect(rules).toHaveLength(1);
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

it('protects the production stack from deletion', () => {
  const { state: stack } = buildApp({ context: { environment: 'production' } });
  expect(stack.terminationProtection).toBe(true);
});
