import type { Assessment } from '../../core/assessment.ts';
import { total } from '../../core/counters.ts';
import { budgetFlags } from '../../core/flow/budgets.ts';
import type { Forecast } from '../../core/forecast.ts';
import type { ImaginedTable } from '../../core/imagined-table.ts';
import type { Snapshot } from '../snapshot.ts';
import { forecastLines } from './forecast.ts';
import { title } from './progress.ts';
import { section } from './section.ts';
import { bytes, called, clip, count, duration, hanging, type Paint, plural, sharePercent, tally, wrap } from './text.ts';

/** What an assessment has to tell, for a person: what there is, in what state, what a run would do, what that would take. */
export function assessmentLines(snapshot: Snapshot, assessment: Assessment, paint: Paint, columns: number): string[] {
  const { counts, forecast, limit, backfill } = assessment;
  const budgets = budgetFlags(snapshot.run.options.budgets);
  const headline = paint('green', `✔ assessed in ${duration(snapshot.workedMs)}`);
  const nothing = nothingToDo(assessment);
  const scope = limit === null ? [] : ['', `  Of at most ${plural(limit, 'eligible item')}: all numbers are of these.`];
  const body =
    counts.eligible === 0
      ? countsOf(assessment, columns)
      : [...countsOf(assessment, columns), '', ...qualityOf(assessment, paint, columns), '', ...outcomesOf(assessment, paint, columns)];
  const lines = [
    '',
    `  ${headline}; nothing was written, nobody was called · ${title(snapshot, paint)}`,
    ...scope,
    '',
    ...body,
    '',
    ...(nothing ? [`  ${nothing}`] : forecastLines(forecast, { backfill, environment: assessment.environment, budgets }, paint, columns)),
    '',
    ...next(
      assessment.environment,
      nothing
        ? afterNothing(assessment)
        : [
            ...(forecast.units.unanswered > 0 ? [asking(`${backfill}${budgets}`)] : []),
            [
              `run ${backfill} --dry-run${budgets}`,
              `see a few items as they would be${total(assessment.outcomes.fail) > 0 ? ', and what would fail' : ''}`,
            ],
            [`run ${backfill}${budgets}`, 'do it'],
          ],
      columns,
    ),
    '',
  ];
  return lines.map((line) => clip(line.trimEnd(), columns));
}

/** The same for a table that is not there. */
export function imaginedLines(
  backfill: string | undefined,
  { items, itemBytes, indexes, indexKeys, changes }: ImaginedTable,
  forecast: Forecast,
  paint: Paint,
  columns: number,
  environment: string,
): string[] {
  const of = `${plural(items, 'item')} of ${plural(itemBytes, 'byte')}, ${sharePercent(changes)} of them changed, ${plural(indexes, 'index', 'indexes')}${indexKeys === undefined ? '' : ` of ${plural(indexKeys, 'partition key')}`}`;
  const name = backfill ?? 'a backfill';
  const nothing = items === 0 || changes === 0 || forecast.units.write === 0;
  return [
    '',
    ...wrap(`${name} over a table of the mind: ${of}`, columns - 2).map((line) => `  ${line.replace(name, paint('bold', name))}`),
    '',
    ...(nothing
      ? ['  Nothing to do: no item would be changed.']
      : forecastLines(forecast, { backfill, environment, budgets: '' }, paint, columns)),
    '',
    ...next(
      environment,
      [backfill === undefined ? ['list', 'the backfills there are'] : [`assess ${backfill}`, 'count a table that is there']],
      columns,
    ),
    '',
  ].map((line) => line.trimEnd());
}

function nothingToDo({ counts, outcomes }: Assessment): string | undefined {
  if (counts.scanned === 0) return 'Nothing to do: the table is empty.';
  if (counts.eligible === 0) return 'Nothing to do: no row is of the kind that this backfill works on.';
  if (outcomes.create + outcomes.update > 0) return undefined;
  const failing = total(outcomes.fail);
  if (failing === 0) return 'Nothing to do: every item is left alone, for the reasons above.';
  const alone = total(outcomes.skip);
  return `Nothing to write: ${plural(failing, 'item')} would fail${alone > 0 ? `, ${count(alone)} would be left alone` : ''}, for the reasons above.`;
}

function afterNothing({ backfill, counts, outcomes }: Assessment): [string, string][] {
  if (counts.eligible === 0) return [['list', 'the backfills there are, and their tables']];
  if (total(outcomes.fail) > 0) return [[`run ${backfill} --dry-run`, 'see what would fail, item by item']];
  return [[`validate ${backfill}`, 'run the checks']];
}

function countsOf({ counts }: Assessment, columns: number): string[] {
  const { scanned, filtered, eligible, eligibleBytes, existing } = counts;
  const there: [string, string, string][] =
    existing === null ? [] : [['exist already', count(existing), existing > 0 ? 'have the row that a run would create' : '']];
  const [, ...lines] = section(
    '',
    [
      ['scanned', count(scanned), ''],
      ['filtered', count(filtered), filtered > 0 ? 'rows of other kinds' : ''],
      ['eligible', count(eligible), eligible > 0 ? bytes(eligibleBytes) : ''],
      ...there,
    ],
    columns,
    '  ',
  );
  return lines;
}

const qualityOf = ({ quality, counts }: Assessment, paint: Paint, columns: number): string[] =>
  section(
    paint('bold', `quality of ${plural(counts.eligible, 'eligible item')}`),
    quality.map(({ name, count: holds, share }) => [name, sharePercent(share), count(holds)] as const),
    columns,
  );

function outcomesOf({ outcomes: { create, update, skip, fail } }: Assessment, paint: Paint, columns: number): string[] {
  const rows: [string, string, string][] = [
    ['create', count(create), ''],
    ['update', count(update), ''],
    ['skip', count(total(skip)), tally(skip)],
    ['fail', count(total(fail)), tally(fail)],
  ];
  // What a definition cannot do is worth no line.
  const shown = rows.filter(([name]) => (name === 'create' ? create > 0 : name === 'update' ? update > 0 : true));
  return section(paint('bold', 'a run would'), shown, columns);
}

const asking = (backfill: string): [string, string] => [
  `run ${backfill} --dry-run --enrich-sample 100`,
  'the same, reckoned by 100 real answers (at most 100 calls that are paid for)',
];

const next = (environment: string, steps: readonly [command: string, what: string][], columns: number): string[] => [
  '  next',
  ...hanging(
    steps.map(([command, what]) => [`    ${called(command, environment)}`, what]),
    columns,
    '    ',
  ),
];
