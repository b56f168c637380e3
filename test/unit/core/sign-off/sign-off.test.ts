import { noCounters } from '../../../../lib/core/counters.ts';
import type { Criterion } from '../../../../lib/core/definition.ts';
import type { LedgerEvent } from '../../../../lib/core/ledger.ts';
import type { RunRecord } from '../../../../lib/core/records/run.ts';
import { type Evidence, judgeCriterion } from '../../../../lib/core/sign-off/judge-criteria.ts';
import { measure, measureBefore } from '../../../../lib/core/sign-off/measure.ts';
import { type SignOffReport, writeSignOff } from '../../../../lib/core/sign-off/sign-off.ts';
import { signOffText } from '../../../../lib/core/sign-off/text.ts';
import { memoryWorld, runRecord, surveyOf } from '../../../support/memory-ports.ts';
import { doubling } from '../../../support/thing-definitions.ts';

const check = (name: string, status: 'pass' | 'warn' | 'fail' | 'info') => ({ name, status, message: `${name} ${status}.` });

const evidence = (change: Partial<Evidence> = {}): Evidence => ({
  run: { ...runRecord(doubling), pricePerCall: 0.017, finishedAt: '2026-11-22T00:00:00.000Z' },
  totals: noCounters(),
  checks: [],
  events: [],
  rehearsal: undefined,
  ...change,
});

const judged = (criterion: Partial<Criterion>, change: Partial<Evidence> = {}) => {
  const { verdict, measured } = judgeCriterion({ text: 't', ...criterion }, evidence(change));
  return [verdict, measured];
};

const event = (what: string, code?: string): LedgerEvent => ({ at: 'then', who: 'w', what, details: code ? { reason: { code } } : {} });

describe('a criterion', () => {
  test.each([
    [['a'], 'met', 'a pass.'],
    [['a', 'b'], 'open', 'a pass. b info.'],
    [['a', 'c'], 'open', 'a pass. c warn.'],
    [['a', 'b', 'd'], 'missed', 'a pass. b info. d fail.'],
    [['a', 'x'], 'open', 'a pass. Not measured: the check x was not made.'],
  ])('of checks %j is %s', (checks, verdict, measured) => {
    const made = [check('a', 'pass'), check('b', 'info'), check('c', 'warn'), check('d', 'fail')];
    expect(judged({ checks }, { checks: made })).toStrictEqual([verdict, measured]);
  });

  test('that nothing here measures is for a person to say', () => {
    expect(judged({})).toStrictEqual(['open', 'Not measured here.']);
    expect(judged({ fact: 'unmeasured' })[0]).toBe('open');
    expect(judged({ fact: 'originals-unchanged' })[0]).toBe('open');
  });

  test('of counts is met by a proof alone', () => {
    expect(judged({ fact: 'counts-add-up' })[0]).toBe('missed');
    const proof = { at: '', segments: 8, closed: 7, balanced: 8 };
    expect(judged({ fact: 'counts-add-up' }, { run: { ...runRecord(doubling), proof } })).toStrictEqual([
      'met',
      '7 of 8 segments are closed, and the counts add up in 8.',
    ]);
  });

  test('of throttles bears one in twenty', () => {
    const of = (updated: number, throttles: number) =>
      judged({ fact: 'throttles' }, { totals: { ...noCounters(), updated, throttles } })[0];
    expect([of(0, 0), of(19, 1), of(18, 1)]).toStrictEqual(['met', 'met', 'missed']);
  });

  test('of the service’s cost holds what was spent against what the rehearsal projected', () => {
    const of = (serviceCalls: number, intendedCalls?: number) =>
      judged(
        { fact: 'service-cost' },
        {
          totals: { ...noCounters(), serviceCalls },
          rehearsal: intendedCalls === undefined ? undefined : { ...runRecord(doubling), totals: { ...noCounters(), intendedCalls } },
        },
      );
    expect(of(1_000, 1_000)).toStrictEqual(['met', '1,000 calls, $17.00, of a projected 1,000 calls, $17.00.']);
    // Two workers may ask the same at once.
    expect(of(1_050, 1_000)[0]).toBe('met');
    expect(of(1_051, 1_000)[0]).toBe('missed');
    expect(of(1)).toStrictEqual(['open', '1 call, $0.02. No projection: this version was not rehearsed here.']);
  });

  test('of time has two weeks', () => {
    const lasting = (finishedAt: string) => judged({ fact: 'duration' }, { run: { ...runRecord(doubling), finishedAt } })[0];
    expect(lasting('2026-12-05T11:59:59.000Z')).toBe('met');
    expect(lasting('2026-12-05T12:00:01.000Z')).toBe('missed');
  });

  test('of incidents counts failures and what held the run by itself, not what a person meant', () => {
    const calm = ['paused', 'interrupted', 'approval.awaited'].map((code) => event('held', code));
    expect(judged({ fact: 'incidents' }, { events: [event('start'), ...calm, event('complete')] })[0]).toBe('met');
    expect(judged({ fact: 'incidents' }, { events: [event('held', 'gate.failed'), event('failed', 'segment.stuck')] })).toStrictEqual([
      'missed',
      '2 incidents: held at then, gate.failed; failed at then, segment.stuck.',
    ]);
  });
});

