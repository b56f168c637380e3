import type { Item } from '../../lib/core/attribute-value.ts';
import type { Findings, RunRecord } from '../../lib/core/ledger.ts';
import { backdate, type Deployed, deployed, differing, eventually, forgetRuns, hasBegun, setAlarm, WARDROBE } from '../support/e2e.ts';
import { scanAll } from '../support/endpoint.ts';
import { expectedWardrobe } from '../support/expected-wardrobe.ts';

const NAME = 'wardrobe-normalize';
const ALARM = 'backfill-development-wardrobe-write-throttles';

/** Workers come and go, so that each learns anew of the run. */
const SLOWLY = { batchSize: 2, segments: 24, tolerate: 0.05, backup: false };

let here: Deployed;
let items: readonly Item[];
beforeEach(async () => {
  here = await deployed();
  await forgetRuns(here, NAME);
  items = await here.seedWardrobe();
});
afterEach(() => setAlarm(ALARM, 'OK'));

async function braked(): Promise<{ execution: string; run: RunRecord }> {
  const execution = await here.start(NAME, SLOWLY);
  await here.until(execution, hasBegun(here));
  await setAlarm(ALARM, 'ALARM');
  const run = await here.until(execution, async ({ runId }) => (await slowedOf(runId))?.stands === true);
  return { execution, run };
}

const slowedOf = async (runId: string): Promise<Findings['slowed'] | undefined> => (await here.ledger.control(runId)).findings?.slowed;

const eventsOf = async (runId: string): Promise<string[]> => (await here.ledger.events(runId)).map(({ what }) => what);

async function expectAllDone(runId: string): Promise<void> {
  const run = await here.ledger.getRun(runId);
  const { table: wanted, updated, skipped, failed } = expectedWardrobe(items, run?.now ?? '');
  expect(run).toMatchObject({ status: 'complete', totals: { scanned: WARDROBE, updated, skipped, failed } });
  expect(differing(await scanAll(here.dynamo, 'wardrobe'), wanted.values())).toEqual([]);
}

test('a throttle alarm on the table slows a run; when it is over the run speeds up again', async () => {
  const { execution, run } = await braked();
  expect(await here.ledger.brakes('wardrobe')).toMatchObject([{ alarm: ALARM, by: `alarm ${ALARM}`, reason: 'A test says so.' }]);
  expect(await slowedOf(run.runId)).toMatchObject({ pace: 0.5, alarm: ALARM });
  expect(await eventsOf(run.runId)).toEqual(expect.arrayContaining(['alarm', 'slow down']));
  await setAlarm(ALARM, 'OK');
  await here.until(execution, async ({ runId }) => (await slowedOf(runId))?.stands === false);
  expect(await here.ledger.brakes('wardrobe')).toEqual([]);
  expect(await eventsOf(run.runId)).toContain('alarm over');
  expect((await here.ended(execution)).status).toBe('SUCCEEDED');
  await expectAllDone(run.runId);
});

test('a run that slowing did not help stands still, and goes on by itself when the alarm is over', async () => {
  const { execution, run } = await braked();
  await backdate(here, run, 'wardrobe', new Date(Date.now() - 3_600_000).toISOString());
  expect((await here.ended(execution)).status).toBe('SUCCEEDED');
  expect(await here.ledger.getRun(run.runId)).toMatchObject({ status: 'held', reason: { code: 'brake.throttled' } });
  await setAlarm(ALARM, 'OK');
  const again = await eventually('it goes on', async () => {
    const { status, owner } = (await here.ledger.getRun(run.runId)) ?? run;
    return status !== 'held' && owner.execution;
  });
  expect(again).toContain(`:brake-${run.runId}-`);
  expect((await here.ended(again)).status).toBe('SUCCEEDED');
  await expectAllDone(run.runId);
});
