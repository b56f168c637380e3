import {
  BatchExecuteStatementCommand,
  type BatchExecuteStatementCommandOutput,
  type BatchStatementResponse,
  type ConsumedCapacity,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { type Item, itemSize, keyId } from '../../core/attribute-value.ts';
import { leastUnits } from '../../core/sizes.ts';
import type { Write, WriteResult } from '../../core/write.ts';
import { addUnits, type WriteUnits } from '../../core/write-units.ts';
import { faultOf } from './client.ts';
import { unitsOf } from './consumed.ts';
import type { Statement } from './statements.ts';
import { resultOf, resultOfStatement } from './write-faults.ts';

/** A write, its place among all of a round, and how it is said. */
export interface Said {
  place: number;
  write: Write;
  statement: Statement;
}

const MAX_STATEMENTS = 25;

/** What all rows together that one batch of deletions returns had when they were written. How much of an answer DynamoDB would return is not documented. */
const MAX_RETURNED_BYTES = 1_048_576;

/** Rounds of batches, one after the other; the batches of a round may go side by side. No key is twice in a round, for DynamoDB would refuse the batch. */
export function batched(said: readonly Said[]): Said[][][] {
  const rounds: Said[][] = [];
  const seen = new Map<string, number>();
  for (const one of said) {
    const id = said.length > 1 ? keyId(one.write.key) : '';
    const round = seen.get(id) ?? 0;
    seen.set(id, round + 1);
    rounds[round] ??= [];
    rounds[round].push(one);
  }
  return rounds.map(cut);
}

function cut(round: readonly Said[]): Said[][] {
  const batches: Said[][] = [];
  let bytes = 0;
  for (const one of round) {
    const size = one.write.kind === 'delete' ? itemSize(one.write.item) : 0;
    const last = batches.at(-1);
    if (last && last.length < MAX_STATEMENTS && bytes + size <= MAX_RETURNED_BYTES) {
      last.push(one);
      bytes += size;
    } else {
      batches.push([one]);
      bytes = size;
    }
  }
  return batches;
}

export interface BatchAnswer {
  /** `undefined`: the statement, or the batch for the sake of one, was refused as it is written; nothing landed. */
  results: (WriteResult | undefined)[];
  units: WriteUnits;
}

/**
 * Sends one batch. Where an endpoint reports no units for statements (DynamoDB Local does not), they are those of the attributes that a
 * write names, at the least: of an item's others, and of indexes, nothing is known here.
 *
 * @throws {BackfillError} as `resultOf`; the signal's reason
 */
export async function sendBatch(client: DynamoDBClient, table: string, batch: readonly Said[], signal: AbortSignal): Promise<BatchAnswer> {
  const Statements = batch.map(({ statement: { Statement, Parameters } }) => ({ Statement, Parameters }));
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's unions name each other type of value as `never`
  const command = new BatchExecuteStatementCommand({ Statements, ReturnConsumedCapacity: 'INDEXES' } as any);
  let answer: BatchExecuteStatementCommandOutput;
  try {
    answer = await client.send(command, { abortSignal: signal });
  } catch (error) {
    signal.throwIfAborted();
    const result = isRefusal(error) ? undefined : resultOf(error, table);
    return { results: batch.map(() => result), units: {} };
  }
  const { Responses = [], ConsumedCapacity = [] } = answer;
  const results = batch.map(({ write }, index) => resultOfAnswer(write, Responses[index], table));
  return { results, units: unitsOfBatch(batch, results, ConsumedCapacity) };
}

/** One statement, or parameter, or all of them together, that DynamoDB will not have: nothing of the batch was carried out. */
const isRefusal = (error: unknown): boolean =>
  faultOf(error) === 'invalid' || (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 413;

function resultOfAnswer({ kind }: Write, answer: BatchStatementResponse | undefined, table: string): WriteResult | undefined {
  if (!answer) return { kind: 'retry', message: 'no answer to a statement' };
  if (answer.Error) return answer.Error.Code?.startsWith('Validation') ? undefined : resultOfStatement(answer.Error, table);
  if (kind !== 'delete') return { kind: 'applied' };
  // Of a row that is not there a deletion succeeds.
  return answer.Item ? { kind: 'applied', old: answer.Item as Item } : { kind: 'condition-failed' };
}

function unitsOfBatch(
  batch: readonly Said[],
  results: readonly (WriteResult | undefined)[],
  consumed: readonly ConsumedCapacity[],
): WriteUnits {
  const units: WriteUnits = {};
  if (consumed.length > 0) for (const one of consumed) addUnits(units, unitsOf(one));
  else for (const [index, { write }] of batch.entries()) if (results[index]?.kind === 'applied') addUnits(units, { '': leastUnits(write) });
  return units;
}