describe('what is measured', () => {
  const latency = (p99: number) => ({ ...check('query-latency', 'pass'), measured: { 'a-p50-ms': 1, 'a-p99-ms': p99, 'b-p99-ms': 3 } });

  test('is the table, and the slowest access path; what is not known is null', async () => {
    const { ports, facts } = memoryWorld({ definition: doubling, items: [] });
    const inspector = { ...ports.inspector, estimateItems: async () => 7, survey: async () => surveyOf(facts, { bytes: 99 }) };
    expect(await measure({ ...ports, inspector }, [latency(12)])).toMatchObject({
      items: 7,
      bytes: 99,
      writeUnitsPerSecond: null,
      queryP99: 12,
    });
    const unmeasured = { ...inspector, estimateItems: async () => null, survey: async () => surveyOf(facts, { bytes: 0 }) };
    expect(await measure({ ...ports, inspector: unmeasured }, null)).toMatchObject({ items: null, bytes: null, queryP99: null });
  });

  test('before a run comes from the last run of this environment that checked', async () => {
    const { ports, ledger } = memoryWorld({ definition: doubling, items: [] });
    const past = (runId: string, change: Partial<RunRecord>) => ledger.runs.set(runId, { ...runRecord(doubling), runId, ...change });
    past('20260101-000000-aaaa', { checks: [latency(50)] });
    past('20260102-000000-aaaa', { checks: [latency(60)] });
    past('20260103-000000-aaaa', { checks: [latency(70)], environment: 'staging' });
    past('20260104-000000-aaaa', { checks: [check('other', 'pass')] });
    expect((await measureBefore(ports)).queryP99).toBe(60);
  });
});

