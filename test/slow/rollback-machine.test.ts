import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { canonicalItem, type Item } from '../../lib/core/attribute-value.ts';
import { balances } from '../../lib/core/counters.ts';
import { readListing } from '../../lib/core/listings.ts';
import type { Meter } from '../../lib/core/ports.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { readConflicts } from '../../lib/core/rollback/conflicts.ts';
import { allSegments } from '../../lib/core/rounds.ts';
import { type Embedded, embedded } from '../support/embedded.ts';

const isPlace = (item: Item): boolean => (item.TYPE as { S?: string } | undefined)?.S === 'RECEIPT_PLACE';
const texts = (items: readonly Item[]): string[] => items.map(canonicalItem).sort();
const keyOf = ({ PK, SK }: Item) => ({ PK, SK }) as never;

let here: Embedded;
let before: string[];
beforeEach(async () => {
  here = await embedded({ receipts: 120 });
  before = texts(await here.scanAll());
});
afterEach(() => here.close());

const now = async (): Promise<string[]> => texts(await here.scanAll());
const record = async (run: RunRecord | undefined): Promise<RunRecord | undefined> => here.ports.ledger.getRun(run?.runId ?? '');

/** Rows that a run made, which were not there before. */
async function made(): Promise<Item[]> {
  const known = new Set(before);
  return (await here.scanAll()).filter((item) => isPlace(item) && !known.has(canonicalItem(item)));
}

/** Pages so small that the journal has some length; the sample's three bad items are many of so few. */
const SMALL = { batchSize: 10, segments: 4, tolerate: 1, enrich: false };

const run = async (input: Record<string, unknown> = {}): Promise<RunRecord> => {
  const { execution, run: record } = await here.run({ ...SMALL, ...input });
  expect(execution).toMatchObject({ status: 'succeeded' });
  if (!record) throw new Error('no run');
  return record;
};

const journalFiles = ({ runId }: RunRecord): string[] => {
  const root = join(here.folder, 'artifacts', 'journal', runId);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.gz'))
    .sort()
    .map((name) => join(root, name));
};

