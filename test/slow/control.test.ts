import { canonicalItem, type Item } from '../../lib/core/attribute-value.ts';
import { balances, total } from '../../lib/core/counters.ts';
import { readFailures } from '../../lib/core/listings.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { allSegments } from '../../lib/core/rounds.ts';
import { generateSample } from '../../lib/local/sample/receipts.ts';
import { writeItems } from '../../lib/local/seed.ts';
import { type Embedded, embedded } from '../support/embedded.ts';

let here: Embedded;
afterEach(() => here.close());

const last = async (): Promise<RunRecord> => {
  const [run] = await here.ports.ledger.listRuns('receipt-place', 1);
  if (!run) throw new Error('no run');
  return run;
};
const failures = async (run: RunRecord) => readFailures(here.ports.artifacts, run.runId, await allSegments(here.ports.ledger, run));
const texts = (items: readonly Item[]): string[] => items.map(canonicalItem).sort();
const events = async (run: RunRecord): Promise<string[]> => (await here.ports.ledger.events(run.runId)).map(({ what }) => what);

/** The rows that `embedded` would seed. */
const sampleOf = (receipts: number): Item[] => generateSample({ receipts, seed: 1 }).items;

/** Makes every metadata row of the sample invalid, but for the first `good` ones. */
const spoiled = (items: readonly Item[], good: number): Item[] => {
  let seen = 0;
  return items.map((item) => {
    const { TYPE } = item as { TYPE?: { S?: string } };
    if (TYPE?.S !== 'RECEIPT_METADATA') return item;
    seen += 1;
    return seen <= good ? item : { ...item, merchant_name: { N: '7' } };
  });
};

describe('too many errors', () => {
  test('hold the run, which says why; resumed, it counts anew and comes to its end', async () => {
    here = await embedded({ receipts: 400, items: spoiled(sampleOf(400), 200) });
    const held = await here.run({ batchSize: 10, segments: 4, enrich: false, tolerate: 0.05 }, { watchEveryMs: 1 });
    expect(held.execution.status).toBe('succeeded');
    expect(held.run).toMatchObject({ status: 'held', reason: { code: 'errors.too-many' } });
    expect(held.run?.reason?.message).toMatch(
      /^\d+ of \d+ items failed: \d+(\.\d+)? %, more than the 5 % that are tolerated\. All failures so far: invalid-item \d+\.$/,
    );
    const { created = 0, failed = {} } = held.run?.totals ?? {};
    // Held soon after it could be judged, not at the end.
    expect(created + total(failed)).toBeLessThan(360);
    expect(await events(await last())).toStrictEqual(['start', 'not in batches', 'pause', 'held']);

    // The spoiled ones go on failing: held once more, and with what is left being too little to judge, it ends.
    for (let times = 0; times < 10 && (await last()).status === 'held'; times += 1)
      await here.run({ resume: held.run?.runId }, { watchEveryMs: 1 });
    const ended = await last();
    expect(ended.status).toBe('complete');
    expect(ended.totals && balances(ended.totals)).toBe(true);
    expect(await failures(ended)).toHaveLength(total(ended.totals?.failed ?? {}));
  });

  test('a few do not, nor many of fewer than a hundred', async () => {
    here = await embedded({ receipts: 80, items: spoiled(sampleOf(80), 40) });
    const { run } = await here.run({ batchSize: 5, segments: 4, enrich: false, tolerate: 0.01 }, { watchEveryMs: 1 });
    expect(run?.status).toBe('complete');
    expect(total(run?.totals?.failed ?? {})).toBeGreaterThan(20);
  });
});