describe('the report', () => {
  const report: SignOffReport = {
    runId: 'r',
    backfill: 'doubling',
    version: '1.0',
    environment: 'staging',
    status: 'complete',
    begun: 'b',
    ended: 'e',
    workedMs: 61_000,
    counts: { scanned: 10, filtered: 1, created: 0, updated: 7, skipped: { x: 1 }, failed: { bad: 1 } },
    successRate: 7 / 8,
    phases: [],
    backup: null,
    must: [
      { text: 'One', verdict: 'met', measured: '9 of 9.' },
      { text: 'Two', verdict: 'missed', measured: '8 of 9.' },
    ],
    should: [{ text: 'Three: `npx backfill query x --pass-rate`.', verdict: 'open', measured: 'Not measured here.' }],
    comparison: [
      { metric: 'Storage', unit: 'bytes', before: 1_000, after: 900, delta: -100, remark: 'r' },
      { metric: 'Calls', unit: 'calls', before: 0, after: 1, delta: 1, remark: 'r' },
      { metric: 'Latency', unit: 'ms', before: null, after: 5.25, delta: null, remark: 'a | b' },
    ],
    checks: [],
    signers: ['Data lead'],
  };

  test('has every must and should with its measured value, the deltas, and a line to sign on', () => {
    const lines = signOffText(report).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'Of 2 must-haves 1 is met, 1 is missed, and 0 are for a person to say. Of 1 should-have 0 are met, 0 are missed, and 1 is for a person to say.',
        '- [x] One — 9 of 9.',
        '- [ ] **missed** Two — 8 of 9.',
        '- [ ] (a person says) Three: `npx backfill query x --pass-rate -e staging`. — Not measured here.',
        '| success rate | 87.50 % | of what was changed or failed |',
        '| Storage | 1,000 bytes | 900 bytes | -100 bytes | r |',
        '| Calls | 0 calls | 1 call | +1 call | r |',
        '| Latency | not measured | 5.3 ms | not measured | a \\| b |',
        '- Undo this run: `npx backfill rollback r -e staging`',
        '- No backup was taken.',
        '- [ ] Data lead: ______________________ Date: ____________',
      ]),
    );
  });

  test('says where the backup is, how to have it back, and who opened a gate', () => {
    const decision = { verdict: 'approved' as const, who: 'Ada', at: 'now', reason: 'fine' };
    const gate = { at: '', verdict: 'failed' as const, findings: [], decision, earlier: [], open: true };
    const text = signOffText({
      ...report,
      phases: [{ name: 'pilot', batchSize: 5, upTo: 15, gate }],
      backup: { name: 'n', where: 'arn:x', restore: 'aws restore', status: 'available', bytes: 1, at: '' },
    });
    expect(text).toContain('| pilot | 15 | 5 | failed | approved by Ada at now: fine |');
    expect(text).toContain('- The table as it was before: arn:x\n- Have that back: `aws restore`');
  });

  test.each([
    [100, 200, 'As DynamoDB last measured, which it does about every six hours.'],
    [
      null,
      200,
      'As DynamoDB last measured, which it does about every six hours. Not measured before: DynamoDB had not measured the table yet.',
    ],
    [
      100,
      0,
      'As DynamoDB last measured, which it does about every six hours. Not measured after: DynamoDB had not measured the table yet.',
    ],
    [null, 0, 'Not measured: DynamoDB had not measured the table yet.'],
  ])('says of storage before %j and after %j why it is missing where it is', async (before, after, remark) => {
    const { ports, artifacts, run, facts } = memoryWorld({ definition: doubling, items: [] });
    const inspector = { ...ports.inspector, survey: async () => surveyOf(facts, { bytes: after }) };
    const measured = { at: '', items: 1, bytes: before, writeUnitsPerSecond: null, queryP99: null };
    const { signOff } = await writeSignOff({ ...run, before: measured }, noCounters(), { ...ports, inspector });
    const json: SignOffReport = JSON.parse((await artifacts.get(signOff.replace(/md$/, 'json'))) ?? '');
    expect(json.comparison.find(({ metric }) => metric === 'DynamoDB storage')?.remark).toBe(remark);
  });

  test('is kept as JSON and Markdown, and names every criterion of the definition', async () => {
    const { ports, artifacts, run } = memoryWorld({ definition: doubling, items: [] });
    const { signOff, after } = await writeSignOff({ ...run, status: 'complete' }, { ...noCounters(), serviceCalls: 3 }, ports);
    expect(signOff).toMatch(/^reports\/signoff_report_\d{8}_\d{6}\.md$/);
    const json: SignOffReport = JSON.parse((await artifacts.get(signOff.replace(/md$/, 'json'))) ?? '');
    expect(json.must.map(({ text }) => text)).toStrictEqual(doubling.signOff.must.map(({ text }) => text));
    expect(json.comparison.find(({ metric }) => metric === 'Service calls')).toMatchObject({ before: 0, after: 3, delta: 3 });
    expect(json.comparison.find(({ metric }) => metric === 'Query latency p99')?.remark).toBe(
      'Not measured before: nothing was measured before this run. Not measured after: the checks of this run did not measure it.',
    );
    expect(after.items).toBe(0);
    expect(await artifacts.get(signOff)).toBe(signOffText(json));
  });
});
