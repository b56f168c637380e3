import type { Item } from '../../lib/core/attribute-value.ts';
import type { Findings } from '../../lib/core/records/control.ts';
import {
  backdateBrakes,
  type Deployed,
  deployed,
  differing,
  eventually,
  forgetRuns,
  hasBegun,
  setAlarm,
  WARDROBE,
} from '../support/e2e.ts';
import { scanAll } from '../support/endpoint.ts';
import { expectedWardrobe } from '../support/expected-wardrobe.ts';

const NAME = 'wardrobe-normalize';
const ALARM = 'backfill-development-wardrobe-write-throttles';

/** Long enough for alarm and governor. */
const SLOWLY = { batchSize: 1, segments: 4, tolerate: 0.05, backup: false };

let here: Deployed;
let items: readonly Item[];
beforeEach(async () => {
  // Its function is started.
  await setAlarm(ALARM, 'OK');
  here = await deployed();
  await forgetRuns(here, NAME);
  items = await here.seedWardrobe();
});
afterEach(() => setAlarm(ALARM, 'OK'));

async function throttled(): Promise<void> {
  await setAlarm(ALARM, 'ALARM');
  await eventually('a brake is on', async () => (await here.ledger.brakes('wardrobe')).length > 0);
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
  const execution = await here.start(NAME, SLOWLY);
  await here.until(execution, hasBegun(here));
  await throttled();
  expect(await here.ledger.brakes('wardrobe')).toMatchObject([{ alarm: ALARM, by: `alarm ${ALARM}`, reason: 'A test says so.' }]);
  const { runId } = await here.until(execution, async (run) => (await slowedOf(run.runId))?.stands === true);
  expect(await slowedOf(runId)).toMatchObject({ pace: 0.5, alarm: ALARM });
  await setAlarm(ALARM, 'OK');
  await here.until(execution, async () => (await slowedOf(runId))?.stands === false);
  expect(await here.ledger.brakes('wardrobe')).toEqual([]);
  expect(await eventsOf(runId)).toEqual(expect.arrayContaining(['alarm', 'slow down', 'alarm over']));
  expect((await here.ended(execution)).status).toBe('SUCCEEDED');
  await expectAllDone(runId);
});

test('a run that slowing did not help stands still, and goes on by itself when the alarm is over', async () => {
  await throttled();
  const then = new Date(Date.now() - 3_600_000).toISOString();
  await backdateBrakes(here, 'wardrobe', then);
  const execution = await here.start(NAME, SLOWLY);
  // Before any worker has looked at it.
  const { runId, epoch } = await here.until(execution, () => true);
  await here.ledger.updateRun(runId, epoch, { startedAt: then });
  expect((await here.ended(execution)).status).toBe('SUCCEEDED');
  expect(await here.ledger.getRun(runId)).toMatchObject({ status: 'held', reason: { code: 'brake.throttled' } });
  await setAlarm(ALARM, 'OK');
  const again = await eventually('it goes on', async () => {
    const run = await here.ledger.getRun(runId);
    return run?.status !== 'held' && run?.owner.execution;
  });
  expect(again).toContain(`:brake-${runId}-`);
  // Back at full speed it is only after a minute and a half.
  await here.command(runId, 'abort', 'aborted');
  expect((await here.ended(again)).status).toBe('SUCCEEDED');
  expect((await here.ledger.getRun(runId))?.status).toBe('aborted');
});
