import { canonicalItem, type Item } from '../../lib/core/attribute-value.ts';
import { balances, type Counters } from '../../lib/core/counters.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { generateSample } from '../../lib/local/sample/receipts.ts';
import { CommandLine, type Finished, type Lasting } from '../support/command-line.ts';
import { differences } from '../support/compare-places.ts';
import { expectedOutcome, unspecified } from '../support/expected-places.ts';

/** Each round writes and checks them all: few, in pages so small that a kill has many places to strike. */
const RECEIPTS = 300;
const ROUNDS = 20;

/** Every so many-th round goes in phases, with a gate after each; the others in one. */
const PHASED = 4;

/** Of so few items more may be malformed among the first hundred than a run bears by itself. */
const RUN = ['run', 'receipt-place', '--tolerate', '100%', '--batch-size', '20'];

/** Takes long enough for something to happen meanwhile. */
const IN_PHASES = [...RUN, '--phases', '7.5,35,100'];

const isPlace = (item: Item): boolean => (item.TYPE as { S?: string } | undefined)?.S === 'RECEIPT_PLACE';

/** Outcomes alone: what reading and asking cost may differ after a kill. */
const outcomes = ({ created, updated, skipped, failed }: Counters) => ({ created, updated, skipped, failed });

const sample = generateSample({ receipts: RECEIPTS, seed: 1 });
const already = new Set(sample.items.filter(isPlace).map(canonicalItem));

async function expectRight(cli: CommandLine, run: RunRecord | undefined): Promise<void> {
  const expected = expectedOutcome({ ...sample, now: run?.now ?? '', enrich: true });
  const table = await cli.scanAll();
  const made = table.filter((item) => isPlace(item) && !already.has(canonicalItem(item)));
  expect(differences(expected.created, made, unspecified)).toEqual([]);
  expect(table).toHaveLength(sample.items.length + expected.created.size);
  expect(run?.status).toBe('complete');
  expect(run?.totals && outcomes(run.totals)).toEqual({
    created: expected.created.size,
    updated: 0,
    skipped: expected.skipped,
    failed: expected.failed,
  });
  expect(run?.totals && balances(run.totals)).toBe(true);
}

/** Exit code 0; what it said, where it was not. */
async function expectGood(finished: Promise<Finished>): Promise<void> {
  const { code, out, err } = await finished;
  expect(code === 0 ? '' : `exit ${code}\n${err}\n${out}`).toBe('');
}

/** Seeded once, and copied for every test. */
const template = new CommandLine();
beforeAll(async () => {
  await expectGood(template.run(['local', 'seed', '--receipts', String(RECEIPTS), '--wardrobe', '0']));
  await expectGood(template.run(['local', 'stop']));
});
afterAll(() => template.close());

/** How long a run takes that nobody kills. */
async function undisturbed(command: string[]): Promise<Lasting> {
  const cli = new CommandLine().with(template);
  try {
    await cli.run(['local', 'start']);
    return await cli.lasting(command);
  } finally {
    await cli.close();
  }
}

describe('kill -9', () => {
  test(`of the worker at a random moment, and resume, ${ROUNDS} times: same table, same counts`, async () => {
    const lasting = { plain: await undisturbed(RUN), phased: await undisturbed(IN_PHASES) };
    let killed = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const cli = new CommandLine().with(template);
      try {
        await cli.run(['local', 'start']);
        const phased = round % PHASED === 0;
        const command = phased ? IN_PHASES : RUN;
        if (await cli.killed(command, phased ? lasting.phased : lasting.plain)) killed += 1;
        const run = await cli.lastRun('receipt-place');
        if (!run) await expectGood(cli.run(command));
        else if (run.status === 'running') await expectGood(cli.run(['resume', run.runId]));
        await expectRight(cli, await cli.lastRun('receipt-place'));
      } finally {
        await cli.close();
      }
    }
    console.info(`killed ${killed} of ${ROUNDS} runs under way`);
    expect(killed).toBeGreaterThan(ROUNDS / 2);
  });

  test('of the database host: the run says so, and goes on from the ledger', async () => {
    const cli = new CommandLine().with(template);
    try {
      await cli.run(['local', 'start']);
      const { finished } = cli.start(IN_PHASES);
      await cli.untilWorking('receipt-place');
      process.kill(cli.endpoint().pid, 'SIGKILL');
      const { code, err } = await finished;
      expect(code).toBe(1);
      expect(err).toMatch(/(ledger|table)\.unreachable/);
      expect(err).not.toMatch(/\n\s+at /);

      const [run] = await cli.runs();
      expect(err).toContain(`backfill resume ${run?.runId}`);
      await expectGood(cli.run(['resume', run?.runId ?? '']));
      await expectRight(cli, (await cli.runs())[0]);
    } finally {
      await cli.close();
    }
  });
});

describe('Ctrl-C', () => {
  test('stops at a checkpoint, says how to resume, exits with 130; resume finishes', async () => {
    const cli = new CommandLine().with(template);
    try {
      await cli.run(['local', 'start']);
      const { child, finished } = cli.start([...RUN, '--segments', '40']);
      await cli.untilWorking('receipt-place');
      child.kill('SIGINT');
      const { code, out, err } = await finished;
      const [run] = await cli.runs();
      expect(code).toBe(130);
      expect(run?.status).toBe('held');
      expect(err).toContain('Pausing at the next checkpoint');
      expect(out).toContain(`backfill resume ${run?.runId}`);
      await expectGood(cli.run(['resume', run?.runId ?? '']));
      await expectRight(cli, (await cli.runs())[0]);
    } finally {
      await cli.close();
    }
  });
});

describe('two runs at once', () => {
  test('the second is refused by name, from another terminal, and the first is not disturbed', async () => {
    const cli = new CommandLine().with(template);
    try {
      await cli.run(['local', 'start']);
      const first = cli.start(IN_PHASES);
      await cli.untilWorking('receipt-place');
      const [second, monitor] = await Promise.all([cli.run(RUN), cli.run(['monitor'])]);
      expect(second.code).toBe(2);
      expect(second.err).toContain('lock.held');
      expect(monitor.err).toBe('');
      expect(monitor.out).toContain('running');
      expect((await first.finished).code).toBe(0);
      const runs = await cli.runs();
      expect(runs).toHaveLength(1);
      await expectRight(cli, runs[0]);
    } finally {
      await cli.close();
    }
  });
});
