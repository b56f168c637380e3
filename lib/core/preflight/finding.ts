import { type ErrorCode, remedies } from '../error-codes.ts';
import type { Finding } from '../records/run.ts';

/** A finding whose code is documented. `remedy` is what mends it here, where the code's own is not exact enough. */
export const found = (code: ErrorCode, severity: Finding['severity'], message: string, remedy: string = remedies[code]): Finding => ({
  code,
  severity,
  message,
  remedy,
});

/** A command of the AWS CLI on a table, as it can be pasted. */
export const aws = (command: string, table: string, ...options: string[]): string =>
  ['`aws dynamodb', command, '--table-name', table, ...options].join(' ').concat('`');
