import type { Assessment } from '../../core/assessment.ts';
import { total } from '../../core/counters.ts';
import type { Forecast } from '../../core/forecast.ts';
import type { ImaginedTable } from '../../core/imagined-table.ts';
import type { Snapshot } from '../snapshot.ts';
import { title } from './progress.ts';
import { bytes, called, clip, count, duration, money, type Paint, plural, sharePercent, table, tally, wrap } from './text.ts';

/** What an assessment has to tell, for a person: what there is, in what state, what a run would do, what that would take. */
export function assessmentLines(snapshot: Snapshot, assessment: Assessment, paint: Paint, columns: number): string[] {
  const { counts, forecast, limit, backfill } = assessment;
  const headline = paint('green', `✔ assessed in ${duration(snapshot.workedMs)}`);
  const nothing = nothingToDo(assessment);
  const scope = limit === null ? [] : ['', `  Of at most ${plural(limit, 'eligible item')}: all numbers are of these.`];
  const body =
    counts.eligible === 0
      ? countsOf(assessment)
      : [...countsOf(assessment), '', ...qualityOf(assessment, paint), '', ...outcomesOf(assessment, paint)];
  const lines = [
    '',
    `  ${headline}; nothing was written, nobody was called · ${title(snapshot, paint)}`,
    ...scope,
    '',
    ...body,
    '',
    ...(nothing ? [`  ${nothing}`] : forecastLines(forecast, paint, columns)),
    '',
    ...next(
      assessment.environment,
      nothing
        ? afterNothing(assessment)
        : [
            ...(forecast.units.unanswered > 0 ? [asking(backfill)] : []),
            [
              `run ${backfill} --dry-run`,
              `see a few items as they would be${total(assessment.outcomes.fail) > 0 ? ', and what would fail' : ''}`,
            ],
            [`run ${backfill}`, 'do it'],
          ],
    ),
    '',
  ];
  return lines.map((line) => clip(line.trimEnd(), columns));
}

/** The same for a table that is not there. */
export function imaginedLines(
  backfill: string | undefined,
  { items, itemBytes, indexes, changes }: ImaginedTable,
  forecast: Forecast,
  paint: Paint,
  columns: number,
  environment: string,
): string[] {
  const of = `${plural(items, 'item')} of ${plural(itemBytes, 'byte')}, ${sharePercent(changes)} of them changed, ${plural(indexes, 'index', 'indexes')}`;
  const nothing = items === 0 || changes === 0 || forecast.units.write === 0;
  return [
    '',
    `  ${paint('bold', backfill ?? 'a backfill')} over a table of the mind: ${of}`,
    '',
    ...(nothing ? ['  Nothing to do: no item would be changed.'] : forecastLines(forecast, paint, columns)),
    '',
    ...next(environment, [
      [
        backfill === undefined ? 'list' : `assess ${backfill}`,
        backfill === undefined ? 'the backfills there are' : 'count a table that is there',
      ],
    ]),
    '',
  ].map((line) => line.trimEnd());
}

/** What a rehearsed run would take, in short. */
export function forecastBrief(forecast: Forecast): string[] {
  const { units, requests, cost } = forecast;
  if (units.write === 0) return [];
  const parts = [
    `${forecast.duration.seconds < 1 ? '' : 'about '}${timeOf(forecast)} on AWS`,
    `${units.unanswered > 0 ? 'at least ' : ''}${count(units.write)} write units`,
    requests.calls > 0 && `${requests.callsExact ? '' : 'at most '}${plural(requests.calls, 'outside call')}`,
    money(cost.total),
  ];
  return [`  a run would take ${parts.filter(Boolean).join(' · ')}`];
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

const INDENT = '    ';

/** Under a heading, columns side by side; numbers to the right. */
function section(heading: string, rows: readonly [name: string, value: string, more: string][], indent = INDENT): string[] {
  const width = Math.max(0, ...rows.map(([, value]) => value.length));
  return [
    `  ${heading}`,
    ...table(rows.map(([name, value, more]) => [name, value.padStart(width), more])).map((line) => `${indent}${line}`),
  ];
}

function countsOf({ counts }: Assessment): string[] {
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
    '  ',
  );
  return lines;
}

const qualityOf = ({ quality, counts }: Assessment, paint: Paint): string[] =>
  section(
    paint('bold', `quality of ${plural(counts.eligible, 'eligible item')}`),
    quality.map(({ name, count: holds, share }) => [name, sharePercent(share), count(holds)]),
  );

function outcomesOf({ outcomes: { create, update, skip, fail } }: Assessment, paint: Paint): string[] {
  const rows: [string, string, string][] = [
    ['create', count(create), ''],
    ['update', count(update), ''],
    ['skip', count(total(skip)), tally(skip)],
    ['fail', count(total(fail)), tally(fail)],
  ];
  // What a definition cannot do is worth no line.
  const shown = rows.filter(([name]) => (name === 'create' ? create > 0 : name === 'update' ? update > 0 : true));
  return section(paint('bold', 'a run would'), shown);
}

