import { isFinished, requireFinished } from '../../../lib/core/finished.ts';
import type { RunRecord } from '../../../lib/core/records/run.ts';
import type { RunState } from '../../../lib/core/transitions.ts';
import { RUN_ID, runRecord } from '../../support/memory-ports.ts';
import { doubling } from '../../support/thing-definitions.ts';

const of = (change: Partial<RunRecord> = {}): RunRecord => ({ ...runRecord(doubling), ...change });
const AS_IT_IS = 'udge the table as it is with `npx backfill validate doubling`.';

test.each<RunState>(['complete', 'limited'])('a run that is %s has come to its end', (state) => {
  expect(isFinished(state)).toBe(true);
  expect(() => requireFinished(of(), state)).not.toThrow();
});

test.each<[RunState, string, string]>([
  ['running', 'it is still running', `Wait for its end with \`npx backfill monitor ${RUN_ID} --watch\`; or j`],
  ['interrupted', 'it never finished: its process is gone', `Carry it on with \`npx backfill resume ${RUN_ID}\`; or j`],
  ['held', 'it never finished: it is held', `Carry it on with \`npx backfill resume ${RUN_ID}\`; or j`],
  [
    'awaiting-approval',
    'it never finished: it waits for approval',
    `Let it go on with \`npx backfill approve ${RUN_ID} --reason ...\`; or j`,
  ],
  ['gate-shut', 'it never finished: its gate is shut', `Judge the gate again with \`npx backfill resume ${RUN_ID}\`; or j`],
  ['failed', 'it never finished: it has failed', `Carry it on with \`npx backfill resume ${RUN_ID}\`; or j`],
  ['aborted', 'it never finished: it was aborted', 'J'],
  ['rolling-back', 'it is being rolled back', 'J'],
  ['rolled-back', 'it has been rolled back', 'J'],
])('one that is %s has not', (state, why, first) => {
  expect(isFinished(state)).toBe(false);
  expect(() => requireFinished(of(), state)).toThrow(
    expect.objectContaining({
      code: 'run.refused',
      message: `Run ${RUN_ID} cannot be validated: ${why}.`,
      remedy: `${first}${AS_IT_IS}`,
    }),
  );
});

test.each<[string, Partial<RunRecord>, string]>([
  [
    'a rollback',
    { rollback: { of: 'r0', was: 'complete', wasUndoneBy: null, skipDamaged: false } },
    'it is a rollback, which verifies itself',
  ],
  ['a rehearsal', { options: runRecord(doubling, { dryRun: true }).options }, 'it was a rehearsal, and wrote nothing'],
])('%s left nothing to be judged, though it came to its end', (_, change, why) => {
  expect(() => requireFinished(of(change), 'complete')).toThrow(
    expect.objectContaining({ message: `Run ${RUN_ID} cannot be validated: ${why}.`, remedy: `J${AS_IT_IS}` }),
  );
});
