import { Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { buildApp } from '../synthesized.ts';

const findings = (scope: IConstruct): string[] =>
  new AwsSolutionsChecks()
    .validateScope(scope)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    );

const exact = { account: '123456789012', region: 'eu-central-1', placesSecret: 'google/places' };

describe('cdk-nag AwsSolutions', () => {
  it.each([
    ['in any account', {}],
    ['in a named account', { environments: { development: exact } }],
    ['in production', { environment: 'production' }],
    ['with sample tables and capacity to raise', { environments: { development: { sampleTables: true, raiseCapacity: true } } }],
  ])('finds nothing unacknowledged %s', (_, context) => {
    const { app } = buildApp({ context });
    // The names of exports, which acknowledgements contain, stand once the app is synthesized.
    app.synth();
    expect(findings(app)).toEqual([]);
  });

  it('would find what nobody has acknowledged', () => {
    const { runner, state } = buildApp();
    const [backfill] = runner.node.children.filter(({ node }) => node.id === 'ReceiptPlace');
    const processor = backfill?.node.findChild('Processor') as unknown as { addToRolePolicy(statement: PolicyStatement): void };
    processor.addToRolePolicy(new PolicyStatement({ actions: ['dynamodb:*'], resources: ['arn:aws:dynamodb:::table/*'] }));
    new Bucket(state, 'Careless');
    expect(findings(runner)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^AwsSolutions-IAM5\[Action::dynamodb:\*\] .*ProcessorRole/),
        expect.stringMatching(/^AwsSolutions-IAM5\[Resource::arn:aws:dynamodb:::table\/\*\] .*ProcessorRole/),
      ]),
    );
    expect(findings(state)).toEqual(expect.arrayContaining([expect.stringMatching(/^AwsSolutions-S1 .*Careless/)]));
  });
});

/** `CoordinatorRole IAM5 executions:*` for a finding whose resource is named by tokens and exports. */
const nameOf = (construct: string, id: string): string => {
  const [, rule, resource = ''] = /AwsSolutions-([A-Z0-9]+)(?:\[Resource::(.*)\])?$/.exec(id) ?? [];
  const plain = resource
    .replace(/^arn:.*:execution:backfill-(receipt-place|wardrobe-normalize)-development/, 'executions')
    .replace(/^arn:.*:appconfig:.*\/environment\/.*\/deployment\//, 'flags/deployment/')
    .replace(/^arn:.*:table\//, 'table/')
    .replace(/^.*:ExportsOutputFnGetAttArtifacts.*?\//, 'artifacts/');
  return `${construct} ${rule} ${plain}`.trim();
};

it('has no acknowledgement but these, each with its reason', () => {
  const { app } = buildApp();
  const acknowledged = app.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) =>
        Object.entries(data as Record<string, string>).map(([id, reason]) => {
          expect(reason).toMatch(/^[A-Z].{30,}\.$/);
          return nameOf(node.id === 'Resource' || node.id === 'Role' ? `${node.scope?.node.id}` : node.id, id);
        }),
      ),
  );
  expect([...new Set(acknowledged)].sort()).toEqual([
    'CleanupRole IAM5 *',
    'CleanupRole IAM5 artifacts/conflicts/*',
    'CleanupRole IAM5 artifacts/damaged/*',
    'CleanupRole IAM5 artifacts/exceptions/*',
    'CleanupRole IAM5 artifacts/failures/*',
    'CleanupRole IAM5 artifacts/journal/*',
    'CoordinatorRole IAM5 *',
    'CoordinatorRole IAM5 artifacts/asks/*',
    'CoordinatorRole IAM5 artifacts/damaged/*',
    'CoordinatorRole IAM5 artifacts/failures/*',
    'CoordinatorRole IAM5 artifacts/reports/*',
    'CoordinatorRole IAM5 artifacts/runs/*',
    'CoordinatorRole IAM5 executions-rollback:*',
    'CoordinatorRole IAM5 executions:*',
    'CoordinatorRole IAM5 table/receipts/backup/*',
    'CoordinatorRole IAM5 table/wardrobe/backup/*',
    'DeadLetters SQS3',
    'HandlerRole IAM5 *',
    'HandlerRole IAM5 executions-rollback:*',
    'HandlerRole IAM5 executions:*',
    'Machine IAM5 *',
    'Machine IAM5 executions/*',
    'Machine IAM5 executions:*',
    'OperatorPolicy IAM5 *',
    'OperatorPolicy IAM5 artifacts/*',
    'OperatorPolicy IAM5 artifacts/reports/*',
    'OperatorPolicy IAM5 executions*',
    'OperatorPolicy IAM5 flags/deployment/*',
    'PlacesKey SMG4',
    'ProcessorRole IAM5 *',
    'ProcessorRole IAM5 artifacts/exceptions/*',
    'ProcessorRole IAM5 artifacts/failures/*',
    'ProcessorRole IAM5 artifacts/journal/*',
    'RehearserRole IAM5 *',
    'RehearserRole IAM5 artifacts/asks/*',
    'RehearserRole IAM5 artifacts/conflicts/*',
    'RehearserRole IAM5 artifacts/damaged/*',
    'RehearserRole IAM5 artifacts/examples/*',
    'RehearserRole IAM5 artifacts/exceptions/*',
    'RehearserRole IAM5 artifacts/failures/*',
    'RehearserRole IAM5 artifacts/journal/*',
    'RollbackMachine IAM5 *',
    'RollbackMachine IAM5 executions-rollback/*',
    'RollbackMachine IAM5 executions-rollback:*',
  ]);
});
