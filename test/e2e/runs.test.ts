import type { Item } from '../../lib/core/attribute-value.ts';
import { balances, total } from '../../lib/core/counters.ts';
import type { RunRecord } from '../../lib/core/ledger.ts';
import { differences } from '../support/compare-places.ts';
import { type Deployed, deployed, sample, WARDROBE } from '../support/e2e.ts';
import { scanAll } from '../support/endpoint.ts';
import { exact, exactHash } from '../support/exact.ts';
import { expectedOutcome, unspecified } from '../support/expected-places.ts';
import { expectedWardrobe } from '../support/expected-wardrobe.ts';

/** What is in one of them only, the first few. */
function differing(actual: Iterable<Item>, expected: Iterable<Item>): string[] {
  const [found, wanted] = [actual, expected].map((items) => new Set([...items].map(exact)));
  const unexpected = [...(found ?? [])].filter((text) => !wanted?.has(text));
  const missing = [...(wanted ?? [])].filter((text) => !found?.has(text));
  return [...unexpected.map((text) => `unexpected: ${text}`), ...missing.map((text) => `missing: ${text}`)].slice(0, 6);
}

let here: Deployed;
beforeAll(async () => {
  here = await deployed();
});

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

  test('{} leaves the table that the specification describes', async () => {
    const { status, error, cause, run } = await here.run('wardrobe-normalize', {});
    expect({ status, error, cause }).toEqual({ status: 'SUCCEEDED' });
    const expected = expectedWardrobe(items, run?.now ?? '');
    expect(differing(await scanAll(here.dynamo, 'wardrobe'), expected.table.values())).toEqual([]);
    expect(run).toMatchObject({
      status: 'complete',
      totals: { updated: expected.updated, skipped: expected.skipped, failed: expected.failed },
    });
    first = run;
  });

  test('its rollback gives the table back to the last byte', async () => {
    const { status, run } = await here.rollback('wardrobe-normalize', {});
    expect({ status, of: run?.rollback?.of }).toEqual({ status: 'SUCCEEDED', of: first?.runId });
    expect(exactHash(await scanAll(here.dynamo, 'wardrobe'))).toBe(exactHash(items));
  });
});

describe('receipt-place', () => {
  test('{} leaves the table that the specification describes', async () => {
    const items = await here.seedReceipts();
    const { status, error, cause, run } = await here.run('receipt-place', {});
    expect({ status, error, cause }).toEqual({ status: 'SUCCEEDED' });
    const expected = expectedOutcome({ ...sample, items, now: run?.now ?? '', enrich: true });
    const before = new Set(items.map(exact));
    const made = (await scanAll(here.dynamo, 'receipts')).filter((item) => !before.has(exact(item)));
    expect(differences(expected.created, made, unspecified)).toEqual([]);
    expect(run?.totals).toMatchObject({ created: expected.created.size, skipped: expected.skipped, failed: expected.failed });
    expect(run?.totals && balances(run.totals)).toBe(true);
    expect(total(run?.totals?.failed ?? {})).toBeGreaterThan(0);
  });
});