describe('rollback', () => {
  test('takes a complete run back to the last byte, says so, and the backfill can run again', async () => {
    const first = await run();
    expect(first).toMatchObject({ status: 'complete', tableHash: expect.any(String) });
    const { execution, run: rollback } = await here.rollback();
    expect(execution.status).toBe('succeeded');
    expect(await now()).toStrictEqual(before);
    const created = first.totals?.created ?? 0;
    expect(rollback).toMatchObject({
      status: 'complete',
      rollback: { of: first.runId, was: 'complete', wasUndoneBy: null },
      options: { dryRun: false },
      totals: { scanned: created, deleted: created, restored: 0, skipped: {}, failed: {}, notes: { verified: created } },
      tableHash: first.tableHash,
      stats: expect.stringMatching(/rollback_stats_\d{8}_\d{6}\.json$/),
    });
    expect(rollback?.totals && balances(rollback.totals)).toBe(true);
    expect(JSON.parse(readFileSync(rollback?.stats ?? '', 'utf8'))).toMatchObject({
      of: first.runId,
      deleted: created,
      kept: 0,
      verified: created,
      tableHash: { before: first.tableHash, after: first.tableHash, same: true },
    });
    expect(await record(first)).toMatchObject({ status: 'rolled-back', undoneBy: rollback?.runId });
    expect((await here.ports.ledger.events(first.runId)).map(({ what }) => what)).toStrictEqual([
      'start',
      'not in batches',
      'complete',
      'rollback',
      'rolled-back',
    ]);

    const again = await run();
    expect(again.totals).toMatchObject({ created, skipped: first.totals?.skipped });
    expect((await here.rollback({ run: again.runId })).execution.status).toBe('succeeded');
    expect(await now()).toStrictEqual(before);
  });

  test('what somebody else has changed since is kept, and listed with both versions', async () => {
    const first = await run();
    const [changed, extended, deleted] = (await made()) as [Item, Item, Item];
    const send = here.dynamo.send.bind(here.dynamo);
    await send(
      new UpdateItemCommand({
        TableName: 'receipts',
        Key: keyOf(changed),
        UpdateExpression: 'SET merchant_name = :v',
        ExpressionAttributeValues: { ':v': { S: 'mine' } },
      }),
    );
    await send(new PutItemCommand({ TableName: 'receipts', Item: { ...extended, added: { L: [{ N: '1' }] } } as never }));
    await send(new DeleteItemCommand({ TableName: 'receipts', Key: keyOf(deleted) }));

    const { execution, run: rollback } = await here.rollback({ run: first.runId });
    expect(execution.status).toBe('succeeded');
    const kept = [
      { ...changed, merchant_name: { S: 'mine' } },
      { ...extended, added: { L: [{ N: '1' }] } },
    ];
    expect(await now()).toStrictEqual([...before, ...texts(kept)].sort());
    const created = first.totals?.created ?? 0;
    expect(rollback?.totals).toMatchObject({ scanned: created, deleted: created - 2, skipped: { 'changed-since': 2 } });
    if (!rollback) throw new Error('no rollback');
    const conflicts = await readConflicts(here.ports.artifacts, rollback.runId, await allSegments(here.ports.ledger, rollback));
    const listed = Object.fromEntries(conflicts.map((one) => [canonicalItem(one.key), one]));
    expect(listed[canonicalItem(keyOf(changed))]).toMatchObject({
      op: 'create',
      why: 'changed-since',
      wrote: { merchant_name: changed.merchant_name },
      stands: { merchant_name: { S: 'mine' } },
    });
    expect(listed[canonicalItem(keyOf(extended))]).toMatchObject({ stands: { added: { L: [{ N: '1' }] } } });
    expect(conflicts).toHaveLength(2);
  });

  test('a dry run says what it would do and writes nothing; the run stands', async () => {
    const first = await run();
    const after = await now();
    const { run: rehearsal } = await here.rollback({ run: first.runId, dryRun: true });
    expect(rehearsal).toMatchObject({ status: 'complete', totals: { deleted: first.totals?.created, writeUnits: 0 } });
    expect(await now()).toStrictEqual(after);
    expect(await record(first)).toMatchObject({ status: 'complete', undoneBy: null });
    expect((await here.rollback({ run: first.runId })).run?.status).toBe('complete');
    expect(await now()).toStrictEqual(before);
  });

  test('a limited run and a second one on top: the older is refused beneath the newer', async () => {
    const first = await run({ limit: 40 });
    const between = await now();
    const second = await run();
    const refused = await here.rollback({ run: first.runId });
    expect(refused.execution).toMatchObject({
      status: 'failed',
      thrown: { code: 'rollback.newer-run', message: expect.stringContaining(second.runId) },
    });
    expect(await record(first)).toMatchObject({ status: 'limited', undoneBy: null });
    expect((await here.rollback({})).run?.rollback?.of).toBe(second.runId);
    expect(await now()).toStrictEqual(between);
    expect((await here.rollback({})).run?.rollback?.of).toBe(first.runId);
    expect(await now()).toStrictEqual(before);
    expect((await here.rollback({})).execution).toMatchObject({ thrown: { code: 'rollback.nothing' } });
    expect((await here.rollback({ run: first.runId })).execution).toMatchObject({ thrown: { code: 'run.refused' } });
  });

  test.each(['held', 'failed', 'aborted'] as const)('a run that is %s half-way', async (status) => {
    const half = await interrupted(status);
    expect(half.status).toBe(status);
    expect((await made()).length).toBeGreaterThan(0);
    expect((await here.rollback({ run: half.runId })).execution.status).toBe('succeeded');
    expect(await now()).toStrictEqual(before);
    expect((await here.run({ resume: half.runId })).execution).toMatchObject({ thrown: { code: 'run.refused' } });
    expect((await run()).status).toBe('complete');
  });

  test('a running run is not undone beneath its workers', async () => {
    const first = await run();
    await here.ports.ledger.updateRun(first.runId, 1, { status: 'running', owner: { ...first.owner, execution: 'elsewhere' } });
    expect((await here.rollback({ run: first.runId })).execution).toMatchObject({ thrown: { code: 'run.refused' } });
  });
});

