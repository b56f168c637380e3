import { allowedTo, byAction, deniedBut, synthesize } from '../synthesized.ts';

/** Everything that each role may do. What is not here it may not. */

const { runner } = synthesize();
const machine = 'backfill-receipt-place-development';
const ownLog = { 'logs:CreateLogStream': ['Log'], 'logs:PutLogEvents': ['Log'] };
const metrics = { 'cloudwatch:GetMetricData': ['*'] };
const tracing = { 'xray:PutTelemetryRecords': ['*'], 'xray:PutTraceSegments': ['*'] };

const coordinator = byAction(allowedTo('ReceiptPlaceCoordinator', runner));
const processor = byAction(allowedTo('ReceiptPlaceProcessor', runner));
const rehearser = byAction(allowedTo('ReceiptPlaceRehearser', runner));
const cleanup = byAction(allowedTo('ReceiptPlaceCleanup', runner));
const onMachine = byAction(allowedTo('ReceiptPlaceMachine', runner));
const onRollbackMachine = byAction(allowedTo('ReceiptPlaceRollbackMachine', runner));

it('lets the coordinator read the target and its indexes, and keep the ledger', () => {
  expect(coordinator).toEqual({
    ...ownLog,
    ...tracing,
    'dynamodb:DescribeTable': ['table/receipts'],
    'dynamodb:DescribeContinuousBackups': ['table/receipts'],
    'dynamodb:DescribeTimeToLive': ['table/receipts'],
    'dynamodb:CreateBackup': ['table/receipts'],
    'dynamodb:DescribeBackup': ['table/receipts/backup/*'],
    'dynamodb:Scan': ['table/receipts'],
    'dynamodb:Query': ['Ledger', 'Ledger/index/GSI1', ...[1, 2, 3, 4].map((index) => `table/receipts/index/GSI${index}`)],
    'dynamodb:GetItem': ['Ledger'],
    'dynamodb:PutItem': ['Ledger'],
    'dynamodb:UpdateItem': ['Ledger'],
    'dynamodb:DeleteItem': ['Ledger'],
    's3:PutObject': ['Artifacts/reports/*', 'Artifacts/runs/*'],
    's3:GetObject': ['Artifacts/asks/*', 'Artifacts/damaged/*', 'Artifacts/failures/*'],
    's3:ListBucket': ['Artifacts'],
    'states:DescribeExecution': [`execution:${machine}-rollback:*`, `execution:${machine}:*`],
    'secretsmanager:GetSecretValue': ['PlacesKey'],
  });
});

it('lets the processor put rows into its table and journal them', () => {
  expect(processor).toEqual({
    ...ownLog,
    ...tracing,
    ...metrics,
    'dynamodb:DescribeTable': ['table/receipts'],
    'dynamodb:Scan': ['table/receipts'],
    'dynamodb:BatchGetItem': ['ServiceCache', 'table/receipts'],
    'dynamodb:BatchWriteItem': ['ServiceCache'],
    'dynamodb:PutItem': ['Ledger', 'table/receipts'],
    'dynamodb:PartiQLInsert': ['Ledger/PROBE', 'table/receipts'],
    'dynamodb:PartiQLUpdate': ['Ledger/PROBE'],
    'dynamodb:GetItem': ['Ledger'],
    'dynamodb:Query': ['Ledger'],
    'dynamodb:UpdateItem': ['Ledger'],
    's3:PutObject': ['Artifacts/exceptions/*', 'Artifacts/failures/*', 'Artifacts/journal/*'],
    's3:GetObject': ['Artifacts/failures/*', 'Artifacts/journal/*'],
    's3:ListBucket': ['Artifacts'],
    'secretsmanager:GetSecretValue': ['PlacesKey'],
  });
});

it('lets the rehearser read its table, and what a rollback would read', () => {
  expect(rehearser).toEqual({
    ...ownLog,
    ...tracing,
    ...metrics,
    'dynamodb:DescribeTable': ['table/receipts'],
    'dynamodb:Scan': ['table/receipts'],
    'dynamodb:BatchGetItem': ['ServiceCache', 'table/receipts'],
    'dynamodb:BatchWriteItem': ['ServiceCache'],
    'dynamodb:PutItem': ['Ledger'],
    'dynamodb:GetItem': ['Ledger'],
    'dynamodb:Query': ['Ledger'],
    'dynamodb:UpdateItem': ['Ledger'],
    's3:PutObject': ['asks', 'conflicts', 'damaged', 'examples', 'exceptions', 'failures'].map((prefix) => `Artifacts/${prefix}/*`),
    's3:GetObject': ['Artifacts/conflicts/*', 'Artifacts/failures/*', 'Artifacts/journal/*'],
    's3:ListBucket': ['Artifacts'],
    'secretsmanager:GetSecretValue': ['PlacesKey'],
  });
});

