import type { CheckResult } from '../../../../lib/core/checks.ts';
import type { Native } from '../../../../lib/core/result.ts';
import { seededRandom } from '../../../../lib/local/sample/random.ts';
import { failing, good, image, meta, place, run, statuses, withMetadata, without, withPlace } from './good-table.ts';

describe('checks', () => {
  test('pass on a good table', async () => {
    const results = await run(good());
    expect(statuses(results)).toStrictEqual({
      coverage: 'pass',
      'coverage-exceptions': 'pass',
      orphans: 'pass',
      duplicates: 'pass',
      coordinates: 'pass',
      geohash: 'pass',
      'geohash-distribution': 'info',
      confidence: 'pass',
      'confidence-distribution': 'info',
      'merchant-name-agreement': 'pass',
      'address-agreement': 'pass',
      'sampled-rows': 'pass',
      'dual-writes': 'info',
      'access-by-merchant': 'pass',
      'access-by-place': 'pass',
      'access-by-status': 'pass',
      'access-by-geohash': 'pass',
      'access-by-geohash-neighbours': 'pass',
      'query-latency': 'pass',
    });
    expect(results.get('coverage')).toMatchObject({
      message: '60 of 60 eligible receipts have their place row.',
      measured: { eligible: 60, withoutPlaceId: 1 },
    });
    expect(results.get('geohash-distribution')?.examples).toStrictEqual(['dr5: 60 (100 %)']);
    expect(results.get('confidence-distribution')?.examples?.[0]).toBe('0.95: 60 (100 %) place rows; MATCHED: 60 (100 %) metadata rows');
    expect(results.get('access-by-place')?.message).toBe('By place p0: the query gives the 30 rows of the scan.');
    expect(results.get('sampled-rows')?.message).toBe('10 of 10 random rows out of 60 say field by field what their metadata says.');
  });

  test('pass on a sample and without a run', async () => {
    expect(failing(await run(good(), { mode: 'sample' }))).toStrictEqual([]);
    expect(failing(await run(good(), { runStarted: undefined }))).toStrictEqual([]);
  });

  test('have nothing to check in an empty table, and say no percentage', async () => {
    const results = await run([]);
    expect(results.size).toBe(19);
    for (const { status, message } of results.values()) {
      expect(status).toBe('info');
      expect(message).toMatch(/^Nothing to check: there are no /);
      expect(message).not.toContain('%');
    }
  });

  test('list at most twenty examples, and count all', async () => {
    const { examples, measured } = (await run(good().filter((row) => row.TYPE !== 'RECEIPT_PLACE'))).get('coverage') as CheckResult;
    expect(examples).toHaveLength(20);
    expect(measured).toMatchObject({ missing: 60, covered: 0 });
  });

  test('a missing place row', async () => {
    const results = await run(without('RECEIPT_PLACE'));
    expect(failing(results)).toStrictEqual(['coverage']);
    expect(results.get('coverage')).toMatchObject({
      message: '59 of 60 eligible receipts have their place row.',
      examples: ['IMAGE#i005 RECEIPT#00007#METADATA'],
    });
  });

  test('receipts that a limited run did not come to are no defect', async () => {
    const results = await run([...without('RECEIPT_PLACE'), meta(700, { timestamp: '2026-03-01T10:00:00Z' })], { partial: true });
    expect(failing(results)).toStrictEqual([]);
    expect(results.get('coverage')).toMatchObject({
      status: 'info',
      message: '59 of 60 eligible receipts have their place row; the run did not come to all.',
    });
    expect(results.get('dual-writes')?.status).toBe('warn');
  });

  test('a malformed metadata row is an exception', async () => {
    const results = await run([...good(), meta(901, { validation_status: 'PERHAPS' })]);
    expect(failing(results)).toStrictEqual([]);
    expect(results.get('coverage')?.message).toBe('60 of 60 eligible receipts have their place row; 1 malformed or listed as failed.');
    expect(results.get('coverage-exceptions')).toMatchObject({
      status: 'warn',
      message: '1 metadata row is excepted: 1 malformed, 0 listed as failed for another reason.',
      examples: ['IMAGE#i901 RECEIPT#00007#METADATA'],
    });
  });

  test('an orphan', async () => {
    const results = await run(without('RECEIPT_METADATA'));
    expect(failing(results)).toStrictEqual(['orphans']);
    expect(results.get('orphans')?.examples).toStrictEqual(['IMAGE#i005 RECEIPT#00007#PLACE']);
  });

  test('a second place row for one receipt', async () => {
    const results = await run([...good(), place(5, { SK: 'RECEIPT#000007#PLACE' })]);
    expect(failing(results)).toContain('duplicates');
    expect(results.get('duplicates')?.message).toBe('1 of 61 place rows repeats a receipt that has one already.');
  });

  test.each([
    ['latitude out of range', { latitude: 90.5 }],
    ['longitude out of range', { longitude: -200 }],
    ['half of a pair', { latitude: undefined }],
    ['viewport out of range', { viewport_ne_lat: 100 }],
  ])('coordinates: %s', async (_, changes) => expect(failing(await run(withPlace(changes)))).toContain('coordinates'));

  test('(0,0) is reported', async () => {
    const zero = { latitude: 0, longitude: 0, geohash: '7zzzzz', GSI4PK: 'GEOHASH#7zzzzz' };
    const results = await run(withPlace(zero));
    expect(results.get('coordinates')).toMatchObject({
      status: 'warn',
      message: '60 of 60 place rows with coordinates have both, in range; 1 lies at (0,0).',
      examples: ['IMAGE#i005 RECEIPT#00007#PLACE'],
    });
    expect(failing(results)).toStrictEqual([]);
  });

  test('rows without usable coordinates need no geohash, and are counted and listed', async () => {
    const none = { latitude: undefined, longitude: undefined, geohash: null, GSI4PK: undefined, GSI4SK: undefined };
    expect((await run(withPlace(none))).get('geohash')).toMatchObject({
      status: 'pass',
      message: '59 of 60 place rows have the geohash that a recomputation gives; 1 without usable coordinates.',
      measured: { places: 60, judged: 59, bad: 0, withoutCoordinates: 1 },
      examples: ['IMAGE#i005 RECEIPT#00007#PLACE'],
    });
  });

  test.each([
    ['absent', { geohash: null, GSI4PK: undefined, GSI4SK: undefined }],
    ['of another place', { geohash: '9q8yyk', GSI4PK: 'GEOHASH#9q8yyk' }],
    ['too short', { geohash: 'dr5re', GSI4PK: 'GEOHASH#dr5re' }],
    ['invalid', { geohash: 'dr5rea', GSI4PK: 'GEOHASH#dr5rea' }],
    ['not in the index', { GSI4PK: undefined }],
    ['without coordinates', { latitude: undefined, longitude: undefined }],
  ])('a geohash %s', async (_, changes) => expect(failing(await run(withPlace(changes)))).toContain('geohash'));

  test.each([
    ['another confidence', { confidence: 0.9 }],
    ['an unknown status', { validation_status: 'GOOD' }],
  ])('%s', async (_, changes) => expect(failing(await run(withPlace(changes)))).toContain('confidence'));

  test('names and addresses are compared loosely, and never fail', async () => {
    const loose = { merchant_name: 'B & B Café', formatted_address: '1 Main Street, Lyon, France' };
    const same = withMetadata({ merchant_name: 'b and b  CAFE.', address: '1 MAIN street; Lyon' }).map((row) =>
      row.PK === image(5) && row.TYPE === 'RECEIPT_PLACE' ? { ...row, ...loose } : row,
    );
    expect(statuses(await run(same))).toMatchObject({ 'merchant-name-agreement': 'pass', 'address-agreement': 'pass' });

    const one = await run(withMetadata({ merchant_name: 'Other', address: '2 Elm St' }));
    expect(one.get('merchant-name-agreement')).toMatchObject({
      status: 'info',
      message: "98.3 % of 60 merchant names agree with the metadata's.",
      examples: ['IMAGE#i005 RECEIPT#00007#PLACE: "Other" and "Starbucks"'],
    });
    expect(one.get('address-agreement')?.status).toBe('info');

    const all = await run(
      good().map((row) => (row.TYPE === 'RECEIPT_METADATA' ? { ...row, merchant_name: 'Other', address: '2 Elm St' } : row)),
    );
    expect(statuses(all)).toMatchObject({ 'merchant-name-agreement': 'warn', 'address-agreement': 'warn' });
  });

  test.each([
    ['image_id', { image_id: 'other' }],
    ['receipt_id', { receipt_id: 8 }],
    ['place_id', { place_id: 'p9' }],
    ['validation_status', { validation_status: 'UNSURE', confidence: 0.6 }],
    ['confidence', { confidence: 0.6 }],
    ['validated_by', { validated_by: null }],
    ['matched_fields', { matched_fields: ['name'] }],
    ['phone_number', { phone_number: '1' }],
    ['merchant_name', { merchant_name: undefined }],
    ['timestamp', { timestamp: 'yesterday' }],
    ['reasoning', { reasoning: null }],
    ['website', { website: '' }],
    ['maps_url', { maps_url: undefined }],
    ['GSI1PK', { GSI1PK: 'MERCHANT#OTHER' }],
    ['GSI1SK', { GSI1SK: 'x' }],
    ['GSI2PK', { GSI2PK: 'PLACE#p9' }],
    ['GSI2SK', { GSI2SK: 'x' }],
    ['GSI3PK', { GSI3PK: 'x' }],
    ['GSI3SK', { GSI3SK: 'x' }],
    ['GSI4PK', { GSI4PK: 'GEOHASH#9q8yyk' }],
    ['GSI4SK', { GSI4SK: 'x' }],
  ])('a sampled row whose %s is wrong', async (name, changes) => {
    const one = [meta(0), place(0, changes)];
    const results = await run(one, { runStarted: undefined });
    expect(failing(results)).toContain('sampled-rows');
    expect(results.get('sampled-rows')?.examples?.[0]).toContain(name);
  });

  test('the sample draws later rows too, and only rows of the run', async () => {
    // `random: () => 0` puts every row after the tenth into the first slot: the last one stays.
    expect(failing(await run(withPlace({ receipt_id: 8 }, 59)))).toContain('sampled-rows');
    expect(failing(await run(withPlace({ receipt_id: 8, timestamp: '2026-02-01T00:00:00Z' }, 59)))).not.toContain('sampled-rows');
  });

  describe('a sample of a size', () => {
    /** Every row is bad, and so named: which ones were drawn can be read. */
    const bad = (): Native[] => good().map((row) => (row.TYPE === 'RECEIPT_PLACE' ? { ...row, image_id: 'other' } : row));
    const drawn = async (sampleSize: number, seed: number): Promise<CheckResult> =>
      (await run(bad(), { sampleSize, random: seededRandom(seed).next })).get('sampled-rows') as CheckResult;
    const keysOf = ({ examples = [] }: CheckResult): string[] => examples.map((example) => example.split(':')[0] ?? '');

    test('is so many different rows, drawn from all', async () => {
      const result = await drawn(15, 1);
      expect(result).toMatchObject({ measured: { sampled: 15, of: 60, bad: 15 } });
      expect(result.message).toBe('0 of 15 random rows out of 60 say field by field what their metadata says.');
      expect(new Set(keysOf(result)).size).toBe(15);
      expect(keysOf(result).filter((key) => key > `${image(30)} `).length).toBeGreaterThan(2);
    });

    test('is the same by the same seed, and so is the whole report', async () => {
      const report = async (seed: number) => [...(await run(bad(), { sampleSize: 15, random: seededRandom(seed).next }))];
      expect(await report(7)).toStrictEqual(await report(7));
      expect(keysOf(await drawn(15, 7))).not.toStrictEqual(keysOf(await drawn(15, 8)));
    });

    test('larger than the table is all there are, and says so', async () => {
      const result = await drawn(100_000, 1);
      expect(result.message).toBe('0 of 60 rows, all there are, say field by field what their metadata says.');
      expect(result.measured).toMatchObject({ sampled: 60, of: 60 });
    });
  });
});
