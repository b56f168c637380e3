import { errorLines, exitCodeOf, fromMachine } from '../../../lib/cli/screen/error.ts';
import { findingLines, worthSaying } from '../../../lib/cli/screen/findings.ts';
import { plainLine, progressLines, standing } from '../../../lib/cli/screen/progress.ts';
import { checkLines, summaryLines } from '../../../lib/cli/screen/summary.ts';
import { bar, clip, count, dollars, duration, painter, percent, plural, table, tally } from '../../../lib/cli/screen/text.ts';
import { RateMeter, type Snapshot, snapshotOf } from '../../../lib/cli/snapshot.ts';
import { noCounters } from '../../../lib/core/counters.ts';
import { BackfillError } from '../../../lib/core/errors.ts';
import { noBudgets } from '../../../lib/core/flow/budgets.ts';
import type { Control } from '../../../lib/core/records/control.ts';
import type { BackupRecord, CapacityRecord, Finding, RunRecord } from '../../../lib/core/records/run.ts';
import { openSegment, TOLD_NOTHING } from '../../support/memory-ledger.ts';
import { OWNER, RUN_ID, runRecord } from '../../support/memory-ports.ts';
import { doubling } from '../../support/thing-definitions.ts';

const plain = painter(false);
const START = Date.parse('2026-11-21T12:00:00.000Z');
const RUN: Control = TOLD_NOTHING;
const slowedTo = (pace: number, stands: boolean): Control => ({
  ...RUN,
  findings: {
    governor: 'g',
    until: 0,
    at: 0,
    changed: 0,
    failed: 0,
    throttles: 0,
    pages: 0,
    movedAt: 0,
    slowed: { pace, alarm: 'writes', since: '2026-11-21T03:12:00.000Z', stands, at: 0 },
    flow: null,
  },
});
const counters = {
  ...noCounters(),
  scanned: 1000,
  filtered: 300,
  created: 600,
  skipped: { 'no-place-id': 20, 'already-exists': 70 },
  failed: { 'invalid-item': 10 },
  pages: 10,
  readUnits: 50,
  writeUnits: 600,
  serviceCalls: 100,
  serviceErrors: 3,
  serviceCacheHits: 7,
};

function snapshot(change: Partial<RunRecord> = {}, control = RUN, seconds = 10) {
  const run: RunRecord = {
    ...runRecord(doubling, { segments: 2, ...change.options }),
    estimatedItems: 4000,
    pricePerCall: 0.017,
    ...change,
  };
  const lease = { owner: OWNER, attempt: 1, until: START + 60_000 };
  const segments = [
    { ...openSegment(RUN_ID, 0), counters, state: 'done' as const },
    { ...openSegment(RUN_ID, 1), lease, heartbeat: START + 9000 },
  ];
  return snapshotOf(run, segments, control, START + seconds * 1000);
}

const backupOf = (status: BackupRecord['status']): BackupRecord => ({
  name: 'backfill-doubling',
  where: `arn:aws:dynamodb:eu-central-1:123456789012:table/${'long'.repeat(30)}/backup/01`,
  restore: `aws dynamodb restore-table-from-backup --target-table-name ${'long'.repeat(30)}-restored --backup-arn arn`,
  status,
  bytes: 1,
  at: 'then',
});

const capacityOf = (state: CapacityRecord['state'], mode: CapacityRecord['mode'] = 'provisioned'): CapacityRecord => ({
  mode,
  before: { '': 5 },
  raised: 1_500,
  state,
  restore: 'aws dynamodb update-table --table-name things',
});

describe('texts', () => {
  test.each([
    [duration(41_600), '42 s'],
    [duration(200_000), '3 min 20 s'],
    [duration(7_500_000), '2 h 5 min'],
    [duration(239 * 3_600_000), '239 h 0 min'],
    [duration(240 * 3_600_000), '10 days'],
    [duration(1e14), '3,170 years'],
    [percent(0.9999), '99 %'],
    [percent(1), '100 %'],
    [percent(0.25), '25 %'],
    [bar(0.5, 4), '██░░'],
    [bar(-1, 2), '░░'],
    [bar(9, 2), '██'],
    [count(1234567.6), '1,234,568'],
    [dollars(1234.5), '$1,234.50'],
    [tally({ a: 1, b: 2000 }), 'b 2,000 · a 1'],
    [plural(1, 'page'), '1 page'],
    [plural(0, 'item was', 'items were'), '0 items were'],
    [clip('abcdef', 4), 'abc…'],
    [clip('abcd', 4), 'abcd'],
  ])('%s', (actual, expected) => {
    expect(actual).toBe(expected);
  });

  test('a table is as wide as its cells', () => {
    expect(
      table([
        ['a', 'bb', 'c'],
        ['aaa', 'b', 'ccc'],
      ]),
    ).toStrictEqual(['a    bb  c', 'aaa  b   ccc']);
  });

  // Fails: 0.29 * 100 is 28.999999999999996.
  test('29 % is 29 %', () => {
    expect(percent(0.29)).toBe('29 %');
  });
});

