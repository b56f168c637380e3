import { asking, coded } from '../../../lib/deployed/faults.ts';

const fault = (name: string, message: string, more: object = {}): Error => Object.assign(new Error(message), { name, ...more });

describe('a fault of AWS', () => {
  test.each([
    ['CredentialsProviderError', 'Could not load credentials from any providers', 'cannot be found'],
    ['ExpiredToken', 'The security token included in the request is expired', 'have expired'],
    ['ExpiredTokenException', '', 'have expired'],
    ['TokenProviderError', 'Token is expired. To refresh this SSO session run aws sso login', 'have expired'],
    ['InvalidClientTokenId', 'The security token included in the request is invalid.', 'are refused by AWS'],
    ['SignatureDoesNotMatch', 'Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z', 'have expired'],
  ])('%s is one of the credentials', (name, message, what) => {
    expect(coded(fault(name, message), 'sts:GetCallerIdentity', {})).toMatchObject({
      code: 'environment.credentials',
      message: expect.stringContaining(`The AWS credentials ${what}: `),
    });
  });

  test('of credentials names the profile, and no key', () => {
    const error = coded(fault('InvalidClientTokenId', 'invalid'), 'x', { AWS_PROFILE: 'prod-admin', AWS_SECRET_ACCESS_KEY: 'hush' });
    expect(error).toMatchObject({ message: 'The AWS credentials of the profile "prod-admin" are refused by AWS: invalid.' });
  });

  test.each([
    [
      'User: u is not authorized to perform: ssm:GetParameter on resource: p',
      'User: u is not authorized to perform: ssm:GetParameter on resource: p.',
    ],
    ['Access denied', 'ssm:GetParameter is denied: Access denied.'],
    ['', 'ssm:GetParameter is denied: AccessDeniedException.'],
  ])('that denies an action names it: %j', (message, said) => {
    expect(coded(fault('AccessDeniedException', message), 'ssm:GetParameter', {})).toMatchObject({
      code: 'environment.access-denied',
      message: said,
    });
  });

  test.each([
    [fault('Error', 'connect ECONNREFUSED 127.0.0.1:1', { code: 'ECONNREFUSED' })],
    [fault('Error', 'getaddrinfo ENOTFOUND sts.eu-central-1.amazonaws.com', { code: 'ENOTFOUND' })],
    [fault('TimeoutError', 'Socket timed out without establishing a connection')],
    [fault('InternalFailure', 'oh', { $metadata: { httpStatusCode: 500 } })],
  ])('of the network may pass: %s', (error) => {
    expect(coded(error, 'states:DescribeExecution', { AWS_ENDPOINT_URL: 'http://there' })).toMatchObject({
      code: 'environment.unreachable',
      retryable: true,
      message: expect.stringMatching(/^AWS at http:\/\/there does not answer states:DescribeExecution: /),
    });
  });

  test('of another kind is thrown as it came', async () => {
    const other = fault('ParameterNotFound', 'no');
    await expect(
      asking('ssm:GetParameter', async () => {
        throw other;
      }),
    ).rejects.toBe(other);
  });
});
