import { Command } from 'commander';
import { addBudgets, addTunings, type BudgetFlags, budgetInput, tuning } from '../../../lib/cli/budgets.ts';
import { budgetParts } from '../../../lib/cli/screen/budgets.ts';
import { budgetFlags, budgetsIn, noBudgets } from '../../../lib/core/flow/budgets.ts';
import { parseRollbackInput, parseRunInput } from '../../../lib/core/options.ts';
import { RUN_ID, runRecord } from '../../support/memory-ports.ts';
import { doubling } from '../../support/thing-definitions.ts';

const run = runRecord(doubling);
const rollback = { ...run, rollback: { of: RUN_ID, was: 'complete' as const, wasUndoneBy: null, skipDamaged: false } };

/** What is typed, as the command line reads it. */
const typed = (add: (command: Command) => Command, ...words: string[]): BudgetFlags =>
  add(new Command()).exitOverride().parse(words, { from: 'user' }).opts();
const ofRun = (...words: string[]) => parseRunInput(budgetInput(typed((command) => addBudgets(command, 'run'), ...words)));
const ofRollback = (...words: string[]) => parseRollbackInput(budgetInput(typed((command) => addBudgets(command, 'rollback'), ...words)));
const tuned = (words: readonly string[], of = run) => tuning(typed(addTunings, ...words), of);

describe('a run that begins', () => {
  test('has the budgets that were typed, and else none', () => {
    expect(ofRun()).toStrictEqual({});
    expect(
      ofRun(
        ...['--max-write-units', '500', '--max-read-units', '0.5', '--max-calls-per-second', '2', '--max-calls-per-day', '1_000'],
        ...['--max-items', '1e6', '--max-dollars', '2.50', '--reserve', '30%', '--no-ramp'],
      ),
    ).toStrictEqual({
      maxWriteUnits: 500,
      maxReadUnits: 0.5,
      maxCallsPerSecond: 2,
      maxCallsPerDay: 1_000,
      maxItems: 1_000_000,
      maxDollars: 2.5,
      reserve: 0.3,
      ramp: false,
    });
  });

  test.each([
    [['--max-write-units', '0'], '"maxWriteUnits" (--max-write-units) cannot be 0: it must be a number above 0.'],
    [['--max-items', '1.5'], '"maxItems" (--max-items) cannot be 1.5: it must be a whole number.'],
    [
      ['--reserve', '100%'],
      '"reserve" (--reserve) cannot be 1: it must be a share above 0 and below 1, such as 0.3 (on the command line also 30%).',
    ],
    [['--max-dollars', 'none'], '"maxDollars" (--max-dollars) cannot be "none": it must be a number above 0.'],
  ])('%j is refused as it was typed', (words, message) => {
    expect(() => ofRun(...words)).toThrow(expect.objectContaining({ code: 'option.invalid', message: `The option ${message}` }));
  });

  test('goes by the same budgets where they are typed once more, as they are shown', () => {
    expect(budgetFlags(noBudgets)).toBe('');
    const words = ['--max-write-units', '500', '--max-items', '1e6', '--max-dollars', '2.50', '--reserve', '30%', '--no-ramp'];
    const shown = budgetFlags({ ...noBudgets, ...budgetsIn(ofRun(...words)) });
    expect(shown).toBe(' --max-write-units 500 --max-items 1000000 --max-dollars 2.5 --reserve 0.3 --no-ramp');
    expect(ofRun(...shown.trim().split(' '))).toStrictEqual(ofRun(...words));
    const odd = budgetFlags({ ...noBudgets, ...budgetsIn(ofRun('--reserve', '33.3%', '--max-dollars', '0.0000001')) });
    expect(odd).toBe(' --max-dollars 1e-7 --reserve 0.333');
    expect(ofRun(...odd.trim().split(' '))).toStrictEqual({ maxDollars: 1e-7, reserve: 0.333 });
  });

  test('a rollback goes by rates alone', () => {
    expect(ofRollback('--max-write-units', '5', '--reserve', '0.5')).toStrictEqual({ maxWriteUnits: 5, reserve: 0.5 });
    expect(() =>
      typed((command) => addBudgets(command, 'rollback').configureOutput({ writeErr: () => undefined }), '--max-items', '5'),
    ).toThrow();
  });
});

describe('a run that is tuned', () => {
  test('gets what is typed, and loses what is none', () => {
    expect(tuned(['--max-write-units', '200', '--max-dollars', 'none', '--reserve', 'none'])).toStrictEqual({
      writeUnits: 200,
      dollars: null,
      reserve: null,
    });
    expect(tuned(['--ramp'])).toStrictEqual({ ramp: true });
    expect(tuned(['--no-ramp'])).toStrictEqual({ ramp: false });
  });

  test.each([
    [[], 'There is nothing to tune.'],
    [['--max-items', 'all'], 'The option "maxItems" (--max-items) cannot be "all": it must be a whole number.'],
    [['--max-write-units', '-3'], 'The option "maxWriteUnits" (--max-write-units) cannot be -3: it must be a number above 0.'],
  ])('%j is refused', (words, message) => {
    expect(() => tuned(words)).toThrow(expect.objectContaining({ code: 'option.invalid', message }));
  });

  test('a rollback has no budget for what it does not do, nor for its whole', () => {
    expect(tuned(['--max-write-units', 'none'], rollback)).toStrictEqual({ writeUnits: null });
    for (const option of ['--max-calls-per-second', '--max-calls-per-day', '--max-items', '--max-dollars'])
      expect(() => tuned([option, 'none'], rollback)).toThrow(`${option} cannot go with a rollback, and ${RUN_ID} is one.`);
  });
});

describe('budgets in words', () => {
  const budgets = { writeUnits: 500, readUnits: 0.5, calls: 2, callsPerDay: 1_000, items: 1e6, dollars: 5, reserve: 0.3, ramp: false };

  test('with what is used of them, where that is known', () => {
    const use = { writeUnits: 498.2, readUnits: 0.4999, calls: 1.999, callsToday: 12, items: 1_234, dollars: 0.001 };
    expect(budgetParts(budgets, use)).toStrictEqual([
      '498 of 500 write units/s',
      '0.5 of 0.5 read units/s',
      '2 of 2 calls/s',
      '12 of 1,000 calls today',
      '1,234 of 1,000,000 items',
      '<$0.01 of $5.00',
      '30 % left to others',
      'no ramp',
    ]);
    expect(budgetParts(budgets)).toContain('1,000 calls a day');
  });

  test('none are no words', () => {
    expect(budgetParts(noBudgets)).toStrictEqual([]);
  });
});
