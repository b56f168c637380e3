import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { ledgerTable, PROBE_PARTITION } from '../workflow/tables.ts';
import type { ImportedTable } from './imported-table.ts';

/** What the handlers may do, action by action, as lib/adapters calls them. CDK's grants would give more. */
export interface Access {
  readonly actions: readonly string[];
  /**
   * Turns it round: every action but these is denied on the resources, whatever else allows it.
   * @default false
   */
  readonly nothingElse?: boolean;
  readonly resources: readonly string[];
  /**
   * The one partition of the table that the actions reach.
   * @default - all of them
   */
  readonly partition?: string;
  /**
   * Why the resources can be named by a pattern only.
   * @default - they are named exactly
   */
  readonly pattern?: string;
}

export interface AccessProps {
  readonly table: ImportedTable;
  readonly ledger: Table;
  readonly serviceCache: Table;
  readonly artifacts: Bucket;
  /** The definition asks an outside service, whose answers are cached. */
  readonly asks: boolean;
  /** @default - the service, if there is one, wants no key */
  readonly serviceKey?: ISecret | undefined;
  /** The definition puts rows that were not there. */
  readonly creates: boolean;
  /** The definition changes rows. */
  readonly updates: boolean;
  /** The coordinator may change the table's capacity. */
  readonly raisesCapacity: boolean;
  /** ARN patterns of the executions that carry runs and rollbacks. */
  readonly executions: readonly string[];
}

/** Reads the target and never writes it, has it backed up; keeps the ledger. */
export function coordinatorAccess({ table, ledger, artifacts, asks, serviceKey, raisesCapacity, executions }: AccessProps): Access[] {
  return [
    // Counts, hashes and checks the table.
    { actions: ['dynamodb:DescribeTable', 'dynamodb:Scan'], resources: [table.tableArn] },
    // Preflight: whether the table can be had back, and what expires by itself.
    { actions: ['dynamodb:DescribeContinuousBackups', 'dynamodb:DescribeTimeToLive'], resources: [table.tableArn] },
    { actions: ['dynamodb:CreateBackup'], resources: [table.tableArn] },
    {
      actions: ['dynamodb:DescribeBackup'],
      resources: [`${table.tableArn}/backup/*`],
      pattern: 'A backup has its name only once it is made; all are of this backfill’s own table.',
    },
    // It could also change keys, indexes and streams: only where somebody has said so.
    ...(raisesCapacity ? [{ actions: ['dynamodb:UpdateTable'], resources: [table.tableArn] }] : []),
    ...(table.indexArns.length > 0 ? [{ actions: ['dynamodb:Query'], resources: table.indexArns }] : []),
    ...ledgerAccess(ledger),
    objects(artifacts, 's3:PutObject', 'runs', 'reports'),
    // Checks leave out what failed; a rollback is refused for what is damaged; a rehearsal's requests are told apart at its end.
    objects(artifacts, 's3:GetObject', 'failures', 'damaged', ...(asks ? ['asks'] : [])),
    listing(artifacts),
    // Whether the execution that a run belongs to is still alive.
    {
      actions: ['states:DescribeExecution'],
      resources: executions,
      pattern: 'An execution has its name only once it runs; all are of this backfill’s two machines.',
    },
    ...readKey(serviceKey),
  ];
}

/** What others take of the table: any worker may be the one who governs. Metrics know no resources. */
const consumption: Access = { actions: ['cloudwatch:GetMetricData'], resources: ['*'] };

/** By statements, and by calls where statements do not do. */
const CREATES = ['dynamodb:PutItem', 'dynamodb:PartiQLInsert'];
const UPDATES = ['dynamodb:UpdateItem', 'dynamodb:PartiQLUpdate'];
const DELETES = ['dynamodb:DeleteItem', 'dynamodb:PartiQLDelete'];

