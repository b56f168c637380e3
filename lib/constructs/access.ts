import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ImportedTable } from './imported-table.ts';

/** What the handlers may do, action by action, as lib/adapters calls them. CDK's grants would give more. */

export interface AccessProps {
  readonly table: ImportedTable;
  readonly ledger: Table;
  readonly serviceCache: Table;
  readonly artifacts: Bucket;
  /** @default - the definition has no service that wants a key */
  readonly serviceKey?: ISecret | undefined;
  /** The definition puts rows that were not there. */
  readonly creates: boolean;
  /** The definition changes rows. */
  readonly updates: boolean;
  /** ARN pattern of the machine's executions. */
  readonly executions: string;
}

const allow = (resources: readonly string[], ...actions: string[]): PolicyStatement =>
  new PolicyStatement({ actions, resources: [...resources] });

/** Reads the target and never writes it; keeps the ledger. */
export function coordinatorAccess({ table, ledger, artifacts, serviceKey, executions }: AccessProps): PolicyStatement[] {
  return [
    allow([table.tableArn], 'dynamodb:DescribeTable', 'dynamodb:Scan'),
    ...(table.indexArns.length > 0 ? [allow(table.indexArns, 'dynamodb:Query')] : []),
    // DeleteItem lets go of locks.
    allow([ledger.tableArn], 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'),
    allow([artifacts.arnForObjects('runs/*'), artifacts.arnForObjects('reports/*')], 's3:PutObject'),
    // Whether the execution that a run belongs to is still alive.
    allow([executions], 'states:DescribeExecution'),
    ...readKey(serviceKey),
  ];
}

/** Reads and writes the target's items, conditionally; deletes nothing anywhere. */
export function processorAccess(props: AccessProps): PolicyStatement[] {
  const { table, ledger, serviceCache, artifacts, serviceKey, creates, updates } = props;
  const writes = [...(creates ? ['dynamodb:PutItem'] : []), ...(updates ? ['dynamodb:UpdateItem'] : [])];
  return [
    allow([table.tableArn], 'dynamodb:DescribeTable', 'dynamodb:Scan', 'dynamodb:BatchGetItem', ...writes),
    allow([ledger.tableArn], 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'),
    allow(
      ['journal/*', 'failures/*', 'exceptions/*'].map((prefix) => artifacts.arnForObjects(prefix)),
      's3:PutObject',
    ),
    // A takeover settles a page from the journal.
    allow([artifacts.arnForObjects('journal/*')], 's3:GetObject'),
    // Not narrowed to a prefix: without it S3 answers 403 for a missing object, and that reads like a lack of rights.
    allow([artifacts.bucketArn], 's3:ListBucket'),
    ...(serviceKey ? [allow([serviceCache.tableArn], 'dynamodb:BatchGetItem', 'dynamodb:PutItem')] : []),
    ...readKey(serviceKey),
  ];
}

/** A secret imported by name has an ARN without the six characters that Secrets Manager adds. */
const readKey = (secret: ISecret | undefined): PolicyStatement[] =>
  secret ? [allow([secret.secretFullArn ?? `${secret.secretArn}-??????`], 'secretsmanager:GetSecretValue')] : [];
