import { codec } from '../../../lib/adapters/dynamodb/codec.ts';
import { createRequest, updateRequest } from '../../../lib/adapters/dynamodb/conditions.ts';
import type { Images } from '../../../lib/core/attribute-value.ts';

const update = (expect: Images, after: Images) => ({ kind: 'update' as const, key: { PK: { S: 'p' }, SK: { S: 's' } }, expect, after });

describe('requests', () => {
  test('a create is conditional on its key being free', () => {
    const item = { PK: { S: 'p' }, SK: { S: 's' }, a: { N: '1' } };
    expect(createRequest('t', { kind: 'create', key: { PK: { S: 'p' }, SK: { S: 's' } }, item })).toStrictEqual({
      TableName: 't',
      Item: item,
      ConditionExpression: 'attribute_not_exists(#key)',
      ExpressionAttributeNames: { '#key': 'PK' },
    });
  });

  test('an update is conditional on the item being there and every attribute being as it was', () => {
    expect(updateRequest('t', update({ a: { N: '1' }, b: null, c: { L: [] } }, { b: { S: 'x' }, c: null }), 'whole')).toStrictEqual({
      TableName: 't',
      Key: { PK: { S: 'p' }, SK: { S: 's' } },
      UpdateExpression: 'SET #n0 = :v0 REMOVE #n1',
      ConditionExpression: 'attribute_exists(#n2) AND #n3 = :v1 AND attribute_not_exists(#n0) AND #n1 = :v2',
      ExpressionAttributeNames: { '#n0': 'b', '#n1': 'c', '#n2': 'PK', '#n3': 'a' },
      ExpressionAttributeValues: { ':v0': { S: 'x' }, ':v1': { N: '1' }, ':v2': { L: [] } },
    });
  });

  test('an update that only removes what is there needs no values but its condition’s', () => {
    const request = updateRequest('t', update({ a: null, b: null }, { a: null }), 'whole');
    expect(request).toMatchObject({
      UpdateExpression: 'REMOVE #n0',
      ConditionExpression: 'attribute_exists(#n1) AND attribute_not_exists(#n0) AND attribute_not_exists(#n2)',
    });
    expect(request).not.toHaveProperty('ExpressionAttributeValues');
  });

  test('where documents cannot be compared whole, they are piece by piece', () => {
    const document = { M: { list: { L: [{ S: 'a' }, { M: {} }] }, n: { N: '1' } } };
    const request = updateRequest('t', update({ d: document }, { d: null }), 'piecewise');
    expect(request.ConditionExpression.split(' AND ')).toStrictEqual([
      'attribute_exists(#n1)',
      'attribute_type(#n0, :v0)',
      'size(#n0) = :v1',
      'attribute_type(#n0.#n2, :v2)',
      'size(#n0.#n2) = :v3',
      '#n0.#n2[0] = :v4',
      'attribute_type(#n0.#n2[1], :v5)',
      'size(#n0.#n2[1]) = :v6',
      '#n0.#n3 = :v7',
    ]);
    expect(request.ExpressionAttributeNames).toStrictEqual({ '#n0': 'd', '#n1': 'PK', '#n2': 'list', '#n3': 'n' });
    expect(request.ExpressionAttributeValues).toStrictEqual({
      ':v0': { S: 'M' },
      ':v1': { N: '2' },
      ':v2': { S: 'L' },
      ':v3': { N: '2' },
      ':v4': { S: 'a' },
      ':v5': { S: 'M' },
      ':v6': { N: '0' },
      ':v7': { N: '1' },
    });
  });
});

describe('codec', () => {
  test('keeps every digit, set and byte', () => {
    const item = {
      small: { N: '0.1' },
      long: { N: '12345678901234567890123456789012345678' },
      fine: { N: '0.1234567890123456789' },
      numbers: { NS: ['9007199254740993', '9007199254740995'] },
      texts: { SS: ['a', 'b'] },
      bytes: { B: new Uint8Array([0, 255]) },
      deep: { M: { list: { L: [{ NULL: true as const }, { BOOL: false }, { N: '99999999999999999999' }] } } },
    };
    expect(codec.toItem(codec.toNative(item))).toStrictEqual(item);
  });

  // Fails: the SDK marshalls a set by its first member, and wrapped numbers stand beside plain ones.
  test('keeps a set of short and long numbers', () => {
    const item = { numbers: { NS: ['1', '9007199254740993'] } };
    expect(codec.toItem(codec.toNative(item))).toStrictEqual(item);
  });

  test('gives JS numbers where they hold the value exactly', () => {
    expect(codec.toNative({ a: { N: '1.50' }, b: { N: '-3' }, c: { SS: ['x'] } })).toStrictEqual({ a: 1.5, b: -3, c: new Set(['x']) });
    expect(typeof codec.toNative({ a: { N: '9007199254740993' } }).a).toBe('object');
  });
});
