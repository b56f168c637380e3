import type { AddressInfo } from 'node:net';
import type { FaultsInput } from '../../../lib/local/places-server/faults.ts';
import { createPlacesServer, type PlacesServer } from '../../../lib/local/places-server/server.ts';
import { oddPlaceIds } from '../../../lib/local/sample/flaws.ts';
import { googlePlaceFields } from '../../../lib/local/sample/google-place.ts';
import { generateSample } from '../../../lib/local/sample/receipts.ts';

const { places } = generateSample({ seed: 3, receipts: 500 });
const ids = [...places.keys()];
const [firstId = ''] = ids;
const open: PlacesServer[] = [];

interface Reply {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into JSON of many shapes
  body: any;
}

async function start(faults: FaultsInput = {}, seed = 1) {
  const placesServer = createPlacesServer({ places, faults, seed });
  await new Promise<void>((resolve) => placesServer.server.listen(0, '127.0.0.1', resolve));
  open.push(placesServer);
  const base = `http://127.0.0.1:${(placesServer.server.address() as AddressInfo).port}`;
  const call = async (path: string, init?: RequestInit): Promise<Reply> => {
    const response = await fetch(`${base}${path}`, init);
    const text = await response.text();
    expect(response.headers.get('retry-after')).toBeNull();
    try {
      return { status: response.status, body: JSON.parse(text) };
    } catch {
      return { status: response.status, body: text };
    }
  };
  const place = (id: string, headers: Record<string, string> = {}): Promise<Reply> =>
    call(`/v1/places/${encodeURIComponent(id)}`, {
      headers: { 'X-Goog-Api-Key': 'a-key', 'X-Goog-FieldMask': googlePlaceFields.join(','), ...headers },
    });
  const putFaults = (body: unknown): Promise<Reply> => call('/_faults', { method: 'PUT', body: JSON.stringify(body) });
  const statuses = async (): Promise<number[]> => Promise.all(ids.map(async (id) => (await place(id)).status));
  return { ...placesServer, call, place, putFaults, statuses };
}

