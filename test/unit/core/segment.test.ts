import { BackfillError, type ErrorCode } from '../../../lib/core/errors.ts';
import { fingerprint } from '../../../lib/core/fingerprint.ts';
import { workSegment } from '../../../lib/core/segment.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { openSegment, TOLD_NOTHING } from '../../support/memory-ledger.ts';
import { memoryWorld, OWNER, RUN_ID, type World } from '../../support/memory-ports.ts';
import { doubling, thing } from '../../support/thing-definitions.ts';

const items = Array.from({ length: 9 }, (_, index) => thing(`t${index}`, 100 + index));
const world = () => memoryWorld({ definition: doubling, items, options: { batchSize: 3 } });
const TASK = { runId: RUN_ID, epoch: 1, segment: 0 };

const work = ({ ports, facts }: World, remainingMs = () => 100_000) => workSegment(TASK, { ports, facts, service: undefined, remainingMs });
const segment = ({ ledger }: World) => ledger.rows.get(0);

/** Something happens beside the work while the n-th page is read. */
function whilePage(one: World, page: number, happens: () => void): void {
  const { readPage } = one.table;
  let pages = 0;
  one.table.readPage = (request) => {
    pages += 1;
    if (pages === page) happens();
    return readPage.call(one.table, request);
  };
}

/** Something happens beside the work while the n-th page is journaled: it is written then. */
function whileJournaling({ journal }: World, page: number, happens: () => void): void {
  const { put } = journal;
  let pages = 0;
  journal.put = (...given) => {
    pages += 1;
    if (pages === page) happens();
    return put.apply(journal, given);
  };
}

describe('workSegment', () => {
  test('works a segment off and lets go of its lease', async () => {
    const one = world();
    expect(await work(one)).toStrictEqual({ next: 'done' });
    expect(segment(one)).toMatchObject({ state: 'done', lease: null, stuck: null, counters: { updated: 9, pages: 4 } });
    // Over all pages, and without what the run itself writes.
    expect(segment(one)?.fingerprint).toBe(fingerprint(items));
  });

  test('hands over when four fifths of its time are used', async () => {
    const one = world();
    whileJournaling(one, 2, () => (one.ports.clock as FakeClock).advance(80_001));
    expect(await work(one)).toStrictEqual({ next: 'more' });
    expect(segment(one)).toMatchObject({ state: 'open', lease: null, counters: { updated: 6 } });
    expect(await work(one)).toStrictEqual({ next: 'done' });
    expect(segment(one)).toMatchObject({ state: 'done', counters: { updated: 9 } });
  });

  test('waits for the end of another worker’s lease', async () => {
    const one = world();
    const now = one.ports.clock.now();
    await one.ledger.acquire({ ...TASK, owner: OWNER, now, until: now + 12_300, isDead: async () => false });
    expect(await work(one)).toStrictEqual({ next: 'wait', seconds: 13 });
  });

  test.each(['hold', 'abort'] as const)('does not begin when told to %s', async (desired) => {
    const one = world();
    one.ledger.told = { ...TOLD_NOTHING, desired, by: 'me' };
    expect(await work(one)).toStrictEqual({ next: 'done' });
    expect(segment(one)).toMatchObject({ attempt: 0, counters: { scanned: 0 } });
  });

  test('does not write once too little of its lease is left', async () => {
    const one = world();
    // The lease ends 60 s after the time that is left; within 30 s of that nothing is sent.
    whileJournaling(one, 2, () => (one.ports.clock as FakeClock).advance(130_001));
    expect(await work(one)).toStrictEqual({ next: 'more' });
    expect(segment(one)).toMatchObject({ state: 'open', stuck: null, counters: { updated: 3 } });
    expect(one.table.all().filter(({ size2 }) => size2)).toHaveLength(3);
  });

  test('an unknown run is refused', async () => {
    const one = world();
    one.ledger.runs.clear();
    await expect(work(one)).rejects.toMatchObject({ code: 'run.unknown' });
  });

  test('a fault of its own makes it stuck, and only it', async () => {
    const one = world();
    whilePage(one, 2, () => {
      throw new TypeError('defect');
    });
    expect(await work(one)).toStrictEqual({ next: 'done' });
    expect(segment(one)).toMatchObject({ state: 'open', lease: null, stuck: { code: 'TypeError', message: 'defect' } });
    expect(one.ledger.told.desired).toBe('run');
  });

  test.each<ErrorCode>([
    'service.unavailable',
    'service.quota-spent',
    'service.key-refused',
    'table.access-denied',
    'artifacts.unwritable',
  ])('%s holds the whole run', async (code) => {
    const one = world();
    whilePage(one, 2, () => {
      throw new BackfillError(code, 'because');
    });
    expect(await work(one)).toStrictEqual({ next: 'done' });
    expect(segment(one)).toMatchObject({ stuck: { code, message: 'because' } });
    expect(one.ledger.told).toMatchObject({ desired: 'hold', by: 'worker', reason: { code, message: 'because' } });
    expect(one.ledger.log).toMatchObject([{ what: 'pause', details: { code, segment: 0 } }]);
  });

  test('does not overrule a person who ends the run', async () => {
    const one = world();
    whilePage(one, 2, () => {
      one.ledger.told = { ...TOLD_NOTHING, desired: 'abort', by: 'me' };
      throw new BackfillError('table.unreachable', 'because');
    });
    await work(one);
    expect(one.ledger.told).toMatchObject({ desired: 'abort', by: 'me' });
  });

  test('stops at its quota', async () => {
    const one = world();
    one.ledger.rows.set(0, { ...openSegment(RUN_ID, 0), quota: 4 });
    expect(await work(one)).toStrictEqual({ next: 'done' });
    expect(segment(one)).toMatchObject({ state: 'open', cursor: { id: { S: 't3' } }, counters: { scanned: 4, updated: 4 } });
  });
});
