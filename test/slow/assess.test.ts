import { assessmentOf } from '../../lib/core/assessment.ts';
import { type AttributeValue, type Item, itemSize } from '../../lib/core/attribute-value.ts';
import type { ServiceClient } from '../../lib/core/ports.ts';
import { prices } from '../../lib/core/prices.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { type Embedded, type EmbeddedOptions, embedded } from '../support/embedded.ts';
import { expectedOutcome, rowId } from '../support/expected-places.ts';
import { expectedWardrobe } from '../support/expected-wardrobe.ts';
import { refusingWrites } from '../support/refusing-writes.ts';

/** Assessments and rehearsals of both definitions, against counts that are made by hand or by an oracle that knows no predicate. */

let here: Embedded;
afterEach(() => here.close());

const setUp = async (options: EmbeddedOptions): Promise<void> => {
  here = await embedded(options);
};

const SMALL = { batchSize: 10, segments: 4 };

/** Runs the machine while nothing may write to the table, and sees that nothing tried to. */
async function unharmed(table: string, input: Record<string, unknown>): Promise<RunRecord> {
  const { asked, restore } = refusingWrites(here.dynamo, table);
  const { execution, run } = await here.run({ ...SMALL, dryRun: true, ...input });
  restore();
  expect(execution).toMatchObject({ status: 'succeeded' });
  expect(asked).toStrictEqual([]);
  if (!run) throw new Error('no run');
  return run;
}

async function assess(table: string, input: Record<string, unknown> = {}) {
  const run = await unharmed(table, { countOnly: true, ...input });
  if (!run.totals) throw new Error('no totals');
  const { definition, inspector } = here.ports;
  const survey = await inspector.survey();
  return { run, found: assessmentOf(run, run.totals, { definition, survey, prices, rate: undefined, concurrency: 50 }) };
}

const textOf = (value: AttributeValue | undefined): string => (value && 'S' in value ? value.S.trim() : '');
const numberOf = (value: AttributeValue | undefined): number => (value && 'N' in value ? Number(value.N) : Number.NaN);

test('the guard itself stops a run that writes', async () => {
  await setUp({ receipts: 20 });
  const { asked, restore } = refusingWrites(here.dynamo, 'receipts');
  const { run } = await here.run({ ...SMALL, enrich: false });
  restore();
  expect(asked.length).toBeGreaterThan(0);
  expect(run?.totals?.created).toBe(0);
});

