import { CommandLine } from '../support/command-line.ts';
import { carryOut, missing, stepsOf } from '../support/runbook.ts';

/** Each command of a runbook, in order, in a practised production: with the exit code and the lines that the page says. */
test.each(['docs/how-to/normalise-the-wardrobe.md', 'docs/how-to/migrate-the-receipts.md'])(
  '%s can be carried out as it stands',
  async (page) => {
    const cli = new CommandLine({ BACKFILL_PRACTICE: '1' });
    try {
      const carried = await carryOut(page, cli);
      expect(carried.length).toBeGreaterThan(10);
      for (const { step, finished } of carried) {
        const printed = `${finished.out}\n${finished.err}`;
        expect({ ...step, exits: finished.code, missing: missing(step.expected, printed), printed }).toStrictEqual({
          ...step,
          exits: step.code,
          missing: undefined,
          printed,
        });
      }
    } finally {
      await cli.close();
    }
  },
);

describe('the reading of a runbook', () => {
  const page = [
    'text',
    '```console',
    '$ npx backfill run x # exits 2',
    '✖ code',
    '',
    '…',
    '$ npx backfill list',
    '```',
    '```',
    '$ no',
    '```',
  ].join('\n');

  test('finds commands, exit codes and expected lines in console blocks only', () => {
    expect(stepsOf(page)).toStrictEqual([
      { line: 3, command: 'npx backfill run x', code: 2, expected: ['✖ code'] },
      { line: 7, command: 'npx backfill list', code: 0, expected: [] },
    ]);
  });

  test('misses a line that is not printed, or not in its place', () => {
    const printed = '  a   b 12 c\nnext\nrun 20261121-1-x\n';
    expect(missing(['a b … c', 'next', 'run RUN'], printed)).toBeUndefined();
    expect(missing(['next', 'a b'], printed)).toBe('a b');
    expect(missing(['a.b'], printed)).toBe('a.b');
  });
});
