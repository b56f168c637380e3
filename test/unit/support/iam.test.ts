import { type Policies, type Request, type Statement, simulate } from '../../support/iam.ts';

/** The simulator against policies whose verdicts IAM's documentation gives. */

const TABLE = 'arn:aws:dynamodb:eu-central-1:111122223333:table/receipts';
const JOURNAL = 'arn:aws:s3:::artifacts/journal/run/1.jsonl.gz';
const ROLE = 'arn:aws:iam::111122223333:role/processor';

const allow = (Action: string | string[], Resource: string | string[], more: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
const deny = (...args: Parameters<typeof allow>): Statement => ({ ...allow(...args), Effect: 'Deny' });
const put: Request = { action: 'dynamodb:PutItem', resource: TABLE };

test.each<[why: string, Policies, Request, string]>([
  ['nobody allows it', { identity: [] }, put, 'not allowed'],
  ['it is allowed', { identity: [allow('dynamodb:PutItem', TABLE)] }, put, 'allowed'],
  ['another action is', { identity: [allow('dynamodb:GetItem', TABLE)] }, put, 'not allowed'],
  ['actions know no case', { identity: [allow('DynamoDB:putitem', TABLE)] }, put, 'allowed'],
  ['resources do', { identity: [allow('dynamodb:PutItem', TABLE.replace('receipts', 'Receipts'))] }, put, 'not allowed'],
  ['a deny beats an allow, whatever their order', { identity: [deny('*', '*'), allow('*', '*')] }, put, 'denied'],
  ['so does one that comes later', { identity: [allow('*', '*'), deny('dynamodb:Put*', TABLE)] }, put, 'denied'],
  ['a deny of something else does not', { identity: [allow('*', '*'), deny('dynamodb:Delete*', TABLE)] }, put, 'allowed'],
  ['a star stands for any characters', { identity: [allow('dynamodb:*', `${TABLE.slice(0, -3)}*`)] }, put, 'allowed'],
  ['a question mark for one', { identity: [allow('dynamodb:PutIte?', `${TABLE}?`)] }, put, 'not allowed'],
  ['a dot for itself', { identity: [allow('dynamodb:PutItem', TABLE.replace('receipts', 're.eipts'))] }, put, 'not allowed'],
  ['a table is not its index', { identity: [allow('*', TABLE)] }, { ...put, resource: `${TABLE}/index/GSI1` }, 'not allowed'],
  ['a pattern does not reach into the next part', { identity: [allow('*', 'arn:aws:dynamodb:*:table/receipts')] }, put, 'not allowed'],
  [
    'the last part may hold colons',
    { identity: [allow('*', 'arn:aws:states:r:a:execution:m:*')] },
    { action: 'states:StopExecution', resource: 'arn:aws:states:r:a:execution:m:b:c' },
    'allowed',
  ],
])('%s', (_, policies, request, verdict) => {
  expect(simulate(policies, request)).toBe(verdict);
});

test('all actions but these, and all resources but these', () => {
  const reads: Statement = { Effect: 'Deny', NotAction: ['dynamodb:Scan'], Resource: TABLE };
  const identity = [allow('*', '*'), reads];
  expect(simulate({ identity }, put)).toBe('denied');
  expect(simulate({ identity }, { ...put, action: 'dynamodb:Scan' })).toBe('allowed');
  expect(simulate({ identity }, { ...put, resource: `${TABLE}2` })).toBe('allowed');
  const elsewhere: Statement = { Effect: 'Allow', Action: '*', NotResource: [TABLE] };
  expect(simulate({ identity: [elsewhere] }, put)).toBe('not allowed');
  expect(simulate({ identity: [elsewhere] }, { ...put, resource: `${TABLE}2` })).toBe('allowed');
});

describe('conditions', () => {
  const verdict = (Condition: NonNullable<Statement['Condition']>, context?: Request['context']) =>
    simulate({ identity: [allow('*', '*', { Condition })] }, { ...put, ...(context && { context }) });

  test.each<[NonNullable<Statement['Condition']>, Request['context'], string]>([
    [{ Null: { 's3:if-none-match': 'true' } }, {}, 'allowed'],
    [{ Null: { 's3:if-none-match': 'true' } }, { 's3:if-none-match': '*' }, 'not allowed'],
    [{ Null: { 's3:if-none-match': 'false' } }, { 's3:If-None-Match': '*' }, 'allowed'],
    [{ StringEquals: { 'aws:PrincipalTag/team': ['data', 'ops'] } }, { 'aws:PrincipalTag/team': 'ops' }, 'allowed'],
    [{ StringEquals: { 'aws:PrincipalTag/team': ['data', 'ops'] } }, { 'aws:PrincipalTag/team': 'Ops' }, 'not allowed'],
    [{ StringEquals: { 'aws:PrincipalTag/team': 'ops' } }, {}, 'not allowed'],
    [{ StringEqualsIfExists: { 'aws:PrincipalTag/team': 'ops' } }, {}, 'allowed'],
    [{ StringNotEquals: { 'aws:SourceAccount': '1' } }, {}, 'allowed'],
    [{ StringNotEquals: { 'aws:SourceAccount': ['1', '2'] } }, { 'aws:SourceAccount': '2' }, 'not allowed'],
    [{ StringLike: { 's3:prefix': 'journal/*' } }, { 's3:prefix': 'journal/x' }, 'allowed'],
    [{ Bool: { 'aws:SecureTransport': false as never } }, { 'aws:SecureTransport': 'false' }, 'allowed'],
    [{ Bool: { 'aws:SecureTransport': 'false' } }, { 'aws:SecureTransport': 'true' }, 'not allowed'],
    [{ NumericLessThan: { 's3:TlsVersion': 1.2 } }, { 's3:TlsVersion': '1.1' }, 'allowed'],
    [{ NumericLessThan: { 's3:TlsVersion': 1.2 } }, { 's3:TlsVersion': '1.3' }, 'not allowed'],
    [{ ArnLike: { 'aws:SourceArn': 'arn:aws:logs:*:1:*' } }, { 'aws:SourceArn': 'arn:aws:logs:r:1:log-group:x' }, 'allowed'],
    [{ 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['PROBE'] } }, { 'dynamodb:LeadingKeys': 'PROBE' }, 'allowed'],
    [{ 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['PROBE'] } }, { 'dynamodb:LeadingKeys': 'RUN#1' }, 'not allowed'],
    [{ 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['PROBE'] } }, {}, 'allowed'],
    // All operators and all keys must hold.
    [{ StringEquals: { a: '1', b: '2' } }, { a: '1' }, 'not allowed'],
    [{ StringEquals: { a: '1' }, Bool: { b: 'true' } }, { a: '1', b: 'true' }, 'allowed'],
  ])('%j holds against %j: %s', (condition, context, expected) => {
    expect(verdict(condition, context)).toBe(expected);
  });

  test('one that it does not know is refused, not passed over', () => {
    expect(() => verdict({ DateGreaterThan: { 'aws:CurrentTime': '2026' } })).toThrow('unknown condition operator DateGreaterThan');
    expect(() => verdict({ 'ForAnyValue:StringEquals': { a: '1' } })).toThrow('unknown condition operator');
    expect(() => verdict({ NumericNotEquals: { a: '1' } })).toThrow('unknown condition operator');
  });
});

