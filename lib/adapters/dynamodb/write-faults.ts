import type { BatchStatementError } from '@aws-sdk/client-dynamodb';
import { BackfillError } from '../../core/errors.ts';
import { UNTOLD } from '../../core/throttle.ts';
import type { WriteResult } from '../../core/write.ts';
import { faultOf } from './client.ts';
import { throttleOf } from './throttling.ts';

const denied = (message: string, cause: unknown): BackfillError => new BackfillError('table.access-denied', message, { cause });

const missing = (table: string, cause: unknown): BackfillError =>
  new BackfillError('preflight.table-missing', `The table "${table}" is gone.`, { cause });

/**
 * What the error of a call that writes comes to.
 *
 * @throws {BackfillError} `table.access-denied`, `preflight.table-missing`: no item is to blame for these.
 */
export function resultOf(error: unknown, table: string): WriteResult {
  const { message } = error as Error;
  switch (faultOf(error)) {
    case 'condition':
      return { kind: 'condition-failed' };
    case 'throttle':
      return { kind: 'throttled', throttle: throttleOf(error) };
    case 'invalid':
      return { kind: 'rejected', message };
    case 'denied':
      throw denied(message, error);
    case 'missing':
      throw missing(table, error);
    default:
      return { kind: 'retry', message: message || (error as Error).name };
  }
}

/**
 * What the error of one statement comes to, of which the batch's HTTP 200 says nothing. A statement's error names no limit.
 * Emulators spell some codes like the exceptions of calls.
 *
 * Source: "BatchStatementError", Amazon DynamoDB API Reference.
 *
 * @throws {BackfillError} as `resultOf`
 */
export function resultOfStatement(error: BatchStatementError, table: string): WriteResult {
  const { Message = '' } = error;
  const code: string = error.Code ?? '';
  switch (code.replace(/(Exception|Error)$/, '')) {
    case 'ConditionalCheckFailed':
    case 'DuplicateItem':
      return { kind: 'condition-failed' };
    case 'ProvisionedThroughputExceeded':
    case 'Throttling':
      return { kind: 'throttled', throttle: UNTOLD };
    case 'RequestLimitExceeded':
      return { kind: 'throttled', throttle: { ...UNTOLD, limit: 'account' } };
    case 'Validation':
    case 'ItemCollectionSizeLimitExceeded':
      return { kind: 'rejected', message: Message };
    case 'AccessDenied':
      throw denied(Message, error);
    case 'ResourceNotFound':
      throw missing(table, error);
    // TransactionConflict, InternalServerError, and what is not known yet.
    default:
      return { kind: 'retry', message: Message || code };
  }
}
