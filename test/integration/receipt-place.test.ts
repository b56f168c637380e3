import { canonicalItem, type Item } from '../../lib/core/attribute-value.ts';
import { balances, total } from '../../lib/core/counters.ts';
import { differences } from '../support/compare-places.ts';
import { type Embedded, embedded } from '../support/embedded.ts';
import { expectedOutcome, unspecified } from '../support/expected-places.ts';

const isPlace = (item: Item): boolean => 'S' in (item.TYPE ?? {}) && (item.TYPE as { S: string }).S === 'RECEIPT_PLACE';
const isMetadata = (item: Item): boolean => 'S' in (item.TYPE ?? {}) && (item.TYPE as { S: string }).S === 'RECEIPT_METADATA';

describe('receipt-place from definition to report', () => {
  let here: Embedded;
  beforeAll(async () => {
    here = await embedded({ receipts: 600 });
  });
  afterAll(() => here.close());

  test('the first run leaves the table that the specification describes', async () => {
    const { execution, run } = await here.run();

    expect(execution).toMatchObject({ status: 'succeeded' });
    const expected = expectedOutcome({ ...here.sample, now: run?.now ?? '', enrich: true });
    const already = new Set(here.sample.items.filter(isPlace).map(canonicalItem));
    const made = (await here.scanAll()).filter((item) => isPlace(item) && !already.has(canonicalItem(item)));
    expect(differences(expected.created, made, unspecified)).toEqual([]);
    expect(made).toHaveLength(expected.created.size);
    expect(run?.status).toBe('complete');
    expect(run?.totals).toMatchObject({
      created: expected.created.size,
      updated: 0,
      skipped: expected.skipped,
      failed: expected.failed,
      raced: 0,
    });
    expect(run?.checks?.filter(({ status }) => status === 'fail')).toEqual([]);
  });

  test('everything that was there is byte for byte what it was', async () => {
    const now = new Set((await here.scanAll()).map(canonicalItem));
    expect(here.sample.items.filter((item) => !now.has(canonicalItem(item)))).toEqual([]);
  });

  test('the counts of every segment add up', async () => {
    const { run } = await here.run();
    const segments = await here.ports.ledger.segments(run?.runId ?? '', run?.options.segments ?? 0);
    expect(segments.length).toBeGreaterThan(1);
    expect(segments.filter(({ counters }) => !balances(counters))).toEqual([]);
    expect(segments.every(({ state, cursor }) => state === 'done' && cursor === null)).toBe(true);
  });

  test('a second run creates nothing, asks nothing, and says why', async () => {
    const callsBefore = here.places.stats().calls;
    const before = (await here.scanAll()).map(canonicalItem).sort();
    const { run } = await here.run();
    expect(run?.totals).toMatchObject({ created: 0, writeUnits: 0, serviceCalls: 0 });
    const metadata = here.sample.items.filter(isMetadata).length;
    expect(total(run?.totals?.skipped ?? {}) + total(run?.totals?.failed ?? {})).toBe(metadata);
    expect(here.places.stats().calls).toBe(callsBefore);
    expect((await here.scanAll()).map(canonicalItem).sort()).toEqual(before);
  });
});
