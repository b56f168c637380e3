import { canonicalItem, type Item } from '../../lib/core/attribute-value.ts';
import { readExamples } from '../../lib/core/rehearsal.ts';
import { allSegments } from '../../lib/core/rounds.ts';
import { type Embedded, embedded } from '../support/embedded.ts';
import { refusingWrites } from '../support/refusing-writes.ts';

let here: Embedded;
beforeEach(async () => {
  here = await embedded({ receipts: 120 });
});
afterEach(() => here.close());

const texts = (items: readonly Item[]): string[] => items.map(canonicalItem).sort();
const small = { batchSize: 10, segments: 4, tolerate: 1, enrich: false };

describe('a dry run', () => {
  test('writes nothing, calls nobody, and counts what the run then does', async () => {
    const before = texts(await here.scanAll());
    const { asked, restore } = refusingWrites(here.dynamo, 'receipts');
    const { execution, run: rehearsal } = await here.run({ ...small, dryRun: true });
    restore();
    expect(execution.status).toBe('succeeded');
    expect(asked).toStrictEqual([]);
    expect(here.places.stats().calls).toBe(0);
    expect(texts(await here.scanAll())).toStrictEqual(before);
    expect(rehearsal).toMatchObject({ status: 'complete', options: { dryRun: true, enrich: false }, checks: null });
    expect(await here.runtime.objects.list('journal/')).toStrictEqual([]);

    const { run } = await here.run(small);
    const { created, updated, skipped, failed, notes } = run?.totals ?? {};
    expect(created).toBeGreaterThan(100);
    expect(rehearsal?.totals).toMatchObject({ created, updated, skipped, failed, notes, writeUnits: 0 });
  });

  test('shows a few items as they would be', async () => {
    const { run: rehearsal } = await here.run({ ...small, dryRun: true });
    if (!rehearsal) throw new Error('no run');
    const examples = await readExamples(here.ports.artifacts, rehearsal.runId, await allSegments(here.ports.ledger, rehearsal));
    expect(examples.length).toBeGreaterThan(3);
    expect(examples.length).toBeLessThanOrEqual(12);
    await here.run(small);
    const made = new Map((await here.scanAll()).map((item) => [JSON.stringify([item.PK, item.SK]), item]));
    for (const { op, before, after } of examples) {
      const { timestamp: _, ...example } = after as Item;
      const { timestamp: __, ...row } = made.get(JSON.stringify([example.PK, example.SK])) as Item;
      expect({ op, before }).toStrictEqual({ op: 'create', before: null });
      expect(canonicalItem(example)).toBe(canonicalItem(row));
    }
  });

  test('takes no lock, is no run that stands, and can be neither retried nor rolled back', async () => {
    const first = await here.run({ ...small, limit: 20 });
    const locks = await here.ports.ledger.listRuns('receipt-place', 1);
    expect(locks[0]?.runId).toBe(first.run?.runId);
    await here.ports.ledger.updateRun(first.run?.runId ?? '', 1, { status: 'held' });
    const { execution, run: rehearsal } = await here.run({ ...small, dryRun: true });
    expect(execution.status).toBe('succeeded');
    const wrong = { status: 'failed', thrown: { code: 'run.refused' } };
    expect((await here.rollback({ run: rehearsal?.runId })).execution).toMatchObject(wrong);
    expect((await here.run({ retry: rehearsal?.runId })).execution).toMatchObject(wrong);
    expect((await here.rollback({})).run?.rollback?.of).toBe(first.run?.runId);
  });
});

describe('production', () => {
  const production = { environment: 'production' };

  test.each([undefined, 'yes', 'Y', ''])('nothing is written on the word %j, and the answer is the input to paste', async (confirm) => {
    const before = texts(await here.scanAll());
    const { execution } = await here.run({ limit: 5, startedBy: 'ada', ...(confirm !== undefined && { confirm }) }, production);
    expect(execution).toMatchObject({
      status: 'failed',
      thrown: { code: 'confirm.required', remedy: expect.stringMatching(/input \{.*"limit":5.*"confirm":"YES"\}/) },
    });
    expect(JSON.stringify(execution)).not.toContain('ada');
    expect(texts(await here.scanAll())).toStrictEqual(before);
  });

  test('a version that was not rehearsed there is refused, unless somebody says so; a rehearsal needs no word', async () => {
    const confirmed = { ...small, confirm: 'YES' };
    // One that was rehearsed elsewhere does not count.
    await here.run({ ...small, dryRun: true });
    // Nor does one that only counted: nobody has seen what it would write.
    await here.run({ ...small, dryRun: true, countOnly: true }, production);
    expect((await here.run(confirmed, production)).execution).toMatchObject({ thrown: { code: 'rehearsal.required' } });
    const { execution } = await here.run({ ...small, limit: 5, confirm: 'YES', rehearsal: false }, production);
    expect(execution.status).toBe('succeeded');
    expect((await here.run({ ...small, dryRun: true }, production)).execution.status).toBe('succeeded');
    expect((await here.run(confirmed, production)).run).toMatchObject({ status: 'complete', environment: 'production' });
  });

  test('a rehearsal counts for seven days', async () => {
    await here.run({ ...small, dryRun: true }, production);
    const later = (days: number) => ({ ...production, clock: { ...here.runtime.clock, now: () => Date.now() + days * 86_400_000 } });
    expect((await here.run({ ...small, confirm: 'YES' }, later(7.1))).execution).toMatchObject({ thrown: { code: 'rehearsal.required' } });
    expect((await here.run({ ...small, limit: 1, confirm: 'YES' }, later(6.9))).execution.status).toBe('succeeded');
  });

  test('rollback and retry ask for the word as well; looking does not', async () => {
    const { run } = await here.run({ ...small, confirm: 'YES', rehearsal: false }, production);
    const asks = { thrown: { code: 'confirm.required' } };
    expect((await here.rollback({ run: run?.runId }, production)).execution).toMatchObject(asks);
    expect((await here.rollback({}, production)).execution).toMatchObject(asks);
    expect((await here.run({ retry: run?.runId }, production)).execution).toMatchObject(asks);
    expect((await here.rollback({ dryRun: true }, production)).execution.status).toBe('succeeded');
    expect((await here.rollback({ run: run?.runId, confirm: 'YES' }, production)).execution.status).toBe('succeeded');
  });
});