describe('progress', () => {
  test('shows how far, how fast, what became of the items and what it cost', () => {
    expect(progressLines(snapshot(), new RateMeter(), plain, 200)).toStrictEqual([
      '',
      `  doubling 1.0 · run ${RUN_ID} · local`,
      '',
      '  items     ████████░░░░░░░░░░░░░░░░░░░░░░░░   25 %  1,000 of ~4,000',
      '  segments  ████████████████░░░░░░░░░░░░░░░░   50 %  1 of 2, 1 at work',
      '',
      '  100 items/s · ETA 30 s · elapsed 10 s',
      '  created 600 · skipped 90 · failed 10 · filtered 300',
      '  100 service calls (worth $1.70) · 7 from cache · 3 calls failed',
      '',
    ]);
  });

  test('in a pipe it is one line', () => {
    expect(plainLine(snapshot(), new RateMeter())).toBe(
      '12:00:10  running  25 %  items 1,000/4,000  segments 1/2  100 items/s  ETA 30 s  created 600 · skipped 90 · failed 10 · filtered 300',
    );
  });

  test('a limit counts eligible items, and ends the run before the table does', () => {
    const limited = snapshot({ options: { ...runRecord(doubling).options, limit: 1400, batchSize: 100, segments: 2 } });
    expect(progressLines(limited, new RateMeter(), plain, 200)[3]).toBe(
      '  eligible  ████████████████░░░░░░░░░░░░░░░░   50 %  700 of 1,400',
    );
  });

  test('lines fit the screen', () => {
    for (const line of progressLines(snapshot(), new RateMeter(), plain, 30)) expect(line.length).toBeLessThanOrEqual(30);
  });

  test.each([
    ['running', snapshot(), undefined],
    [
      'told to hold',
      snapshot({}, { ...RUN, desired: 'hold', reason: { code: 'c', message: 'm' } }),
      'pausing at the next checkpoint (0 of 1 worker has heard it): m',
    ],
    ['told to end', snapshot({}, { ...RUN, desired: 'abort' }), 'ending at the next checkpoint (0 of 1 worker has heard it)'],
    ['silent', snapshot({}, RUN, 30), `no sign of life for 21 s; if its process is gone: npx backfill resume ${RUN_ID}`],
    ['slowed', snapshot({}, slowedTo(0.25, true)), 'slowed to 25 % by alarm writes since 03:12 UTC'],
    ['speeding up', snapshot({}, slowedTo(0.5, false)), 'speeding up again, at 50 %: alarm writes is over'],
    [
      'slowed, and told to hold',
      snapshot({}, { ...slowedTo(0.1, true), desired: 'hold' }),
      'pausing at the next checkpoint (0 of 1 worker has heard it)',
    ],
    ['held', snapshot({ status: 'held', reason: { code: 'c', message: 'quota' } }), 'held: quota'],
  ])('%s', (_, one, expected) => {
    expect(standing(one)).toBe(expected);
  });

  test.each<[string, Partial<RunRecord>, string | undefined]>([
    ['a backup that is asked for', {}, 'taking a backup'],
    ['one that is not there yet', { backup: backupOf('creating') }, 'taking a backup'],
    ['capacity', { backup: backupOf('available'), capacity: capacityOf('raising') }, 'raising the write capacity to 1,500 units a second'],
    ['nothing any more', { backup: backupOf('available'), capacity: capacityOf('raised') }, undefined],
  ])('before the first segment it says that it waits for %s', (_, change, says) => {
    const options = { ...runRecord(doubling).options, segments: 2, backup: true, raiseWriteUnits: 1_500 };
    expect(standing(snapshot({ ...change, options }))).toBe(says);
  });

  test('the rate is that of the last ten seconds', () => {
    const meter = new RateMeter();
    const at = (seconds: number, through: number) => ({ ...snapshot({}, RUN, seconds), through });
    for (const [seconds, through] of [
      [0, 0],
      [10, 1000],
      [20, 4000],
    ] as const)
      meter.add(at(seconds, through));
    expect(meter.perSecond(at(20, 4000))).toBe(300);
    meter.add(at(21, 4300));
    expect(meter.perSecond(at(21, 4300))).toBe(300);
  });
});