describe('a resource’s own policy', () => {
  const writeOnce = deny('s3:PutObject', 'arn:aws:s3:::artifacts/journal/*', {
    Principal: { AWS: '*' },
    Condition: { Null: { 's3:if-none-match': 'true' } },
  });
  const request: Request = { action: 's3:PutObject', resource: JOURNAL, principal: ROLE };
  const identity = [allow('s3:PutObject', 'arn:aws:s3:::artifacts/*')];

  test('denies what the identity allows', () => {
    expect(simulate({ identity, resource: [writeOnce] }, request)).toBe('denied');
    expect(simulate({ identity, resource: [writeOnce] }, { ...request, context: { 's3:if-none-match': '*' } })).toBe('allowed');
    expect(simulate({ identity, resource: [writeOnce] }, { ...request, resource: 'arn:aws:s3:::artifacts/reports/x' })).toBe('allowed');
  });

  test('allows by itself, but only whom it names', () => {
    const resource = [allow('s3:PutObject', '*', { Principal: { AWS: ROLE, Service: 'logging.s3.amazonaws.com' } })];
    expect(simulate({ identity: [], resource }, request)).toBe('allowed');
    expect(simulate({ identity: [], resource }, { ...request, principal: 'logging.s3.amazonaws.com' })).toBe('allowed');
    expect(simulate({ identity: [], resource }, { ...request, principal: `${ROLE}-2` })).toBe('not allowed');
    expect(simulate({ identity: [], resource }, { action: request.action, resource: JOURNAL })).toBe('not allowed');
  });

  test('without principals is none', () => {
    expect(() => simulate({ identity: [], resource: [allow('*', '*')] }, request)).toThrow('names its principals');
  });
});

test('an element that it does not know is refused', () => {
  const odd = { ...allow('*', '*'), NotPrincipal: '*' } as Statement;
  expect(() => simulate({ identity: [odd] }, put)).toThrow('unknown element NotPrincipal');
});
