import { parseRunInput } from '../../../lib/core/options.ts';
import { asksService, completeOptions, lockNames, newRunId, plainOptions, stampedName, workedMs } from '../../../lib/core/run.ts';
import { runRecord } from '../../support/memory-ports.ts';
import { doubling, making } from '../../support/thing-definitions.ts';

const refused = (input: unknown) => {
  try {
    return parseRunInput(input);
  } catch (error) {
    return error;
  }
};

describe('parseRunInput', () => {
  test.each([undefined, null, {}])('%j is a whole input', (input) => {
    expect(parseRunInput(input)).toStrictEqual({});
  });

  test('takes every option', () => {
    const input = { limit: 1, batchSize: 1000, segments: 10_000, enrich: false, startedBy: 'me' };
    expect(parseRunInput(input)).toStrictEqual(input);
    expect(parseRunInput({ resume: 'r', startedBy: 'me' })).toStrictEqual({ resume: 'r', startedBy: 'me' });
  });

  test.each([
    ['limt', 'There is no option "limt". Did you mean "limit"?'],
    ['BatchSize', 'There is no option "BatchSize". Did you mean "batchSize"?'],
    ['segment', 'There is no option "segment". Did you mean "segments"?'],
    ['dryrun', 'There is no option "dryrun". Did you mean "dryRun"?'],
    ['whatever', expect.stringMatching(/^There is no option "whatever"\. Known options: limit, batchSize, .*, startedBy\.$/)],
  ])('does not know %s', (name, message) => {
    expect(refused({ [name]: 1 })).toMatchObject({ code: 'option.unknown', message, details: { option: name } });
  });

  test.each([
    ['limit', 0, '0: it must be at least 1'],
    ['limit', 1.5, '1.5: it must be a whole number'],
    ['limit', '10', '"10": it must be a whole number'],
    ['limit', null, 'null: it must be a whole number'],
    ['batchSize', 1001, '1001: it must be at most 1000'],
    ['batchSize', true, 'true: it must be a whole number'],
    ['segments', 10_001, '10001: it must be at most 10000'],
    ['segments', -1, '-1: it must be at least 1'],
    ['approve', 'maybe', '"maybe": it must be auto or manual'],
    ['tolerate', '1000%', '"1000%": it must be a share from 0 to 1, such as 0.01 (on the command line also 1%)'],
    ['enrich', 'no', '"no": it must be a boolean'],
    ['resume', 7, '7: it must be a string'],
    ['startedBy', {}, '{}: it must be a string'],
  ])('%s cannot be %j', (option, value, text) => {
    expect(refused({ [option]: value })).toMatchObject({
      code: 'option.invalid',
      message: `The option "${option}"${option === 'batchSize' ? ' (--batch-size)' : ''} cannot be ${text}.`,
      details: { option },
    });
  });

  test.each([[[1]], ['{}'], [7]])('%j is no input', (input) => {
    expect(refused(input)).toMatchObject({ code: 'option.invalid', message: expect.stringContaining(`not ${JSON.stringify(input)}.`) });
  });

  test('what goes with a dry run only', () => {
    expect(parseRunInput({ dryRun: true, countOnly: true })).toMatchObject({ countOnly: true });
    expect(parseRunInput({ dryRun: true, enrichSample: 5 })).toMatchObject({ enrichSample: 5 });
    expect(parseRunInput({ countOnly: false })).toMatchObject({ countOnly: false });
  });

  test.each([
    [{ countOnly: true }, '"countOnly" (--count-only) goes with a dry run only.'],
    [{ countOnly: true, dryRun: false }, '"countOnly" (--count-only) goes with a dry run only.'],
    [
      { enrichSample: 1 },
      '"enrichSample" (--enrich-sample) goes with a dry run only: a run asks the service for every item that needs it.',
    ],
    [
      { dryRun: true, countOnly: true, enrichSample: 1 },
      '"enrichSample" (--enrich-sample) cannot go with "countOnly" (--count-only), which asks nobody.',
    ],
    [
      { dryRun: true, enrich: false, enrichSample: 1 },
      '"enrichSample" (--enrich-sample) cannot go with "enrich":false (--no-enrich), which asks nobody.',
    ],
    [{ dryRun: true, enrichSample: 10_001 }, '"enrichSample" (--enrich-sample) cannot be 10001: it must be at most 10000.'],
    [{ dryRun: true, enrichSample: 0 }, '"enrichSample" (--enrich-sample) cannot be 0: it must be at least 1.'],
  ])('refuses %j', (input, message) => {
    expect(refused(input)).toMatchObject({ code: 'option.invalid', message: `The option ${message}` });
  });

  test.each([
    ['limit', 5],
    ['segments', 400],
  ])('a resumed run keeps its options: %s', (option, value) => {
    expect(refused({ resume: 'r', [option]: value })).toMatchObject({
      code: 'option.invalid',
      message: expect.stringContaining(`"${option}" cannot be changed`),
    });
  });
});

