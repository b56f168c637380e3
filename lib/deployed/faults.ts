import { faultOf } from '../adapters/dynamodb/client.ts';
import { BackfillError, isBackfillError } from '../core/errors.ts';

/** What AWS, and the SDK, call credentials that are missing, have expired or are none. */
const CREDENTIALS: readonly string[] = [
  'CredentialsProviderError',
  'TokenProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'IncompleteSignature',
  'UnauthorizedException',
];

const DENIED: readonly string[] = ['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'AuthorizationError'];

const profileOf = (env: NodeJS.ProcessEnv): string => (env.AWS_PROFILE ? ` of the profile "${env.AWS_PROFILE}"` : '');

/** The SDK ends some sentences, and AWS most of its own not. */
const sentence = (text: string): string => text.trim().replace(/\.?$/, '.');

/**
 * A fault of AWS in our words.
 *
 * @param action what was called, such as `states:StartExecution`
 */
export function coded(error: unknown, action: string, env: NodeJS.ProcessEnv = process.env): unknown {
  if (isBackfillError(error)) return error;
  const { name = '', message = '' } = error as Error;
  if (CREDENTIALS.includes(name)) {
    const isExpired = /expired/i.test(`${name} ${message}`);
    const what = isExpired ? 'have expired' : name === 'CredentialsProviderError' ? 'cannot be found' : 'are refused by AWS';
    return new BackfillError('environment.credentials', `The AWS credentials${profileOf(env)} ${what}: ${sentence(message || name)}`, {
      cause: error,
      details: { name },
    });
  }
  if (DENIED.includes(name)) {
    // AWS names who may not do what to which resource; an emulator, or a boundary, may not.
    const said = message.includes(action) ? message : `${action} is denied: ${message || name}`;
    return new BackfillError('environment.access-denied', sentence(said), { cause: error, details: { action } });
  }
  if (['transient', 'throttle'].includes(faultOf(error))) {
    const where = env.AWS_ENDPOINT_URL ? ` at ${env.AWS_ENDPOINT_URL}` : '';
    return new BackfillError('environment.unreachable', `AWS${where} does not answer ${action}: ${sentence(message || name)}`, {
      cause: error,
      retryable: true,
    });
  }
  return error;
}

/** Calls AWS, its faults in our words. @throws {BackfillError} `environment.credentials`, `environment.access-denied`, `environment.unreachable` */
export async function asking<T>(action: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw coded(error, action);
  }
}
