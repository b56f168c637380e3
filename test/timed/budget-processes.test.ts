import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { portsFor } from '../../lambdas/runtime.ts';
import type { Item } from '../../lib/core/attribute-value.ts';
import { balances, total } from '../../lib/core/counters.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { type LocalSettings, localRuntime } from '../../lib/local/environment.ts';
import { COORDINATOR, execute, localFunctions, PROCESSOR, REHEARSER } from '../../lib/local/interpreter.ts';
import { generateWardrobe } from '../../lib/local/sample/wardrobe.ts';
import { createOwnTables, writeItems } from '../../lib/local/seed.ts';
import { createWardrobeTable, WARDROBE_TABLE } from '../../lib/local/seed-wardrobe.ts';
import { obeyedAfter, rate, windowsOf, written } from '../../lib/simulation/judging.ts';
import { Observed } from '../../lib/simulation/observed.ts';
import { backfillMachine } from '../../lib/workflow/machines.ts';
import { CommandLine } from '../support/command-line.ts';
import { type MeteredWrite, meteredDatabase } from '../support/metered-database.ts';
import { startWorkers } from '../support/worker-processes.ts';

/** Eight processes share one run's budget on one endpoint; what they use is what the endpoint says, judged as simulations are. */

const PROCESSES = 8;

/** More than they can get done in the time, so that there is a backlog throughout. */
const ITEMS = 1_040;

const BUDGET = 300;
const CUT_TO = 200;

/** Seconds since the first write. */
const STEADY_FROM = 5;
const KILL_AT = 20;
const TUNE_AT = 39;
const LET_GO_AFTER = 14;

/** So long the share of a worker that died is nobody's: it is heard of no more for four seconds, and then dealt anew. */
const SHARE_IS_OTHERS = 8;

const OBEYED_WITHIN = 3;

const BACKFILL = 'wardrobe-normalize';

/** Clothes with a description of some kilobytes: twenty units for a write in the mean, so that little is to be computed for a budget. */
const described = (items: readonly Item[]): Item[] =>
  items.map((item, index) => ({ ...item, description: { S: 'x'.repeat(14_000 + ((index * 7_919) % 11_000)) } }));

const after: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of after.splice(0).reverse()) await close();
});

function meteredOf(writes: readonly MeteredWrite[], start: number, run: RunRecord) {
  const observed = new Observed(start);
  // The least that can be called a batch: what a call of its own takes.
  for (const { at, units } of writes) observed.written.add(units, at);
  return { observed, counters: run.totals ?? fail('the run has no totals') };
}

const fail = (why: string): never => {
  throw new Error(why);
};