const DEPLOYED = { embedded: false, approve: 'auto', concurrency: 25 } as const;
const extent = (items: number | null) => ({ items, bytes: null });

test.each([
  [{}, null, { limit: null, batchSize: 100, segments: 200, enrich: true }],
  [{}, 0, { limit: null, batchSize: 100, segments: 8, enrich: true }],
  [{}, 10_001, { limit: null, batchSize: 100, segments: 21, enrich: true }],
  [{}, 10_000_000, { limit: null, batchSize: 100, segments: 200, enrich: true }],
  [{ limit: 250 }, 10_000_000, { limit: 250, batchSize: 100, segments: 3, enrich: true }],
  [{ limit: 1, segments: 7, batchSize: 5, enrich: false }, 50, { limit: 1, batchSize: 5, segments: 7, enrich: false }],
])('options %j for %j items', (input, items, expected) => {
  expect(completeOptions(input, extent(items), DEPLOYED, { batchSize: 100 })).toStrictEqual({ ...plainOptions, backup: true, ...expected });
});

test.each([
  [{}, { hash: true, approve: 'manual' }],
  [
    { hash: false, approve: 'auto' as const },
    { hash: false, approve: 'auto' },
  ],
  [{ dryRun: true }, { hash: false, approve: 'auto' }],
])('at hand the hash is taken, and the environment says who approves: %j', (input, expected) => {
  expect(completeOptions(input, extent(1), { embedded: true, approve: 'manual', concurrency: 8 }, { batchSize: 100 })).toMatchObject(
    expected,
  );
});

test.each([
  [{}, true],
  [{ enrich: false }, false],
  [{ dryRun: true }, false],
  [{ dryRun: true, enrich: true }, false],
  [{ dryRun: true, enrichSample: 1 }, true],
])('with %j the service is asked: %j', (input, expected) => {
  expect(completeOptions(input, extent(100), { embedded: true, approve: 'auto', concurrency: 8 }, { batchSize: 100 }).enrich).toBe(
    expected,
  );
  expect(asksService(input)).toBe(expected);
});

test('locks: the backfill, each attribute it writes, or the rows it makes; sorted', () => {
  expect(lockNames(doubling, 'local')).toStrictEqual(['local/backfill/doubling', 'local/table/things/size2']);
  expect(lockNames(making, 'production')).toStrictEqual(['production/backfill/making', 'production/table/things/+']);
});

test('run ids sort by time', () => {
  const at = (time: string, random = 0) => newRunId(Date.parse(time), () => random);
  expect(at('2026-11-21T11:54:01.999Z')).toBe('20261121-115401-zz22');
  expect(at('2026-11-21T11:54:01Z', 0.999999)).toBe('20261121-115401-22zz');
  expect(at('2026-11-21T11:54:01Z', 0.999999) < at('2026-11-21T11:54:02Z')).toBe(true);
  expect(at('2026-11-21T11:54:01.000Z', 0.999999) < at('2026-11-21T11:54:01.002Z')).toBe(true);
});

test('files are stamped', () => {
  expect(stampedName('backfill_stats', Date.parse('2026-01-02T03:04:05.678Z'))).toBe('backfill_stats_20260102_030405.json');
});

test('work is measured over all executions, the running one included', () => {
  const run = { ...runRecord(doubling), workedMs: 500, startedAt: '2026-11-21T12:00:00.000Z' };
  const now = Date.parse('2026-11-21T12:00:01.000Z');
  expect(workedMs(run, now)).toBe(1500);
  expect(workedMs({ ...run, status: 'held' }, now)).toBe(500);
});
