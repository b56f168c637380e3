import fc from 'fast-check';
import { balances, type Counters } from '../../lib/core/counters.ts';
import { fingerprint } from '../../lib/core/fingerprint.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { exactHash } from './exact.ts';
import { type RollbackBench, rollbackBench, type World } from './rollback-bench.ts';
import { type RollbackCase, rollbackCase } from './rollback-cases.ts';
import { type Death, drive, type Machine } from './rollback-life.ts';

/**
 * Invariant 2: whatever is in a table, whatever a run did to it and wherever it died, its rollback gives the table back.
 *
 * `ROLLBACK_CASES` and `ROLLBACK_SEED` in the environment try others, `ROLLBACK_PATH` only the case that failed; fast-check prints seed and path of a failure, and shrinks it with `ROLLBACK_SHRINK=yes` (minutes).
 */
export function undoneOverAnyTable({ cases, seed }: { cases: number; seed: number }): void {
  const { ROLLBACK_CASES: numRuns = cases, ROLLBACK_SEED: from = seed, ROLLBACK_PATH: path } = process.env;
  const runs = Number(numRuns);

  describe(`${runs} tables of seed ${from}`, () => {
    let bench: RollbackBench;
    beforeAll(async () => {
      bench = await rollbackBench();
    });
    afterAll(() => bench?.close());

    test('whatever a run did, and wherever it and its rollback died, the table is as before', async () => {
      const tried = nothingTried();
      const property = fc.asyncProperty(rollbackCase, (one) => undoesWhatItDid(one, bench, tried));
      await fc.assert(property, {
        numRuns: runs,
        seed: Number(from),
        ...(path && { path }),
        endOnFailure: process.env.ROLLBACK_SHRINK !== 'yes',
      });
      expectEnough(tried, runs);
    }, 600_000);
  });
}

/** That a good part of the cases had something to undo, and died of something. */
function expectEnough(tried: Tried, runs: number): void {
  expect(tried.cases).toBe(runs);
  // One case, looked at again, has no shares.
  if (runs < 50) return;
  const { changed, created, updated, killed, disturbed, leftDead } = tried;
  const shares = { changed, created, updated, disturbed, leftDead, killedRuns: killed.run, killedRollbacks: killed.rollback };
  const wanted = { changed: 2, created: 5, updated: 1.5, disturbed: 4, leftDead: 20, killedRuns: 4, killedRollbacks: 4 };
  const few = Object.entries(wanted).filter(([name, part]) => shares[name as keyof typeof wanted] * part < runs);
  expect({ ...tried, few }).toMatchObject({ few: [] });
}

/** What the cases came to, so that a test can tell that they tried something. */
interface Tried {
  cases: number;
  /** In which the run left the table other than it found it. */
  changed: number;
  created: number;
  updated: number;
  /** Processes that died, by what they were doing. */
  killed: Record<Machine, number>;
  /** In which others changed the table. */
  disturbed: number;
  /** In which the run was undone as its death had left it. */
  leftDead: number;
}

const nothingTried = (): Tried => ({
  cases: 0,
  changed: 0,
  created: 0,
  updated: 0,
  killed: { run: 0, rollback: 0 },
  disturbed: 0,
  leftDead: 0,
});

/** A run, however often it dies, and its rollback, however often that dies, leave the table as it was, with what others did to it. */
async function undoesWhatItDid(one: RollbackCase, bench: RollbackBench, tried: Tried): Promise<void> {
  const world = await bench.world(one);
  try {
    await carry('run', one.runDeaths, !one.leftDead, world, tried, async () => {
      const run = await newestRun(world);
      if (!run) return { ...one.options, tolerate: 1 };
      return run.status === 'running' ? { resume: run.runId } : undefined;
    });
    const run = await newestRun(world);
    if (run) {
      if (exactHash(await world.standing()) !== exactHash(world.expected())) tried.changed += 1;
      if (run.status === 'running') tried.leftDead += 1;
      await carry('rollback', one.undoDeaths, true, world, tried, () => rollbackInput(run.runId, one.undoBatch, world));
    }
    await expectAsBefore(run, world);
    if (run) expectUndone(await finalRecords(run.runId, world), tried);
  } finally {
    await world.clear();
  }
  tried.cases += 1;
  if (world.disturbed()) tried.disturbed += 1;
}

/** Lives one after the other, each until its death; `toItsEnd`: the last one is not killed. `next` says how to go on, if there is anything to go on with. */
async function carry(
  machine: Machine,
  deaths: readonly Death[],
  toItsEnd: boolean,
  world: World,
  tried: Tried,
  next: () => Promise<object | undefined>,
): Promise<void> {
  for (const death of toItsEnd || deaths.length === 0 ? [...deaths, undefined] : deaths) {
    const input = await next();
    if (!input) return;
    const { life, ports, execution } = world.live(death);
    try {
      await drive(machine, input, execution, ports);
    } catch (error) {
      // Whatever a dead process says, nobody hears it.
      if (!life.struck) throw error;
      tried.killed[machine] += 1;
    } finally {
      await life.landed();
    }
  }
}

const newestRun = async ({ definition, ports }: World): Promise<RunRecord | undefined> =>
  (await ports.ledger.listRuns(definition.name, 100)).find(({ rollback }) => !rollback);

async function rollbackInput(runId: string, batchSize: number, { ports }: World): Promise<object | undefined> {
  const run = await ports.ledger.getRun(runId);
  const rollback = run?.undoneBy ? await ports.ledger.getRun(run.undoneBy) : undefined;
  if (!rollback) return { run: runId, batchSize };
  return rollback.status === 'running' ? { resume: rollback.runId } : undefined;
}

async function finalRecords(runId: string, { ports }: World): Promise<{ run: RunRecord; rollback: RunRecord }> {
  const run = (await ports.ledger.getRun(runId)) as RunRecord;
  return { run, rollback: (await ports.ledger.getRun(run.undoneBy ?? '')) as RunRecord };
}

function expectUndone({ run, rollback }: { run: RunRecord; rollback: RunRecord }, tried: Tried): void {
  expect([run.status, rollback.status]).toEqual(['rolled-back', 'complete']);
  const totals = rollback.totals as Counters;
  expect({ kept: totals.skipped, failed: totals.failed, balances: balances(totals) }).toEqual({ kept: {}, failed: {}, balances: true });
  tried.created += totals.deleted;
  tried.updated += totals.restored;
}

async function expectAsBefore(run: RunRecord | undefined, world: World): Promise<void> {
  const standing = await world.standing();
  const expected = world.expected();
  // The items first, for they say more than a hash.
  if (exactHash(standing) !== exactHash(expected)) expect(standing).toEqual(expected);
  expect(exactHash(standing)).toBe(exactHash(expected));
  const hash = await world.ports.inspector.hash();
  expect(hash).toBe(fingerprint(expected));
  if (run?.tableHash && !world.disturbed()) expect(hash).toBe(run.tableHash);
}
