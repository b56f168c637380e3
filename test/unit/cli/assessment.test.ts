import { quantity, share } from '../../../lib/cli/quantity.ts';
import { assessmentLines, imaginedLines } from '../../../lib/cli/screen/assessment.ts';
import { forecastBrief } from '../../../lib/cli/screen/forecast.ts';
import { bytes, hanging, money, painter, sharePercent, wrap } from '../../../lib/cli/screen/text.ts';
import { snapshotOf } from '../../../lib/cli/snapshot.ts';
import { assessmentOf, ratesOf } from '../../../lib/core/assessment.ts';
import { type Counters, noCounters } from '../../../lib/core/counters.ts';
import { noBudgets } from '../../../lib/core/flow/budgets.ts';
import { forecast, USUAL_SETTINGS } from '../../../lib/core/forecast.ts';
import { type ImaginedTable, imagine } from '../../../lib/core/imagined-table.ts';
import { prices } from '../../../lib/core/prices.ts';
import type { RunOptions } from '../../../lib/core/records/run.ts';
import { openSegment, TOLD_NOTHING } from '../../support/memory-ledger.ts';
import { RUN_ID, runRecord, surveyOf } from '../../support/memory-ports.ts';
import { making } from '../../support/thing-definitions.ts';

const plain = painter(false);

describe('quantities', () => {
  const range = { least: 1, most: 1e15, whole: true };
  test.each([
    ['1e9', 1e9],
    ['1_000', 1000],
    ['1_000_000', 1e6],
    ['1.5E3', 1500],
    ['7', 7],
  ])('%s is one', (text, value) => {
    expect(quantity('--items', text, range)).toBe(value);
  });

  test.each(['', 'many', '-1', '0', '1.5', '1e', '_1', '1__0', '1_', '0x10', '1e16', 'Infinity', '1,000'])('%j is none', (text) => {
    expect(() => quantity('--items', text, range)).toThrow(
      expect.objectContaining({
        code: 'option.invalid',
        message: `--items cannot be ${text}: it must be a whole number from 1 to 1,000,000,000,000,000.`,
      }),
    );
  });

  test('what is not given is not judged', () => {
    expect([quantity('--items', undefined, range), share('--changes', undefined)]).toStrictEqual([undefined, undefined]);
  });

  test.each([
    ['0.3', 0.3],
    ['.25', 0.25],
    ['30%', 0.3],
    ['0', 0],
    ['100 %', 1],
  ])('%s is a share', (text, value) => {
    expect(share('--changes', text)).toBe(value);
  });

  test.each(['3', '101%', '-0.1', 'all', '1e-1'])('%j is none', (text) => {
    expect(() => share('--changes', text)).toThrow(expect.objectContaining({ code: 'option.invalid' }));
  });
});

test.each([
  [bytes(812), '812 bytes'],
  [bytes(1024), '1 KB'],
  [bytes(1_468_006), '1.4 MB'],
  [bytes(1.2e12), '1.1 TB'],
  [money(0), '$0.00'],
  [money(0.001), '<$0.01'],
  [money(0.005), '$0.01'],
  [sharePercent(0), '0 %'],
  [sharePercent(1), '100 %'],
  [sharePercent(0.99999), '99.9 %'],
  [sharePercent(0.0001), '<0.1 %'],
  [sharePercent(0.29), '29.0 %'],
])('%s', (actual, expected) => {
  expect(actual).toBe(expected);
});

test('whole words are wrapped', () => {
  expect(wrap('one two three unbreakableness four', 9)).toStrictEqual(['one two', 'three', 'unbreakableness', 'four']);
});

test('a last column goes on below itself, or below its row where there is no room', () => {
  const rows = [
    ['a', 'one two three four five six'],
    ['bcd', ''],
  ];
  expect(hanging(rows, 26)).toStrictEqual(['a    one two three four', '     five six', 'bcd']);
  expect(hanging(rows, 20)).toStrictEqual(['a', '  one two three four', '  five six', 'bcd']);
});

const definition = { ...making, quality: { even: () => true, odd: () => false } };

function screen(counters: Partial<Counters>, options: Partial<RunOptions> = {}, columns = 200, distinctAsks: number | null = null): string {
  const all = { ...noCounters(), ...counters };
  const run = {
    ...runRecord(making, { dryRun: true, countOnly: true, ...options }),
    status: 'complete' as const,
    workedMs: 3000,
    pricePerCall: 0.01,
    distinctAsks,
  };
  const survey = surveyOf({ name: 'things', status: 'ACTIVE', key: ['id'], indexes: [], keyTypes: {} });
  const assessment = assessmentOf(run, all, { definition, survey, prices, rate: 10, concurrency: 50 });
  const snapshot = snapshotOf(run, [{ ...openSegment(RUN_ID, 0), state: 'done', counters: all }], TOLD_NOTHING, 0);
  return assessmentLines(snapshot, assessment, plain, columns).join('\n');
}

