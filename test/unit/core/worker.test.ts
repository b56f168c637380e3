import { noCounters } from '../../../lib/core/counters.ts';
import { BackfillError, type ErrorCode } from '../../../lib/core/errors.ts';
import { encodeJournal, type JournalObject } from '../../../lib/core/journal.ts';
import type { SegmentRecord } from '../../../lib/core/records/segment.ts';
import type { Clock } from '../../../lib/core/retry.ts';
import { scanning } from '../../../lib/core/scanning.ts';
import { type Trade, workSegment } from '../../../lib/core/segment.ts';
import { ServiceDesk } from '../../../lib/core/service.ts';
import { Worker } from '../../../lib/core/watcher.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { openSegment } from '../../support/memory-ledger.ts';
import { memoryWorld, OWNER, RUN_ID, type World } from '../../support/memory-ports.ts';
import { recorder, tapped } from '../../support/port-calls.ts';
import { doubling, idOf, making, thing } from '../../support/thing-definitions.ts';

/** One worker on one segment: when it begins, when it ends, and what it leaves behind. */

const TASK = { runId: RUN_ID, epoch: 1, segment: 0 };
const TIME = 100_000;
const items = Array.from({ length: 9 }, (_, index) => thing(`t${index}`, 100 + index));
const world = (overrides = {}): World => memoryWorld({ definition: doubling, items, options: { batchSize: 3 }, overrides });
const rowOf = ({ ledger }: World): SegmentRecord => ledger.rows.get(0) as SegmentRecord;

async function work(one: World, trade?: Trade, service?: ServiceDesk) {
  const { calls, around } = recorder();
  const ports = tapped(one.ports, around);
  const step = await workSegment(TASK, { ports, facts: one.facts, service, remainingMs: () => TIME }, trade);
  return { step, calls };
}

/** Something happens while the n-th page is read. */
function whilePage({ table }: World, page: number, happens: () => unknown): void {
  const { readPage } = table;
  let pages = 0;
  table.readPage = async (request) => {
    pages += 1;
    const read = await readPage.call(table, request);
    if (pages === page) await happens();
    return read;
  };
}

/** Something happens while the n-th page is journaled. */
function whileJournaling({ journal }: World, page: number, happens: () => unknown): void {
  const { put } = journal;
  let pages = 0;
  journal.put = async (...given) => {
    pages += 1;
    if (pages === page) await happens();
    return put.apply(journal, given);
  };
}

/** The clock of a worker, with the waits beside its work. */
function waits(one: World): { ms: number; signal: AbortSignal | undefined; end: () => void }[] {
  const beside: ReturnType<typeof waits> = [];
  const { clock } = one.ports;
  one.ports.clock = {
    now: clock.now,
    sleep: (ms, signal) => {
      const waiting = clock.sleep(ms, signal);
      return Promise.race([waiting, new Promise<void>((end) => beside.push({ ms, signal, end }))]);
    },
  } satisfies Clock;
  return beside;
}