describe('retry', () => {
  test('tries only what failed, in the same run; what it did can be rolled back with the rest', async () => {
    const items = sampleOf(150);
    here = await embedded({ receipts: 150, items: spoiled(items, 100) });
    const before = texts(await here.scanAll());
    const small = { batchSize: 7, segments: 3, tolerate: 1 };
    const { run } = await here.run(small);
    if (!run?.totals) throw new Error('no run');
    const failed = total(run.totals.failed);
    expect(failed).toBeGreaterThan(40);
    expect(await failures(run)).toHaveLength(failed);

    // Half of them are mended.
    const mended = items.filter((item, index) => canonicalItem(item) !== canonicalItem(spoiled(items, 100)[index] as Item)).slice(0, 25);
    await writeItems(here.dynamo, 'receipts', mended);

    const scans = here.places.stats().calls;
    const { run: retried } = await here.run({ retry: run.runId });
    expect(retried).toMatchObject({ runId: run.runId, status: 'complete', rounds: 2, epoch: 2 });
    if (!retried?.totals) throw new Error('no totals');
    expect(balances(retried.totals)).toBe(true);
    expect(retried.totals.scanned).toBe(run.totals.scanned);
    const better = failed - total(retried.totals.failed);
    expect(better).toBeGreaterThan(15);
    expect(retried.totals.created + total(retried.totals.skipped)).toBe(run.totals.created + total(run.totals.skipped) + better);
    expect(await failures(retried)).toHaveLength(failed - better);
    expect(here.places.stats().calls - scans).toBeLessThanOrEqual(better);

    expect((await here.rollback({ run: run.runId })).execution.status).toBe('succeeded');
    const originals = new Set(texts(mended));
    const after = texts(await here.scanAll());
    expect(after.filter((text) => !originals.has(text))).toStrictEqual(before.filter((text) => after.includes(text)));
    expect(after).toHaveLength(before.length);
    expect(await events(retried)).toStrictEqual([
      'start',
      'not in batches',
      'complete',
      'retry',
      'not in batches',
      'complete',
      'rollback',
      'rolled-back',
    ]);
  });

  test('is refused where nothing failed, and where the run has not come to its end', async () => {
    here = await embedded({ receipts: 60 });
    const { run } = await here.run({ enrich: false, tolerate: 1 });
    const first = await here.run({ retry: run?.runId });
    expect(first.run?.totals?.failed).toEqual(run?.totals?.failed);
    await here.ports.ledger.updateRun(run?.runId ?? '', first.run?.epoch ?? 0, { status: 'held' });
    expect((await here.run({ retry: run?.runId })).execution).toMatchObject({ thrown: { code: 'run.refused' } });
  });
});

describe('a systemic fault', () => {
  test('access denied in mid-run stops it at once: one reason, no item failed, and it can be resumed', async () => {
    here = await embedded({ receipts: 200 });
    const { send } = here.dynamo;
    let writes = 0;
    here.dynamo.send = (async (command: { constructor: { name: string }; input: { TableName?: string } }, ...rest: unknown[]) => {
      if (command.constructor.name === 'PutItemCommand' && command.input.TableName === 'receipts') {
        writes += 1;
        if (writes > 30) throw Object.assign(new Error('not authorized to perform: dynamodb:PutItem'), { name: 'AccessDeniedException' });
      }
      return (send as (...given: unknown[]) => unknown).call(here.dynamo, command, ...rest);
    }) as typeof here.dynamo.send;
    const { execution, run } = await here.run({ batchSize: 10, segments: 8, enrich: false, tolerate: 1 });
    here.dynamo.send = send;
    expect(execution.status).toBe('succeeded');
    expect(run).toMatchObject({
      status: 'held',
      reason: { code: 'table.access-denied', message: expect.stringContaining('dynamodb:PutItem') },
    });
    expect(Object.keys(run?.totals?.failed ?? {})).not.toContain('rejected');
    expect((await events(await last())).filter((what) => what === 'pause')).toHaveLength(1);
    expect((await here.run({ resume: run?.runId })).run).toMatchObject({ status: 'complete' });
  });
});

describe('pause', () => {
  test('is heard by every live worker, even one that is blocked in a slow call', async () => {
    here = await embedded({ receipts: 200 });
    const { runtime } = here;
    let release = (): void => undefined;
    const stuck = new Promise<void>((resolve) => {
      release = resolve;
    });
    let blocked = 0;
    const putNew: typeof runtime.objects.putNew = async (name, body) => {
      blocked += 1;
      await stuck;
      return runtime.objects.putNew(name, body);
    };
    const finished = here.run(
      { batchSize: 10, segments: 8, enrich: false, tolerate: 1 },
      { objects: { ...runtime.objects, putNew }, watchEveryMs: 20 },
    );
    while (blocked < 4) await new Promise((resolve) => setTimeout(resolve, 10));
    const { runId } = await last();
    const at = new Date().toISOString();
    await here.ports.ledger.command(runId, { desired: 'hold', reason: null, by: 'me', at });
    const asked = Date.now();
    const heard = async () =>
      (await here.ports.ledger.segments(runId, 8)).filter((segment) => segment.lease && segment.heard === at).length;
    while ((await heard()) < 4) {
      expect(Date.now() - asked).toBeLessThan(5_000);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect((await last()).status).toBe('running');
    release();
    expect((await finished).run?.status).toBe('held');
    // What was under way came to its checkpoint; nothing else was begun.
    const segments = await here.ports.ledger.segments(runId, 8);
    expect(segments.filter(({ counters }) => counters.pages > 0).length).toBeLessThanOrEqual(4);
    expect(segments.every(({ lease }) => lease === null)).toBe(true);
  });
});
