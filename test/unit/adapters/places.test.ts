import { nextPacificMidnight, placesClient } from '../../../lib/adapters/places/client.ts';
import { answering } from '../../support/ledger-bench.ts';

const KEY = 'AIza-very-secret';
const NOW = Date.parse('2026-11-21T12:00:00Z');

const google = (code: number, status: string, message = '', details: unknown[] = []) =>
  JSON.stringify({ error: { code, status, message, details } });
const perDay = [{ metadata: { quota_limit: 'GetPlaceRequestPerDayPerProject', quota_unit: '1/d/{project}' } }];
const perMinute = [{ metadata: { quota_limit: 'GetPlaceRequestPerMinutePerProject', quota_unit: '1/min/{project}' } }];

async function ask(status: number, body: string, headers: Record<string, string> = {}, id = 'ChIJ a/b') {
  const server = await answering(() => ({ status, body, headers }));
  try {
    const client = placesClient({ apiKey: KEY, fieldMask: 'id,location', baseUrl: server.url }, () => NOW);
    const outcome = await client.call(id, new AbortController().signal);
    expect(JSON.stringify(outcome)).not.toContain(KEY);
    return { outcome, seen: server.seen };
  } finally {
    await server.close();
  }
}

describe('placesClient', () => {
  test('asks for one place, with key and field mask in the headers alone', async () => {
    const { outcome, seen } = await ask(200, '{"id":"x"}');
    expect(outcome).toStrictEqual({ kind: 'answer', answer: { kind: 'found', value: { id: 'x' } } });
    expect(seen).toMatchObject([
      { path: '/v1/places/ChIJ%20a%2Fb', headers: { 'x-goog-api-key': KEY, 'x-goog-fieldmask': 'id,location' } },
    ]);
  });

  test.each([
    ['unknown', 404, google(404, 'NOT_FOUND'), 'NOT_FOUND'],
    ['not an id at all', 400, google(400, 'INVALID_ARGUMENT', 'Not a valid Place ID: x'), 'INVALID_ARGUMENT'],
  ])('a place that is %s is missing', async (_, status, body, reason) => {
    expect((await ask(status, body)).outcome).toStrictEqual({ kind: 'answer', answer: { kind: 'missing', reason } });
  });

  // Fails: any 404 is taken for Google's word on the place, a proxy's or a wrong address's too.
  test('a 404 that is not Google’s is a fault', async () => {
    expect((await ask(404, '<html>nginx</html>')).outcome).toMatchObject({ kind: 'fault' });
  });

  const body = (status: number, name: string, details: unknown[] = []) => google(status, name, `${KEY} in the text`, details);
  test.each([
    ['a refused key', 403, body(403, 'PERMISSION_DENIED'), {}, { kind: 'refused', message: '403 PERMISSION_DENIED' }],
    ['no key', 401, '', {}, { kind: 'refused', message: '401' }],
    [
      'an invalid key',
      400,
      body(400, 'INVALID_ARGUMENT', [{ reason: 'API_KEY_INVALID' }]),
      {},
      { kind: 'refused', message: '400 INVALID_ARGUMENT' },
    ],
    [
      'too many a minute',
      429,
      body(429, 'RESOURCE_EXHAUSTED', perMinute),
      { 'retry-after': '7' },
      { kind: 'transient', message: '429 RESOURCE_EXHAUSTED', isThrottle: true, retryAfterMs: 7000 },
    ],
    [
      'too many a day',
      429,
      body(429, 'RESOURCE_EXHAUSTED', perDay),
      {},
      { kind: 'quota', message: '429 RESOURCE_EXHAUSTED', until: Date.parse('2026-11-22T08:00:00Z') },
    ],
    [
      'a bare 429',
      429,
      'slow down',
      { 'retry-after': 'Sat, 21 Nov 2026 12:00:00 GMT' },
      { kind: 'transient', message: '429', isThrottle: true },
    ],
    ['a fault of Google’s', 500, '{', {}, { kind: 'transient', message: '500' }],
    ['an answer that is not JSON', 200, '{"id":', {}, { kind: 'transient', message: 'the answer is not JSON' }],
    ['another bad request', 400, body(400, 'INVALID_ARGUMENT'), {}, { kind: 'transient', message: '400 INVALID_ARGUMENT' }],
  ])('%s', async (_, status, text, headers, fault) => {
    expect((await ask(status, text, headers as Record<string, string>)).outcome).toStrictEqual({ kind: 'fault', fault });
  });

  test('a stop ends the call, an unreachable server fails it; neither tells the key', async () => {
    const client = placesClient({ apiKey: KEY, fieldMask: 'id', baseUrl: 'http://127.0.0.1:9' }, () => NOW);
    const error = await client.call('x', new AbortController().signal).catch((fault) => fault);
    expect(`${error} ${error.stack} ${JSON.stringify(error)} ${error.cause}`).not.toContain(KEY);
    await expect(client.call('x', AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  });

  test('needs a key', () => {
    expect(() => placesClient({ apiKey: '', fieldMask: 'id' }, () => NOW)).toThrow(
      expect.objectContaining({ code: 'service.key-missing' }),
    );
  });
});

test.each([
  ['in winter', '2026-11-21T12:00:00.500Z', '2026-11-22T08:00:00.000Z'],
  ['in summer', '2026-07-01T06:59:59Z', '2026-07-01T07:00:00.000Z'],
  ['at midnight', '2026-07-01T07:00:00Z', '2026-07-02T07:00:00.000Z'],
  ['before the clock goes forward', '2026-03-08T08:30:00Z', '2026-03-09T07:00:00.000Z'],
  ['after it', '2026-03-08T10:30:00Z', '2026-03-09T07:00:00.000Z'],
  ['before the clock goes back', '2026-11-01T07:30:00Z', '2026-11-02T08:00:00.000Z'],
  ['in the hour that comes twice', '2026-11-01T09:30:00Z', '2026-11-02T08:00:00.000Z'],
  ['after it', '2026-11-01T11:30:00Z', '2026-11-02T08:00:00.000Z'],
])('the next midnight of the Pacific %s', (_, now, expected) => {
  expect(new Date(nextPacificMidnight(Date.parse(now))).toISOString()).toBe(expected);
});