describe('a worker begins', () => {
  test('not before its trade may, and takes no lease until then', async () => {
    const one = world();
    const blocked = one.ports.clock.now() + 4_001;
    const { step, calls } = await work(one, { ...scanning(), blockedUntil: async () => blocked });
    expect(step).toStrictEqual({ next: 'wait', seconds: 5 });
    expect(calls).not.toContain('ledger.acquire');
    expect((await work(one, { ...scanning(), blockedUntil: async () => null })).step).toStrictEqual({ next: 'done' });
  });

  test('not on a segment that is done', async () => {
    const one = world();
    one.ledger.rows.set(0, { ...openSegment(RUN_ID, 0), state: 'done' });
    const { step, calls } = await work(one);
    expect(step).toStrictEqual({ next: 'done' });
    expect(calls).toStrictEqual(['ledger.getRun', 'ledger.control', 'ledger.acquire']);
  });

  test('when the run was told to go on, however lately the same process has heard that it shall stand still', async () => {
    const one = world();
    const worker = new Worker(one.ports);
    const begin = () => workSegment(TASK, { ports: one.ports, facts: one.facts, service: undefined, worker, remainingMs: () => TIME });
    one.ledger.told = { ...one.ledger.told, desired: 'hold' };
    await begin();
    expect(rowOf(one)).toMatchObject({ state: 'open', attempt: 0 });
    one.ledger.told = { ...one.ledger.told, desired: 'run' };
    await begin();
    expect(rowOf(one).state).toBe('done');
  });

  test('though the look before has failed', async () => {
    const one = world();
    const worker = new Worker(one.ports);
    const begin = () => workSegment(TASK, { ports: one.ports, facts: one.facts, service: undefined, worker, remainingMs: () => TIME });
    const { control } = one.ledger;
    one.ledger.control = () => Promise.reject(new BackfillError('ledger.unreachable', 'no'));
    await expect(begin()).rejects.toMatchObject({ code: 'ledger.unreachable' });
    one.ledger.control = control;
    await begin();
    expect(rowOf(one).state).toBe('done');
  });

  test('with a lease that outlives its time by a minute', async () => {
    const one = world();
    let until = 0;
    whilePage(one, 1, () => {
      until = rowOf(one).lease?.until ?? 0;
    });
    await work(one);
    expect(until).toBe(Date.parse('2026-11-21T12:00:00Z') + TIME + 60_000);
  });

  test.each([
    [12_300, 13],
    [12_000, 12],
    [1, 1],
    [60_000, 60],
    // It may be let go of long before.
    [1_001_000, 60],
  ])('after waiting for a lease that ends in %d ms: %d s', async (ms, seconds) => {
    const one = world();
    const now = one.ports.clock.now();
    await one.ledger.acquire({ ...TASK, owner: OWNER, now, until: now + ms, isDead: async () => false });
    expect((await work(one)).step).toStrictEqual({ next: 'wait', seconds });
  });

  test('with what a dead worker had journaled', async () => {
    const one = world();
    const change = {
      write: { kind: 'update' as const, key: idOf('t0'), expect: { size: { N: '100' }, size2: null }, after: { size2: { N: '7' } } },
    };
    const body = {
      kind: 'page' as const,
      from: null,
      to: idOf('t2'),
      retried: [],
      counters: { ...noCounters(), scanned: 3, filtered: 2 },
      failures: [],
      fingerprint: 'f',
    };
    const entries = [{ ...change, source: idOf('t0'), notes: [] }];
    const previous = { attempt: 0, hash: '' };
    const object: JournalObject = { runId: RUN_ID, segment: 0, seq: 1, attempt: 1, previous, body, entries };
    await one.journal.put(object, encodeJournal(object).text);
    one.ledger.rows.set(0, { ...openSegment(RUN_ID, 0), attempt: 1 });
    await work(one);
    expect(one.table.row(idOf('t0'))).toMatchObject({ size2: { N: '7' } });
    expect(rowOf(one)).toMatchObject({ state: 'done', counters: { scanned: 9, filtered: 2, updated: 7 } });
  });

  test('and makes void what a dead worker listed of its first page', async () => {
    const one = world();
    one.ledger.rows.set(0, { ...openSegment(RUN_ID, 0), attempt: 1 });
    await work(one);
    expect(one.artifacts.files.get(`failures/${RUN_ID}/00000/00000001-0002.jsonl`)).toBe('');
  });
});

