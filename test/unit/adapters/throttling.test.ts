import { throttleOf } from '../../../lib/adapters/dynamodb/throttling.ts';
import { UNTOLD } from '../../../lib/core/throttle.ts';

const TABLE = 'arn:aws:dynamodb:eu-central-1:111122223333:table/receipts';
const INDEX = `${TABLE}/index/GSI3`;

const told = (...reasons: [string, string][]) => ({
  name: 'ProvisionedThroughputExceededException',
  ThrottlingReasons: reasons.map(([reason, resource]) => ({ reason, resource })),
});

test.each([
  ['TableWriteKeyRangeThroughputExceeded', TABLE, { index: null, operation: 'write', limit: 'key-range' }],
  ['TableReadProvisionedThroughputExceeded', TABLE, { index: null, operation: 'read', limit: 'provisioned' }],
  ['IndexWriteKeyRangeThroughputExceeded', INDEX, { index: 'GSI3', operation: 'write', limit: 'key-range' }],
  ['IndexWriteMaxOnDemandThroughputExceeded', INDEX, { index: 'GSI3', operation: 'write', limit: 'on-demand' }],
  ['IndexWriteAccountLimitExceeded', INDEX, { index: 'GSI3', operation: 'write', limit: 'account' }],
  ['TableWriteSomethingNew', TABLE, UNTOLD],
])('%s', (reason, resource, throttle) => expect(throttleOf(told([reason, resource]))).toEqual(throttle));

test('of several reasons the one that reaches farthest counts', () => {
  const key: [string, string] = ['TableWriteKeyRangeThroughputExceeded', TABLE];
  const hotIndex: [string, string] = ['IndexWriteKeyRangeThroughputExceeded', INDEX];
  const provisioned: [string, string] = ['TableWriteProvisionedThroughputExceeded', TABLE];
  const account: [string, string] = ['TableWriteAccountLimitExceeded', TABLE];
  expect(throttleOf(told(key, hotIndex))).toMatchObject({ index: 'GSI3', limit: 'key-range' });
  expect(throttleOf(told(hotIndex, provisioned, key))).toMatchObject({ index: null, limit: 'provisioned' });
  expect(throttleOf(told(provisioned, account))).toMatchObject({ limit: 'account' });
  expect(throttleOf(told(['Unheard', TABLE], key))).toMatchObject({ limit: 'key-range' });
});

test('ThrottlingException spells the field its own way', () => {
  const throttlingReasons = [{ reason: 'IndexWriteProvisionedThroughputExceeded', resource: INDEX }];
  expect(throttleOf({ name: 'ThrottlingException', throttlingReasons })).toMatchObject({ index: 'GSI3', limit: 'provisioned' });
});

test('without reasons only the account’s own exception tells a limit', () => {
  expect(throttleOf({ name: 'ProvisionedThroughputExceededException' })).toEqual(UNTOLD);
  expect(throttleOf({ name: 'RequestLimitExceeded' })).toEqual({ ...UNTOLD, limit: 'account' });
});