it('denies the rehearser all but its reads on its table, its indexes and backups, and denies nobody else anything', () => {
  const table = ['table/receipts', 'table/receipts/*'];
  expect(byAction(deniedBut('ReceiptPlaceRehearser', runner))).toEqual({
    'dynamodb:BatchGetItem': table,
    'dynamodb:DescribeTable': table,
    'dynamodb:Scan': table,
  });
  for (const name of ['Coordinator', 'Processor', 'Cleanup', 'Machine', 'RollbackMachine'])
    expect(deniedBut(`ReceiptPlace${name}`, runner)).toEqual([]);
});

it('lets the cleanup take rows of its table back, going by a journal that it can only read', () => {
  expect(cleanup).toEqual({
    ...ownLog,
    ...tracing,
    ...metrics,
    'dynamodb:DescribeTable': ['table/receipts'],
    'dynamodb:BatchGetItem': ['table/receipts'],
    'dynamodb:DeleteItem': ['table/receipts'],
    'dynamodb:PartiQLDelete': ['Ledger/PROBE', 'table/receipts'],
    'dynamodb:PutItem': ['Ledger', 'table/receipts'],
    'dynamodb:PartiQLInsert': ['Ledger/PROBE', 'table/receipts'],
    'dynamodb:PartiQLUpdate': ['Ledger/PROBE'],
    'dynamodb:GetItem': ['Ledger'],
    'dynamodb:Query': ['Ledger'],
    'dynamodb:UpdateItem': ['Ledger'],
    's3:PutObject': ['Artifacts/conflicts/*', 'Artifacts/damaged/*', 'Artifacts/exceptions/*', 'Artifacts/failures/*'],
    's3:GetObject': ['Artifacts/conflicts/*', 'Artifacts/failures/*', 'Artifacts/journal/*'],
    's3:ListBucket': ['Artifacts'],
  });
});

it.each([
  ['run', machine, onMachine, 'Processor'],
  ['rollback', `${machine}-rollback`, onRollbackMachine, 'Cleanup'],
])('lets the machine of a %s call its own functions, start children of its own, log and trace', (_, name, access, worker) => {
  const { 'lambda:InvokeFunction': functions, ...others } = access;
  expect(functions).toEqual(['Coordinator', 'Rehearser', worker].sort());
  expect(others).toEqual({
    'states:StartExecution': [`stateMachine:${name}`],
    'states:DescribeExecution': [`execution:${name}/*`, `execution:${name}:*`],
    'states:StopExecution': [`execution:${name}/*`, `execution:${name}:*`],
    ...Object.fromEntries(
      [
        // https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html: these know no resource.
        'logs:CreateLogDelivery',
        'logs:DeleteLogDelivery',
        'logs:DescribeLogGroups',
        'logs:DescribeResourcePolicies',
        'logs:GetLogDelivery',
        'logs:ListLogDeliveries',
        'logs:PutResourcePolicy',
        'logs:UpdateLogDelivery',
        'xray:GetSamplingRules',
        'xray:GetSamplingTargets',
        'xray:PutTelemetryRecords',
        'xray:PutTraceSegments',
      ].map((action) => [action, ['*']]),
    ),
  });
});

it('gives no action by a pattern, and no managed policy', () => {
  const all = [coordinator, processor, rehearser, cleanup, onMachine, onRollbackMachine];
  for (const action of all.flatMap(Object.keys)) expect(action).toMatch(/^[a-z0-9]+:[A-Za-z]+$/);
  for (const { Properties } of Object.values(runner.findResources('AWS::IAM::Role'))) {
    expect(Properties.ManagedPolicyArns).toBeUndefined();
    expect(Properties.Policies).toBeUndefined();
  }
});

describe('who may delete, and who may write the journal', () => {
  const roles = { coordinator, processor, rehearser, cleanup, onMachine, onRollbackMachine };
  /** `role action resource` for every right whose action is such a one. */
  const rights = (actions: RegExp): string[] =>
    Object.entries(roles).flatMap(([role, access]) =>
      Object.entries(access).flatMap(([action, resources]) =>
        actions.test(action) ? resources.map((resource) => `${role} ${action} ${resource}`) : [],
      ),
    );

  it('lets the coordinator let go of locks and the cleanup take rows back, and nobody else delete', () => {
    expect(rights(/delete|remove/i)).toEqual([
      'coordinator dynamodb:DeleteItem Ledger',
      'cleanup dynamodb:DeleteItem table/receipts',
      'cleanup dynamodb:PartiQLDelete Ledger/PROBE',
      'cleanup dynamodb:PartiQLDelete table/receipts',
      'onMachine logs:DeleteLogDelivery *',
      'onRollbackMachine logs:DeleteLogDelivery *',
    ]);
  });

  it('lets batches that could delete, too, reach cached answers only', () => {
    expect(rights(/BatchWrite|Transact/)).toEqual([
      'processor dynamodb:BatchWriteItem ServiceCache',
      'rehearser dynamodb:BatchWriteItem ServiceCache',
    ]);
  });

  it('lets nobody but the processor write the journal', () => {
    expect(rights(/^s3:(?!Get|List)/).filter((right) => !/ Artifacts\/(?!journal)[a-z]+\/\*$/.test(right))).toEqual([
      'processor s3:PutObject Artifacts/journal/*',
    ]);
  });
});

