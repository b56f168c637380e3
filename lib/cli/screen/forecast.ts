import { type Bound, type Forecast, named, type Recommendation } from '../../core/forecast.ts';
import { command, prose, section } from './section.ts';
import { bytes, called, count, duration, money, type Paint, plural } from './text.ts';

/** What a run would take, and what holds it: for a person who decides whether, when and how. */

/** What would be run, and where; no name: whatever backfill it is. */
export interface Order {
  backfill: string | undefined;
  environment: string;
  /** The budgets that it was reckoned within, as they are typed; empty: none. */
  budgets: string;
}

type Row = [name: string, value: string, more: string];

export function forecastLines(forecast: Forecast, order: Order, paint: Paint, columns: number): string[] {
  const { units, cost, copies, plan, counted } = forecast;
  const lines = cost.lines
    .filter(({ quantity }) => quantity > 0)
    .map(({ what, dollars, quantity, unit }): Row => [what, money(dollars), quantityOf(quantity, unit)]);
  const month =
    copies &&
    `Beside that, a month of the table as it is (${bytes(copies.bytes)}): ${money(copies.backup)} for a backup, ${money(copies.pointInTimeRecovery)} for point-in-time recovery. To have a backup back: ${money(copies.restore)}.`;
  return [
    ...section(paint('bold', 'a run would take'), takenRows(forecast), columns),
    ...answersLines(units, columns).map((line) => (units.answered > 0 ? line : paint('yellow', line))),
    ...bindingLines(forecast, order, paint, columns),
    '',
    ...section(
      paint('bold', `and cost, on demand in ${cost.region} (prices of ${cost.asOf})`),
      [...lines, ['total', money(cost.total), '']],
      columns,
    ),
    ...(month ? ['', ...prose(month, columns)] : []),
    '',
    ...section(
      paint('bold', 'beside the plan’s formula, write units a second over a day'),
      [
        ['plan', decimals(plan.unitsPerSecond), `with its buffer ${decimals(plan.withBuffer)}`],
        [
          'counted',
          decimals(counted.unitsPerSecond),
          `${decimals(counted.unitsPerRecord)} ${counted.unitsPerRecord === 1 ? 'unit' : 'units'} a record`,
        ],
      ],
      columns,
    ),
    ...prose(`plan: ${plan.means}`, columns),
    ...prose(`counted: ${counted.means}`, columns),
  ];
}

/** In one line, for the end of a rehearsal. */
export function forecastBrief(forecast: Forecast): string[] {
  const { units, requests, cost } = forecast;
  if (units.write === 0) return [];
  const { seconds } = forecast.duration;
  const parts = [
    `${seconds < 1 ? '' : 'about '}${timeOf(seconds)} on AWS`,
    `${units.unanswered > 0 ? 'at least ' : ''}${count(units.write)} write units`,
    requests.calls > 0 && `${requests.callsExact ? '' : 'at most '}${plural(requests.calls, 'outside call')}`,
    money(cost.total),
  ];
  return [`  a run would take ${parts.filter(Boolean).join(' · ')}`];
}

const timeOf = (seconds: number): string => (seconds < 1 ? 'under 1 s' : duration(seconds * 1000));

const decimals = (value: number): string => value.toLocaleString('en-US', { maximumSignificantDigits: 3 });

function takenRows({ units, requests, duration: { seconds }, bounds, advice }: Forecast): Row[] {
  const [slowest] = bounds;
  // Where there is more to tell of it, it is told below.
  const means = advice.recommended.length > 0 ? '' : `: ${slowest?.means}`;
  const rows: Row[] = [
    ['time', timeOf(seconds), slowest ? `held by ${named(slowest)}${means}` : ''],
    ['write units', count(units.write), sharesOf(units)],
    ['read units', count(units.read), ''],
    ['journal', count(requests.journalPuts), requests.journalPuts === 1 ? 'object' : 'objects'],
    ['checkpoints', count(requests.checkpoints), ''],
  ];
  return requests.calls > 0 ? [...rows, ['outside calls', count(requests.calls), callsOf(requests)]] : rows;
}

