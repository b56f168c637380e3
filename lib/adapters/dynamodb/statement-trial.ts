import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  type BatchStatementResponse,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { isBackfillError } from '../../core/errors.ts';
import { type CallDeps, call } from './client.ts';
import { PROBE_PARTITION } from './probe-partition.ts';

/**
 * Tries what batches of statements do on an endpoint, on rows of our own ledger: whoever is in doubt goes by calls. The rows stay, and are
 * the same for all who try, at once or later; a deletion has a row of its own.
 */

/** Why not by statements. Of the kinds of writes that nothing is said of, statements do what calls do. */
export interface Doubts {
  all?: string;
  /** Those whose conditions hold lists or maps. */
  documents?: string;
  /** Updates that remove attributes. */
  removals?: string;
}

type Trial = [text: string, ...parameters: AttributeValue[]];

const VALUES: Record<string, AttributeValue> = {
  text: { S: 'text' },
  number: { N: '1.5' },
  bytes: { B: new Uint8Array([0, 255]) },
  no: { BOOL: false },
  nothing: { NULL: true },
  list: { L: [{ S: 'a' }, { N: '1' }] },
  map: { M: { a: { S: 'x' } } },
  texts: { SS: ['a', 'b'] },
  numbers: { NS: ['1', '2'] },
  many: { BS: [new Uint8Array([1])] },
};

const YES: AttributeValue = { BOOL: true };
const LIST: AttributeValue = { L: [{ S: 'a' }] };
const MAP: AttributeValue = { M: { a: { S: 'x' } } };

const keyOf = (row: string): AttributeValue[] => [{ S: PROBE_PARTITION }, { S: row }];

const WHERE = 'WHERE "PK"=? AND "SK"=?';

const insertion = (table: string, row: string, attributes: Record<string, AttributeValue>): Trial => [
  `INSERT INTO "${table}" VALUE {${['PK', 'SK', ...Object.keys(attributes)].map((name) => `'${name}':?`)}}`,
  ...keyOf(row),
  ...Object.values(attributes),
];

const update = (table: string, row: string, condition: string, ...values: AttributeValue[]): Trial => [
  `UPDATE "${table}" SET "seen"=? ${WHERE} AND ${condition}`,
  YES,
  ...keyOf(row),
  ...values,
];

/** @throws {BackfillError} `ledger.unreachable` */
export async function tryStatements(client: DynamoDBClient, table: string, deps: CallDeps): Promise<Doubts> {
  const send = (...trials: Trial[]) => sent(client, deps, trials);
  try {
    const made = await send(
      insertion(table, 'types', VALUES),
      insertion(table, 'list', { held: LIST }),
      insertion(table, 'map', { held: MAP }),
      insertion(table, 'removal', {}),
    );
    if (!made.every((answer) => succeeded(answer) || refusesTheTaken(answer))) return { all: refusal(made) };
    const allEqual = Object.keys(VALUES).map((name) => `"${name}"=?`);
    const [equal, list, map, set] = await send(
      update(table, 'types', `${allEqual.join(' AND ')} AND "absent" IS MISSING`, ...Object.values(VALUES)),
      update(table, 'list', '"held"=?', { L: [{ S: 'b' }] }),
      update(table, 'map', '"held"=?', { M: { a: { S: 'y' } } }),
      [`UPDATE "${table}" SET "gone"=? ${WHERE}`, YES, ...keyOf('removal')],
    );
    const [again, present, removed] = await send(insertion(table, 'list', { held: LIST }), update(table, 'map', '"held" IS MISSING'), [
      `UPDATE "${table}" REMOVE "gone" ${WHERE} RETURNING ALL NEW *`,
      ...keyOf('removal'),
    ]);
    if (!succeeded(equal) || !succeeded(set)) return { all: 'its conditions do not hold where all is equal' };
    if (!refusesTheTaken(again)) return { all: 'INSERT does not refuse a key that is taken' };
    if (!conditionFailed(present)) return { all: 'IS MISSING holds for what is there' };
    return {
      ...(!(conditionFailed(list) && conditionFailed(map)) && { documents: 'it takes lists or maps for equal that are not' }),
      ...(!(removed?.Item && removed.Item.gone === undefined) && { removals: 'REMOVE does not remove' }),
    };
  } catch (error) {
    if (error instanceof NotTaken) return { all: error.message };
    throw error;
  }
}

/** Why deletions must not go by statements, if so. @throws {BackfillError} `ledger.unreachable` */
export async function tryDeletion(client: DynamoDBClient, table: string, deps: CallDeps): Promise<string | undefined> {
  const send = (...trials: Trial[]) => sent(client, deps, trials);
  const row = `deletion-${randomUUID()}`;
  const deletion = (held: AttributeValue): Trial => [
    `DELETE FROM "${table}" ${WHERE} AND "held"=? RETURNING ALL OLD *`,
    ...keyOf(row),
    held,
  ];
  try {
    await send(insertion(table, row, { held: { S: 'a' } }));
    const [kept] = await send(deletion({ S: 'b' }));
    const [gone] = await send(deletion({ S: 'a' }));
    if (!conditionFailed(kept)) return 'DELETE does not heed its condition';
    return gone?.Item?.held?.S === 'a' ? undefined : 'DELETE does not return what it deleted';
  } catch (error) {
    if (error instanceof NotTaken) return error.message;
    throw error;
  }
}

/** The endpoint, or the role, takes no statements at all. */
class NotTaken extends Error {}

/** Faults of a statement that tell nothing of what the endpoint can do; the trials bear being sent again. */
const PASSING = /^(ProvisionedThroughputExceeded|Throttling|RequestLimitExceeded|TransactionConflict|InternalServer)/;

async function sent(client: DynamoDBClient, deps: CallDeps, trials: readonly Trial[]): Promise<BatchStatementResponse[]> {
  const Statements = trials.map(([Statement, ...Parameters]) => ({ Statement, Parameters }));
  const execute = async (): Promise<BatchStatementResponse[]> => {
    const { Responses = [] } = await client.send(new BatchExecuteStatementCommand({ Statements }));
    const passing = Responses.find(({ Error: fault }) => PASSING.test(fault?.Code ?? ''))?.Error;
    if (passing)
      throw Object.assign(new Error(passing.Message), {
        name: passing.Code === 'InternalServerError' ? passing.Code : 'ThrottlingException',
      });
    return Responses;
  };
  try {
    return await call('ledger', deps, execute);
  } catch (error) {
    if (isBackfillError(error) && error.code !== 'table.access-denied') throw error;
    const { name } = (isBackfillError(error) ? error.cause : error) as Error;
    throw new NotTaken(`it takes none (${name})`);
  }
}

const succeeded = (answer: BatchStatementResponse | undefined): boolean => answer !== undefined && answer.Error === undefined;

const conditionFailed = (answer: BatchStatementResponse | undefined): boolean => /^ConditionalCheckFailed/.test(answer?.Error?.Code ?? '');

const refusesTheTaken = (answer: BatchStatementResponse | undefined): boolean =>
  /^(DuplicateItem|ConditionalCheckFailed)/.test(answer?.Error?.Code ?? '');

const refusal = (answers: readonly BatchStatementResponse[]): string =>
  `INSERT is refused (${answers.find(({ Error: fault }) => fault)?.Error?.Code ?? 'no answer'})`;