/** A run that was told to stop after some pages, and then ended that way. */
async function interrupted(status: 'held' | 'failed' | 'aborted'): Promise<RunRecord> {
  let pages = 0;
  const meter = (): void => {
    pages += 1;
    if (pages === 5) void stop();
  };
  let runId = '';
  const stop = async (): Promise<void> => {
    runId = (await here.ports.ledger.listRuns('receipt-place', 1))[0]?.runId ?? '';
    const reason = { code: 'test', message: 'stop' };
    await here.ports.ledger.command(runId, {
      desired: status === 'aborted' ? 'abort' : 'hold',
      reason,
      by: 'me',
      at: '2026-11-21T12:00:00Z',
    });
  };
  await here.run({ ...SMALL, batchSize: 5 }, { meter, watchEveryMs: 1 });
  const [half] = await here.ports.ledger.listRuns('receipt-place', 1);
  if (!half) throw new Error('no run');
  if (status === 'failed') await here.ports.ledger.updateRun(half.runId, half.epoch, { status });
  return { ...half, status: status === 'failed' ? status : half.status };
}

describe('a journal that was tampered with', () => {
  type Tampering = [how: string, tamper: (file: string, other: string) => void];
  const tamperings: Tampering[] = [
    ['missing', (file) => rmSync(file)],
    ['truncated', (file) => writeFileSync(file, readFileSync(file).subarray(0, -20))],
    ['replaced by another', (file, other) => writeFileSync(file, readFileSync(other))],
    ['empty', (file) => writeFileSync(file, '')],
  ];

  test('is found before anything is undone, whatever was done to it', async () => {
    const first = await run();
    const after = await now();
    const files = journalFiles(first);
    const [other = '', victim = ''] = [files[0], files[Math.floor(files.length / 2)]];
    const name = victim.slice(victim.indexOf('journal/'));
    const bytes = readFileSync(victim);
    for (const [how, tamper] of tamperings) {
      tamper(victim, other);
      const { execution, run: refused } = await here.rollback({ run: first.runId });
      expect([how, execution]).toMatchObject([how, { status: 'failed', thrown: { code: 'journal.damaged' } }]);
      expect(refused).toMatchObject({ status: 'failed', reason: { code: 'journal.damaged', message: expect.stringContaining(name) } });
      expect(await now()).toStrictEqual(after);
      expect(await record(first)).toMatchObject({ status: 'complete', undoneBy: null });
      writeFileSync(victim, bytes);
    }
  });

  test('is gone on without, all but what that object holds', async () => {
    const first = await run();
    const files = journalFiles(first);
    const victim = files[Math.floor(files.length / 2)] ?? '';
    const name = victim.slice(victim.indexOf('journal/'));
    rmSync(victim);
    const { execution: second, run: rollback } = await here.rollback({ run: first.runId, skipDamaged: true });
    expect(second.status).toBe('succeeded');
    if (!rollback) throw new Error('no rollback');
    const segments = await allSegments(here.ports.ledger, rollback);
    expect(await readListing(here.ports.artifacts, 'damaged', rollback.runId, segments)).toContainEqual({ name, why: expect.any(String) });
    const left = await made();
    expect(left.length).toBeGreaterThan(0);
    expect(left.length).toBeLessThanOrEqual(10);
    expect(rollback.totals?.deleted).toBe((first.totals?.created ?? 0) - left.length);
    expect((await now()).filter((text) => !texts(left).includes(text))).toStrictEqual(before);
  });

  test('brought back, the same rollback goes on', async () => {
    const first = await run();
    const [victim = ''] = journalFiles(first);
    const bytes = readFileSync(victim);
    rmSync(victim);
    const { run: refused } = await here.rollback({ run: first.runId });
    writeFileSync(victim, bytes);
    // The finding is kept with the failed rollback; a new one reads the journal anew.
    expect((await here.rollback({ resume: refused?.runId })).execution).toMatchObject({ thrown: { code: 'journal.damaged' } });
    expect((await here.rollback({ run: first.runId })).execution.status).toBe('succeeded');
    expect(await now()).toStrictEqual(before);
  });
});