describe('summary', () => {
  const complete = { status: 'complete' as const, workedMs: 20_000 };

  test('says what happened, that it adds up, and what to do next', () => {
    const text = summaryLines(snapshot(complete), plain, 200).join('\n');
    expect(text).toContain('✔ complete in 20 s');
    expect(text).toContain('1,000 = 300 + 600 + 90 + 10');
    expect(text).toContain('already-exists 70 · no-place-id 20');
    expect(text).toContain('50 items/s · 50 read and 600 write units · 10 pages');
    expect(text).toContain('what failed, item by item');
    expect(text).not.toContain('do not add up');
  });

  test('errors count against the success rate, skips do not; what failed is never rounded away', () => {
    const rate = (created: number, failed: Record<string, number>): string | undefined => {
      const one = snapshot(complete);
      const lines = summaryLines({ ...one, counters: { ...one.counters, created, failed } }, plain, 200);
      return lines.find((line) => line.includes('success rate'));
    };
    expect(rate(600, { raced: 10 })).toBe('  success rate 98.36 %: 600 of 610');
    expect(rate(999_999, { raced: 1 })).toBe('  success rate 99.99 %: 999,999 of 1,000,000');
    expect(rate(600, {})).toBe('  success rate 100 %: 600 of 600');
    expect(rate(0, {})).toBe('  success rate –, for nothing was to be changed');
  });

  test('says where the backup is and how to have it back, both uncut', () => {
    const backup = backupOf('available');
    const lines = summaryLines(snapshot({ status: 'complete', backup }), plain, 80);
    expect(lines).toContain(`  backup    ${backup.where}`);
    expect(lines).toContain(`  restore   ${backup.restore}`);
  });

  test('says until when a run can be undone, where that ends and where there is anything to undo', () => {
    const undoUntil = '2027-02-19T12:00:00.000Z';
    const says = (one: Snapshot): string[] => summaryLines(one, plain, 200).filter((line) => line.startsWith('  undo '));
    const until = ['  undo      until 2027-02-19 12:00 UTC: then the journal expires'];
    const done = snapshot({ status: 'complete', undoUntil });
    expect(says(done)).toStrictEqual(until);
    expect(says(snapshot({ status: 'complete' }))).toStrictEqual([]);
    expect(says(snapshot({ status: 'rolled-back', undoUntil }))).toStrictEqual([]);
    expect(says({ ...done, counters: noCounters() })).toStrictEqual([]);
    expect(says(snapshot({ status: 'complete', undoUntil, options: { ...done.run.options, dryRun: true } }))).toStrictEqual([]);
    const rollback = { of: RUN_ID, was: 'complete' as const, wasUndoneBy: null, skipDamaged: false };
    const rehearsed = snapshot({ status: 'complete', undoUntil: null, rollback, options: { ...done.run.options, dryRun: true } });
    expect(says({ ...rehearsed, undone: done.run })).toStrictEqual(until);
    expect(says({ ...snapshot({ status: 'complete', rollback }), undone: done.run })).toStrictEqual([]);
  });

  test.each<[string, CapacityRecord, string[]]>([
    ['was put back is not spoken of', capacityOf('restored'), []],
    [
      'could not be put back is, with the command',
      capacityOf('restoring'),
      ['  capacity  ! was raised and could not be put back', '  by hand   aws dynamodb update-table --table-name things'],
    ],
    [
      'cannot be put back stays',
      capacityOf('raised', 'warm'),
      ['  capacity  the warm throughput stays at 1,500 write units a second: it cannot be lowered, and was billed once'],
    ],
  ])('capacity that %s', (_, capacity, says) => {
    const lines = summaryLines(snapshot({ status: 'complete', capacity }), plain, 200);
    expect(lines.filter((line) => /capacity|by hand/.test(line))).toStrictEqual(says);
  });

  test('of a failure it says what to do about it', () => {
    const reason = { code: 'backup.failed', message: 'It is DELETED.' };
    const lines = summaryLines(snapshot({ status: 'failed', reason }), plain, 80);
    expect(lines.slice(lines.indexOf('  backup.failed  It is DELETED.'))[1]).toMatch(/^ {2}→ Mend what the message names.*--no-backup/);
  });

  test('says where the stats file and the log are', () => {
    const text = summaryLines(snapshot({ ...complete, stats: '/b/reports/stats.json' }), plain, 200, '/b/logs/x.log').join('\n');
    expect(text).toContain('\n  stats  /b/reports/stats.json\n  log    /b/logs/x.log\n');
    expect(summaryLines(snapshot({ status: 'running' }), plain, 200).join('\n')).not.toMatch(/^ {2}(stats|log) /m);
  });

  test('of practice it says so, and the next commands go to the same environment', () => {
    const owner = { ...OWNER, execution: 'local:1' };
    const text = summaryLines(snapshot({ ...complete, owner, environment: 'production' }), plain, 200).join('\n');
    expect(text).toContain('· production (practice)');
    expect(text).toContain(`npx backfill rollback ${RUN_ID} -e production`);
    expect(summaryLines(snapshot({ ...complete, environment: 'production' }), plain, 200)[1]).toMatch(/· production$/);
  });

  test('does not hide counts that do not add up', () => {
    const one = snapshot(complete);
    const text = summaryLines({ ...one, counters: { ...one.counters, created: 599 } }, plain, 200).join('\n');
    expect(text).toContain('1,000 ≠ 300 + 599 + 90 + 10   the counts do not add up');
  });

  test.each([
    ['held', 'Nothing is lost.'],
    ['failed', 'What was done is kept.'],
  ] as const)('a %s run can be resumed', (status, lead) => {
    const text = summaryLines(snapshot({ status, reason: { code: 'service.quota-spent', message: 'until eight' } }), plain, 200).join('\n');
    expect(text).toContain(lead);
    expect(text).toContain('service.quota-spent  until eight');
    expect(text).toContain(`npx backfill resume ${RUN_ID}`);
  });

  const nothing = (change: Partial<RunRecord>, done = noCounters()): string => {
    const one = snapshot({ ...complete, ...change });
    return summaryLines({ ...one, counters: done }, plain, 200).join('\n');
  };
  const rollback = { of: 'r0', was: 'complete' as const, wasUndoneBy: null, skipDamaged: false };

  test.each([
    ['an empty table', {}, noCounters(), 'Nothing to do: the table is empty.'],
    ['a rehearsal of one', runRecord(doubling, { dryRun: true }), noCounters(), 'Nothing to do: the table is empty.'],
    ['a run that changed nothing', { rollback }, noCounters(), 'Nothing to do: that run changed nothing.'],
    ['nothing left', {}, { ...noCounters(), scanned: 2, filtered: 2 }, 'Nothing was left to do: every item was there already'],
  ])('says of %s that nothing is to be done', (_, change, done, text) => {
    const { options = runRecord(doubling).options, rollback: undoes = null } = change as Partial<RunRecord>;
    expect(nothing({ options: { ...options, segments: 2 }, rollback: undoes }, done)).toContain(text);
  });

  test('says nothing of the kind where something was done, or is left', () => {
    expect(nothing({}, counters)).not.toContain('Nothing');
    expect(nothing({ status: 'aborted' })).not.toContain('Nothing');
  });

  test.each([
    [1, 'Nothing was undone.'],
    [2, 'What was undone before that stays undone.'],
    [3, 'What was undone before that stays undone.'],
  ])('damage in the journal, found in stage %d: %s', (rounds, lead) => {
    const damaged = { status: 'failed' as const, reason: { code: 'journal.damaged', message: 'gone' }, rollback, rounds };
    const text = nothing(damaged);
    expect(text).toContain(`  ${lead}\n`);
    expect(text).toContain('npx backfill rollback r0 --skip-damaged');
  });

  const findings: Finding[] = [
    { code: 'preflight.pitr-off', severity: 'blocking', message: 'Recovery is off.', remedy: `Switch it on: \`${'long '.repeat(30)}\`.` },
    { code: 'preflight.stream-enabled', severity: 'warning', message: 'It wakes.', remedy: 'Look.' },
    { code: 'preflight.capacity', severity: 'info', message: 'Enough.', remedy: 'None.' },
  ];

  test('findings come with what mends them, and no command is cut', () => {
    expect(findingLines(findings, plain)).toStrictEqual([
      '  ✖ preflight.pitr-off  Recovery is off.',
      `    → Switch it on: \`${'long '.repeat(30)}\`.`,
      '  ! preflight.stream-enabled  It wakes.',
      '    → Look.',
      '  · preflight.capacity  Enough.',
    ]);
    expect(worthSaying(findings).map(({ code }) => code)).toStrictEqual(['preflight.pitr-off', 'preflight.stream-enabled']);
  });

  test.each([
    ['budget.items-spent', '--max-items N'],
    ['budget.dollars-spent', '--max-dollars N'],
    ['budget.calls-spent', '--max-calls-per-day N'],
  ])('%s: more is allowed first, or it would be held again', (code, flag) => {
    const text = nothing({ status: 'held', reason: { code, message: 'all of it' } }, counters);
    expect(text).toMatch(new RegExp(`next\n +npx backfill tune ${RUN_ID} ${flag} .*\n +npx backfill resume ${RUN_ID} `));
  });

  test('what was rehearsed within budgets is offered within the same, and so is the rest of what was limited', () => {
    const budgets = { ...noBudgets, writeUnits: 500, reserve: 0.3 };
    const within = (change: Partial<RunRecord['options']>) => ({
      options: { ...runRecord(doubling).options, budgets, segments: 2, ...change },
    });
    const typed = '--max-write-units 500 --reserve 0.3';
    expect(nothing(within({ dryRun: true }), counters)).toContain(`npx backfill run doubling ${typed}`);
    expect(nothing({ ...within({ dryRun: true }), rollback }, counters)).toContain(`npx backfill rollback r0 ${typed}`);
    expect(nothing({ ...within({ limit: 5 }), status: 'limited' }, counters)).toContain(`npx backfill run doubling ${typed}`);
    expect(nothing({ ...within({ dryRun: true }), rollback, status: 'aborted' }, counters)).toContain(`npx backfill rollback r0 ${typed}`);
    expect(nothing({ ...within({}), status: 'rolled-back' }, counters)).toContain(`npx backfill run doubling ${typed}`);
    const undone = snapshot(within({})).run;
    const over = summaryLines({ ...snapshot({ ...complete, rollback }), undone }, plain, 200).join('\n');
    expect(over).toContain(`npx backfill run doubling ${typed}`);
    const tuned = summaryLines(snapshot(within({ dryRun: true }), { ...RUN, budgets: noBudgets }), plain, 200).join('\n');
    expect(tuned).not.toContain('--max-write-units');
  });

  test('a rehearsal’s summary has what was found, a run’s has not', () => {
    const rehearsed = { options: { ...runRecord(doubling, { dryRun: true }).options, segments: 2 }, preflight: findings };
    expect(nothing(rehearsed)).toContain('  ! preflight.stream-enabled  It wakes.\n    → Look.');
    expect(nothing({ preflight: findings })).not.toContain('preflight');
  });

  test('checks that passed are only counted, unless all are asked for', () => {
    const checks = [
      { name: 'good', status: 'pass' as const, message: 'fine' },
      { name: 'bad', status: 'fail' as const, message: 'two rows', examples: ['row 1'] },
    ];
    expect(checkLines(checks, plain, 80, false)).toStrictEqual([
      '  checks    1 passed, 0 warnings, 1 failed',
      `  ✖ ${'bad'.padEnd(28)} two rows`,
    ]);
    expect(checkLines(checks, plain, 80, true)).toHaveLength(4);
  });
});

describe('errors', () => {
  test('a code, what is wrong, what to do', () => {
    expect(
      errorLines(new BackfillError('lock.held', 'Run x holds it.', { remedy: 'Wait, or `npx backfill runs` it.' }), plain, 'staging'),
    ).toStrictEqual(['', '  ✖ lock.held', '  Run x holds it.', '  → Wait, or `npx backfill runs -e staging` it.', '']);
    expect(errorLines(new TypeError('defect'), plain, 'local')).toContain('  ✖ TypeError');
    expect(errorLines('text', plain, 'local')).toContain('  text');
  });

  test('what crossed the machine keeps its code where it has one', () => {
    expect(fromMachine('lock.held', 'm')).toMatchObject({ code: 'lock.held', message: 'm' });
    expect(fromMachine('States.Timeout', 'm')).toMatchObject({ code: 'machine.failed', message: 'States.Timeout: m' });
  });

  test.each([
    [new BackfillError('option.unknown', ''), 2],
    [new BackfillError('preflight.index-missing', ''), 2],
    [new BackfillError('service.key-missing', ''), 2],
    [new BackfillError('service.unavailable', ''), 1],
    [new BackfillError('segment.stuck', ''), 1],
    [new Error('x'), 1],
  ])('%s ends with %d', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});
