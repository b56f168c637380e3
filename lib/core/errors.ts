import { type ErrorCode, remedies } from './error-codes.ts';

export type { ErrorCode } from './error-codes.ts';

export interface ErrorOptions {
  cause?: unknown;
  /** JSON-able facts; never an item's content, never a secret. */
  details?: Record<string, unknown>;
  /** What to do, where the code's own remedy is not exact enough. */
  remedy?: string;
  retryable?: boolean;
}

/** An error that a person can meet: a stable code, a sentence saying what is wrong, and one saying what to do. */
export class BackfillError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string;
  readonly details: Record<string, unknown>;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    // Step Functions and its local interpreter match Retry and Catch by the error's name.
    this.name = code;
    this.code = code;
    this.remedy = options.remedy ?? remedies[code];
    this.details = options.details ?? {};
    this.retryable = options.retryable ?? false;
  }
}

export const isBackfillError = (error: unknown): error is BackfillError => error instanceof BackfillError;

/** What a log says of a reason: our own words hold no item's content, those of others may. The ledger keeps them all. */
export const logged = ({ code, message }: { code: string; message: string }): { code: string; why?: string } =>
  Object.hasOwn(remedies, code) ? { code, why: message } : { code };

/** The one line a ledger keeps of any error. */
export function errorLine(error: unknown): { code: string; message: string } {
  if (isBackfillError(error)) return { code: error.code, message: error.message };
  if (error instanceof Error) return { code: error.name || 'Error', message: error.message };
  return { code: 'Error', message: String(error) };
}

/** Code and words of an error that crossed a border: the last line is what to do. `undefined`: it is none of ours. */
export function thrownBy(code: string, words: string): BackfillError | undefined {
  if (!Object.hasOwn(remedies, code)) return undefined;
  const [remedy, ...message] = words.split('\n').reverse();
  if (message.length === 0) return new BackfillError(code as ErrorCode, words);
  return new BackfillError(code as ErrorCode, message.reverse().join('\n'), { ...(remedy && { remedy }) });
}

/** The other way: both sentences, one a line. */
export const wordsOf = ({ message, remedy }: BackfillError): string => `${message}\n${remedy}`;
