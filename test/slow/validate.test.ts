import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judge } from '../../lib/cli/commands/validate.ts';
import type { CheckResult } from '../../lib/core/checks.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { type Embedded, embedded } from '../support/embedded.ts';
import { openedOf, recordedScreen } from '../support/screens.ts';

let here: Embedded;
afterEach(() => here.close());

const RECEIPTS = 60;
const small = { batchSize: 10, segments: 4, enrich: false };

async function validate(target = 'receipt-place', wanted: Parameters<typeof judge>[1] = {}) {
  const { screen, out } = recordedScreen();
  const code = await judge(target, wanted, openedOf(here), screen);
  return { code, out: out() };
}
const judged = async (wanted: Parameters<typeof judge>[1] = {}) =>
  JSON.parse((await validate('receipt-place', { ...wanted, json: true })).out);
const check = ({ checks }: { checks: CheckResult[] }, name: string): CheckResult | undefined => checks.find((one) => one.name === name);

const run = async (input = {}): Promise<RunRecord> => {
  const { run: record } = await here.run({ ...small, ...input });
  if (!record) throw new Error('no run');
  return record;
};
const set = (record: RunRecord, change: Partial<RunRecord>) => here.ports.ledger.updateRun(record.runId, record.epoch, change);

describe('a run that has come to its end', () => {
  test('is judged, by its id as by its backfill’s name', async () => {
    here = await embedded({ receipts: RECEIPTS });
    const { runId } = await run();
    for (const target of [runId, 'receipt-place']) {
      const { code, out } = await validate(target);
      expect(code).toBe(0);
      expect(out).toContain(`receipt-place after run ${runId} (complete)`);
      expect(out).toContain('✔ good');
      expect(out).not.toContain('--seed');
    }
    expect(await judged()).toMatchObject({ run: runId, state: 'complete', good: true, sample: null });
    expect((await judged()).items).toBe((await here.scanAll()).length);
  });
});

describe('a run that never finished', () => {
  let record: RunRecord;
  beforeEach(async () => {
    here = await embedded({ receipts: RECEIPTS });
    // Held half-way: some of its segments are done, and some are not.
    record = await run({ limit: 20 });
    await set(record, { status: 'held', options: { ...record.options, limit: null } });
  });

  const REFUSALS = [
    ['held', 'it never finished: it is held', 'resume'],
    ['failed', 'it never finished: it has failed', 'resume'],
    ['running', 'it never finished: its process is gone', 'resume'],
    ['aborted', 'it never finished: it was aborted', undefined],
    ['rolling-back', 'it is being rolled back', undefined],
    ['rolled-back', 'it has been rolled back', undefined],
  ] as const;

  test('is refused by its id, with how it stands and what can be done', async () => {
    for (const [status, why, command] of REFUSALS) {
      await set(record, { status });
      const instead = command ? `Carry it on with \`npx backfill ${command} ${record.runId}\`; or judge` : 'Judge';
      await expect(validate(record.runId)).rejects.toMatchObject({
        code: 'run.refused',
        message: `Run ${record.runId} cannot be validated: ${why}.`,
        remedy: `${instead} the table as it is with \`npx backfill validate receipt-place\`.`,
      });
    }
  });

  test('under way: it is refused', async () => {
    await set(record, { status: 'running' });
    here.runtime.executionEnded = async () => false;
    await expect(validate(record.runId)).rejects.toMatchObject({
      message: expect.stringContaining('it is still running'),
      remedy: expect.stringContaining(`\`npx backfill monitor ${record.runId} --watch\``),
    });
  });

  test('by the backfill’s name the table is judged as it is: what is missing is no defect', async () => {
    const { code, out } = await validate();
    expect(code).toBe(0);
    expect(out).toContain(
      `receipt-place as it is: its last run, ${record.runId}, never finished (held), so what that did not come to is no defect`,
    );
    const result = await judged();
    expect(result).toMatchObject({ run: record.runId, state: 'held', good: true });
    expect(check(result, 'coverage')).toMatchObject({ status: 'info', message: expect.stringContaining('did not come to all') });
    expect(check(result, 'originals-unchanged')).toBeUndefined();
  });

  test('without a run to blame, the same is a defect', async () => {
    await set(record, { status: 'rolled-back' });
    const result = await judged();
    expect(result).toMatchObject({ run: null, state: null, good: false });
    expect(check(result, 'coverage')?.status).toBe('fail');
    expect((await validate()).code).toBe(1);
  });
});

