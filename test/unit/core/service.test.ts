import * as z from 'zod/mini';
import { noCounters } from '../../../lib/core/counters.ts';
import type { Answer } from '../../../lib/core/definition.ts';
import { WorkerFlow } from '../../../lib/core/flow/worker-flow.ts';
import type { ServiceClient, ServiceFault } from '../../../lib/core/ports.ts';
import { ServiceDesk, type ServiceLimits } from '../../../lib/core/service.ts';
import { breathe, type FakeClock, fakeClock } from '../../support/fake-clock.ts';
import { MemoryCache, OWNER } from '../../support/memory-ports.ts';

type Reply = Awaited<ReturnType<ServiceClient['call']>>;

const found = (value: unknown = { word: 'x' }): Reply => ({ kind: 'answer', answer: { kind: 'found', value } });
const fault = (change: Partial<ServiceFault> = {}): Reply => ({
  kind: 'fault',
  fault: { kind: 'transient', message: '503', ...change } as ServiceFault,
});
const use = { name: 'words', ask: () => undefined, answer: z.object({ word: z.string() }), cacheDays: 30, pricePerCall: 1 };

function desk(
  reply: (request: string, signal: AbortSignal, call: number) => Reply | Promise<Reply>,
  limits: Partial<ServiceLimits> = {},
  flow?: WorkerFlow,
) {
  const calls: string[] = [];
  const cache = new MemoryCache();
  const clock: FakeClock = fakeClock(0);
  const client: ServiceClient = {
    call: async (request, signal) => {
      calls.push(request);
      return reply(request, signal, calls.length);
    },
  };
  return { desk: new ServiceDesk({ use, client, cache, clock, random: () => 1, limits, flow }), calls, cache, clock };
}

const signal = () => new AbortController().signal;

/** An answer that waits for the test, or for its caller's stop. */
function pending() {
  const waiting: { request: string; answer: (reply: Reply) => void }[] = [];
  const reply = (request: string, stop: AbortSignal): Promise<Reply> =>
    new Promise((resolve, reject) => {
      waiting.push({ request, answer: resolve });
      stop.addEventListener('abort', () => reject(stop.reason));
    });
  return { waiting, reply };
}