describe('a rollback that is stopped', () => {
  test.each(['hold', 'abort'] as const)('told to %s, and gone on with, ends as if it had not been', async (desired) => {
    const first = await run({ batchSize: 2 });
    let pages = 0;
    const meter = (): void => {
      pages += 1;
      if (pages === 6) void tell();
    };
    const tell = async (): Promise<void> => {
      const runId = (await here.ports.ledger.listRuns('receipt-place', 1))[0]?.runId ?? '';
      await here.ports.ledger.command(runId, { desired, reason: null, by: 'me', at: '2026-11-21T12:00:00Z' });
    };
    const stopped = await here.rollback({ run: first.runId, batchSize: 1 }, { meter, watchEveryMs: 1 });
    expect(stopped.run?.status).toBe(desired === 'hold' ? 'held' : 'aborted');
    expect((await made()).length).toBeGreaterThan(0);

    const asked = desired === 'hold' ? { resume: stopped.run?.runId } : { run: first.runId };
    const { execution, run: rollback } = await here.rollback(asked);
    expect(execution.status).toBe('succeeded');
    expect(await now()).toStrictEqual(before);
    expect(rollback?.totals).toMatchObject({ scanned: first.totals?.created, deleted: first.totals?.created, failed: {} });
    expect((await record(first))?.status).toBe('rolled-back');
  });

  test('while it is held nothing else may run, and rolling back again carries it on', async () => {
    const first = await run();
    const stopped = await here.rollback({ run: first.runId, batchSize: 1 }, { meter: holdAll, watchEveryMs: 1 });
    async function holdAll(): Promise<void> {
      const runId = (await here.ports.ledger.listRuns('receipt-place', 1))[0]?.runId ?? '';
      await here.ports.ledger.command(runId, { desired: 'hold', reason: null, by: 'me', at: '2026-11-21T12:00:00Z' });
    }
    expect(stopped.run?.status).toBe('held');
    expect((await here.run()).execution).toMatchObject({
      thrown: { code: 'lock.held', message: expect.stringContaining(stopped.run?.runId ?? '?') },
    });
    const { run: rollback } = await here.rollback({ run: first.runId });
    expect(rollback).toMatchObject({ runId: stopped.run?.runId, status: 'complete', epoch: 2 });
    expect(await now()).toStrictEqual(before);
  });
});

/** A rollback that was told to hold in its undo stage. */
async function heldRollback(first: RunRecord, input: Record<string, unknown> = {}): Promise<RunRecord> {
  let told = false;
  const meter: Meter = ({ counters }) => {
    if (!told && counters.deleted > 0) void tell();
    told ||= counters.deleted > 0;
  };
  const tell = async (): Promise<void> => {
    const runId = (await here.ports.ledger.listRuns('receipt-place', 1))[0]?.runId ?? '';
    await here.ports.ledger.command(runId, { desired: 'hold', reason: null, by: 'me', at: '2026-11-21T12:00:00Z' });
  };
  const { run: rollback } = await here.rollback({ run: first.runId, batchSize: 1, ...input }, { meter, watchEveryMs: 1 });
  expect(rollback).toMatchObject({ status: 'held', rounds: 2 });
  if (!rollback) throw new Error('no rollback');
  return rollback;
}

