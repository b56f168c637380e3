import { backfills } from '../../../lib/backfills/index.ts';
import { ACCOUNT, DeployedStacks, REGION } from '../../support/deployed-policies.ts';
import { type Policies, type Request, simulate, type Verdict } from '../../support/iam.ts';
import { synthesize } from '../synthesized.ts';

/** What each role can do once the synthesized policies meet IAM's rules: the bucket's own policy and explicit denies included. */

const { state, runner } = synthesize();
const stacks = new DeployedStacks([state, runner]);
const bucket = stacks.one('AWS::S3::Bucket', 'Artifacts');
const ledger = stacks.one('AWS::DynamoDB::Table', 'Ledger');
const cache = stacks.one('AWS::DynamoDB::Table', 'ServiceCache');

const table = (name: string): string => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`;
const object = (name: string): string => `${bucket.arn}/${name}`;
const TLS = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' };
const ONCE = { 's3:if-none-match': '*' };

/** Roles of functions and machines by their construct: `ReceiptPlaceProcessor`. */
const roles = new Map(stacks.resources('AWS::IAM::Role').map((role) => [role.id.replace(/Role[0-9A-F]{8}$/, ''), role]));

function policiesOf(role: string): Policies {
  const found = roles.get(role);
  if (!found) throw new Error(`no role ${role}`);
  return stacks.policiesOf(found.id, bucket.name);
}

const policies = new Map([...roles.keys()].map((role) => [role, policiesOf(role)]));

function can(role: string, action: string, resource: string, context: Request['context'] = {}): Verdict {
  const principal = roles.get(role)?.arn ?? '';
  return simulate(policies.get(role) ?? policiesOf(role), { action, resource, principal, context: { ...TLS, ...context } });
}

const allowed = (role: string, action: string, ...where: [resource: string, context?: Request['context']]): boolean =>
  can(role, action, ...where) === 'allowed';

/**
 * Every action of DynamoDB's that changes items, a table, its backups, or what is done with its changes.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
const WRITES = [
  ...['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLInsert', 'PartiQLUpdate', 'PartiQLDelete'],
  ...[
    'CreateTable',
    'UpdateTable',
    'DeleteTable',
    'ImportTable',
    'CreateTableReplica',
    'DeleteTableReplica',
    'UpdateTableReplicaAutoScaling',
  ],
  ...['CreateGlobalTable', 'UpdateGlobalTable', 'UpdateGlobalTableSettings', 'UpdateGlobalTableVersion', 'ReplicateSettings'],
  ...[
    'CreateBackup',
    'DeleteBackup',
    'RestoreTableFromBackup',
    'RestoreTableToPointInTime',
    'RestoreTableFromAwsBackup',
    'StartAwsBackupJob',
  ],
  ...['UpdateContinuousBackups', 'UpdateTimeToLive', 'UpdateContributorInsights', 'UpdateKinesisStreamingDestination'],
  ...['EnableKinesisStreamingDestination', 'DisableKinesisStreamingDestination', 'TagResource', 'UntagResource'],
  ...['PutResourcePolicy', 'DeleteResourcePolicy', 'AssociateTableReplica', 'PurchaseReservedCapacityOfferings'],
].map((name) => `dynamodb:${name}`);

const constructOf = (name: string): string => name.replace(/(?:^|-)([a-z])/g, (_, first: string) => first.toUpperCase());
const targets = backfills.map(({ source }) => table(source.table));
const withParts = (arn: string): string[] => [arn, `${arn}/index/GSI1`, `${arn}/index/new`, `${arn}/backup/01`, `${arn}/stream/1`];

describe.each(
  backfills.map(({ name, source, target, writes }) => ({
    name,
    construct: constructOf(name),
    own: table(source.table),
    creates: target !== undefined,
    updates: writes.length > 0,
  })),
)('the roles of $name', ({ construct, own, creates, updates }) => {
  const processor = `${construct}Processor`;
  const rehearser = `${construct}Rehearser`;
  const cleanup = `${construct}Cleanup`;
  const coordinator = `${construct}Coordinator`;

  it('deny the one that rehearses every write, and everything else but reads, on its table', () => {
    for (const resource of withParts(own))
      for (const action of WRITES) expect([action, resource, can(rehearser, action, resource)]).toEqual([action, resource, 'denied']);
    for (const action of ['Scan', 'BatchGetItem', 'DescribeTable']) expect(can(rehearser, `dynamodb:${action}`, own)).toBe('allowed');
    for (const action of ['Query', 'GetItem', 'ActionThatIsNotThereYet', 'PartiQLSelect'])
      expect(can(rehearser, `dynamodb:${action}`, own)).toBe('denied');
  });

  it('let the one that rehearses write no other target, whatever comes to be allowed of its own', () => {
    for (const target of targets.flatMap(withParts)) for (const action of WRITES) expect(allowed(rehearser, action, target)).toBe(false);
  });

  it('let the processor write the items of its table, and nothing of the table itself', () => {
    const may = [...(creates ? ['PutItem', 'PartiQLInsert'] : []), ...(updates ? ['UpdateItem', 'PartiQLUpdate'] : [])];
    expect(may).not.toEqual([]);
    expect(WRITES.filter((action) => allowed(processor, action, own)).sort()).toEqual(may.map((name) => `dynamodb:${name}`).sort());
    for (const part of withParts(own).slice(1)) expect(WRITES.filter((action) => allowed(processor, action, part))).toEqual([]);
  });

  it('let the processor read its source only', () => {
    const reads = ['Scan', 'Query', 'GetItem', 'BatchGetItem', 'PartiQLSelect', 'DescribeTable', 'ExportTableToPointInTime'].map(
      (name) => `dynamodb:${name}`,
    );
    expect(reads.filter((action) => allowed(processor, action, own))).toEqual([
      'dynamodb:Scan',
      'dynamodb:BatchGetItem',
      'dynamodb:DescribeTable',
    ]);
    for (const other of [...targets, table('somebody-elses')].filter((one) => one !== own))
      for (const action of reads) expect([action, other, can(processor, action, other)]).toEqual([action, other, 'not allowed']);
  });

  it('let the processor put journal objects, once each, and never delete one', () => {
    const journal = object('journal/run/0001/000001-1.jsonl.gz');
    expect(can(processor, 's3:PutObject', journal, ONCE)).toBe('allowed');
    expect(can(processor, 's3:PutObject', journal)).toBe('denied');
    for (const action of [
      'DeleteObject',
      'DeleteObjectVersion',
      'PutObjectAcl',
      'PutObjectTagging',
      'PutObjectRetention',
      'RestoreObject',
      'BypassGovernanceRetention',
      'AbortMultipartUpload',
    ])
      expect(can(processor, `s3:${action}`, journal, ONCE)).toBe('not allowed');
    for (const action of [
      'DeleteBucket',
      'PutBucketPolicy',
      'DeleteBucketPolicy',
      'PutBucketVersioning',
      'PutLifecycleConfiguration',
      'PutEncryptionConfiguration',
    ])
      expect(can(processor, `s3:${action}`, bucket.arn)).toBe('not allowed');
  });

  it('let nobody but the processor put a journal object, even one that is new', () => {
    const journal = object('journal/run/0001/000001-1.jsonl.gz');
    const writers = [...roles.keys()].filter((role) => role.startsWith(construct) && allowed(role, 's3:PutObject', journal, ONCE));
    expect(writers).toEqual([processor]);
  });

  it('let the rollback write its table and read the journal, and not write the journal', () => {
    const undo = [
      ...(creates ? ['DeleteItem', 'PartiQLDelete', 'PutItem', 'PartiQLInsert'] : []),
      ...(updates ? ['UpdateItem', 'PartiQLUpdate'] : []),
    ];
    expect(WRITES.filter((action) => allowed(cleanup, action, own)).sort()).toEqual(undo.map((name) => `dynamodb:${name}`).sort());
    const journal = object('journal/run/0001/000001-1.jsonl.gz');
    expect(can(cleanup, 's3:GetObject', journal)).toBe('allowed');
    for (const action of ['PutObject', 'DeleteObject', 'DeleteObjectVersion'])
      expect(can(cleanup, `s3:${action}`, journal, ONCE)).toBe('not allowed');
  });

  it('let the coordinator change nothing of its table, but have it backed up', () => {
    expect(WRITES.filter((action) => allowed(coordinator, action, own))).toEqual(['dynamodb:CreateBackup']);
  });

  it('reach neither the table of another backfill nor a table that no definition names', () => {
    const strange = [...targets.filter((one) => one !== own), table('somebody-elses'), `${own}-copy`].flatMap(withParts);
    const reach = [
      ...WRITES,
      ...['Scan', 'Query', 'GetItem', 'BatchGetItem', 'DescribeTable', 'PartiQLSelect'].map((name) => `dynamodb:${name}`),
    ];
    const mine = [...roles.keys()].filter((role) => role.startsWith(construct));
    // A schedule has one of its own.
    expect(mine.filter((role) => !role.endsWith('Schedule'))).toHaveLength(6);
    for (const role of mine) expect(reach.flatMap((action) => strange.filter((arn) => allowed(role, action, arn)))).toEqual([]);
  });

  it('send statements to the ledger only where it is tried what statements do, and the one that rehearses to nothing', () => {
    const statements = ['Insert', 'Update', 'Delete', 'Select'].map((name) => `dynamodb:PartiQL${name}`);
    const sent = (role: string, partition: string) =>
      statements.filter((action) => allowed(role, action, ledger.arn, { 'dynamodb:LeadingKeys': partition }));
    const [insert, update, remove] = statements as [string, string, string];
    expect(sent(processor, 'PROBE')).toEqual([insert, update]);
    expect(sent(cleanup, 'PROBE')).toEqual(creates ? [insert, update, remove] : [insert, update]);
    for (const role of [rehearser, coordinator]) expect(sent(role, 'PROBE')).toEqual([]);
    for (const role of [processor, cleanup]) {
      for (const partition of ['RUN#1', 'PROBE#', 'LOCK#receipts']) expect(sent(role, partition)).toEqual([]);
      expect(statements.filter((action) => allowed(role, action, ledger.arn))).toEqual([]);
    }
  });

  it('reach the artifacts over encrypted connections only', () => {
    const open = { 'aws:SecureTransport': 'false' };
    expect(can(cleanup, 's3:GetObject', object('journal/run/1'), open)).toBe('denied');
    expect(can(cleanup, 's3:GetObject', object('journal/run/1'), { 's3:TlsVersion': '1.1' })).toBe('denied');
  });

  it('let nobody drop, restore or reconfigure what the project owns', () => {
    const structural = WRITES.filter((action) => !/:(PutItem|UpdateItem|DeleteItem|BatchWriteItem)$/.test(action));
    for (const role of [...roles.keys()].filter((name) => name.startsWith(construct)))
      for (const resource of [ledger.arn, cache.arn]) expect(structural.filter((action) => allowed(role, action, resource))).toEqual([]);
  });
});

it('lets each role be taken on by its own service only', () => {
  for (const [, { properties }] of roles) {
    const [statement, ...more] = (properties.AssumeRolePolicyDocument as { Statement: { Action: string; Principal: object }[] }).Statement;
    expect(more).toEqual([]);
    expect(statement?.Action).toBe('sts:AssumeRole');
    expect(Object.keys(statement?.Principal ?? {})).toEqual(['Service']);
  }
});

/** Actions of which AWS's service authorization reference says that they know no resource. */
const WITHOUT_RESOURCE = [
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
  'cloudwatch:GetMetricData',
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
  // https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
  'logs:CreateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:DescribeLogGroups',
  'logs:DescribeResourcePolicies',
  'logs:GetLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:UpdateLogDelivery',
];

it('names the resource `*` only for actions that know no other, and no action by a pattern', () => {
  const statements = [...roles.values()].flatMap(({ id }) => stacks.identity(id)).filter(({ Effect }) => Effect === 'Allow');
  expect(statements.length).toBeGreaterThan(40);
  const everywhere = statements.filter(({ Resource }) => [Resource].flat().includes('*')).flatMap(({ Action }) => [Action ?? []].flat(2));
  expect([...new Set(everywhere)].sort()).toEqual([...WITHOUT_RESOURCE].sort());
  for (const { Action, NotAction, NotResource } of statements) {
    expect([NotAction, NotResource]).toEqual([undefined, undefined]);
    for (const action of [Action ?? []].flat(2)) expect(action).not.toMatch(/[*?]/);
  }
});

describe.each(['BrakeHandler', 'ReconcilerHandler', 'WardrobeNormalizeSchedule'])('%s, which looks after runs', (role) => {
  const reads = ['Scan', 'Query', 'GetItem', 'BatchGetItem', 'DescribeTable', 'PartiQLSelect'].map((name) => `dynamodb:${name}`);
  const machine = (name: string): string => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}`;

  it('reaches no table of a backfill, and no artifact', () => {
    expect([...WRITES, ...reads].flatMap((action) => targets.flatMap(withParts).filter((arn) => allowed(role, action, arn)))).toEqual([]);
    for (const action of ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'])
      expect(allowed(role, action, object('journal/run/1'), ONCE)).toBe(false);
  });

  it('starts no machine of another environment, and stops none', () => {
    expect(allowed(role, 'states:StartExecution', machine('backfill-wardrobe-normalize-production'))).toBe(false);
    expect(allowed(role, 'states:StopExecution', machine('backfill-wardrobe-normalize-development'))).toBe(false);
  });
});
