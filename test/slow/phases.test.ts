import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../lib/core/attribute-value.ts';
import { eligible } from '../../lib/core/counters.ts';
import { segmentsOf } from '../../lib/core/phases.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { allSegments } from '../../lib/core/rounds.ts';
import { generateSample } from '../../lib/local/sample/receipts.ts';
import { type Embedded, embedded } from '../support/embedded.ts';

let here: Embedded;
afterEach(() => here.close());

const PHASED = { phases: '30,60,100', enrich: false, hash: false };
const current = async (run: RunRecord | undefined): Promise<RunRecord> => {
  const record = await here.ports.ledger.getRun(run?.runId ?? '');
  if (!record) throw new Error('no run');
  return record;
};
const events = async (run: RunRecord): Promise<string[]> => (await here.ports.ledger.events(run.runId)).map(({ what }) => what);
const verdicts = ({ phases }: RunRecord) => phases.map(({ name, gate }) => [name, gate?.verdict, gate?.open]);
const made = async (): Promise<Item[]> => (await here.scanAll()).filter(({ TYPE }) => TYPE && 'S' in TYPE && TYPE.S === 'RECEIPT_PLACE');

/** Items of each phase that were worked on. */
async function worked(run: RunRecord): Promise<number[]> {
  const segments = await allSegments(here.ports.ledger, run);
  return run.phases.map((_, index) => {
    const own = new Set(segmentsOf(run, index));
    return segments.filter(({ segment }) => own.has(segment)).reduce((sum, { counters }) => sum + eligible(counters), 0);
  });
}

describe('a phased run', () => {
  test('stops at a gate that bad data shuts, before the next phase; once mended it goes on from there', async () => {
    // What an older writer left: places under a geohash of somewhere else.
    const { items } = generateSample({ receipts: 500, seed: 1 });
    const bad = items.filter(({ TYPE, geohash }) => TYPE && 'S' in TYPE && TYPE.S === 'RECEIPT_PLACE' && geohash && 'S' in geohash);
    expect(bad.length).toBeGreaterThan(5);
    const spoiled = items.map((item) => (bad.includes(item) ? { ...item, geohash: { S: 'zzzzzz' } } : item));
    here = await embedded({ receipts: 500, items: spoiled });
    const before = await made();

    const { execution, run } = await here.run({ ...PHASED, phases: '80,90,100' });
    expect(execution.status).toBe('succeeded');
    const held = await current(run);
    expect(held).toMatchObject({ status: 'held', reason: { code: 'gate.failed' } });
    expect(held.reason?.message).toMatch(/^The gate after phase pilot is shut\. .*geohash/);
    expect(verdicts(held)[0]).toStrictEqual(['pilot', 'failed', false]);
    const [pilot = 0, ...later] = await worked(held);
    expect(pilot).toBeGreaterThan(100);
    expect(later).toStrictEqual([0, 0]);
    // What was done is kept.
    expect((await made()).length - before.length).toBe(held.totals?.created);

    // Judged again as long as nothing is mended.
    await here.run({ resume: held.runId });
    expect(await current(run)).toMatchObject({ status: 'held', reason: { code: 'gate.failed' } });
    expect(await worked(await current(run))).toStrictEqual([pilot, 0, 0]);

    for (const Item of bad) await here.dynamo.send(new PutItemCommand({ TableName: 'receipts', Item: Item as never }));
    await here.run({ resume: held.runId });
    const ended = await current(run);
    expect(ended.status).toBe('complete');
    expect((await worked(ended))[0]).toBe(pilot);
    expect(verdicts(ended).every(([, , open]) => open)).toBe(true);
  });

  test('waits for a person where it shall; resume does not pass for an approval', async () => {
    here = await embedded({ receipts: 450 });
    const { run } = await here.run({ ...PHASED, approve: 'manual' });
    const runId = run?.runId ?? '';
    expect(await current(run)).toMatchObject({ status: 'held', reason: { code: 'approval.awaited' } });
    const [pilot = 0] = await worked(await current(run));

    expect((await here.run({ resume: runId })).execution).toMatchObject({ status: 'failed', thrown: { code: 'run.refused' } });
    expect((await here.run({ resume: runId, approval: ' ' })).execution).toMatchObject({ thrown: { code: 'option.invalid' } });
    expect((await here.run({ approval: 'fine' })).execution).toMatchObject({ thrown: { code: 'option.invalid' } });
    expect(await worked(await current(run))).toStrictEqual([pilot, 0, 0]);

    await here.run({ resume: runId, approval: 'the pilot looks right', startedBy: 'Ada' });
    const second = await current(run);
    expect(second).toMatchObject({ status: 'held', reason: { code: 'approval.awaited' } });
    expect(second.phases[0]?.gate).toMatchObject({
      verdict: 'passed',
      open: true,
      decision: { verdict: 'approved', who: 'Ada', reason: 'the pilot looks right' },
    });
    await here.run({ resume: runId, approval: 'go', startedBy: 'Grace' });
    const ended = await current(run);
    // Nothing comes after the last phase that a person could let begin.
    expect(ended.status).toBe('complete');
    expect(ended.phases.map(({ gate }) => gate?.decision?.who ?? null)).toStrictEqual(['Ada', 'Grace', null]);
    expect((await events(ended)).filter((what) => what !== 'extend phase' && what !== 'not in batches')).toStrictEqual([
      'start',
      'gate passed',
      'held',
      'approve',
      'gate passed',
      'held',
      'approve',
      'complete',
    ]);
    expect((await here.run({ resume: runId, approval: 'again' })).execution).toMatchObject({ thrown: { code: 'run.refused' } });
  });
});
