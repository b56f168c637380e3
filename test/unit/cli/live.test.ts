import { liveView } from '../../../lib/cli/live.ts';
import { painter } from '../../../lib/cli/screen/text.ts';
import { memoryWorld, RUN_ID } from '../../support/memory-ports.ts';
import { doubling } from '../../support/thing-definitions.ts';

const plain = painter(false);

test('a run that was there for a moment only is followed no longer', async () => {
  const { ledger } = memoryWorld({ definition: doubling, items: [] });
  const said: string[] = [];
  const screen = { out: () => undefined, err: (line: string) => said.push(line), paint: plain, columns: 80, rows: 24, live: false };
  const view = await liveView(
    ledger,
    () => RUN_ID,
    screen as never,
    async () => false,
    1,
  );
  setTimeout(() => ledger.runs.delete(RUN_ID), 30);
  expect((await view.follow(() => false))?.run.runId).toBe(RUN_ID);
  expect(said.length).toBeGreaterThan(0);
});

test('one whose ledger is slow to answer, or that is not there yet, is', async () => {
  const { ledger, run } = memoryWorld({ definition: doubling, items: [] });
  ledger.runs.delete(RUN_ID);
  const { getRun } = ledger;
  let asked = 0;
  ledger.getRun = async (runId) => {
    asked += 1;
    if (asked === 5) ledger.runs.set(RUN_ID, run);
    if (asked > 6 && asked < 12) throw new Error('it does not answer');
    return getRun.call(ledger, runId);
  };
  const screen = { out: () => undefined, err: () => undefined, paint: plain, columns: 80, rows: 24, live: false };
  const view = await liveView(
    ledger,
    () => RUN_ID,
    screen as never,
    async () => false,
    1,
  );
  expect((await view.follow((seen) => seen !== undefined && asked > 15))?.run.runId).toBe(RUN_ID);
});
