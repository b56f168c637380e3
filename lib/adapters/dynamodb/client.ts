import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { BackfillError, type ErrorCode } from '../../core/errors.ts';
import { type Backoff, type Clock, type Random, withRetry } from '../../core/retry.ts';
import type { Throttle } from '../../core/throttle.ts';
import { throttleOf } from './throttling.ts';

const SOCKETS = 256;

const nothing = (): void => undefined;

/** The SDK copies and censors every request and answer for its logger's `info` and `error`; a logger without them spares that. The credential chain calls the others. */
const TAKES_NOTHING = { debug: nothing, trace: nothing, warn: nothing } as unknown as NonNullable<DynamoDBClientConfig['logger']>;

/**
 * One client for all tables: connections are kept alive, and the SDK itself never retries,
 * for every retry here is ours to count, to wait for on the run's clock and to stop.
 */
export function dynamoClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  const agent = { keepAlive: true, maxSockets: SOCKETS };
  return new DynamoDBClient({
    maxAttempts: 1,
    logger: TAKES_NOTHING,
    requestHandler: new NodeHttpHandler({
      httpAgent: new Agent(agent),
      httpsAgent: new SecureAgent(agent),
      connectionTimeout: 3_000,
      requestTimeout: 15_000,
      // Else one that is never answered is only warned of.
      throwOnRequestTimeout: true,
    }),
    ...config,
  });
}

export type Fault = 'condition' | 'throttle' | 'transient' | 'denied' | 'missing' | 'invalid' | 'aborted' | 'unknown';

const FAULTS: Record<string, Fault> = {
  ConditionalCheckFailedException: 'condition',
  ProvisionedThroughputExceededException: 'throttle',
  ThrottlingException: 'throttle',
  RequestLimitExceeded: 'throttle',
  LimitExceededException: 'throttle',
  InternalServerError: 'transient',
  ServiceUnavailable: 'transient',
  TimeoutError: 'transient',
  TransactionConflictException: 'transient',
  AccessDeniedException: 'denied',
  UnrecognizedClientException: 'denied',
  ExpiredTokenException: 'denied',
  InvalidSignatureException: 'denied',
  MissingAuthenticationTokenException: 'denied',
  CredentialsProviderError: 'denied',
  ResourceNotFoundException: 'missing',
  ValidationException: 'invalid',
  ItemCollectionSizeLimitExceededException: 'invalid',
  AbortError: 'aborted',
};

const NETWORK = /\b(TimeoutError|socket hang up|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|EHOSTUNREACH|UND_ERR_SOCKET)\b/;

/** What kind of fault an SDK error is, by its name, its socket's code or its status. */
export function faultOf(error: unknown): Fault {
  const {
    name = '',
    code = '',
    message = '',
    $metadata,
  } = error as { name?: string; code?: string; message?: string; $metadata?: { httpStatusCode?: number } };
  const known = FAULTS[name];
  if (known) return known;
  // An error that the SDK had to wrap has its code in its message only.
  if (NETWORK.test(`${code} ${name} ${message}`)) return 'transient';
  return ($metadata?.httpStatusCode ?? 0) >= 500 ? 'transient' : 'unknown';
}

/** About six seconds in all: long enough for a failover, short enough that a person hears of an outage. */
const PATIENCE: Backoff = { attempts: 9, baseMs: 50, capMs: 2_000 };

export interface CallDeps {
  clock: Clock;
  random: Random;
  /** Shared by all calls to one endpoint. */
  outage?: Outage;
  /** Hears of each throttle that is waited out. */
  throttled?: ((throttle: Throttle) => void) | undefined;
  /** What must not land twice: where it may have landed, it is not tried again. */
  once?: boolean;
}

/** After patience was spent on an endpoint once, others try it only once until this moment: a run shall not learn of an outage segment by segment. */
export interface Outage {
  until: number;
}

const OUTAGE_MS = 10_000;

/** What a call is about, and so which code its failure gets. */
export type Subject = 'table' | 'ledger';

/** A throttle slows a run and never fails it. */
const isThrottle = (error: unknown): boolean => faultOf(error) === 'throttle';

const retries = (error: unknown): boolean => ['throttle', 'transient'].includes(faultOf(error));

/**
 * Calls the SDK with our own retries. A failed condition is thrown as it came.
 *
 * @throws {BackfillError} `table.unreachable`, `ledger.unreachable`, `table.access-denied`, `preflight.table-missing`
 */
export async function call<T>(
  subject: Subject,
  deps: CallDeps,
  operation: (signal?: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const { clock, outage = { until: 0 } } = deps;
  const isTriedAgain = deps.once ? isThrottle : retries;
  const heard = (error: unknown): boolean => {
    if (isThrottle(error)) deps.throttled?.(throttleOf(error));
    return isTriedAgain(error);
  };
  const patience = clock.now() < outage.until ? { ...PATIENCE, attempts: 1 } : PATIENCE;
  try {
    const result = await withRetry(() => operation(signal), patience, { retries: heard, endless: isThrottle }, { ...deps, signal });
    outage.until = 0;
    return result;
  } catch (error) {
    signal?.throwIfAborted();
    if (isTriedAgain(error)) outage.until = clock.now() + OUTAGE_MS;
    throw coded(subject, error);
  }
}

function coded(subject: Subject, error: unknown): unknown {
  const fault = faultOf(error);
  const { message } = error as Error;
  const make = (code: ErrorCode, text: string) => new BackfillError(code, text, { cause: error });
  if (fault === 'transient' || fault === 'throttle') {
    const what = subject === 'ledger' ? 'The ledger' : 'The table';
    return make(`${subject}.unreachable`, `${what} does not answer: ${message || (error as Error).name}.`);
  }
  if (fault === 'denied') return make('table.access-denied', message);
  if (fault === 'missing') return make('preflight.table-missing', subject === 'ledger' ? 'The ledger table is missing.' : message);
  return error;
}