describe('receipt-place', () => {
  /** By the shares of the plan: what a query over the table would say of its metadata rows. */
  function qualityOf(items: readonly Item[]): Record<string, number> {
    const says = (value: AttributeValue | undefined): boolean =>
      !['', 'N/A', 'UNKNOWN', 'NONE', 'NULL', 'NA'].includes(textOf(value).toUpperCase());
    const counts = { 'valid-place-id': 0, 'merchant-name': 0, address: 0, 'all-three': 0, coordinates: 0 };
    for (const { TYPE, place_id, merchant_name, address, latitude, longitude } of items) {
      if (textOf(TYPE) !== 'RECEIPT_METADATA') continue;
      const place = !['', 'NULL', 'NO_RESULTS', 'INVALID'].includes(textOf(place_id).toUpperCase());
      counts['valid-place-id'] += Number(place);
      counts['merchant-name'] += Number(says(merchant_name));
      counts.address += Number(says(address));
      counts['all-three'] += Number(place && says(merchant_name) && says(address));
      counts.coordinates += Number(Math.abs(numberOf(latitude)) <= 90 && Math.abs(numberOf(longitude)) <= 180);
    }
    return counts;
  }

  test('the seeded sample, by an oracle; nobody is called and no item is listed', async () => {
    await setUp({ receipts: 400 });
    const { found } = await assess('receipts');
    expect(here.places.stats().calls).toBe(0);
    const kinds = await Promise.all(['journal', 'examples', 'failures', 'exceptions'].map((kind) => here.runtime.objects.list(`${kind}/`)));
    expect(kinds.flat()).toStrictEqual([]);

    const metadata = here.items.filter(({ TYPE }) => textOf(TYPE) === 'RECEIPT_METADATA');
    expect(found.counts).toStrictEqual({
      scanned: here.items.length,
      filtered: here.items.length - 400,
      eligible: 400,
      eligibleBytes: metadata.reduce((sum, item) => sum + itemSize(item), 0),
      existing: here.items.filter((item) => textOf(item.TYPE) === 'RECEIPT_PLACE').length,
    });
    const expected = { ...qualityOf(here.items), 'invalid-item': 3 };
    expect(Object.fromEntries(found.quality.map(({ name, count }) => [name, count]))).toStrictEqual(expected);
    for (const { count, share } of found.quality) expect(share).toBe(count / 400);
    expect(Object.values(expected).every((count) => count > 0 && count < 400)).toBe(true);

    // What it says a run would do is what the run then does.
    const { run: done } = await here.run({ ...SMALL, enrich: false });
    expect(found.outcomes).toStrictEqual({
      create: done?.totals?.created,
      update: 0,
      skip: done?.totals?.skipped,
      fail: done?.totals?.failed,
    });
    // The run also scans some of the rows that it makes.
    const reads = (done?.totals?.readUnits ?? 0) / found.forecast.units.read;
    expect(reads).toBeGreaterThanOrEqual(1);
    expect(reads).toBeLessThan(1.05);
  });

  test('calls are the distinct places of what is created and has no coordinates, and so many the run then makes', async () => {
    await setUp({ receipts: 150 });
    const { run, found } = await assess('receipts');
    const expected = expectedOutcome({ ...here.sample, now: run.now, enrich: false });
    const asking = here.items.filter((item) => {
      const made = expected.created.has(rowId({ ...item, SK: { S: textOf(item.SK).replace(/METADATA$/, 'PLACE') } }));
      return (
        textOf(item.TYPE) === 'RECEIPT_METADATA' &&
        made &&
        !(Math.abs(numberOf(item.latitude)) <= 90 && Math.abs(numberOf(item.longitude)) <= 180)
      );
    });
    const places = new Set(asking.map(({ place_id }) => textOf(place_id)));
    expect(places.size).toBeLessThan(asking.length);
    expect(run.distinctAsks).toBe(places.size);
    expect(found.forecast.requests).toMatchObject({ calls: places.size, asking: asking.length, callsExact: true });
    const line = found.forecast.cost.lines.find(({ what }) => what === 'outside calls');
    expect(line?.dollars).toBeCloseTo(places.size * run.pricePerCall, 9);

    // One segment: workers that run side by side may ask the same at the same time.
    const { run: done } = await here.run({ ...SMALL, segments: 1 });
    expect(done?.totals?.serviceCalls).toBe(places.size);
    expect(done?.distinctAsks).toBeNull();
  });

  /** Four rows, made by hand: a sound one, one with coordinates, one without a place, one of a wrong shape. */
  const row = (number: number, more: Item): Item => ({
    PK: { S: `IMAGE#${number}` },
    SK: { S: 'RECEIPT#00001#METADATA' },
    TYPE: { S: 'RECEIPT_METADATA' },
    place_id: { S: `ChIJ${number}` },
    merchant_name: { S: 'Corner Shop' },
    timestamp: { S: '2026-01-01T00:00:00Z' },
    address: { S: '1 Main St' },
    ...more,
  });
  const byHand = [
    row(1, {}),
    row(2, { latitude: { N: '40.7128' }, longitude: { N: '-74.0060' }, address: { NULL: true } }),
    row(3, { place_id: { S: ' no_results ' }, merchant_name: { S: 'N/A' } }),
    row(4, { merchant_name: { N: '4711' } }),
    { PK: { S: 'IMAGE#5' }, SK: { S: 'RECEIPT#00001' }, TYPE: { S: 'RECEIPT' } },
  ];

  test('a table made by hand', async () => {
    await setUp({ items: byHand });
    const { found } = await assess('receipts');
    expect(found.quality).toStrictEqual([
      { name: 'valid-place-id', count: 3, share: 0.75 },
      { name: 'merchant-name', count: 2, share: 0.5 },
      { name: 'address', count: 3, share: 0.75 },
      { name: 'all-three', count: 1, share: 0.25 },
      { name: 'coordinates', count: 1, share: 0.25 },
      { name: 'invalid-item', count: 1, share: 0.25 },
    ]);
    expect(found.outcomes).toStrictEqual({ create: 2, update: 0, skip: { 'no-place-id': 1 }, fail: { 'invalid-item': 1 } });
    // Two small rows in the table and in GSI1 to GSI3; the one with coordinates in GSI4, too. It needs no call.
    expect(found.forecast).toMatchObject({ units: { write: 9, table: 2 }, requests: { calls: 1 } });
    expect(found.forecast.units.indexes.map(({ name, units }) => [name, units])).toStrictEqual([
      ['GSI1', 2],
      ['GSI2', 2],
      ['GSI3', 2],
      ['GSI4', 1],
    ]);
  });

  test('a limit is what all numbers are of', async () => {
    await setUp({ receipts: 120 });
    const { run, found } = await assess('receipts', { limit: 17 });
    expect([run.status, found.limit, found.counts.eligible]).toStrictEqual(['limited', 17, 17]);
  });

  test('an empty table has nothing in it', async () => {
    await setUp({ items: [] });
    const { run, found } = await assess('receipts');
    expect(run.status).toBe('complete');
    expect(found.counts).toStrictEqual({ scanned: 0, filtered: 0, eligible: 0, eligibleBytes: 0, existing: 0 });
    expect(found.forecast.units.write).toBe(0);
  });

  test('a rehearsal takes no more than its sample to the service', async () => {
    await setUp({ receipts: 200 });
    const run = await unharmed('receipts', { enrichSample: 7 });
    expect(here.places.stats().calls).toBeGreaterThan(0);
    expect(here.places.stats().calls).toBeLessThanOrEqual(7);
    expect(run).toMatchObject({ options: { enrich: true, enrichSample: 7 }, totals: { sampled: 7 } });
  });

  test('nor does one that is held on the way, and resumed', async () => {
    await setUp({ receipts: 200 });
    let refused = 0;
    const places = async (): Promise<ServiceClient> => ({
      call: async () => {
        refused += 1;
        return { kind: 'fault', fault: { kind: 'refused', message: 'no' } };
      },
    });
    const { run: held } = await here.run({ ...SMALL, dryRun: true, enrichSample: 9 }, { services: { places } });
    expect(held).toMatchObject({ status: 'held', reason: { code: 'service.key-refused' } });
    expect(refused).toBeGreaterThan(0);

    const { run: resumed } = await here.run({ resume: held?.runId });
    expect(resumed).toMatchObject({ status: 'complete', totals: { scanned: here.items.length } });
    expect(refused + here.places.stats().calls).toBeLessThanOrEqual(9);
  });

  test('without the service’s key a sample is refused, and a rehearsal without one is not', async () => {
    await setUp({ receipts: 20 });
    const services = {
      places: async () => {
        throw Object.assign(new Error('no key'), { name: 'service.key-missing' });
      },
    };
    expect((await here.run({ ...SMALL, dryRun: true, enrichSample: 1 }, { services })).execution).toMatchObject({ status: 'failed' });
    expect((await here.run({ ...SMALL, dryRun: true }, { services })).execution.status).toBe('succeeded');
  });

  test('with real answers the write units are those of the rows that the run then makes', async () => {
    await setUp({ receipts: 150 });
    const rehearsal = await unharmed('receipts', { enrichSample: 10_000 });
    const before = new Set(here.items.map(({ PK, SK }) => textOf(PK) + textOf(SK)));
    await here.run(SMALL);
    const made = (await here.scanAll()).filter(({ PK, SK }) => !before.has(textOf(PK) + textOf(SK)));
    const lanes = (item: Item): number => 1 + ['GSI1PK', 'GSI2PK', 'GSI3PK', 'GSI4PK'].filter((name) => item[name]).length;
    const units = made.reduce((sum, item) => sum + lanes(item) * Math.ceil(itemSize(item) / 1024), 0);
    expect(made.length).toBe(rehearsal.totals?.created);
    expect(rehearsal.totals?.intendedUnits).toBe(units);
  });
});

