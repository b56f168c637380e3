import type { CostSoFar } from '../../core/cost.ts';
import type { Condition, Health } from '../../core/health.ts';
import type { RunRecord } from '../../core/records/run.ts';
import { isOver, isRehearsal } from '../../core/run.ts';
import { isCarriedLocally } from '../../local/environment.ts';
import { consoleLink } from '../../workflow/console.ts';
import type { Details, Monitored } from '../monitor.ts';
import type { RateMeter } from '../snapshot.ts';
import { budgetsNow } from './budgets.ts';
import { exampleKeyText, exampleText, keyText } from './items.ts';
import { plainLine, progressLines } from './progress.ts';
import { summaryLines } from './summary.ts';
import { called, clip, count, dollars, type Paint, percent, plural, rate, table } from './text.ts';

/** What a person sees of a run that is watched over: how it stands, whether that is well, and what to do. */

export interface Page {
  paint: Paint;
  columns: number;
  /** So many lines it may have: lists are shortened to fit, and left out at last. */
  rows: number;
  /** It is repainted: how to watch it need not be said. */
  watching: boolean;
  /** Where what happens is written, too. */
  logFile: string | undefined;
}

/** From the fullest page to the tersest: so many of each list, and whether it says what can be done. */
const FULLNESS = [
  { most: 10, next: true },
  { most: 5, next: true },
  { most: 3, next: true },
  { most: 1, next: true },
  { most: 0, next: true },
];
const TERSEST = { most: 0, next: false };

type Fullness = typeof TERSEST;

export function monitorLines(seen: Monitored, meter: RateMeter, page: Page): string[] {
  for (const fullness of FULLNESS) {
    const lines = pageOf(seen, meter, page, fullness);
    if (lines.length < page.rows) return lines;
  }
  return pageOf(seen, meter, page, TERSEST);
}

function pageOf(seen: Monitored, meter: RateMeter, page: Page, { most, next }: Fullness): string[] {
  const { snapshot } = seen;
  const { paint, columns, watching, logFile } = page;
  const more = moreLines(seen, page, most);
  if (isOver(snapshot.run.status) || snapshot.ownerGone) return summaryLines(snapshot, paint, columns, logFile, more);
  const steps = next ? ['', ...nextLines(seen, watching)] : [];
  return [...progressLines(snapshot, meter, paint, columns), ...more, ...steps, ''].map((line) => line.trimEnd());
}

/** The same for a pipe, a line a look. */
export const monitorLine = ({ snapshot, condition }: Monitored, meter: RateMeter): string =>
  `${plainLine(snapshot, meter)}  ${condition.health}, ${rate(condition.errorRate)} errors`;

const LABEL = 10;
const labelled = (label: string, text: string): string => `  ${label.padEnd(LABEL)}${text}`;

function moreLines(seen: Monitored, { paint, columns }: Page, most: number): string[] {
  const { snapshot, state, condition, details } = seen;
  const over = isOver(snapshot.run.status) || snapshot.ownerGone;
  const facts = [
    ...(over ? [] : [labelled('state', state)]),
    labelled('progress', progressText(condition, snapshot.run.rollback ? 'entries' : 'items')),
    labelled('health', healthText(condition, snapshot.run, paint)),
    ...unitsLines(seen, over),
    ...budgetLines(seen, over, columns),
    ...(details ? [labelled('cost', costText(details.cost, isCarriedLocally(snapshot.run.owner)))] : []),
  ];
  // Never cut: it is there to be opened. Where it is over, the summary has it.
  const link = over ? undefined : consoleLink(snapshot.run.owner.execution);
  const advice = condition.advice.map((text, index) => labelled(index === 0 ? 'advice' : '', text));
  return [
    ...facts.map((line) => clip(line, columns)),
    ...(link === undefined ? [] : [labelled('execution', link)]),
    ...(details ? lists(details, seen, columns, most) : []),
    ...spaced(wrapped(advice, columns)),
  ];
}

/** The summary of a run that has ended has its units already. */
function unitsLines({ snapshot }: Monitored, over: boolean): string[] {
  const { readUnits, writeUnits, throttles } = snapshot.counters;
  if (over) return throttles > 0 ? [labelled('throttles', count(throttles))] : [];
  return [labelled('units', `${count(readUnits)} read · ${count(writeUnits)} written · ${plural(throttles, 'throttle')}`)];
}

/** Wrapped: each of them counts. The summary of a run that has ended has them already. */
function budgetLines({ snapshot, details }: Monitored, over: boolean, columns: number): string[] {
  const parts = over ? [] : budgetsNow(snapshot, details?.cost.dollars);
  return parts.length === 0 ? [] : wrapped([labelled('budgets', parts.join(' · '))], columns);
}