describe('ServiceDesk', () => {
  test('a request is called for once in a process, and kept for other processes', async () => {
    const { desk: one, calls, cache } = desk(() => found());
    const counters = noCounters();

    const [first, second] = await Promise.all([one.ask(['a', 'b'], counters, signal()), one.ask(['b', 'a'], counters, signal())]);
    await one.ask(['a'], counters, signal());

    expect(calls).toStrictEqual(['a', 'b']);
    expect([...first.entries()]).toStrictEqual([
      ['a', { kind: 'found', value: { word: 'x' } }],
      ['b', { kind: 'found', value: { word: 'x' } }],
    ]);
    expect([...second.keys()]).toStrictEqual(['b', 'a']);
    expect(counters).toMatchObject({ serviceCalls: 2, serviceErrors: 0, serviceCacheHits: 1 });
    expect([...cache.answers.keys()]).toStrictEqual(['words/a', 'words/b']);
    expect(cache.expires).toBe(2_592_000_000);
  });

  test('an answer that it is asked too often is told to the governor, another fault is not', async () => {
    const flow = new WorkerFlow(OWNER, 1, fakeClock(5));
    const faults = [fault(), fault({ message: '429', isThrottle: true })];
    const { desk: one } = desk((_, __, call) => faults[call - 1] ?? found(), {}, flow);
    flow.enter();
    const told: (number | null | undefined)[] = [];
    const { desk: other } = desk((_, __, call) => (call === 1 ? fault() : found()), {}, flow);
    await other.ask(['b'], noCounters(), signal());
    told.push(flow.report(0)?.serviceAt);
    await one.ask(['a'], noCounters(), signal());
    told.push(flow.report(0)?.serviceAt);
    expect(told).toStrictEqual([undefined, 5]);
  });

  test('what the cache knows costs no call, a missing answer no more than a found one', async () => {
    const { desk: one, calls, cache } = desk(() => found());
    const missing: Answer<unknown> = { kind: 'missing', reason: 'gone' };
    cache.answers.set('words/a', missing);
    const counters = noCounters();
    expect((await one.ask(['a'], counters, signal())).get('a')).toStrictEqual(missing);
    expect(calls).toStrictEqual([]);
    expect(counters).toMatchObject({ serviceCalls: 0, serviceCacheHits: 1 });
  });

  // Invariant 11.
  test('a passing fault is retried, then the request counts as unavailable and may be asked again', async () => {
    const { desk: one, calls, cache, clock } = desk(() => fault());
    const counters = noCounters();

    const answers = await one.ask(['a'], counters, signal());

    expect(answers.get('a')).toStrictEqual({ kind: 'unavailable', message: '503' });
    expect(clock.waits).toStrictEqual([200, 400, 800, 1600]);
    expect(counters).toMatchObject({ serviceCalls: 5, serviceErrors: 5 });
    expect(cache.answers.size).toBe(0);
    await one.ask(['a'], counters, signal());
    expect(calls).toHaveLength(10);
  });

  test('waits at least as long as the service asks for', async () => {
    const { desk: one, clock } = desk((_, __, call) => (call === 1 ? fault({ retryAfterMs: 7_000 } as never) : found()));
    await one.ask(['a'], noCounters(), signal());
    expect(clock.waits).toStrictEqual([7000]);
  });

  test('an answer of another shape is a fault of the service', async () => {
    const { desk: one, calls } = desk((_, __, call) => found(call === 1 ? { word: 7 } : { word: 'x', more: 1 }));
    const counters = noCounters();
    expect((await one.ask(['a'], counters, signal())).get('a')).toStrictEqual({ kind: 'found', value: { word: 'x' } });
    expect(calls).toHaveLength(2);
    expect(counters.serviceErrors).toBe(1);
  });

  test('a call that is not answered in time is a fault', async () => {
    const { reply } = pending();
    const { desk: one } = desk(reply, { timeoutMs: 5, backoff: { attempts: 2, baseMs: 1, capMs: 1 } });
    const counters = noCounters();
    expect((await one.ask(['a'], counters, signal())).get('a')).toStrictEqual({ kind: 'unavailable', message: 'no answer within 5 ms' });
    expect(counters.serviceErrors).toBe(2);
  });

  test('a client that throws is a fault', async () => {
    const { desk: one } = desk(() => {
      throw new TypeError('fetch failed');
    });
    expect((await one.ask(['a'], noCounters(), signal())).get('a')).toStrictEqual({ kind: 'unavailable', message: 'fetch failed' });
  });

  test('the circuit opens after so many requests given up in a row, and then costs nothing', async () => {
    const { desk: one, calls } = desk(() => fault(), { inFlight: 1, circuitAfter: 3 });
    const counters = noCounters();
    const refused = one.ask(['a', 'b', 'c', 'd'], counters, signal());
    await expect(refused).rejects.toMatchObject({
      code: 'service.unavailable',
      message: 'words is down: 3 requests in a row were given up, the last with "503".',
    });
    expect(calls).toHaveLength(15);
    await expect(one.ask(['z'], counters, signal())).rejects.toMatchObject({ code: 'service.unavailable' });
    expect(calls).toHaveLength(15);
  });

  test('one good answer in between keeps it closed', async () => {
    const { desk: one } = desk((request) => (request === 'good' ? found() : fault()), { inFlight: 1, circuitAfter: 3 });
    const answers = await one.ask(['a', 'b', 'good', 'c', 'd'], noCounters(), signal());
    expect([...answers.values()].map(({ kind }) => kind)).toStrictEqual([
      'unavailable',
      'unavailable',
      'found',
      'unavailable',
      'unavailable',
    ]);
  });

  test('a spent quota is not retried, and names the hour', async () => {
    const until = Date.parse('2026-11-22T08:00:00Z');
    const { desk: one, calls } = desk(() => fault({ kind: 'quota', until } as never));
    await expect(one.ask(['a'], noCounters(), signal())).rejects.toMatchObject({
      code: 'service.quota-spent',
      message: 'The daily quota of words is spent; it begins anew at 2026-11-22T08:00:00.000Z.',
    });
    expect(calls).toStrictEqual(['a']);
  });

  test('a refused key is not retried', async () => {
    const { desk: one, calls } = desk(() => fault({ kind: 'refused', message: '403' }));
    await expect(one.ask(['a'], noCounters(), signal())).rejects.toMatchObject({ code: 'service.key-refused' });
    expect(calls).toStrictEqual(['a']);
  });

  test('what was paid for is kept, though another request of the page failed it', async () => {
    const { desk: one, cache } = desk((request) => (request === 'a' ? found() : fault({ kind: 'refused' })), { inFlight: 1 });
    await expect(one.ask(['a', 'b'], noCounters(), signal())).rejects.toMatchObject({ code: 'service.key-refused' });
    expect([...cache.answers.keys()]).toStrictEqual(['words/a']);
  });

  test('has no more calls under way than allowed', async () => {
    const { waiting, reply } = pending();
    const { desk: one } = desk(reply, { inFlight: 2 });
    const asked = one.ask(['a', 'b', 'c', 'd'], noCounters(), signal());
    await breathe();
    expect(waiting.map(({ request }) => request)).toStrictEqual(['a', 'b']);
    waiting[0]?.answer(found());
    await breathe();
    expect(waiting.map(({ request }) => request)).toStrictEqual(['a', 'b', 'c']);
    waiting[1]?.answer(found());
    await breathe();
    for (const { answer } of waiting) answer(found());
    expect((await asked).size).toBe(4);
  });

  async function sharedBy(pages: number, stopped: number) {
    const { waiting, reply } = pending();
    const { desk: one } = desk(reply);
    const stops = Array.from({ length: pages }, () => new AbortController());
    const asked = stops.map((stop) => one.ask(['a'], noCounters(), stop.signal));
    const outcomes = Promise.allSettled(asked);
    await breathe();
    for (const stop of stops.slice(0, stopped)) {
      stop.abort(new Error('held'));
      await breathe();
    }
    for (const { answer } of waiting) answer(found());
    return (await outcomes).map(({ status }) => status);
  }

  test('the stop of one page does not fail another that waits for the same call', async () => {
    expect(await sharedBy(2, 1)).toStrictEqual(['rejected', 'fulfilled']);
    expect(await sharedBy(3, 1)).toStrictEqual(['rejected', 'fulfilled', 'fulfilled']);
  });

  // Fails: a shared call is made anew only once.
  test('nor do the stops of two pages, one after the other', async () => {
    expect(await sharedBy(3, 2)).toStrictEqual(['rejected', 'rejected', 'fulfilled']);
  });
});
