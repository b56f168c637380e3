import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalItem, type Item } from '../../lib/core/attribute-value.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { CommandLine } from '../support/command-line.ts';

/** Rollback, pause and abort as a person meets them: from several terminals, with processes that are killed. */

/** Enough for a second terminal to come in between. */
const RECEIPTS = 1_500;
/** Each round of the kills writes, takes back and compares them all. */
const FEW_RECEIPTS = 400;
const ROUNDS = 6;

/** Of so few items more may be malformed among the first hundred than a run bears by itself. */
const RUN = ['run', 'receipt-place', '--tolerate', '100%'];

const texts = (items: readonly Item[]): string[] => items.map(canonicalItem).sort();

let cli: CommandLine;
let before: string[];
beforeEach(() => {
  cli = new CommandLine();
});
afterEach(() => cli.close());

async function seed(receipts: number): Promise<void> {
  await good('local', 'seed', '--receipts', String(receipts), '--wardrobe', '0');
  before = await now();
}

const now = async (): Promise<string[]> => texts(await cli.scanAll());

async function good(...args: string[]): Promise<string> {
  const { code, out, err } = await cli.run(args);
  expect(code === 0 ? '' : `exit ${code}\n${err}\n${out}`).toBe('');
  return out;
}

test(`kill -9 of the run and then of its rollback, at random moments, ${ROUNDS} times: the table is as before, and the backfill runs again`, async () => {
  await seed(FEW_RECEIPTS);
  const lasting = { run: await cli.lasting(RUN), rollback: await cli.lasting(['rollback']) };
  // A run that was killed leaves less to undo.
  lasting.rollback.ms /= 2;
  expect(await now()).toStrictEqual(before);
  let runs = 0;
  let rollbacks = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    if (await cli.killed(RUN, lasting.run)) runs += 1;
    if ((await cli.runs()).every(({ status }) => status === 'rolled-back' || status === 'complete')) continue;
    if (await cli.killed(['rollback'], lasting.rollback)) rollbacks += 1;
    const out = await good('rollback', 'receipt-place');
    // Killed before its first write, it left nothing to undo.
    if (!/Nothing to (undo|do)/.test(out)) expect(out).toContain('as before the run, byte for byte');
    expect(await now()).toStrictEqual(before);
  }
  console.info(`killed ${runs} of ${ROUNDS} runs and ${rollbacks} of their rollbacks under way`);
  expect(runs).toBeGreaterThan(ROUNDS / 2);
  expect(rollbacks).toBeGreaterThan(0);
  await good(...RUN);
});

test('pause, resume and abort from a second terminal: heard within five seconds, through the ledger alone', async () => {
  await seed(RECEIPTS);
  // Without a backup: a pause may come while it is taken, or after.
  const run = cli.start([...RUN, '--batch-size', '20', '--segments', '40', '--no-backup']);
  await underWay();
  const { runId } = await last();
  const asked = Date.now();
  const paused = await cli.run(['pause', runId, '--reason', 'lunch']);
  const pausedMs = Date.now() - asked;
  expect(paused.code).toBe(0);
  expect(paused.out).toContain('‖ held');
  expect(paused.out).toContain('lunch');
  expect(paused.out).toContain(`npx backfill resume ${runId}`);
  expect((await run.finished).code).toBe(1);
  expect(await last()).toMatchObject({ status: 'held', reason: { code: 'paused' } });

  const again = await cli.run(['pause', runId]);
  expect(again.code).toBe(2);
  expect(again.err).toContain('it is held already');

  const resumed = cli.start(['resume', runId]);
  await underWay();
  const told = Date.now();
  const aborted = await cli.run(['abort', runId]);
  const abortedMs = Date.now() - told;
  expect(aborted.code).toBe(0);
  expect(aborted.out).toContain('■ aborted');
  await resumed.finished;
  expect((await cli.run(['resume', runId])).err).toContain('it was aborted, which is for good');

  console.info(`paused within ${pausedMs} ms, aborted within ${abortedMs} ms, starting the command included`);
  expect(Math.max(pausedMs, abortedMs)).toBeLessThan(5_000);
  await good('rollback', runId);
  expect(await now()).toStrictEqual(before);

  const events = JSON.parse((await cli.run(['report', runId, '--json'])).out).events as { what: string; who: string; at: string }[];
  expect(events.map(({ what }) => what)).toStrictEqual([
    'start',
    'not in batches',
    'pause',
    'held',
    'resume',
    'not in batches',
    'abort',
    'aborted',
    'rollback',
    'rolled-back',
  ]);
  expect(events.every(({ who, at }) => who !== '' && !Number.isNaN(Date.parse(at)))).toBe(true);
});

test('a rollback is paused and gone on with like any run', async () => {
  await seed(RECEIPTS);
  await good(...RUN);
  const rollback = cli.start(['rollback', '--batch-size', '5']);
  await underWay();
  const { runId } = await last();
  expect((await cli.run(['pause', runId])).out).toContain('‖ held');
  await rollback.finished;
  const refused = await cli.run(RUN);
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('lock.held') });
  expect(await good('resume', runId)).toContain('✔ rolled back');
  expect(await now()).toStrictEqual(before);
});

async function last(): Promise<RunRecord> {
  const [run] = await cli.runs();
  if (!run) throw new Error('no run');
  return run;
}

/** Until some of the last run's items are done. */
async function underWay(): Promise<void> {
  for (;;) {
    const { out } = await cli.run(['monitor', '--json']);
    const { run, through } = JSON.parse(out || '{}') as { run?: RunRecord; through?: number };
    if (run?.status === 'running' && (through ?? 0) > 0) return;
    await sleep(50);
  }
}
