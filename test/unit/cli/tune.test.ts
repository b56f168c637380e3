import { tuneRun } from '../../../lib/cli/commands/tune.ts';
import { noBudgets } from '../../../lib/core/flow/budgets.ts';
import type { RunRecord } from '../../../lib/core/records/run.ts';
import { memoryWorld, RUN_ID } from '../../support/memory-ports.ts';
import { doubling } from '../../support/thing-definitions.ts';

function prepare(change: Partial<RunRecord> = {}) {
  const { ledger, ports, run } = memoryWorld({ definition: doubling, items: [] });
  ledger.runs.set(RUN_ID, { ...run, ...change });
  const lines: string[] = [];
  const screen = { out: (line: string) => void lines.push(line), columns: 200 };
  const tune = (flags: Parameters<typeof tuneRun>[1], runId = RUN_ID) =>
    tuneRun(runId, flags, { ledger, person: 'tester', runtime: { clock: ports.clock } }, screen);
  return { ledger, lines, tune };
}

test('sets what is typed, keeps the rest, and says all that holds now', async () => {
  const { ledger, lines, tune } = prepare();
  expect(await tune({ maxWriteUnits: '500', maxDollars: '5' })).toBe(0);
  expect(await tune({ maxDollars: 'none', reserve: '30%' })).toBe(0);
  expect(ledger.told.budgets).toStrictEqual({ ...noBudgets, writeUnits: 500, reserve: 0.3 });
  expect(lines).toStrictEqual([
    `Run ${RUN_ID} goes by: 500 write units/s · $5.00; its workers obey within seconds.`,
    `Run ${RUN_ID} goes by: 500 write units/s · 30 % left to others; its workers obey within seconds.`,
  ]);
  expect(ledger.log.map(({ who, what }) => [who, what])).toStrictEqual([
    ['tester', 'tune'],
    ['tester', 'tune'],
  ]);
});

test('of a run that stands still it says how it goes on', async () => {
  const { lines, tune } = prepare({ status: 'held' });
  await tune({ maxWriteUnits: 'none' });
  const way = `it stands still, and goes by that once it is carried on: npx backfill resume ${RUN_ID}`;
  expect(lines).toStrictEqual([`Run ${RUN_ID} may use as much as it can; ${way}.`]);
});

test('prints one document for scripts', async () => {
  const { lines, tune } = prepare();
  await tune({ maxItems: '10', json: true });
  expect(JSON.parse(lines.join(''))).toStrictEqual({ runId: RUN_ID, budgets: { ...noBudgets, items: 10 } });
});

test.each([
  ['a run that nobody knows', {}, 'nope', 'run.unknown'],
  ['one that is complete', { status: 'complete' as const }, RUN_ID, 'run.refused'],
])('refuses %s', async (_, change, runId, code) => {
  const { ledger, tune } = prepare(change);
  await expect(tune({ maxWriteUnits: '5' }, runId)).rejects.toMatchObject({ code });
  expect(ledger.told.budgets).toBeNull();
});