afterEach(async () => {
  for (const { server } of open.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe('contract', () => {
  it('answers a place in full', async () => {
    const { place } = await start();
    expect(await place(firstId)).toEqual({ status: 200, body: places.get(firstId) });
  });

  it('answers the masked fields only', async () => {
    const { place } = await start();
    const masked = async (mask: string) => (await place(firstId, { 'X-Goog-FieldMask': mask })).body;
    expect(await masked('id,location')).toEqual({ id: firstId, location: places.get(firstId)?.location });
    expect(await masked('displayName.text')).toEqual({ displayName: { text: 'Starbucks' } });
    expect(await masked('displayName.text,displayName')).toEqual({ displayName: { text: 'Starbucks', languageCode: 'en' } });
    expect(await masked('*')).toEqual(places.get(firstId));
  });

  it.each([
    ['no key', { 'X-Goog-Api-Key': '' }, 403, 'PERMISSION_DENIED'],
    ['a bad key', { 'X-Goog-Api-Key': 'bad-key' }, 400, 'INVALID_ARGUMENT'],
    ['no field mask', { 'X-Goog-FieldMask': '' }, 400, 'INVALID_ARGUMENT'],
    ['an unknown field', { 'X-Goog-FieldMask': 'id,colour' }, 400, 'INVALID_ARGUMENT'],
    ['a prefixed field', { 'X-Goog-FieldMask': 'places.id' }, 400, 'INVALID_ARGUMENT'],
    ['a blank in the mask', { 'X-Goog-FieldMask': 'id, location' }, 400, 'INVALID_ARGUMENT'],
  ])('refuses a call with %s', async (_, headers, code, status) => {
    const { place } = await start();
    const reply = await place(firstId, headers);
    expect(reply.status).toBe(code);
    expect(reply.body.error).toMatchObject({ code, status, message: expect.any(String) });
  });

  it('says that a key is bad in the details', async () => {
    const { place } = await start();
    const { body } = await place(firstId, { 'X-Goog-Api-Key': 'bad-key' });
    expect(body.error.details).toContainEqual(expect.objectContaining({ reason: 'API_KEY_INVALID' }));
  });

  it('does not find an unknown id, and refuses a malformed one', async () => {
    const { place } = await start();
    const unknown = await place(`ChIJ${'x'.repeat(33)}`);
    expect(unknown).toMatchObject({ status: 404, body: { error: { code: 404, status: 'NOT_FOUND' } } });
    for (const id of oddPlaceIds) {
      const { status, body } = await place(id);
      expect(status).toBe(400);
      expect(body.error).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT', message: `Not a valid Place ID: ${id}` });
    }
    expect((await place('%E0%A4%A')).status).toBe(400);
  });

  it('survives an id that cannot be decoded', async () => {
    const { call } = await start();
    const reply = await call('/v1/places/%E0%A4%A', { headers: { 'X-Goog-Api-Key': 'k', 'X-Goog-FieldMask': 'id' } });
    expect(reply.status).toBe(400);
  });

  it('knows no other paths', async () => {
    const { call } = await start();
    expect(await call('/v1/elsewhere')).toMatchObject({ status: 404, body: { error: { status: 'NOT_FOUND' } } });
    expect((await call(`/v1/places/${firstId}`, { method: 'POST' })).status).toBe(404);
  });

  it('counts calls, but not what is asked about them', async () => {
    const { place, call } = await start();
    await place(firstId);
    await place(firstId);
    await place(`ChIJ${'x'.repeat(33)}`);
    await call('/_faults');
    expect((await call('/_stats')).body).toEqual({ calls: 3, byStatus: { 200: 2, 404: 1 }, places: 2 });
  });
});

describe('faults', () => {
  const shareOf = (statuses: number[], code: number): number => statuses.filter((status) => status === code).length / statuses.length;

  it('strike the same calls again with the same seed, others with another', async () => {
    const faults = { tooManyRequests: 0.2, serverError: 0.2 };
    const [a, b, other] = [await start(faults, 5), await start(faults, 5), await start(faults, 6)];
    const first = await a.statuses();
    expect(await b.statuses()).toEqual(first);
    expect(await other.statuses()).not.toEqual(first);
    expect(await a.statuses()).not.toEqual(first);
    expect(shareOf(first, 429)).toBeGreaterThan(0.1);
    expect(shareOf(first, 500)).toBeGreaterThan(0.1);
    expect(shareOf(first, 200)).toBeGreaterThan(0.45);
  });

  it('keep a missing place missing', async () => {
    const { statuses } = await start({ notFound: 0.3 });
    const first = await statuses();
    expect(await statuses()).toEqual(first);
    expect(shareOf(first, 404)).toBeGreaterThan(0.2);
    expect(shareOf(first, 404)).toBeLessThan(0.4);
  });

  it('name a quota per minute for too many requests', async () => {
    const { place } = await start({ tooManyRequests: 1 });
    const { status, body } = await place(firstId);
    expect(status).toBe(429);
    expect(body.error).toMatchObject({ code: 429, status: 'RESOURCE_EXHAUSTED' });
    expect(body.error.details[0]).toMatchObject({
      reason: 'RATE_LIMIT_EXCEEDED',
      metadata: { quota_limit: 'GetPlaceRequestsPerMinutePerProject' },
    });
  });

  it('spend a daily quota, until another is set', async () => {
    const { place, putFaults } = await start({ dailyQuota: 2 });
    expect([(await place(firstId)).status, (await place(firstId)).status]).toEqual([200, 200]);
    const { status, body } = await place(firstId);
    expect(status).toBe(429);
    expect(body.error.details[0].metadata).toMatchObject({ quota_limit: 'GetPlaceRequestsPerDayPerProject', quota_limit_value: '2' });
    expect(body.error.details.map((detail: { '@type': string }) => detail['@type'])).toContain(
      'type.googleapis.com/google.rpc.QuotaFailure',
    );
    await putFaults({ dailyQuota: 1 });
    expect([(await place(firstId)).status, (await place(firstId)).status]).toEqual([200, 429]);
    await putFaults({});
    expect((await place(firstId)).status).toBe(200);
  });

  it('answer 500, 503 and broken JSON', async () => {
    const { place, setFaults } = await start({ serverError: 1 });
    expect(await place(firstId)).toMatchObject({ status: 500, body: { error: { status: 'INTERNAL' } } });
    setFaults({ down: true });
    expect(await place(firstId)).toMatchObject({ status: 503, body: { error: { status: 'UNAVAILABLE' } } });
    setFaults({ brokenJson: 1 });
    expect(await place(firstId)).toEqual({ status: 200, body: expect.any(String) });
  });

  it('answer late', async () => {
    const { place } = await start({ slow: { share: 1, milliseconds: 60 } });
    const started = performance.now();
    expect((await place(firstId)).status).toBe(200);
    // Timers may fire a millisecond early.
    expect(performance.now() - started).toBeGreaterThan(55);
  });

  it('are switched and read while it runs', async () => {
    const { call, putFaults, faults } = await start();
    const none = {
      notFound: 0,
      tooManyRequests: 0,
      serverError: 0,
      brokenJson: 0,
      slow: { share: 0, milliseconds: 0 },
      down: false,
      dailyQuota: null,
    };
    expect((await call('/_faults')).body).toEqual(none);
    expect(await putFaults({ down: true })).toEqual({ status: 200, body: { ...none, down: true } });
    expect(faults().down).toBe(true);
  });

  it.each([
    { explode: true },
    { notFound: 1.5 },
    { down: 'yes' },
    { slow: { share: 1 } },
    { dailyQuota: -1 },
    { tooManyRequests: 0.6, serverError: 0.6 },
    'none',
  ])('refuse %j', async (wrong) => {
    const { putFaults, setFaults, faults } = await start({ down: true });
    const { status, body } = await putFaults(wrong);
    expect(status).toBe(400);
    expect(body.error.status).toBe('INVALID_ARGUMENT');
    expect(() => setFaults(wrong as FaultsInput)).toThrow(TypeError);
    expect(faults().down).toBe(true);
  });

  it('refuse what is not JSON', async () => {
    const { call } = await start();
    expect((await call('/_faults', { method: 'PUT', body: '{' })).status).toBe(400);
  });
});