/** Reads and writes the target's items; deletes none. */
export function processorAccess(props: AccessProps): Access[] {
  const { table, ledger, serviceCache, artifacts, asks, serviceKey, creates, updates } = props;
  const writes = [...(creates ? CREATES : []), ...(updates ? UPDATES : [])];
  return [
    { actions: ['dynamodb:DescribeTable', 'dynamodb:Scan', 'dynamodb:BatchGetItem', ...writes], resources: [table.tableArn] },
    consumption,
    workerLedger(ledger),
    statementTrial(ledger, 'dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate'),
    objects(artifacts, 's3:PutObject', 'journal', 'failures', 'exceptions'),
    // A takeover settles a page from the journal; a retry goes through what failed.
    objects(artifacts, 's3:GetObject', 'journal', 'failures'),
    listing(artifacts),
    ...(asks ? [{ actions: ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem'], resources: [serviceCache.tableArn] }] : []),
    ...readKey(serviceKey),
  ];
}

/** Reads what processor and cleanup read, and says what they would do. It is denied all else on the table and its indexes. */
export function rehearserAccess({ table, ledger, serviceCache, artifacts, asks, serviceKey }: AccessProps): Access[] {
  const reads = ['dynamodb:DescribeTable', 'dynamodb:Scan', 'dynamodb:BatchGetItem'];
  return [
    { actions: reads, resources: [table.tableArn] },
    // Named by what it spares, it holds for actions that DynamoDB does not have yet.
    { actions: reads, nothingElse: true, resources: [table.tableArn, `${table.tableArn}/*`] },
    consumption,
    workerLedger(ledger),
    objects(artifacts, 's3:PutObject', 'failures', 'exceptions', 'examples', 'conflicts', 'damaged', ...(asks ? ['asks'] : [])),
    // A rollback is rehearsed from the journal.
    objects(artifacts, 's3:GetObject', 'journal', 'conflicts', 'failures'),
    listing(artifacts),
    ...(asks ? [{ actions: ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem'], resources: [serviceCache.tableArn] }] : []),
    ...readKey(serviceKey),
  ];
}

/** Takes back what the processor may write, going by the journal, which it only reads. */
export function cleanupAccess({ table, ledger, artifacts, creates, updates }: AccessProps): Access[] {
  // A create puts back what somebody added to a row between its reading and its deletion.
  const writes = [...(creates ? [...DELETES, ...CREATES] : []), ...(updates ? UPDATES : [])];
  return [
    // What was updated is verified by scanning the run's own pages, where that is cheaper.
    {
      actions: ['dynamodb:DescribeTable', ...(updates ? ['dynamodb:Scan'] : []), 'dynamodb:BatchGetItem', ...writes],
      resources: [table.tableArn],
    },
    consumption,
    workerLedger(ledger),
    statementTrial(ledger, 'dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate', ...(creates ? ['dynamodb:PartiQLDelete'] : [])),
    objects(artifacts, 's3:PutObject', 'conflicts', 'failures', 'exceptions', 'damaged'),
    // What earlier pages left alone, later ones leave alone too.
    objects(artifacts, 's3:GetObject', 'journal', 'conflicts', 'failures'),
    listing(artifacts),
  ];
}

/** Begins, controls and ends runs. */
export const ledgerAccess = (ledger: Table): Access[] => [
  // DeleteItem lets go of locks, and of what workers reported.
  { actions: ledgerActions('GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'), resources: [ledger.tableArn] },
  // The newest runs of a backfill: which ones a rollback finds.
  { actions: ['dynamodb:Query'], resources: ledgerTable.indexes.map(({ name }) => `${ledger.tableArn}/index/${name}`) },
];

/** Query sums all segments, for the governor. */
const workerLedger = (ledger: Table): Access => ({
  actions: ledgerActions('GetItem', 'Query', 'PutItem', 'UpdateItem'),
  resources: [ledger.tableArn],
});

/** A worker finds out what statements do, on rows made for that. */
const statementTrial = (ledger: Table, ...actions: string[]): Access => ({
  actions,
  resources: [ledger.tableArn],
  partition: PROBE_PARTITION,
});

const ledgerActions = (...names: string[]): string[] => names.map((name) => `dynamodb:${name}`);

const objects = (bucket: Bucket, action: string, ...prefixes: string[]): Access => ({
  actions: [action],
  resources: prefixes.map((prefix) => bucket.arnForObjects(`${prefix}/*`)),
  pattern: 'Objects are named by run, segment and page; the handler reaches the prefixes that it uses and no other.',
});

/** Not narrowed to a prefix: without it S3 answers 403 for a missing object, which reads like a lack of rights. */
const listing = (bucket: Bucket): Access => ({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] });

/** A secret imported by name has an ARN without the six characters that Secrets Manager adds. */
const readKey = (secret: ISecret | undefined): Access[] =>
  secret ? [{ actions: ['secretsmanager:GetSecretValue'], resources: [secret.secretFullArn ?? `${secret.secretArn}-??????`] }] : [];