const counted: Partial<Counters> = {
  scanned: 4000,
  filtered: 1000,
  created: 2000,
  skipped: { unlucky: 990 },
  failed: { 'invalid-item': 10 },
  quality: { even: 1500, 'invalid-item': 10 },
  sourceBytes: 3 * 1024 ** 2,
  intendedUnits: 6000,
  intendedIndexUnits: { 'GSI1/0': 2000, 'GSI1/1': 2000 },
  pages: 40,
  readUnits: 500,
};

describe('an assessment on the screen', () => {
  test('counts, quality with percentages and numbers, what a run would do', () => {
    const text = screen(counted);
    expect(text).toContain('✔ assessed in 3 s; nothing was written, nobody was called');
    expect(text).toMatch(/scanned +4,000\n +filtered +1,000 +rows of other kinds\n +eligible +3,000 +3 MB/);
    expect(text).toMatch(/even +50\.0 % +1,500\n +odd +0 % +0\n +invalid-item +0\.3 % +10/);
    expect(text).toMatch(/create +2,000\n +skip +990 +unlucky 990\n +fail +10 +invalid-item 10/);
    expect(text).not.toContain('update');
  });

  test('what it would take: units, time at the rate that was asked for, and the plan’s formula beside it', () => {
    const text = screen(counted);
    expect(text).toMatch(/time +6 min 40 s +held by index GSI1\n/);
    expect(text).toMatch(/index GSI1 +6 min 40 s +10 write units\/s\n +table +3 min 20 s +10 write units\/s \(as asked for\)/);
    expect(text).toMatch(/write units +6,000 +table 2,000 · GSI1 4,000/);
    expect(text).toMatch(/total +<?\$\d/);
    // 3,000 × 1.5 / 86,400, and half as much again.
    expect(text).toMatch(/plan +0\.0521 +with its buffer 0\.0781\n +counted +0\.0694 +2 units a record/);
    expect(text).toContain('npx backfill run making');
  });

  test('within budgets: what it offers is within the same', () => {
    const budgets = { ...noBudgets, writeUnits: 500, reserve: 0.3 };
    const text = screen({ ...counted, intendedUnits: 6e6, unansweredUnits: { '#': 1200, '*': 1200 } }, { budgets });
    const typed = '--max-write-units 500 --reserve 0.3';
    expect(text).toContain(`npx backfill run making ${typed} --segments `);
    expect(text).toMatch(new RegExp(`npx backfill run making --dry-run ${typed} +see a few`));
    expect(text).toMatch(new RegExp(`npx backfill run making ${typed} +do it`));
    expect(text).toMatch(/npx backfill run making --max-write-units 500 --reserve 0.3 --dry-run --enrich-sample 100/);
  });

  test('says that answers are missing, and how to have some', () => {
    const text = screen({ ...counted, intendedCalls: 1200, unansweredUnits: { '#': 1200, '*': 1200 } });
    expect(text).toContain('At least: 1,200 items were counted without the outside service’s answer');
    expect(text).toContain('npx backfill run making --dry-run --enrich-sample 100');
    expect(text).toMatch(/outside calls +1,200 +at most/);
    expect(text).toMatch(/outside calls +\$12\.00 +1,200 calls/);
  });

  test('where they were told apart, items that ask the same are one call, and one price', () => {
    const text = screen({ ...counted, intendedCalls: 1200 }, {}, 200, 700);
    expect(text).toMatch(/outside calls +700 +for 1,200 items; those in the cache cost nothing/);
    expect(text).toMatch(/outside calls +\$7\.00 +700 calls/);
  });

  test('rows that are there already have a line, whatever else is skipped', () => {
    expect(screen({ ...counted, skipped: { unlucky: 900, 'already-exists': 90 } })).toMatch(/exist already +90 +have the row/);
    expect(screen(counted)).toMatch(/exist already +0\n/);
  });

  test('says one object, one unit and no time in the singular', () => {
    const text = screen({ scanned: 1, created: 1, intendedUnits: 1, intendedCalls: 1, pages: 1 }, {}, 200, 1);
    expect(text).toMatch(/journal +1 +object\n/);
    expect(text).toMatch(/journal +<\$0\.01 +1 object\n/);
    expect(text).toMatch(/outside calls +\$0\.01 +1 call\n/);
    expect(text).toMatch(/outside calls +1 +for 1 item;/);
    expect(text).toContain(' 1 unit a record');
    expect(text).toMatch(/time +under 1 s/);
  });

  test('says of what a limited one speaks', () => {
    expect(screen(counted, { limit: 3000 })).toContain('Of at most 3,000 eligible items: all numbers are of these.');
  });

  test.each([
    ['an empty table', {}, 'Nothing to do: the table is empty.'],
    ['rows of other kinds', { scanned: 5, filtered: 5 }, 'Nothing to do: no row is of the kind that this backfill works on.'],
    ['all done', { scanned: 5, skipped: { 'already-exists': 5 } }, 'Nothing to do: every item is left alone, for the reasons above.'],
    [
      'all failing',
      { scanned: 5, skipped: { unlucky: 2 }, failed: { 'invalid-item': 3 } },
      'Nothing to write: 3 items would fail, 2 would be left alone, for the reasons above.',
    ],
  ])('%s: nothing to do', (_, counters, words) => {
    const text = screen(counters);
    expect(text).toContain(words);
    expect(text).not.toContain('NaN');
    expect(text).not.toContain('do it');
    expect(text.includes('what would fail')).toBe('failed' in counters);
    expect(text).not.toContain('a run would take');
  });

  test('fits a narrow screen', () => {
    const lines = screen({ ...counted, unansweredUnits: { '#': 1200, '*': 1200 } }, {}, 60).split('\n');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
    // What explains is wrapped, not cut.
    expect(lines.join(' ').replace(/\s+/g, ' ')).toContain('with which there is more to write.');
  });
});