const timeOf = ({ duration: { seconds } }: Forecast): string => (seconds < 1 ? 'under 1 s' : duration(seconds * 1000));

const decimals = (value: number): string => value.toLocaleString('en-US', { maximumSignificantDigits: 3 });

function boundOf({ duration: { boundBy, hotKey, rates } }: Forecast): string {
  const at = `${count(boundBy === 'table' ? rates.table : (rates.indexes[boundBy] ?? rates.table))} write units/s (${rates.from})`;
  if (hotKey) return `${boundBy} has much of its writes under one key, which takes 1,000 units/s until DynamoDB splits it`;
  if (boundBy === 'workers') return `its workers are slower than ${count(rates.table)} write units/s (${rates.from})`;
  return boundBy === 'table' ? `the table takes ${at}` : `${boundBy} takes ${at}`;
}

/** How the service's answers, which make what is written larger, come into the numbers. */
function answersLines({ answered, unanswered }: Forecast['units'], columns: number): string[] {
  if (answered > 0) return prose(`Reckoned by ${plural(answered, 'item')} that the outside service was asked for.`, columns);
  if (unanswered === 0) return [];
  const what = `At least: ${plural(unanswered, 'item was', 'items were')} counted without the outside service’s answer, with which there is more to write.`;
  return prose(what, columns);
}

const prose = (text: string, columns: number): string[] => wrap(text, columns - INDENT.length).map((line) => `${INDENT}${line}`);

/** More indexes are summed up. */
const INDEXES_SHOWN = 4;

function sharesOf({ table: own, indexes }: Forecast['units']): string {
  const shown = indexes.length > INDEXES_SHOWN ? indexes.slice(0, INDEXES_SHOWN - 1) : indexes;
  const rest = indexes.slice(shown.length);
  return [
    `table ${count(own)}`,
    ...shown.map(({ name, units }) => `${name} ${count(units)}`),
    ...(rest.length > 0 ? [`${rest.length} more indexes ${count(rest.reduce((sum, { units }) => sum + units, 0))}`] : []),
  ].join(' · ');
}

const callsOf = ({ asking: items, callsExact }: Forecast['requests']): string =>
  callsExact ? `for ${plural(items, 'item')}; those in the cache cost nothing` : 'at most: items that ask the same share one';

/** Units are plural words. */
const quantityOf = (quantity: number, unit: string): string =>
  `${count(quantity)} ${count(quantity) === '1' ? unit.replace(/s$/, '') : unit}`;

function forecastLines(forecast: Forecast, paint: Paint, columns: number): string[] {
  const { units, requests, cost, copies, plan, counted } = forecast;
  const takes: [string, string, string][] = [
    ['time', timeOf(forecast), boundOf(forecast)],
    ['write units', count(units.write), sharesOf(units)],
    ['read units', count(units.read), ''],
    ['journal', count(requests.journalPuts), requests.journalPuts === 1 ? 'object' : 'objects'],
    ['checkpoints', count(requests.checkpoints), ''],
  ];
  if (requests.calls > 0) takes.push(['outside calls', count(requests.calls), callsOf(requests)]);
  const lines: [string, string, string][] = cost.lines
    .filter(({ quantity }) => quantity > 0)
    .map(({ what, dollars, quantity, unit }) => [what, money(dollars), quantityOf(quantity, unit)]);
  return [
    ...section(paint('bold', 'a run would take'), takes),
    ...answersLines(units, columns).map((line) => (units.answered > 0 ? line : paint('yellow', line))),
    '',
    ...section(paint('bold', `and cost, on demand in ${cost.region} (prices of ${cost.asOf})`), [
      ...lines,
      ['total', money(cost.total), ''],
    ]),
    ...(copies
      ? [
          '',
          ...prose(
            `Beside that, a month of the table as it is (${bytes(copies.bytes)}): ${money(copies.backup)} for a backup, ${money(copies.pointInTimeRecovery)} for point-in-time recovery. To have a backup back: ${money(copies.restore)}.`,
            columns,
          ),
        ]
      : []),
    '',
    ...section(paint('bold', 'beside the plan’s formula, write units a second over a day'), [
      ['plan', decimals(plan.unitsPerSecond), `with its buffer ${decimals(plan.withBuffer)}`],
      [
        'counted',
        decimals(counted.unitsPerSecond),
        `${decimals(counted.unitsPerRecord)} ${counted.unitsPerRecord === 1 ? 'unit' : 'units'} a record`,
      ],
    ]),
    ...prose(`plan: ${plan.means}`, columns),
    ...prose(`counted: ${counted.means}`, columns),
  ];
}

const asking = (backfill: string): [string, string] => [
  `run ${backfill} --dry-run --enrich-sample 100`,
  'the same, reckoned by 100 real answers (at most 100 calls that are paid for)',
];

const next = (environment: string, steps: readonly [command: string, what: string][]): string[] => [
  '  next',
  ...table(
    steps.map(([command, what]) => [`    ${called(command, environment)}`, what]),
    '    ',
  ),
];
