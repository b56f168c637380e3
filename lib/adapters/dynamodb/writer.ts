import { DeleteItemCommand, type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { AttributeValue, Item, Key } from '../../core/attribute-value.ts';
import { BackfillError } from '../../core/errors.ts';
import type { TargetWriter } from '../../core/ports.ts';
import type { Write, WriteResult } from '../../core/write.ts';
import { addUnits, type WriteUnits } from '../../core/write-units.ts';
import { faultOf } from './client.ts';
import { createRequest, type DocumentComparison, deleteRequest, updateRequest } from './conditions.ts';
import { unitsOf } from './consumed.ts';
import { throttleOf } from './throttling.ts';

const isDocument = (value: AttributeValue | null): boolean => value !== null && ('L' in value || 'M' in value);

/** Whether its condition compares lists or maps. */
const hasDocuments = (write: Write): boolean =>
  write.kind !== 'create' && Object.values(write.kind === 'update' ? write.expect : write.item).some(isDocument);

const commandOf = (table: string, write: Write, comparison: DocumentComparison) => {
  const capacity = { ReturnConsumedCapacity: 'INDEXES' as const };
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's unions name each other type of value as `never`
  const sdk = (request: object): any => ({ ...request, ...capacity });
  if (write.kind === 'create') return new PutItemCommand(sdk(createRequest(table, write)));
  if (write.kind === 'update') return new UpdateItemCommand(sdk(updateRequest(table, write, comparison)));
  return new DeleteItemCommand(sdk(deleteRequest(table, write, comparison)));
};

/** Neither an item nor the lack of one fulfils it. */
const probeOf = (table: string, kind: Write['kind'], key: Key) => {
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

/**
 * Writes one round of conditional changes, side by side. `comparison` is asked for once, at the first update that needs to know.
 *
 * @throws {BackfillError} `table.access-denied`, `preflight.table-missing`: no item is to blame for these.
 */
export function targetWriter(client: DynamoDBClient, table: string, comparison: () => Promise<DocumentComparison>): TargetWriter {
  const send = async (write: Write, abortSignal: AbortSignal): Promise<{ units: WriteUnits; old: Item | undefined }> => {
    const command = commandOf(table, write, hasDocuments(write) ? await comparison() : 'whole');
    const { ConsumedCapacity, Attributes } = await client.send(command as DeleteItemCommand, { abortSignal });
    return { units: unitsOf(ConsumedCapacity), old: Attributes as Item | undefined };
  };

  return {
    async apply(writes, signal) {
      const total: WriteUnits = {};
      // All are waited for, also when one of them says that none can succeed: nothing may land after the lease is let go.
      const settled = await Promise.allSettled(
        writes.map(async (write): Promise<WriteResult> => {
          try {
            const { units, old } = await send(write, signal);
            addUnits(total, units);
            return { kind: 'applied', old };
          } catch (error) {
            signal.throwIfAborted();
            return resultOf(error, table);
          }
        }),
      );
      const refused = settled.find((result) => result.status === 'rejected');
      if (refused) throw refused.reason;
      const results = settled.map((result) => (result as PromiseFulfilledResult<WriteResult>).value);
      return { results, units: total };
    },

    async probe(kind, key) {
      try {
        await client.send(probeOf(table, kind, key) as DeleteItemCommand);
        return { kind: 'applied' };
      } catch (error) {
        return resultOf(error, table);
      }
    },
  };
}

function resultOf(error: unknown, table: string): WriteResult {
  const { message } = error as Error;
  switch (faultOf(error)) {
    case 'condition':
      return { kind: 'condition-failed' };
    case 'throttle':
      return { kind: 'throttled', throttle: throttleOf(error) };
    case 'invalid':
      return { kind: 'rejected', message };
    case 'denied':
      throw new BackfillError('table.access-denied', message, { cause: error });
    case 'missing':
      throw new BackfillError('preflight.table-missing', `The table "${table}" is gone.`, { cause: error });
    default:
      return { kind: 'retry', message: message || (error as Error).name };
  }
}
