import { type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { BackfillError } from '../../core/errors.ts';
import type { TargetWriter } from '../../core/ports.ts';
import type { Write, WriteResult } from '../../core/write.ts';
import { faultOf } from './client.ts';
import { createRequest, type DocumentComparison, updateRequest } from './conditions.ts';

const hasDocuments = (write: Write): boolean =>
  write.kind === 'update' && Object.values(write.expect).some((value) => value !== null && ('L' in value || 'M' in value));

/**
 * Writes one round of conditional changes, side by side. `comparison` is asked for once, at the first update that needs to know.
 *
 * @throws {BackfillError} `table.access-denied`, `preflight.table-missing`: no item is to blame for these.
 */
export function targetWriter(client: DynamoDBClient, table: string, comparison: () => Promise<DocumentComparison>): TargetWriter {
  const send = async (write: Write, abortSignal: AbortSignal): Promise<number> => {
    const capacity = { ReturnConsumedCapacity: 'TOTAL' as const };
    const how = hasDocuments(write) ? await comparison() : 'whole';
    // biome-ignore lint/suspicious/noExplicitAny: the SDK's unions name each other type of value as `never`
    const request: any = { ...(write.kind === 'create' ? createRequest(table, write) : updateRequest(table, write, how)), ...capacity };
    const command = write.kind === 'create' ? new PutItemCommand(request) : new UpdateItemCommand(request);
    const { ConsumedCapacity } = await client.send(command as PutItemCommand, { abortSignal });
    return ConsumedCapacity?.CapacityUnits ?? 0;
  };

  return {
    async apply(writes, signal) {
      let writeUnits = 0;
      // All are waited for, also when one of them says that none can succeed: nothing may land after the lease is let go.
      const settled = await Promise.allSettled(
        writes.map(async (write): Promise<WriteResult> => {
          try {
            const units = await send(write, signal);
            writeUnits += units;
            return { kind: 'applied' };
          } catch (error) {
            signal.throwIfAborted();
            return resultOf(error, table);
          }
        }),
      );
      const refused = settled.find((result) => result.status === 'rejected');
      if (refused) throw refused.reason;
      const results = settled.map((result) => (result as PromiseFulfilledResult<WriteResult>).value);
      return { results, writeUnits };
    },
  };
}

function resultOf(error: unknown, table: string): WriteResult {
  const { message } = error as Error;
  switch (faultOf(error)) {
    case 'condition':
      return { kind: 'condition-failed' };
    case 'throttle':
      return { kind: 'throttled' };
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
