import { DeleteItemCommand, type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../core/attribute-value.ts';
import type { Write, WriteResult } from '../../core/write.ts';
import type { WriteUnits } from '../../core/write-units.ts';
import type { DocumentComparison } from './conditions.ts';
import { createRequest, deleteRequest, updateRequest } from './conditions.ts';
import { unitsOf } from './consumed.ts';
import { holdsDocuments } from './documents.ts';
import { resultOf } from './write-faults.ts';

export interface Answer {
  result: WriteResult;
  units: WriteUnits;
}

const commandOf = (table: string, write: Write, comparison: DocumentComparison) => {
  const capacity = { ReturnConsumedCapacity: 'INDEXES' as const };
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's unions name each other type of value as `never`
  const sdk = (request: object): any => ({ ...request, ...capacity });
  if (write.kind === 'create') return new PutItemCommand(sdk(createRequest(table, write)));
  if (write.kind === 'update') return new UpdateItemCommand(sdk(updateRequest(table, write, comparison)));
  return new DeleteItemCommand(sdk(deleteRequest(table, write, comparison)));
};

/**
 * A conditional write as a call of its own. `comparison` is asked for only where it matters.
 *
 * @throws {BackfillError} as `resultOf`; the signal's reason
 */
export async function writeByCall(
  client: DynamoDBClient,
  table: string,
  write: Write,
  comparison: () => Promise<DocumentComparison>,
  signal: AbortSignal,
): Promise<Answer> {
  const command = commandOf(table, write, holdsDocuments(write) ? await comparison() : 'whole');
  try {
    const { ConsumedCapacity, Attributes } = await client.send(command as DeleteItemCommand, { abortSignal: signal });
    return { result: { kind: 'applied', old: Attributes as Item | undefined }, units: unitsOf(ConsumedCapacity) };
  } catch (error) {
    signal.throwIfAborted();
    return { result: resultOf(error, table), units: {} };
  }
}
