import { requireConfirmation, requireRehearsal } from '../../../lib/core/production.ts';
import type { RunRecord } from '../../../lib/core/records/run.ts';
import { memoryWorld, runRecord } from '../../support/memory-ports.ts';
import { doubling } from '../../support/thing-definitions.ts';

const refusal = (input: object) => {
  try {
    requireConfirmation(input, { environment: 'production' });
    return undefined;
  } catch (error) {
    return error;
  }
};

test('who leaves the backup out is told so before confirming it', () => {
  expect(refusal({})).toMatchObject({ message: 'This writes to production, and nobody has confirmed it.' });
  expect(refusal({ backup: true })).toMatchObject({ message: 'This writes to production, and nobody has confirmed it.' });
  expect(refusal({ backup: false })).toMatchObject({
    code: 'confirm.required',
    message: 'This writes to production without a backup, and nobody has confirmed it.',
    remedy: expect.stringContaining('{"backup":false,"confirm":"YES"}'),
  });
  expect(refusal({ backup: false, confirm: 'yes' })).toMatchObject({
    message: 'This writes to production without a backup, and "yes" is not the word that confirms it.',
  });
  expect(refusal({ backup: false, confirm: 'YES' })).toBeUndefined();
});

test('who has confirmed it beforehand need not say the word: the rehearsal is looked at instead', () => {
  expect(refusal({ confirmedBy: 'schedule nightly' })).toBeUndefined();
});

describe('what would write was rehearsed', () => {
  const DAY = 86_400_000;
  const NOW = Date.parse('2026-11-21T12:00:00Z');

  /** What a start with `input` comes to after one run that was as `change` says, so many days ago. */
  async function start(
    input: object,
    change: Partial<RunRecord> | null,
    environment = 'production',
    daysAgo = 1,
  ): Promise<string | undefined> {
    const { ports, ledger } = memoryWorld({ definition: doubling, items: [], overrides: { environment, digest: 'abc' } });
    ledger.runs.clear();
    const createdAt = new Date(NOW - daysAgo * DAY).toISOString();
    const run: RunRecord = {
      ...runRecord(doubling, { dryRun: true }),
      environment,
      digest: 'abc',
      status: 'complete',
      createdAt,
      ...change,
    };
    if (change) ledger.runs.set(run.runId, run);
    return requireRehearsal(input, ports).then(
      () => undefined,
      ({ code, message }) => `${code}: ${message}`,
    );
  }
  const countOnly = { options: { ...runRecord(doubling).options, dryRun: true, countOnly: true } };
  const real = { options: runRecord(doubling).options };

  describe('by hand, in production', () => {
    test.each<[string, Partial<RunRecord> | null, number, boolean]>([
      ['a whole rehearsal of this code', {}, 1, true],
      ['one of more than a week ago', {}, 7.1, false],
      ['one of other code', { digest: 'xyz' }, 1, false],
      ['one that a version without digests wrote down', { digest: undefined as unknown as string }, 1, false],
      ['one of another version', { version: '0.9' }, 1, false],
      ['one that only counted', countOnly, 1, false],
      ['one with a limit', { status: 'limited' }, 1, false],
      ['none', null, 1, false],
    ])('%s', async (_, change, days, good) => {
      const said = await start({}, change, 'production', days);
      expect(said?.split(':')[0]).toBe(good ? undefined : 'rehearsal.required');
      expect(await start({ rehearsal: false }, change, 'production', days)).toBeUndefined();
    });

    test('elsewhere nobody asks', async () => {
      expect(await start({}, null, 'staging')).toBeUndefined();
    });
  });

  describe.each(['development', 'staging', 'production'])('by a schedule, in %s', (environment) => {
    const scheduled = { confirmedBy: 'schedule nightly', digest: 'abc' };

    test.each<[string, Partial<RunRecord> | null, number, boolean]>([
      ['a whole rehearsal of this code', {}, 1, true],
      ['however long ago', {}, 400, true],
      ['one of other code', { digest: 'xyz' }, 1, false],
      ['one elsewhere', { environment: 'local' }, 1, false],
      ['one that only counted', countOnly, 1, false],
      ['one that did not come to its end', { status: 'aborted' }, 1, false],
      ['a run is no rehearsal', real, 1, false],
      ['none', null, 1, false],
    ])('%s', async (_, change, days, good) => {
      const said = await start(scheduled, change, environment, days);
      expect(said?.split(':')[0]).toBe(good ? undefined : 'rehearsal.required');
      // A schedule cannot do without.
      expect(await start({ ...scheduled, rehearsal: false }, change, environment, days)).toBe(said);
    });

    test('of other code than is deployed, or of none, it starts nothing', async () => {
      expect(await start({ ...scheduled, digest: 'old' }, {}, environment)).toBe(
        'rehearsal.required: "confirmedBy":"schedule nightly" holds for other code of doubling than is deployed: its digest is old, not abc.',
      );
      expect(await start({ confirmedBy: 'schedule nightly' }, {}, environment)).toContain('it comes without a "digest"');
    });
  });

  test('on a laptop nobody asks', async () => {
    expect(await start({ confirmedBy: 'me' }, null, 'local')).toBeUndefined();
  });
});