describe('rehearsals and rollbacks', () => {
  test('are judged by nobody', async () => {
    here = await embedded({ receipts: RECEIPTS });
    const rehearsal = await run({ dryRun: true });
    await expect(validate(rehearsal.runId)).rejects.toMatchObject({
      message: expect.stringContaining('it was a rehearsal, and wrote nothing'),
    });
    await run();
    const { run: rollback } = await here.rollback();
    await expect(validate(rollback?.runId)).rejects.toMatchObject({ message: expect.stringContaining('it is a rollback') });
  });
});

describe('a sample', () => {
  test('is drawn again by its seed, which is said where none was given', async () => {
    here = await embedded({ receipts: RECEIPTS });
    await run();
    const { sample } = await judged({ size: 10 });
    expect(sample).toEqual({ size: 10, seed: expect.any(Number) });
    expect((await validate('receipt-place', { size: 10, seed: 42 })).out).toContain(
      '  A sample of 10; --seed 42 draws the same one again.',
    );
    const withoutLatency = ({ checks }: { checks: CheckResult[] }) => checks.filter(({ name }) => name !== 'query-latency');
    const again = await judged({ size: 10, seed: sample.seed });
    expect(withoutLatency(await judged({ size: 10, seed: sample.seed }))).toEqual(withoutLatency(again));
    expect(check(again, 'sampled-rows')?.measured).toMatchObject({ sampled: 10, bad: 0 });
    expect(Object.keys(check(again, 'query-latency')?.measured ?? {})).toEqual(
      expect.arrayContaining(['merchant-p50-ms', 'merchant-p99-ms', 'geohash-neighbours-p99-ms']),
    );
  });

  test('larger than the table is the table, and says so in one line', async () => {
    here = await embedded({ receipts: RECEIPTS });
    await run();
    const { items } = await judged();
    const { code, out } = await validate('receipt-place', { size: 5_000, seed: 1 });
    expect(code).toBe(0);
    expect(out).toContain(`\n  The table has ${items} items, fewer than the sample of 5,000: all of them were judged.\n`);
    expect(out).not.toContain('--seed');
  });
});

describe('an empty table', () => {
  test.each([undefined, 10])('has nothing to validate, with a sample of %s', async (size) => {
    here = await embedded({ receipts: 0, items: [] });
    const { code, out } = await validate('receipt-place', { size });
    expect(code).toBe(0);
    expect(out.trim().split('\n')).toEqual(['receipt-place never run', '', '  Nothing to validate: the table is empty.']);
    await run();
    expect((await validate('receipt-place', { size })).out).toContain('Nothing to validate: the table is empty.');
    expect(await judged()).toMatchObject({ items: 0, good: true });
  });
});

describe('a report that is to be kept', () => {
  test('is the result, in a file that is named', async () => {
    here = await embedded({ receipts: RECEIPTS });
    await run();
    const { out } = await validate('receipt-place', { saveReport: true });
    expect(out).toMatch(/kept in .*reports\/validation_report_\d{8}_\d{6}\.json/);
    const [name = ''] = await here.ports.artifacts.list('reports/validation_report_');
    expect(JSON.parse((await here.ports.artifacts.get(name)) ?? '')).toMatchObject({ backfill: 'receipt-place', good: true });
  });

  test('where it cannot be written: the place is named, and the result is printed all the same', async () => {
    here = await embedded({ receipts: 0, items: [] });
    writeFileSync(join(here.folder, 'artifacts'), 'no folder');
    const { screen, out } = recordedScreen();
    await expect(judge('receipt-place', { saveReport: true }, openedOf(here), screen)).rejects.toMatchObject({
      code: 'artifacts.unwritable',
      message: expect.stringContaining(join(here.folder, 'artifacts')),
      remedy: expect.not.stringContaining('resume'),
    });
    expect(out()).toContain('Nothing to validate');
  });
});
