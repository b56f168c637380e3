import { noCounters } from '../../../lib/core/counters.ts';
import type { Owner } from '../../../lib/core/records/run.ts';
import type { Checkpoint } from '../../../lib/core/records/segment.ts';
import { type LedgerBench, ledgerBench, owner } from '../../support/ledger-bench.ts';

const NONE = { seq: 0, attempt: 0, hash: '' };

const checkpoint = (pages: number, seq: number, change: Partial<Checkpoint> = {}): Checkpoint => ({
  state: 'open',
  cursor: { id: { S: `page ${pages}` }, n: { N: '12345678901234567890123456789012345678' }, b: { B: new Uint8Array([0, 255]) } },
  counters: { ...noCounters(), scanned: pages, filtered: pages, pages, skipped: {}, failed: {} },
  chain: seq === 0 ? NONE : { seq, attempt: 1, hash: `hash ${seq}` },
  fingerprint: 'abc',
  ...change,
});

describe('DynamoLedger: segments', () => {
  let bench: LedgerBench;
  let runId = '';
  let count = 0;
  const acquire = (change: { now?: number; until?: number; owner?: Owner; dead?: boolean; epoch?: number; segment?: number } = {}) =>
    bench.ledger.acquire({
      runId,
      epoch: change.epoch ?? 1,
      segment: change.segment ?? 0,
      owner: change.owner ?? owner('one'),
      now: change.now ?? 1000,
      until: change.until ?? 2000,
      isDead: async () => change.dead ?? false,
    });
  const segment = async (index = 0) => (await bench.ledger.segments(runId, 200)).find((row) => row.segment === index);

  beforeAll(async () => {
    bench = await ledgerBench();
  });
  afterAll(() => bench.close());
  beforeEach(async () => {
    count += 1;
    runId = `run-${count}`;
    await bench.ledger.createRun(bench.run(runId), []);
    await bench.ledger.planSegments(runId, [{ segment: 0, quota: null }]);
  });

  test('plans segments once; a second plan only changes quotas', async () => {
    await acquire();
    await bench.ledger.checkpoint(runId, 0, 1, NONE, checkpoint(1, 1));
    await bench.ledger.planSegments(
      runId,
      Array.from({ length: 130 }, (_, index) => ({ segment: index, quota: 5 })),
    );

    const rows = await bench.ledger.segments(runId, 130);
    expect(rows.map((row) => row.segment)).toStrictEqual(Array.from({ length: 130 }, (_, index) => index));
    expect(rows[0]).toMatchObject({ quota: 5, attempt: 1, counters: { scanned: 1 } });
    expect(rows[129]).toStrictEqual({
      runId,
      segment: 129,
      state: 'open',
      cursor: null,
      quota: 5,
      counters: noCounters(),
      chain: NONE,
      fingerprint: '0',
      attempt: 0,
      lease: null,
      begun: 0,
      heartbeat: 0,
      heard: '',
      stuck: null,
    });
  });

  test('a lease is had once; another worker hears when it ends', async () => {
    const first = await acquire();
    expect(first).toMatchObject({ kind: 'acquired', segment: { attempt: 1, lease: { owner: owner('one'), attempt: 1, until: 2000 } } });
    expect(await acquire({ owner: owner('two'), now: 1999, until: 5000 })).toStrictEqual({ kind: 'busy', until: 2000 });
    expect(await acquire({ owner: owner('two'), now: 2000, until: 5000 })).toMatchObject({ kind: 'acquired', segment: { attempt: 2 } });
    expect(await segment()).toMatchObject({ begun: 1000, heartbeat: 2000 });
  });

  test('the lease of a dead owner is broken at once', async () => {
    await acquire();
    expect(await acquire({ owner: owner('two'), dead: true })).toMatchObject({ kind: 'acquired', segment: { attempt: 2 } });
  });

  test('of five acquirers at the same moment exactly one wins', async () => {
    const claims = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => acquire({ owner: owner(name) })));
    expect(claims.map(({ kind }) => kind).sort()).toStrictEqual(['acquired', 'busy', 'busy', 'busy', 'busy']);
  });

  test.each([
    ['of an older epoch', { epoch: 0 }],
    ['of a newer epoch', { epoch: 2 }],
    ['for a segment that is not planned', { segment: 77 }],
  ])('a worker %s is refused', async (_, change) => {
    await expect(acquire(change)).rejects.toMatchObject({ code: 'run.superseded' });
  });

  test('a worker of a run that stands still is refused', async () => {
    await bench.ledger.updateRun(runId, 1, { status: 'held' });
    await expect(acquire()).rejects.toMatchObject({ code: 'run.superseded' });
  });

  test('a checkpoint moves cursor, counters and chain together, with every digit and byte', async () => {
    await acquire();
    await bench.ledger.checkpoint(runId, 0, 1, NONE, checkpoint(1, 1));

    const row = await segment();
    expect(row).toMatchObject({ state: 'open', counters: { scanned: 1, filtered: 1, pages: 1 }, fingerprint: 'abc' });
    expect(row?.cursor).toStrictEqual({
      id: { S: 'page 1' },
      n: { N: '12345678901234567890123456789012345678' },
      b: { B: new Uint8Array([0, 255]) },
    });
    expect(row?.chain).toStrictEqual({ seq: 1, attempt: 1, hash: 'hash 1' });
  });

  test('a stale worker cannot check in, though nobody has since', async () => {
    await acquire();
    await acquire({ owner: owner('two'), dead: true });

    await expect(bench.ledger.checkpoint(runId, 0, 1, NONE, checkpoint(1, 1))).rejects.toMatchObject({ code: 'lease.lost' });
    expect(await segment()).toMatchObject({ cursor: null, counters: { pages: 0 } });
    await expect(bench.ledger.checkpoint(runId, 0, 2, NONE, checkpoint(1, 1))).resolves.toBeUndefined();
  });

  test('a repeated checkpoint succeeds and counts once', async () => {
    await acquire();
    for (let time = 0; time < 2; time += 1) await bench.ledger.checkpoint(runId, 0, 1, NONE, checkpoint(1, 1));
    for (let time = 0; time < 2; time += 1) await bench.ledger.checkpoint(runId, 0, 1, checkpoint(1, 1).chain, checkpoint(2, 1));

    expect(await segment()).toMatchObject({ counters: { pages: 2, scanned: 2 }, chain: { seq: 1 } });
  });

  test('a checkpoint that does not follow the chain is refused', async () => {
    await acquire();
    await bench.ledger.checkpoint(runId, 0, 1, NONE, checkpoint(1, 1));
    await expect(bench.ledger.checkpoint(runId, 0, 1, NONE, checkpoint(2, 2))).rejects.toMatchObject({ code: 'lease.lost' });
  });

  test('a sign of life counts only from the holder', async () => {
    await acquire();
    expect(await bench.ledger.heartbeat(runId, 0, 1, 1500, '')).toBe(true);
    await acquire({ owner: owner('two'), dead: true, now: 1600 });
    expect(await bench.ledger.heartbeat(runId, 0, 1, 1700, '')).toBe(false);
    expect(await segment()).toMatchObject({ heartbeat: 1600 });
  });

  test('only the holder lets go', async () => {
    await acquire();
    await acquire({ owner: owner('two'), dead: true });
    await bench.ledger.release(runId, 0, 1, { code: 'x', message: 'stale' });
    expect(await segment()).toMatchObject({ lease: { owner: owner('two') }, stuck: null });

    await bench.ledger.release(runId, 0, 2, { code: 'x', message: 'y' });
    expect(await segment()).toMatchObject({ lease: null, stuck: { code: 'x', message: 'y' } });
    expect(await acquire({ owner: owner('three') })).toMatchObject({ kind: 'acquired', segment: { attempt: 3, stuck: null } });
  });

  test('a segment that is done is not leased again, nor marked stuck', async () => {
    await acquire();
    await bench.ledger.checkpoint(runId, 0, 1, NONE, checkpoint(1, 1, { state: 'done', cursor: null }));
    await bench.ledger.release(runId, 0, 1, null);
    await bench.ledger.markStuck(runId, 0, { code: 'x', message: 'y' });

    expect(await acquire({ owner: owner('two') })).toMatchObject({ kind: 'acquired', segment: { state: 'done', attempt: 1 } });
    expect(await segment()).toMatchObject({ stuck: null, lease: null });
  });

  test('a worker that ended without a word is marked', async () => {
    await bench.ledger.markStuck(runId, 0, { code: 'x', message: 'y' });
    expect(await segment()).toMatchObject({ stuck: { code: 'x', message: 'y' } });
  });

  test('items are given out within what may be, once they are counted, and each execution counts its own', async () => {
    const { ledger } = bench;
    expect(await ledger.giveItems(runId, 1, 1, null)).toBe(false);
    expect(await ledger.itemsGiven(runId, 1)).toBeUndefined();
    await ledger.countItems(runId, 1, 90);
    await ledger.countItems(runId, 1, 0);
    expect(await Promise.all([1, 2, 3].map(() => ledger.giveItems(runId, 1, 4, 100)))).toEqual(expect.arrayContaining([true, true, false]));
    expect(await ledger.itemsGiven(runId, 1)).toBe(98);
    expect(await ledger.giveItems(runId, 1, 2, 100)).toBe(true);
    expect(await ledger.giveItems(runId, 1, -7, null)).toBe(true);
    expect(await ledger.itemsGiven(runId, 1)).toBe(93);
    expect(await ledger.itemsGiven(runId, 2)).toBeUndefined();
  });
});
