import { call, type Fault, faultOf } from '../../../lib/adapters/dynamodb/client.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const error = (name: string, more: object = {}) => Object.assign(new Error(`it is ${name}`), { name }, more);

test.each<[string, object, Fault]>([
  ['ConditionalCheckFailedException', {}, 'condition'],
  ['ProvisionedThroughputExceededException', {}, 'throttle'],
  ['ThrottlingException', {}, 'throttle'],
  ['RequestLimitExceeded', {}, 'throttle'],
  ['InternalServerError', {}, 'transient'],
  ['TimeoutError', {}, 'transient'],
  ['Error', { code: 'ECONNREFUSED' }, 'transient'],
  ['ECONNRESET', {}, 'transient'],
  ['Weird', { $metadata: { httpStatusCode: 503 } }, 'transient'],
  ['AccessDeniedException', {}, 'denied'],
  ['ExpiredTokenException', {}, 'denied'],
  ['ResourceNotFoundException', {}, 'missing'],
  ['ValidationException', {}, 'invalid'],
  ['AbortError', {}, 'aborted'],
  ['TypeError', {}, 'unknown'],
])('%s %j is a fault of the kind %s', (name, more, fault) => {
  expect(faultOf(error(name, more))).toBe(fault);
});

describe('call', () => {
  const deps = () => ({ clock: fakeClock(), random: () => 0.5 });
  const failing = (times: number, fault: unknown) => {
    let calls = 0;
    return async () => {
      calls += 1;
      if (calls <= times) throw fault;
      return calls;
    };
  };

  test.each(['ThrottlingException', 'InternalServerError'])('%s is tried nine times', async (name) => {
    const patient = deps();
    expect(await call('table', patient, failing(8, error(name)))).toBe(9);
    expect(patient.clock.waits).toStrictEqual([37.5, 75, 150, 300, 600, 1200, 1500, 1500]);
  });

  test.each([
    ['table', 'InternalServerError', 'table.unreachable'],
    ['ledger', 'InternalServerError', 'ledger.unreachable'],
    ['table', 'AccessDeniedException', 'table.access-denied'],
    ['table', 'ResourceNotFoundException', 'preflight.table-missing'],
    ['ledger', 'ResourceNotFoundException', 'preflight.table-missing'],
  ] as const)('of the %s, %s in the end is %s', async (subject, name, code) => {
    const cause = error(name);
    await expect(call(subject, deps(), failing(99, cause))).rejects.toMatchObject({ code, cause });
  });

  test.each(['ConditionalCheckFailedException', 'ValidationException', 'TypeError'])('%s is thrown as it came, at once', async (name) => {
    const patient = deps();
    const cause = error(name);
    await expect(call('table', patient, failing(1, cause))).rejects.toBe(cause);
    expect(patient.clock.waits).toStrictEqual([]);
  });

  test('what must not land twice is tried again after a throttle only, and tells nobody of an outage', async () => {
    const once = { ...deps(), once: true, outage: { until: 0 } };
    expect(await call('ledger', once, failing(3, error('ThrottlingException')))).toBe(4);
    await expect(call('ledger', once, failing(1, error('TimeoutError')))).rejects.toMatchObject({ code: 'ledger.unreachable' });
    expect(once.clock.waits).toHaveLength(3);
    expect(once.outage.until).toBe(0);
  });

  test('a stop is thrown as itself', async () => {
    const stop = new AbortController();
    const stopping = async () => {
      stop.abort(new Error('stopped'));
      throw error('AbortError');
    };
    await expect(call('table', deps(), stopping, stop.signal)).rejects.toThrow('stopped');
  });

  // Invariant 10. Fails: after some seven seconds a throttled read is `table.unreachable`, which holds the run.
  test('throttling slows and never fails', async () => {
    expect(await call('table', deps(), failing(50, error('ProvisionedThroughputExceededException')))).toBe(51);
  });
});
