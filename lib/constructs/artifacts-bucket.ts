import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, type BucketProps, type IBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

const SHARED: BucketProps = {
  encryption: BucketEncryption.S3_MANAGED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  removalPolicy: RemovalPolicy.RETAIN,
};

export interface ArtifactsBucketProps extends BucketProps {
  /** For how many days a run can be undone: then its journal expires, and with it all that names its items. */
  readonly undoDays: number;
}

/** What rollback reads, and the lists that speak of items. Runs and reports, which are small and name none, stay. */
const EXPIRING = ['journal', 'failures', 'exceptions', 'examples', 'asks', 'conflicts', 'damaged'];

/** Keeps journals, failures and reports. A journal object is written once: the bucket itself refuses what could overwrite one. */
export class ArtifactsBucket extends Bucket {
  constructor(scope: Construct, id: string, { undoDays, ...props }: ArtifactsBucketProps) {
    super(scope, id, {
      ...SHARED,
      versioned: true,
      lifecycleRules: [
        {
          noncurrentVersionExpiration: Duration.days(30),
          expiredObjectDeleteMarker: true,
          abortIncompleteMultipartUploadAfter: Duration.days(7),
        },
        // An object is never older than its run: as long as a run can be undone by its age, its whole journal is there.
        ...EXPIRING.map((name) => ({ id: `${name}-expires`, prefix: `${name}/`, expiration: Duration.days(undoDays) })),
      ],
      // Cast: `Bucket` is no `IBucket` under exactOptionalPropertyTypes.
      serverAccessLogsBucket: new AccessLogsBucket(scope, `${id}AccessLogs`) as IBucket,
      serverAccessLogsPrefix: 'artifacts/',
      ...props,
    });
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'JournalIsWrittenOnce',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['s3:PutObject'],
        resources: [this.arnForObjects('journal/*')],
        // Multipart uploads and copies, which cannot carry the header, are refused with it: the journal needs neither.
        conditions: { Null: { 's3:if-none-match': 'true' } },
      }),
    );
    // A retained bucket without its policy would no longer be written once.
    this.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}

/** Who touched the artifacts, for a year. */
class AccessLogsBucket extends Bucket {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      ...SHARED,
      lifecycleRules: [{ expiration: Duration.days(365), abortIncompleteMultipartUploadAfter: Duration.days(7) }],
    });
    // The policy lets the logs in: it stays as long as what is logged.
    this.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}