describe('a worker ends', () => {
  test('when nine tenths of its time are used, in the midst of a page that is not journaled', async () => {
    const one = world();
    const beside = waits(one);
    whilePage(one, 2, async () => {
      beside.find(({ ms }) => ms === 0.9 * TIME)?.end();
      await new Promise((resolve) => setImmediate(resolve));
    });
    expect((await work(one)).step).toStrictEqual({ next: 'more' });
    expect(rowOf(one)).toMatchObject({ state: 'open', stuck: null, lease: null, counters: { updated: 3, pages: 1 } });
  });

  test('and leaves no wait behind', async () => {
    const one = world();
    const beside = waits(one);
    await work(one);
    expect(beside.map(({ ms }) => ms)).toStrictEqual(expect.arrayContaining([2_000, 0.9 * TIME]));
    expect(beside.filter(({ signal }) => !signal?.aborted)).toStrictEqual([]);
  });

  test('once the look at what it is told, if one is under way, is over', async () => {
    const one = world();
    const beside = waits(one);
    let isOver = true;
    one.ledger.heartbeat = async () => {
      isOver = false;
      await new Promise((resolve) => setTimeout(resolve, 20));
      isOver = true;
      return true;
    };
    const { release } = one.ledger;
    const over: boolean[] = [];
    one.ledger.release = (...given) => {
      over.push(isOver);
      return release.apply(one.ledger, given);
    };
    whilePage(one, 4, async () => {
      (one.ports.clock as FakeClock).advance(2_000);
      beside.find(({ ms }) => ms === 2_000)?.end();
      while (isOver) await new Promise((resolve) => setImmediate(resolve));
    });
    await work(one);
    expect(over).toStrictEqual([true]);
  });

  test('only after the last moment at which it may send', async () => {
    const one = world();
    whileJournaling(one, 2, () => (one.ports.clock as FakeClock).advance(TIME + 60_000 - 30_000));
    expect((await work(one)).step).toStrictEqual({ next: 'more' });
    expect(rowOf(one)).toMatchObject({ counters: { updated: 6 } });
  });

  test('only after four fifths of its time', async () => {
    const one = world();
    whilePage(one, 2, () => (one.ports.clock as FakeClock).advance(0.8 * TIME));
    expect((await work(one)).step).toStrictEqual({ next: 'done' });
    expect(rowOf(one).state).toBe('done');
  });

  test('when another worker has its segment', async () => {
    const one = world();
    const rival = { ...TASK, owner: OWNER, now: 0, until: 9e15, isDead: async () => true };
    whileJournaling(one, 2, () => one.ledger.acquire(rival));
    expect((await work(one)).step).toStrictEqual({ next: 'done' });
    expect(rowOf(one)).toMatchObject({ attempt: 2, stuck: null, lease: { until: 9e15 }, counters: { pages: 1 } });
  });

  test('when it is told to, after the page it has journaled', async () => {
    const one = world();
    const clock = one.ports.clock as FakeClock;
    const beside = waits(one);
    const { apply } = one.table;
    one.table.apply = async (writes, signal) => {
      one.ledger.told = { ...one.ledger.told, desired: 'hold' };
      clock.advance(2_000);
      beside.find(({ ms }) => ms === 2_000)?.end();
      await new Promise((resolve) => setImmediate(resolve));
      return apply.call(one.table, writes, signal);
    };
    const { step, calls } = await work(one);
    expect(step).toStrictEqual({ next: 'done' });
    expect(calls.filter((call) => call === 'journal.put')).toHaveLength(1);
    expect(rowOf(one)).toMatchObject({ state: 'open', stuck: null, lease: null, counters: { updated: 3, pages: 1 } });
  });

  test.each<ErrorCode>(['service.key-missing', 'table.unreachable', 'preflight.table-missing'])(
    'and holds the run after %s',
    async (code) => {
      const warned: unknown[] = [];
      const one = world({ log: { info: () => undefined, warn: (...words: unknown[]) => warned.push(words) } });
      whilePage(one, 1, () => {
        throw new BackfillError(code, 'because');
      });
      await work(one);
      expect(one.ledger.told).toMatchObject({ desired: 'hold', by: 'worker', reason: { code }, at: '2026-11-21T12:00:00.000Z' });
      expect(one.ledger.log).toMatchObject([{ who: 'worker', what: 'pause', details: { code, message: 'because', segment: 0 } }]);
      expect(warned).toMatchObject([['segment stuck', { runId: RUN_ID, segment: 0, code, why: 'because' }]]);
    },
  );

  test('and leaves the run alone after what only this segment meets', async () => {
    const one = world();
    whilePage(one, 1, () => {
      throw new BackfillError('journal.conflict', 'because');
    });
    await work(one);
    expect(rowOf(one).stuck).toMatchObject({ code: 'journal.conflict' });
    expect(one.ledger.told.desired).toBe('run');
  });

  test('and says nothing of it when the run is held already', async () => {
    const one = world();
    whilePage(one, 1, () => {
      one.ledger.told = { ...one.ledger.told, desired: 'hold', by: 'me' };
      throw new BackfillError('table.unreachable', 'because');
    });
    await work(one);
    expect(one.ledger.log).toStrictEqual([]);
  });
});

describe('what was asked of a service in vain', () => {
  const asking = async (calls: number) => {
    const one = memoryWorld({ definition: making, items: [thing('a', 2), thing('b', 4), thing('c', 6)].slice(0, calls) });
    const { use, client } = { use: making.service, client: await one.ports.service('words') };
    if (!use) throw new Error('it has a service');
    const { clock, random, serviceCache: cache } = one.ports;
    const failing = { call: async (...asked: Parameters<typeof client.call>) => client.call(...asked) };
    let left = calls;
    failing.call = async (...asked) => {
      left -= 1;
      return left === 0 ? { kind: 'fault', fault: { kind: 'refused', message: 'no' } } : client.call(...asked);
    };
    return { one, desk: new ServiceDesk({ use, client: failing, cache, clock, random }) };
  };

  test.each([1, 2])('is counted when the page is given up: %d calls', async (calls) => {
    const { one, desk } = await asking(calls);
    expect((await work(one, scanning(), desk)).step).toStrictEqual({ next: 'done' });
    expect(rowOf(one)).toMatchObject({ stuck: { code: 'service.key-refused' }, counters: { scanned: 0, pages: 0, serviceCalls: calls } });
  });

  test('is nothing where nothing was asked: the last checkpoint has let go of the lease already', async () => {
    const one = world();
    let released = 0;
    const { release } = one.ledger;
    one.ledger.release = (...given) => {
      released += 1;
      return release.apply(one.ledger, given);
    };
    await work(one);
    expect(released).toBe(0);
    expect(rowOf(one)).toMatchObject({ state: 'done', lease: null });
  });
});