describe('wardrobe-normalize', () => {
  test('the seeded sample, by an oracle', async () => {
    await setUp({ backfill: 'wardrobe-normalize', wardrobe: 600 });
    const { found } = await assess('wardrobe');
    const saysSomething = (value: AttributeValue | undefined): boolean => {
      const texts = !value
        ? []
        : 'S' in value
          ? value.S.split(',')
          : 'SS' in value
            ? value.SS
            : 'L' in value
              ? value.L.flatMap((entry) => ('S' in entry ? [entry.S] : []))
              : [];
      return texts.some((text) => /[^\s_-]/.test(text));
    };
    const versionOf = ({ normalized }: Item): string => (normalized && 'M' in normalized ? textOf(normalized.M.normalized_version) : '');
    const holding = (holds: (item: Item) => boolean): number => here.items.filter(holds).length;
    const expected = {
      style: holding(({ style }) => saysSomething(style)),
      occasion: holding(({ occasion }) => saysSomething(occasion)),
      mood: holding(({ mood }) => saysSomething(mood)),
      season: holding(({ season }) => saysSomething(season)),
      'normalized-current': holding((item) => versionOf(item) === '1.0'),
      'normalized-null': holding(({ normalized }) => normalized !== undefined && 'NULL' in normalized),
      'invalid-item': 8,
    };
    expect(Object.fromEntries(found.quality.map(({ name, count }) => [name, count]))).toStrictEqual(expected);
    expect(Object.values(expected).every((count) => count > 0 && count < 600)).toBe(true);

    const { table, updated, skipped, failed } = expectedWardrobe(here.items, new Date().toISOString());
    expect(found.outcomes).toStrictEqual({ create: 0, update: updated, skip: skipped, fail: failed });
    // Each change by the larger of before and after; there is no index.
    const units = here.items.reduce((sum, item) => {
      const after = table.get(textOf(item.id)) as Item;
      return after === item ? sum : sum + Math.ceil(Math.max(itemSize(item), itemSize(after)) / 1024);
    }, 0);
    expect(found.forecast.units).toMatchObject({ write: units, table: units, indexes: [] });
  });

  test('a rehearsal writes nothing either', async () => {
    await setUp({ backfill: 'wardrobe-normalize', wardrobe: 100 });
    const run = await unharmed('wardrobe', {});
    expect(run.totals?.intendedUnits).toBeGreaterThan(50);
  });
});