describe('beside a rollback that is held half-way', () => {
  test('a rehearsal writes nothing and does not carry it on', async () => {
    const first = await run({ batchSize: 2 });
    const half = await heldRollback(first);
    const between = await now();
    const { execution, run: rehearsal } = await here.rollback({ run: first.runId, dryRun: true });
    expect(execution.status).toBe('succeeded');
    expect(rehearsal?.runId).not.toBe(half.runId);
    expect(await now()).toStrictEqual(between);
    expect((await record(half))?.status).toBe('held');
  });

  test('other options are refused, not dropped; the same ones carry it on', async () => {
    const first = await run({ batchSize: 2 });
    const half = await heldRollback(first);
    const refused = await here.rollback({ run: first.runId, skipDamaged: true });
    expect(refused.execution).toMatchObject({ thrown: { code: 'run.refused', remedy: expect.stringContaining(half.runId) } });
    expect((await here.rollback({ run: first.runId, batchSize: 1 })).run).toMatchObject({ runId: half.runId, status: 'complete' });
    expect(await now()).toStrictEqual(before);
  });

  test('an object that is lost by then stops it; back again, the run can be undone; or without, and with it later', async () => {
    const first = await run({ batchSize: 2 });
    const half = await heldRollback(first);
    const lost = journalFiles(first).filter((file) => file.endsWith('00000001-0001.jsonl.gz'));
    const bytes = lost.map((file) => readFileSync(file));
    for (const file of lost) rmSync(file);

    const stopped = await here.rollback({ resume: half.runId });
    expect(stopped.execution).toMatchObject({ status: 'failed' });
    expect(stopped.run).toMatchObject({ status: 'failed', reason: { code: 'journal.damaged' } });
    expect((await record(first))?.status).toBe('rolling-back');
    expect((await here.rollback({ run: first.runId })).execution).toMatchObject({ thrown: { code: 'journal.damaged' } });

    expect((await here.rollback({ run: first.runId, skipDamaged: true })).execution.status).toBe('succeeded');
    expect((await made()).length).toBeGreaterThan(0);
    for (const [index, file] of lost.entries()) writeFileSync(file, bytes[index] as Buffer);
    expect((await here.rollback({ run: first.runId })).execution.status).toBe('succeeded');
    expect(await now()).toStrictEqual(before);
  });

  test('a second rollback of the same run is refused while the first one goes, and does not disturb it', async () => {
    const first = await run({ batchSize: 2 });
    const half = await heldRollback(first);
    await here.ports.ledger.updateRun(half.runId, half.epoch, { status: 'running', owner: { ...half.owner, execution: 'elsewhere' } });
    expect((await here.rollback({ run: first.runId })).execution).toMatchObject({ thrown: { code: 'run.refused' } });
    expect(await record(first)).toMatchObject({ status: 'rolling-back', undoneBy: half.runId });
    await here.ports.ledger.updateRun(half.runId, half.epoch, { status: 'held' });
    expect((await here.rollback({ resume: half.runId })).execution.status).toBe('succeeded');
    expect(await record(first)).toMatchObject({ status: 'rolled-back', undoneBy: half.runId });
    expect(await now()).toStrictEqual(before);
  });

  test('one that failed is not carried on beneath a run that was begun since', async () => {
    const first = await run({ batchSize: 2 });
    const half = await heldRollback(first);
    await here.ports.ledger.updateRun(half.runId, half.epoch, { status: 'failed' });
    const second = await run();
    const after = await now();
    const refused = { thrown: { code: 'rollback.newer-run' } };
    expect((await here.rollback({ resume: half.runId })).execution).toMatchObject(refused);
    expect((await here.rollback({ run: first.runId })).execution).toMatchObject(refused);
    expect(await now()).toStrictEqual(after);
    expect((await here.rollback({ run: second.runId })).execution.status).toBe('succeeded');
    expect((await here.rollback({ run: first.runId })).execution.status).toBe('succeeded');
    expect(await now()).toStrictEqual(before);
  });
});

test('an older run is neither resumed nor retried beneath a newer one', async () => {
  const half = await interrupted('failed');
  const second = await run();
  expect(second.totals?.created).toBeGreaterThan(0);
  expect((await here.run({ resume: half.runId })).execution).toMatchObject({
    thrown: { code: 'run.refused', message: expect.stringContaining(second.runId) },
  });
  expect(await record(half)).toMatchObject({ status: 'failed', epoch: half.epoch });
});
