import type { Item } from '../../lib/core/attribute-value.ts';
import { balances, total } from '../../lib/core/counters.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { differences } from '../support/compare-places.ts';
import { type Backfill, type Deployed, deployed, differing, lambdaProcesses, sample, WARDROBE } from '../support/e2e.ts';
import { scanAll } from '../support/endpoint.ts';
import { exact, exactHash } from '../support/exact.ts';
import { expectedOutcome, unspecified } from '../support/expected-places.ts';
import { expectedWardrobe } from '../support/expected-wardrobe.ts';

let here: Deployed;
beforeAll(async () => {
  here = await deployed();
});

/** The few malformed items of so small a sample are more than the one in a hundred that is tolerated, if they come early. */
const BEARING_FLAWS = { tolerate: 0.1 };

describe('wardrobe-normalize', () => {
  let items: readonly Item[];
  let first: RunRecord | undefined;
  beforeAll(async () => {
    items = await here.seedWardrobe();
  });

  test('a dry run says what it would do, and writes nothing', async () => {
    const { status, run } = await here.run('wardrobe-normalize', { dryRun: true });
    expect({ status, run: run?.status }).toEqual({ status: 'SUCCEEDED', run: 'complete' });
    expect(run?.totals?.scanned).toBe(WARDROBE);
    expect(exactHash(await scanAll(here.dynamo, 'wardrobe'))).toBe(exactHash(items));
  });

  test('a run leaves the table that the specification describes', async () => {
    const { status, error, cause, run } = await here.run('wardrobe-normalize', BEARING_FLAWS);
    expect({ status, error, cause }).toEqual({ status: 'SUCCEEDED' });
    const expected = expectedWardrobe(items, run?.now ?? '');
    expect(differing(await scanAll(here.dynamo, 'wardrobe'), expected.table.values())).toEqual([]);
    expect(run).toMatchObject({
      status: 'complete',
      totals: { updated: expected.updated, skipped: expected.skipped, failed: expected.failed },
    });
    first = run;
  });

  test('{}, once more, finds nothing to do', async () => {
    const { status, run } = await here.run('wardrobe-normalize', {});
    expect({ status, totals: run?.totals }).toMatchObject({ status: 'SUCCEEDED', totals: { updated: 0, writeUnits: 0 } });
  });

  test('its rollback gives the table back to the last byte', async () => {
    const { status, run } = await here.rollback('wardrobe-normalize', {});
    expect({ status, of: run?.rollback?.of }).toEqual({ status: 'SUCCEEDED', of: first?.runId });
    expect(exactHash(await scanAll(here.dynamo, 'wardrobe'))).toBe(exactHash(items));
  });
});

describe('at the console', () => {
  test('{"limit":100,"batchSize":50} changes a hundred items at most, and undoing it gives the table back', async () => {
    const items = await here.seedWardrobe();
    const { status, run } = await here.run('wardrobe-normalize', { limit: 100, batchSize: 50 });
    expect({ status, run: run?.status, batchSize: run?.options.batchSize }).toEqual({ status: 'SUCCEEDED', run: 'limited', batchSize: 50 });
    const { updated = 0, skipped = {}, failed = {} } = run?.totals ?? {};
    expect(updated).toBeGreaterThan(0);
    expect(updated + total(skipped) + total(failed)).toBe(100);
    const expected = expectedWardrobe(items, run?.now ?? '').table;
    const was = new Set(items.map(exact));
    const changed = (await scanAll(here.dynamo, 'wardrobe')).filter((item) => !was.has(exact(item)));
    expect(changed).toHaveLength(updated);
    expect(differing(changed, expected.values()).filter((line) => line.startsWith('unexpected'))).toEqual([]);
    await here.rollback('wardrobe-normalize', { run: run?.runId });
    expect(exactHash(await scanAll(here.dynamo, 'wardrobe'))).toBe(exactHash(items));
  });

  test.each<[Backfill, unknown, string, RegExp]>([
    ['wardrobe-normalize', { limit: 'many' }, 'option.invalid', /limit/],
    ['wardrobe-normalize', { batchSize: 0 }, 'option.invalid', /batchSize/],
    ['receipt-place', { dryrun: true }, 'option.unknown', /dryrun.*dryRun/s],
    ['receipt-place', ['dryRun'], 'option.invalid', /./],
    ['receipt-place', { resume: 'no-such-run' }, 'run.unknown', /no-such-run/],
  ])('%s with %j fails in plain words', async (backfill, input, code, words) => {
    const { status, error, cause, run } = await here.run(backfill, input);
    expect({ status, error, run }).toEqual({ status: 'FAILED', error: code, run: undefined });
    expect(cause).toMatch(words);
    // Words, and no JSON with a stack.
    expect(cause).not.toMatch(/^\{|errorMessage|\.mjs/);
  });

  test('a rollback of a run that nobody knows fails in plain words', async () => {
    const { status, error, cause } = await here.rollback('wardrobe-normalize', { run: 'no-such-run' });
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'run.unknown' });
    expect(cause).toContain('no-such-run');
  });
});

describe('receipt-place', () => {
  let items: readonly Item[];
  beforeAll(async () => {
    items = await here.seedReceipts();
  });

  test('a dry run asks nobody, is worked by the rehearser alone, and writes nothing', async () => {
    const { status, run } = await here.run('receipt-place', { dryRun: true });
    expect({ status, run: run?.status, calls: run?.totals?.serviceCalls }).toEqual({ status: 'SUCCEEDED', run: 'complete', calls: 0 });
    expect(lambdaProcesses('ReceiptPlaceRehears').length).toBeGreaterThan(0);
    expect(lambdaProcesses('ReceiptPlaceProces')).toEqual([]);
    expect(exactHash(await scanAll(here.dynamo, 'receipts'))).toBe(exactHash(items));
  });

  test('a run leaves the table that the specification describes', async () => {
    const { status, error, run } = await here.run('receipt-place', BEARING_FLAWS);
    // How fast queries are answered here says nothing of AWS; every other check does.
    expect(run).toMatchObject({ checks: expect.anything() });
    const failed = run?.checks?.flatMap((check) => (check.status === 'fail' ? [check.name] : []));
    expect(['', 'query-latency']).toContain(failed?.join());
    expect({ status, error }).toEqual(failed?.length === 0 ? { status: 'SUCCEEDED' } : { status: 'FAILED', error: 'checks.failed' });
    const expected = expectedOutcome({ ...sample, items, now: run?.now ?? '', enrich: true });
    const before = new Set(items.map(exact));
    const made = (await scanAll(here.dynamo, 'receipts')).filter((item) => !before.has(exact(item)));
    expect(differences(expected.created, made, unspecified)).toEqual([]);
    expect(run?.totals).toMatchObject({ created: expected.created.size, skipped: expected.skipped, failed: expected.failed });
    expect(run?.totals && balances(run.totals)).toBe(true);
  });

  test('its rollback gives the table back to the last byte', async () => {
    const { status } = await here.rollback('receipt-place', {});
    expect(status).toBe('SUCCEEDED');
    expect(exactHash(await scanAll(here.dynamo, 'receipts'))).toBe(exactHash(items));
  });
});
