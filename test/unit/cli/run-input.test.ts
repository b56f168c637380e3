import { inputOf } from '../../../lib/cli/commands/run.ts';
import { findRunOrName, runByNameOrId } from '../../../lib/cli/context.ts';
import { parseRunInput } from '../../../lib/core/options.ts';
import { memoryWorld, RUN_ID } from '../../support/memory-ports.ts';
import { doubling } from '../../support/thing-definitions.ts';

const given = (flags: Partial<Parameters<typeof inputOf>[0]>) => inputOf({ backup: true, rehearsal: true, enrich: true, ...flags });

describe('what is typed', () => {
  test.each([
    ['1000', 1_000],
    ['1_000', 1_000],
    ['1e3', 1_000],
  ])('--limit %s is %d', (limit, expected) => {
    expect(parseRunInput(given({ limit }))).toStrictEqual({ limit: expected });
  });

  test.each([
    ['5%', 0.05],
    ['100 %', 1],
    ['0.05', 0.05],
  ])('--tolerate %s is %d', (tolerate, expected) => {
    expect(parseRunInput(given({ tolerate }))).toStrictEqual({ tolerate: expected });
  });

  test.each([
    [{ tolerate: '1000%' }, 'cannot be "1000%": it must be a share from 0 to 1'],
    [{ limit: '0' }, 'cannot be 0: it must be at least 1'],
    [{ limit: '-5' }, 'cannot be -5: it must be at least 1'],
    [{ limit: '1_' }, 'cannot be "1_": it must be a whole number'],
    [{ limit: '1e999' }, 'cannot be "1e999": it must be a whole number'],
    [{ approve: 'maybe' }, 'cannot be "maybe": it must be auto or manual'],
  ])('%j is refused as it was typed', (flags, message) => {
    expect(() => parseRunInput(given(flags))).toThrow(message);
  });
});

describe('a backfill or a run', () => {
  const { ledger, run } = memoryWorld({ definition: doubling, items: [] });
  ledger.runs.set(RUN_ID, run);

  test.each([
    ['receipt-plcae', 'There is neither a backfill nor a run "receipt-plcae". Did you mean "receipt-place"?'],
    ['nope', 'There is neither a backfill nor a run "nope". The backfills are: receipt-place, wardrobe-normalize.'],
  ])('that is neither, %s, is answered with the backfills', async (name, message) => {
    for (const find of [findRunOrName, runByNameOrId])
      await expect(find(ledger, name)).rejects.toMatchObject({ code: 'run.unknown', message });
  });

  test('is a run by its id', async () => {
    expect((await findRunOrName(ledger, RUN_ID)).runId).toBe(RUN_ID);
  });
});
