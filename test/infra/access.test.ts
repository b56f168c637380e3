import { receiptPlace } from '../../lib/backfills/receipt-place/definition.ts';
import type { BackfillShape } from '../../lib/constructs/backfill.ts';
import { allowedTo, byAction, synthesize } from './synthesized.ts';

/** Everything that each role may do. What is not here it may not. */

const { runner } = synthesize();
const machine = 'backfill-receipt-place-development';
const ownLog = { 'logs:CreateLogStream': ['Log'], 'logs:PutLogEvents': ['Log'] };
const tracing = { 'xray:PutTelemetryRecords': ['*'], 'xray:PutTraceSegments': ['*'] };

const coordinator = byAction(allowedTo('ReceiptPlaceCoordinator', runner));
const processor = byAction(allowedTo('ReceiptPlaceProcessor', runner));
const onMachine = byAction(allowedTo('ReceiptPlaceMachine', runner));

it('lets the coordinator read the target and its indexes, and keep the ledger', () => {
  expect(coordinator).toEqual({
    ...ownLog,
    ...tracing,
    'dynamodb:DescribeTable': ['table/receipts'],
    'dynamodb:Scan': ['table/receipts'],
    'dynamodb:Query': ['Ledger', ...[1, 2, 3, 4].map((index) => `table/receipts/index/GSI${index}`)],
    'dynamodb:GetItem': ['Ledger'],
    'dynamodb:PutItem': ['Ledger'],
    'dynamodb:UpdateItem': ['Ledger'],
    'dynamodb:DeleteItem': ['Ledger'],
    's3:PutObject': ['Artifacts/reports/*', 'Artifacts/runs/*'],
    'states:DescribeExecution': [`execution:${machine}:*`],
    'secretsmanager:GetSecretValue': ['PlacesKey'],
  });
});

it('lets the processor put rows into its table and journal them', () => {
  expect(processor).toEqual({
    ...ownLog,
    ...tracing,
    'dynamodb:DescribeTable': ['table/receipts'],
    'dynamodb:Scan': ['table/receipts'],
    'dynamodb:BatchGetItem': ['ServiceCache', 'table/receipts'],
    'dynamodb:PutItem': ['Ledger', 'ServiceCache', 'table/receipts'],
    'dynamodb:GetItem': ['Ledger'],
    'dynamodb:UpdateItem': ['Ledger'],
    's3:PutObject': ['Artifacts/exceptions/*', 'Artifacts/failures/*', 'Artifacts/journal/*'],
    's3:GetObject': ['Artifacts/journal/*'],
    's3:ListBucket': ['Artifacts'],
    'secretsmanager:GetSecretValue': ['PlacesKey'],
  });
});

it('lets the machine call its functions, start children of its own, log and trace', () => {
  const { 'lambda:InvokeFunction': functions, ...others } = onMachine;
  expect(functions).toEqual(['Coordinator', 'Processor']);
  expect(others).toEqual({
    'states:StartExecution': [`stateMachine:${machine}`],
    'states:DescribeExecution': [`execution:${machine}/*`, `execution:${machine}:*`],
    'states:StopExecution': [`execution:${machine}/*`, `execution:${machine}:*`],
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
  for (const action of [coordinator, processor, onMachine].flatMap(Object.keys)) expect(action).toMatch(/^[a-z0-9]+:[A-Za-z]+$/);
  for (const { Properties } of Object.values(runner.findResources('AWS::IAM::Role'))) {
    expect(Properties.ManagedPolicyArns).toBeUndefined();
    expect(Properties.Policies).toBeUndefined();
  }
});

it('lets nobody but the coordinator delete, and that in the ledger only', () => {
  const deleting = [processor, onMachine].flatMap(Object.keys).filter((action) => /delete|remove/i.test(action));
  expect(deleting).toEqual(['logs:DeleteLogDelivery']);
});

describe('a definition that updates and asks nobody', () => {
  const updating: BackfillShape = {
    name: 'wardrobe',
    summary: '',
    source: { table: 'wardrobe' },
    writes: ['normalized'],
    requires: { indexes: [] },
  };
  const both = synthesize({
    backfills: [receiptPlace, updating],
    context: { environments: { development: { tables: { wardrobe: 'prod-wardrobe' } } } },
  }).runner;

  it('may update its own table, and neither put rows nor touch cache, key or another table', () => {
    const access = byAction(allowedTo('WardrobeProcessor', both));
    expect(access['dynamodb:UpdateItem']).toEqual(['Ledger', 'table/prod-wardrobe']);
    expect(access['dynamodb:PutItem']).toEqual(['Ledger']);
    expect(access['dynamodb:BatchGetItem']).toEqual(['table/prod-wardrobe']);
    expect(access['secretsmanager:GetSecretValue']).toBeUndefined();
    expect(JSON.stringify(access)).not.toContain('receipts');
  });

  it('has a coordinator that queries no index', () => {
    expect(byAction(allowedTo('WardrobeCoordinator', both))['dynamodb:Query']).toEqual(['Ledger']);
  });
});

it('reads a secret that was there before by its name and whatever suffix it has', () => {
  const named = synthesize({ context: { environments: { development: { placesSecret: 'google/places' } } } }).runner;
  const access = byAction(allowedTo('ReceiptPlaceProcessor', named));
  expect(access['secretsmanager:GetSecretValue']).toEqual(['secret:google/places-??????']);
});