const spaced = (lines: string[]): string[] => (lines.length > 0 ? ['', ...lines] : []);

function progressText({ total, done, pending, errors, estimated, completion }: Condition, what: string): string {
  const about = estimated ? '~' : '';
  const failed = plural(errors, 'error');
  if (total === null || pending === null) return `${count(done)} ${what} done · ${failed} · nobody knows how many are pending`;
  return `${count(done)} of ${about}${count(total)} ${what} done, ${percent(completion)} · ${about}${count(pending)} pending · ${failed}`;
}

const MARKS: Record<Health, ['✔' | '!' | '✖', 'green' | 'yellow' | 'red']> = {
  healthy: ['✔', 'green'],
  warning: ['!', 'yellow'],
  unhealthy: ['✖', 'red'],
};

function healthText({ health, errorRate, judged, tooFew, slowed }: Condition, run: RunRecord, paint: Paint): string {
  const [mark, style] = MARKS[health];
  const word = `${paint(style, `${mark} ${health}`)}${slowed ? ' · held back by an alarm' : ''}`;
  if (judged === 0) return `${word} · nothing was changed, and nothing failed`;
  const of = run.rollback ? plural(judged, 'entry', 'entries') : plural(judged, 'item');
  return `${word} · ${rate(errorRate)} of ${of} ${isRehearsal(run) ? 'would fail' : 'failed'}${tooFew ? ', too few to say much' : ''}`;
}

const LEAST = 0.005;
const PARTS = 3;

/** What it came to, and the dearest parts of it, `~` where one is estimated; then whose prices, and from when. */
function costText({ dollars: all, lines, asOf, region }: CostSoFar, isLocal: boolean): string {
  const [before, after] = isLocal ? ['worth ', ' on AWS'] : ['', ''];
  const parts = lines
    .filter(({ dollars: part }) => part >= LEAST)
    .sort((a, b) => b.dollars - a.dollars)
    .slice(0, PARTS)
    .map(({ what, dollars: part, estimated }) => `${what} ${estimated ? '~' : ''}${dollars(part)}`);
  const sum = all > 0 && all < LEAST ? 'less than a cent' : dollars(all);
  return `${[`${before}${sum}${after}`, ...parts].join(' · ')} (${region}, ${asOf})`;
}

function lists(
  { changes, errors, samples, unreadable }: Details,
  { snapshot, condition }: Monitored,
  columns: number,
  most: number,
): string[] {
  const section = (heading: string, rows: string[][], of = most): string[] =>
    rows.length === 0 || of === 0 ? [] : ['', `  ${heading}`, ...table(rows.slice(0, of)).map((line) => clip(`    ${line}`, columns))];
  return [
    ...section(
      snapshot.run.status === 'rolled-back' ? 'recent, and taken back since' : 'recent',
      changes.map(({ at, op, key }) => [at.slice(11, 19), `${op}d`, keyText(key)]),
    ),
    ...section(
      condition.errors > errors.length ? `errors (${errors.length} of ${count(condition.errors)})` : `errors (${count(condition.errors)})`,
      errors.map(({ key, code, message }) => [keyText(key), code, message]),
    ),
    ...section(
      isRehearsal(snapshot.run) ? 'samples, as they would be' : 'samples',
      samples.map((sample) => [exampleKeyText(sample), exampleText(sample)]),
    ),
    ...unreadable.flatMap((why) => ['', clip(`  ! ${why}`, columns)]),
  ];
}

/** Advice is read to its end: what is wider than the screen goes on below itself. */
function wrapped(lines: readonly string[], columns: number): string[] {
  return lines.flatMap((line) => {
    const indent = ' '.repeat(LABEL + 2);
    const out: string[] = [];
    let present = line.slice(0, LABEL + 2);
    for (const [index, word] of line
      .slice(LABEL + 2)
      .split(' ')
      .entries()) {
      const longer = index === 0 || present === indent ? `${present}${word}` : `${present} ${word}`;
      if (longer.length <= columns || present === indent) present = longer;
      else {
        out.push(present);
        present = `${indent}${word}`;
      }
    }
    return [...out, present];
  });
}

/** What can be done with a run that goes. */
function nextLines({ snapshot }: Monitored, watching: boolean): string[] {
  const { runId, environment } = snapshot.run;
  const steps = [
    ...(watching ? [] : [[`monitor ${runId} --watch`, 'see it go']]),
    [`pause ${runId}`, 'let it stand still at its next checkpoint'],
    [`report ${runId}`, 'what happened so far, item by item'],
  ];
  const rows = steps.map(([command = '', what = '']) => [called(command, environment), what]);
  return ['  next', ...table(rows, '    ').map((line) => `    ${line}`)];
}
