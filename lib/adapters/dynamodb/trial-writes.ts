import {
  BatchExecuteStatementCommand,
  type BatchStatementResponse,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { AttributeValue, Key } from '../../core/attribute-value.ts';
import { BackfillError, isBackfillError } from '../../core/errors.ts';
import type { Write, WriteResult } from '../../core/write.ts';
import { canBeSaid, quoted } from './statements.ts';
import { resultOf, resultOfStatement } from './write-faults.ts';

/** Writes that can change nothing, and show whether a role may write. */

/** The right that a statement needs: DynamoDB's own words may not name it. */
const ACTIONS: Record<Write['kind'], string> = {
  create: 'dynamodb:PartiQLInsert',
  update: 'dynamodb:PartiQLUpdate',
  delete: 'dynamodb:PartiQLDelete',
};

/** Neither an item nor the lack of one fulfils it. */
const callOf = (table: string, kind: Write['kind'], key: Key) => {
  const never = {
    TableName: table,
    ConditionExpression: 'attribute_exists(#key) AND attribute_not_exists(#key)',
    ExpressionAttributeNames: { '#key': Object.keys(key)[0] as string },
  };
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's unions name each other type of value as `never`
  const sdk = (request: object): any => ({ ...never, ...request });
  if (kind === 'create') return new PutItemCommand(sdk({ Item: key }));
  return kind === 'update' ? new UpdateItemCommand(sdk({ Key: key })) : new DeleteItemCommand(sdk({ Key: key }));
};

/** @throws {BackfillError} as `resultOf` */
export async function trialByCall(client: DynamoDBClient, table: string, kind: Write['kind'], key: Key): Promise<WriteResult> {
  try {
    await client.send(callOf(table, kind, key) as DeleteItemCommand);
    return { kind: 'applied' };
  } catch (error) {
    return resultOf(error, table);
  }
}

const VALUE: AttributeValue = { S: 'backfill-probe' };

/**
 * INSERT has no condition, so its row has no key, and cannot be put: DynamoDB knows that only from the table's schema, of which it tells
 * nobody who may not write there.
 */
function statementOf(table: string, kind: Write['kind'], key: Key): { Statement: string; Parameters: AttributeValue[] } {
  const into = quoted(table);
  if (kind === 'create') return { Statement: `INSERT INTO ${into} VALUE {'backfill-probe':?}`, Parameters: [VALUE] };
  const never = `${Object.keys(key)
    .map((name) => `${quoted(name)}=?`)
    .join(' AND ')} AND "backfill-probe" IS MISSING AND "backfill-probe"=?`;
  const keys = Object.values(key);
  if (kind === 'delete') return { Statement: `DELETE FROM ${into} WHERE ${never} RETURNING ALL OLD *`, Parameters: [...keys, VALUE] };
  return { Statement: `UPDATE ${into} SET "backfill-probe"=? WHERE ${never}`, Parameters: [VALUE, ...keys, VALUE] };
}

/**
 * As `trialByCall`: a right to call is none to send statements. What is refused for the way it is written was let in.
 *
 * @throws {BackfillError} as `resultOf`; `table.access-denied` names the `action` in its details
 */
export async function trialByStatement(client: DynamoDBClient, table: string, kind: Write['kind'], key: Key): Promise<WriteResult> {
  if (!Object.keys(key).every(canBeSaid)) return LET_IN;
  try {
    return await tried(client, table, kind, key);
  } catch (error) {
    if (!isBackfillError(error) || error.code !== 'table.access-denied') throw error;
    throw new BackfillError(error.code, error.message, { cause: error.cause, details: { action: ACTIONS[kind] } });
  }
}

async function tried(client: DynamoDBClient, table: string, kind: Write['kind'], key: Key): Promise<WriteResult> {
  let answer: BatchStatementResponse | undefined;
  try {
    const request = { Statements: [statementOf(table, kind, key)] };
    const { Responses: [only] = [] } = await client.send(new BatchExecuteStatementCommand(request));
    answer = only;
  } catch (error) {
    return orLetIn(resultOf(error, table));
  }
  if (answer?.Error) return orLetIn(resultOfStatement(answer.Error, table));
  // Of a row that is not there a deletion succeeds.
  return kind === 'delete' && !answer?.Item ? LET_IN : { kind: 'applied' };
}

const LET_IN: WriteResult = { kind: 'condition-failed' };

const orLetIn = (result: WriteResult): WriteResult => (result.kind === 'rejected' ? LET_IN : result);