test(`${PROCESSES} processes keep to one budget, though one of them is killed, and to a smaller one soon after it is set`, async () => {
  const database = await meteredDatabase(WARDROBE_TABLE);
  after.push(() => database.close());
  const folder = mkdtempSync(join(tmpdir(), 'backfill-budget-'));
  after.push(async () => rmSync(folder, { recursive: true, force: true }));
  const settings: LocalSettings = {
    environment: 'local',
    config: { tables: {}, approve: 'auto', prices: {}, concurrency: PROCESSES },
    folder,
    idleSeconds: 120,
    dynamoUrl: database.url,
    placesUrl: undefined,
    placesKey: '',
    flagsUrl: undefined,
  };
  const runtime = await localRuntime(settings);
  after.push(async () => runtime.dynamo.destroy());
  await createOwnTables(runtime.dynamo);
  await createWardrobeTable(runtime.dynamo);
  await writeItems(runtime.dynamo, WARDROBE_TABLE, described(generateWardrobe({ items: ITEMS, seed: 1 }).items));
  const workers = await startWorkers(PROCESSES, settings);
  after.push(() => workers.close());
  const cli = new CommandLine({ BACKFILL_FOLDER: folder, AWS_ENDPOINT_URL_DYNAMODB: database.url });
  after.push(() => cli.close());
  const { ledger } = portsFor(BACKFILL, runtime);

  const machine = backfillMachine(BACKFILL, { coordinator: COORDINATOR, worker: PROCESSOR, rehearser: REHEARSER });
  const functions = { ...localFunctions(runtime), [PROCESSOR]: workers.invoke };
  // One segment for each: as long as those of a run of hours, of which a change of segments is a small part.
  const input = { maxWriteUnits: BUDGET, segments: PROCESSES, backup: false, hash: false, tolerate: 1 };
  const executed = execute(machine, input, 'local:budget', functions);
  while (database.writes.length === 0) await sleep(20);
  const start = database.writes[0]?.at ?? 0;
  const until = (seconds: number): Promise<void> => sleep(start + 1_000 * seconds - Date.now());
  const [running] = await ledger.listRuns(BACKFILL, 1);
  const { runId } = running ?? fail('there is no run');
  const tune = async (units: number | 'none'): Promise<number> => {
    const { code, err } = await cli.run(['tune', runId, '--max-write-units', String(units)]);
    if (code !== 0) fail(err);
    const tuned = (await ledger.events(runId)).findLast(({ what }) => what === 'tune');
    return (Date.parse(tuned?.at ?? '') - start) / 1_000;
  };

  await until(KILL_AT);
  workers.killOne();
  await until(TUNE_AT);
  const cutAt = await tune(CUT_TO);
  await until(cutAt + LET_GO_AFTER);
  const letGoAt = await tune('none');
  const execution = await executed;
  const run = (await ledger.getRun(runId)) ?? fail('the run is gone');
  const metered = meteredOf(database.writes, start, run);
  const used = written(metered);

  const steady = windowsOf(used, { budget: BUDGET, from: STEADY_FROM, to: KILL_AT });
  const lost = windowsOf(used, { budget: BUDGET, from: KILL_AT, to: KILL_AT + SHARE_IS_OTHERS + 2 });
  const without = windowsOf(used, { budget: BUDGET, from: KILL_AT + SHARE_IS_OTHERS, to: cutAt });
  const cut = windowsOf(used, { budget: CUT_TO, from: cutAt + OBEYED_WITHIN, to: letGoAt });
  const obeyed = obeyedAfter(used, { budget: CUT_TO, from: cutAt, to: letGoAt });
  const figure = ({ least, most }: { least: number; most: number }): string => `${least.toFixed(1)} to ${most.toFixed(1)} %`;
  console.info(
    [
      `of ${BUDGET} units/s in any ten seconds, ${PROCESSES} processes: ${figure(steady)}`,
      `when one is killed: at most ${lost.most.toFixed(1)} %; ${SHARE_IS_OTHERS} s later: ${figure(without)}`,
      `of ${CUT_TO} units/s from ${OBEYED_WITHIN} s after the cut on: ${figure(cut)}; obeyed after ${obeyed.toFixed(1)} s`,
      `without a budget: ${Math.round(rate(metered, letGoAt, letGoAt + 3))} units/s`,
    ].join('\n'),
  );
  for (const { least } of [steady, without, cut]) expect(least).toBeGreaterThanOrEqual(95);
  for (const { most } of [steady, lost, without, cut]) expect(most).toBeLessThanOrEqual(102);
  for (const { swing } of [steady, without, cut]) expect(swing).toBeLessThanOrEqual(5);
  expect(obeyed).toBeLessThanOrEqual(OBEYED_WITHIN);

  // Nothing is written twice or lost for all that.
  expect(execution.status).toBe('succeeded');
  expect(run.status).toBe('complete');
  const { totals } = run;
  expect(totals && balances(totals) && totals.scanned).toBe(ITEMS);
  expect(totals?.updated).toBe(database.writes.length);
  expect(new Set(database.writes.map(({ key }) => key)).size).toBe(database.writes.length);
  expect(totals && total(totals.failed)).toBeLessThan(ITEMS / 100);
});