describe('a table of the mind on the screen', () => {
  const run = { batchSize: 100, segments: 200, looksFirst: false, pricePerCall: undefined };
  const rates = { table: 4000, indexes: {}, from: 'a new on-demand table' };
  const show = (items: number) => {
    const table = { items, itemBytes: 1024, indexes: 0, changes: 1 };
    return imaginedLines(undefined, table, forecast(imagine(table, run), rates, prices), plain, 200, 'local').join('\n');
  };

  test('is priced like a real one', () => {
    const text = show(1e8);
    expect(text).toContain('100,000,000 items of 1,024 bytes, 100 % of them changed, 0 indexes');
    expect(text).toMatch(/time +6 h 56 min +held by the table\n/);
    expect(text).toMatch(/reading the table +\$1\.56/);
    expect(text).toMatch(/writing the table +\$62\.50/);
  });

  test('sums up indexes beyond a few', () => {
    const table = { items: 1000, itemBytes: 1024, indexes: 25, changes: 1 };
    const text = imaginedLines(undefined, table, forecast(imagine(table, run), rates, prices), plain, 200, 'local').join('\n');
    expect(text).toMatch(/26,000 +table 1,000 · index \d+ 1,000 · index \d+ 1,000 · index \d+ 1,000 · 22 more indexes 22,000\n/);
  });

  describe.each([80, 60])('within %d columns', (columns) => {
    const run = { batchSize: 100, segments: 4_000, looksFirst: false, pricePerCall: undefined };
    const shown = (change: Partial<ImaginedTable>, concurrency = 50) => {
      const table = { items: 1e9, itemBytes: 1_000, indexes: 4, changes: 1, ...change };
      const settings = { ...USUAL_SETTINGS, concurrency, batchSize: 100 };
      const found = forecast(imagine(table, run), ratesOf(undefined, undefined), prices, settings);
      return imaginedLines('receipt-place', table, found, plain, columns, 'staging');
    };

    test('all that could hold it is listed, the slowest first, and nothing is cut', () => {
      const lines = shown({});
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
      const from = lines.indexOf('  what could hold it, each by itself') + 1;
      const bounds = lines.slice(from, lines.indexOf('', from));
      const names = bounds.map((line) => line.slice(4, 22).trim()).filter((name) => name !== '');
      expect(names).toStrictEqual([
        ...['workers', 'table', '4 indexes', 'table quota', 'partitions', 'reading the table', 'ledger', 'journal', 'Lambda', 'Map'],
      ]);
      const words = bounds.join(' ').replace(/\s+/g, ' ');
      expect(words).toContain('4,000 write units/s (a new on-demand table), doubling each half hour');
      expect(words).not.toContain('…');
    });

    test('what is recommended can be pasted', () => {
      const lines = shown({}, 5);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
      const text = lines.join('\n').replaceAll(' \\\n     ', '');
      expect(text).toContain('npx backfill run receipt-place -e staging --batch-size 250\n');
      expect(text).toMatch(/cdk\.json, environments\.staging, then deploy:\n {6}"concurrency": \d+\n/);
      expect(text).toMatch(/recommended, for 8 h 25 min instead of \d+ h/);
    });

    test('one key of all indexes is one line', () => {
      expect(shown({ indexKeys: 1 }).some((line) => /^ {4}one key of 4 indexes +11 days/.test(line))).toBe(true);
    });
  });

  test('without items is nothing to do', () => {
    expect(show(0)).toContain('Nothing to do: no item would be changed.');
  });

  test('in short: time, units, calls and dollars', () => {
    const table = { items: 1e6, itemBytes: 1024, indexes: 1, changes: 1 };
    const found = forecast(imagine(table, { ...run, pricePerCall: 0.01 }), rates, prices);
    expect(forecastBrief({ ...found, duration: { ...found.duration, seconds: 0.2 } })[0]).toContain('would take under 1 s on AWS');
    expect(forecastBrief(found)[0]).toMatch(
      /^ {2}a run would take about \d.* on AWS · 2,000,000 write units · at most 1,000,000 outside calls · \$10,00\d\.\d\d$/,
    );
  });
});