/** How the service's answers, which make what is written larger, come into the numbers. */
function answersLines({ answered, unanswered }: Forecast['units'], columns: number): string[] {
  if (answered > 0) return prose(`Reckoned by ${plural(answered, 'item')} that the outside service was asked for.`, columns);
  if (unanswered === 0) return [];
  const what = `At least: ${plural(unanswered, 'item was', 'items were')} counted without the outside service’s answer, with which there is more to write.`;
  return prose(what, columns);
}

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

/** All that could hold a run of some length, and what is recommended for it. A short one is done before anybody has read that. */
function bindingLines({ bounds, advice }: Forecast, order: Order, paint: Paint, columns: number): string[] {
  if (advice.recommended.length === 0) return [];
  const rows = grouped(bounds).map(([first, ...others]): Row => {
    return [labelOf(first, others.length), timeOf(first.seconds), first.means];
  });
  const changes = advice.recommended.filter(({ value, now }) => value !== now);
  const [slowest] = bounds;
  const [now, then] = [timeOf(slowest?.seconds ?? 0), timeOf(advice.seconds)];
  const heading =
    changes.length === 0 ? 'recommended: as it is' : then === now ? 'recommended' : `recommended, for ${then} instead of ${now}`;
  return [
    '',
    ...section(paint('bold', 'what could hold it, each by itself'), rows, columns),
    '',
    ...section(
      paint('bold', heading),
      advice.recommended.map(({ what, value, why }): Row => [WORDS[what], count(value), why]),
      columns,
    ),
    ...(changes.length === 0 ? [] : ['', ...pasteLines(changes, order, columns)]),
  ];
}

/** `table`, `index GSI3`, `one key of 4 indexes`. */
function labelOf(bound: Bound, others: number): string {
  const name = others === 0 ? named(bound) : named({ ...bound, index: `${others + 1} indexes` });
  return name.replace(/^(the|index(?= \d+ indexes)) /, '');
}

/** Indexes that are bound alike are one line. */
function grouped(bounds: readonly Bound[]): [Bound, ...Bound[]][] {
  const groups = new Map<string, [Bound, ...Bound[]]>();
  for (const bound of bounds) {
    const key = `${bound.name}/${bound.seconds}/${bound.means}`;
    const group = groups.get(key);
    if (group) group.push(bound);
    else groups.set(key, [bound]);
  }
  return [...groups.values()];
}

const WORDS: Readonly<Record<Recommendation['what'], string>> = {
  segments: 'segments',
  concurrency: 'concurrency',
  batchSize: 'batch size',
  writeUnits: 'capacity',
};

const FLAGS: Readonly<Record<Exclude<Recommendation['what'], 'concurrency'>, string>> = {
  segments: '--segments',
  batchSize: '--batch-size',
  writeUnits: '--raise-write-units',
};

/** What is to be typed, and what is to be written into the configuration. */
function pasteLines(changes: readonly Recommendation[], { backfill, environment, budgets }: Order, columns: number): string[] {
  const flags = changes.flatMap(({ what, value }) => (what === 'concurrency' ? [] : [`${FLAGS[what]} ${value}`]));
  const keys = changes.flatMap(({ what, value }) =>
    what === 'concurrency' ? [`"concurrency": ${value}`] : what === 'writeUnits' ? ['"raiseCapacity": true'] : [],
  );
  const where = environment === 'local' ? 'in its environment' : `environments.${environment}`;
  return [
    ...(flags.length > 0 ? command([called(`run ${backfill ?? 'NAME'}${budgets}`, environment), ...flags], columns) : []),
    ...(keys.length > 0
      ? [`    cdk.json, ${where}, then deploy:`, ...keys.map((key, index) => `      ${key}${index < keys.length - 1 ? ',' : ''}`)]
      : []),
  ];
}
