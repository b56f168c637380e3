import { budgetsOf, noBudgets } from '../../../../lib/core/flow/budgets.ts';
import { tune } from '../../../../lib/core/flow/tune.ts';
import { parseRunInput } from '../../../../lib/core/options.ts';
import { completeOptions } from '../../../../lib/core/run.ts';
import { memoryWorld, RUN_ID } from '../../../support/memory-ports.ts';
import { doubling } from '../../../support/thing-definitions.ts';

const prepare = () => memoryWorld({ definition: doubling, items: [], options: { budgets: { ...noBudgets, writeUnits: 100, items: 5 } } });

test('a run begins with the budgets of its input', () => {
  const input = parseRunInput({ maxWriteUnits: 0.5, maxCallsPerDay: 1_000, reserve: 0.3, ramp: false });
  const { budgets } = completeOptions(input, { items: null, bytes: null }, { embedded: true, approve: 'auto', concurrency: 8 } as never, doubling);
  expect(budgets).toStrictEqual({ ...noBudgets, writeUnits: 0.5, callsPerDay: 1_000, reserve: 0.3, ramp: false });
});

test.each([{ maxWriteUnits: 0 }, { maxDollars: -1 }, { reserve: 1 }, { reserve: 30 }, { maxItems: 1.5 }])('refuses %j', (input) => {
  expect(() => parseRunInput(input)).toThrow(expect.objectContaining({ code: 'option.invalid' }));
});

test('somebody changes some of them: workers read the control, and an event says what was changed', async () => {
  const { ledger, ports, run } = prepare();
  const budgets = await tune(RUN_ID, { writeUnits: 50, items: null }, 'me', ports);
  expect(budgets).toStrictEqual({ ...noBudgets, writeUnits: 50 });
  expect(budgetsOf(run, await ledger.control(RUN_ID))).toStrictEqual(budgets);
  const details = { from: { writeUnits: 100, items: 5 }, to: { writeUnits: 50, items: null } };
  expect(ledger.log).toMatchObject([{ who: 'me', what: 'tune', details }]);
});

test('there is nothing to tune in a run that nobody knows, or that is over for good', async () => {
  const { ledger, ports, run } = prepare();
  await expect(tune('other', {}, 'me', ports)).rejects.toMatchObject({ code: 'run.unknown' });
  ledger.runs.set(RUN_ID, { ...run, status: 'complete' });
  await expect(tune(RUN_ID, {}, 'me', ports)).rejects.toMatchObject({ code: 'run.refused' });
  expect(ledger.log).toStrictEqual([]);
});