describe('a definition that updates and asks nobody', () => {
  const { runner: named } = synthesize({ context: { environments: { development: { tables: { wardrobe: 'prod-wardrobe' } } } } });

  it('may update its own table, and neither put rows nor touch cache, key or another table', () => {
    expect(byAction(allowedTo('WardrobeNormalizeProcessor', named))).toEqual({
      ...ownLog,
      ...tracing,
      ...metrics,
      'dynamodb:DescribeTable': ['table/prod-wardrobe'],
      'dynamodb:Scan': ['table/prod-wardrobe'],
      'dynamodb:BatchGetItem': ['table/prod-wardrobe'],
      'dynamodb:PutItem': ['Ledger'],
      'dynamodb:GetItem': ['Ledger'],
      'dynamodb:Query': ['Ledger'],
      'dynamodb:UpdateItem': ['Ledger', 'table/prod-wardrobe'],
      'dynamodb:PartiQLInsert': ['Ledger/PROBE'],
      'dynamodb:PartiQLUpdate': ['Ledger/PROBE', 'table/prod-wardrobe'],
      's3:PutObject': ['Artifacts/exceptions/*', 'Artifacts/failures/*', 'Artifacts/journal/*'],
      's3:GetObject': ['Artifacts/failures/*', 'Artifacts/journal/*'],
      's3:ListBucket': ['Artifacts'],
    });
  });

  it('may undo its updates, and neither delete nor put rows', () => {
    expect(byAction(allowedTo('WardrobeNormalizeCleanup', named))).toEqual({
      ...ownLog,
      ...tracing,
      ...metrics,
      'dynamodb:DescribeTable': ['table/prod-wardrobe'],
      'dynamodb:Scan': ['table/prod-wardrobe'],
      'dynamodb:BatchGetItem': ['table/prod-wardrobe'],
      'dynamodb:PutItem': ['Ledger'],
      'dynamodb:GetItem': ['Ledger'],
      'dynamodb:Query': ['Ledger'],
      'dynamodb:UpdateItem': ['Ledger', 'table/prod-wardrobe'],
      'dynamodb:PartiQLInsert': ['Ledger/PROBE'],
      'dynamodb:PartiQLUpdate': ['Ledger/PROBE', 'table/prod-wardrobe'],
      's3:PutObject': ['Artifacts/conflicts/*', 'Artifacts/damaged/*', 'Artifacts/exceptions/*', 'Artifacts/failures/*'],
      's3:GetObject': ['Artifacts/conflicts/*', 'Artifacts/failures/*', 'Artifacts/journal/*'],
      's3:ListBucket': ['Artifacts'],
    });
  });

  it('has a coordinator that queries no index of its table, and asks after its own executions only', () => {
    const access = byAction(allowedTo('WardrobeNormalizeCoordinator', named));
    expect(access['dynamodb:Query']).toEqual(['Ledger', 'Ledger/index/GSI1']);
    const own = 'execution:backfill-wardrobe-normalize-development';
    expect(access['states:DescribeExecution']).toEqual([`${own}-rollback:*`, `${own}:*`]);
    expect(access['secretsmanager:GetSecretValue']).toBeUndefined();
    expect(JSON.stringify(access)).not.toContain('receipt');
  });
});

it('reads a secret that was there before by its name and whatever suffix it has', () => {
  const named = synthesize({ context: { environments: { development: { placesSecret: 'google/places' } } } }).runner;
  const access = byAction(allowedTo('ReceiptPlaceProcessor', named));
  expect(access['secretsmanager:GetSecretValue']).toEqual(['secret:google/places-??????']);
});

it('lets the coordinator change its table only where the environment says so', () => {
  const raising = synthesize({ context: { environments: { development: { raiseCapacity: true } } } }).runner;
  const access = byAction(allowedTo('ReceiptPlaceCoordinator', raising));
  expect(access).toEqual({ ...coordinator, 'dynamodb:UpdateTable': ['table/receipts'] });
  for (const [name, own] of Object.entries({ Processor: processor, Rehearser: rehearser, Cleanup: cleanup }))
    expect(byAction(allowedTo(`ReceiptPlace${name}`, raising))).toEqual(own);
});
