import type { CheckResult } from '../../core/checks.ts';
import { type Counters, changed, total } from '../../core/counters.ts';
import { type ErrorCode, remedies } from '../../core/error-codes.ts';
import type { GateRecord, RunRecord, RunStatus } from '../../core/records/run.ts';
import { isRehearsal } from '../../core/run.ts';
import { minuteOf } from '../../core/words.ts';
import { consoleLink } from '../../workflow/console.ts';
import type { Snapshot } from '../snapshot.ts';
import { budgetsNow } from './budgets.ts';
import { findingLines } from './findings.ts';
import { nextSteps } from './next-steps.ts';
import { heldBackLine, kindsOf, serviceLine, title } from './progress.ts';
import { rollbackCounts } from './rollback.ts';
import { clip, count, duration, type Paint, plural, table, tally, wrap } from './text.ts';

const HEADLINE: Record<RunStatus, [mark: string, style: 'green' | 'yellow' | 'red', text: string]> = {
  running: ['…', 'yellow', 'running'],
  complete: ['✔', 'green', 'complete'],
  limited: ['✔', 'green', 'done up to its limit'],
  held: ['‖', 'yellow', 'held'],
  failed: ['✖', 'red', 'failed'],
  aborted: ['■', 'yellow', 'aborted'],
  'rolling-back': ['↶', 'yellow', 'being rolled back'],
  'rolled-back': ['↶', 'green', 'rolled back'],
};

function headline({ run, ownerGone }: Snapshot): (typeof HEADLINE)[RunStatus] {
  if (ownerGone) return INTERRUPTED;
  const isDone = run.status === 'complete' || run.status === 'limited';
  if (isDone && isRehearsal(run))
    return ['✔', 'green', run.options.countOnly ? 'assessed: nothing was written' : 'rehearsed: nothing was written'];
  if (isDone && run.rollback) return ['✔', 'green', 'rolled back'];
  return HEADLINE[run.status];
}

/** Its process was killed, or its machine went down. */
const INTERRUPTED: (typeof HEADLINE)[RunStatus] = ['✖', 'yellow', 'interrupted'];

/** The end of a run, for a person: what happened, that it adds up, what the checks say, where it is written, `more`, what to do next. */
export function summaryLines(snapshot: Snapshot, paint: Paint, columns: number, logFile?: string, more: readonly string[] = []): string[] {
  const { run, counters } = snapshot;
  const [mark, style, text] = headline(snapshot);
  const perSecond = snapshot.workedMs > 0 ? (counters.scanned * 1000) / snapshot.workedMs : 0;
  const lines = ['', `  ${paint(style, `${mark} ${text}`)} in ${duration(snapshot.workedMs)} · ${title(snapshot, paint)}`];
  if (run.reason) lines.push('', `  ${paint(style, run.reason.code)}  ${run.reason.message}`);
  if (run.status === 'failed' && run.reason && run.reason.code in remedies)
    lines.push(`  ${paint('bold', '→')} ${remedies[run.reason.code as ErrorCode]}`);
  const counts = run.rollback ? rollbackCounts(snapshot, paint) : countLines(snapshot);
  const hasCounts = counters.scanned > 0 || (run.rollback ? run.status === 'complete' : !['held', 'failed'].includes(run.status));
  if (hasCounts) lines.push('', ...counts.map((line) => `  ${clip(line, columns - 2)}`));
  lines.push('');
  if (hasCounts && !run.rollback) lines.push(`  success rate ${successRate(counters)}`);
  lines.push(
    `  ${count(perSecond)} items/s · ${count(counters.readUnits)} read and ${count(counters.writeUnits)} write units · ${plural(counters.pages, 'page')}`,
  );
  if (counters.serviceCalls + counters.serviceCacheHits > 0) lines.push(`  ${serviceLine(snapshot)}`);
  const [budgets, back] = [budgetsNow(snapshot), heldBackLine(snapshot)];
  if (budgets.length > 0) lines.push(...wrap(`budgets: ${budgets.join(' · ')}`, columns - 2).map((line) => `  ${line}`));
  if (back) lines.push(...wrap(back, columns - 2).map((line) => `  ${line}`));
  if (!run.rollback && Object.keys(counters.notes).length > 0) lines.push('', ...notedLines(counters.notes));
  if (isRehearsal(run) && run.preflight.length > 0) lines.push('', ...findingLines(run.preflight, paint));
  if (run.phases.length > 0) lines.push('', ...gateLines(snapshot, paint, columns));
  const kept = [...keptLines(run), ...undoLines(snapshot)];
  if (kept.length > 0) lines.push('', ...kept.map((line) => `  ${line}`));
  if (run.checks) lines.push('', ...checkLines(run.checks, paint, columns, false));
  const link = consoleLink(run.owner.execution);
  const files = [
    ...(run.stats ? [`  stats  ${run.stats}`] : []),
    ...(logFile ? [`  log    ${logFile}`] : []),
    ...(link ? [`  execution  ${link}`] : []),
  ];
  if (files.length > 0) lines.push('', ...files);
  if (more.length > 0) lines.push('', ...more);
  lines.push('', ...nextSteps(snapshot).map((line) => `  ${line}`), '');
  return lines.map((line) => line.trimEnd());
}

/** Errors count against it, skips do not. Never 100 % while anything failed. */
function successRate(counters: Counters): string {
  const done = changed(counters);
  const failed = total(counters.failed);
  if (done + failed === 0) return '–, for nothing was to be changed';
  const share = Math.floor((1e4 * done) / (done + failed)) / 100;
  return `${share} %: ${count(done)} of ${count(done + failed)}`;
}

/** What a run leaves behind beside its items: the copy from before it, and a capacity that is not as it was. Commands are never cut: they are there to be copied. */
function keptLines({ status, backup, capacity }: RunRecord): string[] {
  const lines: string[] = [];
  if (backup) {
    lines.push(`backup    ${backup.status === 'available' ? '' : 'not yet there: '}${backup.where}`);
    lines.push(`restore   ${backup.restore}`);
  }
  if (!capacity || status === 'running') return lines;
  if (capacity.mode === 'warm')
    lines.push(
      `capacity  the warm throughput stays at ${count(capacity.raised)} write units a second: it cannot be lowered, and was billed once`,
    );
  else if (capacity.state !== 'restored') lines.push('capacity  ! was raised and could not be put back', `by hand   ${capacity.restore}`);
  return lines;
}

/** Until when what was changed can be taken back, where that ends; a rehearsed rollback says so of its run. */
function undoLines({ run, counters, undone }: Snapshot): string[] {
  const [subject, hasChanged] = run.rollback
    ? [isRehearsal(run) ? undone : undefined, true]
    : [run, !isRehearsal(run) && changed(counters) > 0];
  if (!subject?.undoUntil || !hasChanged || subject.status === 'rolled-back') return [];
  return [`undo      until ${minuteOf(subject.undoUntil)}: then the journal expires`];
}

function notedLines(notes: Record<string, number>): string[] {
  const sorted = Object.entries(notes).sort(([, a], [, b]) => b - a);
  const width = Math.max(...sorted.map(([, value]) => count(value).length));
  return sorted.map(([name, value], index) => `  ${index === 0 ? 'noted   ' : '        '}  ${count(value).padStart(width)}  ${name}`);
}

function countLines({ run, counters }: Snapshot): string[] {
  const would = isRehearsal(run) ? 'would be' : '';
  const { scanned, filtered, created, updated, skipped, failed, raced } = counters;
  const shows = kindsOf(run, counters);
  const rows = [
    ['scanned', count(scanned), ''],
    ['filtered', count(filtered), filtered > 0 ? 'rows of other kinds' : ''],
    ...(shows.created ? [['created', count(created), would]] : []),
    ...(shows.updated ? [['updated', count(updated), would]] : []),
    ['skipped', count(total(skipped)), tally(skipped)],
    ['failed', count(total(failed)), tally(failed)],
  ];
  const width = Math.max(...rows.map(([, value = '']) => value.length));
  const lines = table(rows.map(([name = '', value = '', why = '']) => [name, value.padStart(width), why])).map((line) => line.trimEnd());
  const parts = [filtered, ...(shows.created ? [created] : []), ...(shows.updated ? [updated] : []), total(skipped), total(failed)];
  const adds = parts.reduce((sum, part) => sum + part, 0) === scanned;
  lines.push('', `${count(scanned)} ${adds ? '=' : '≠'} ${parts.map(count).join(' + ')}${adds ? '' : '   the counts do not add up'}`);
  if (raced > 0) lines.push(`${plural(raced, 'item was', 'items were')} changed by others meanwhile and tried again`);
  return lines;
}

const VERDICTS = {
  passed: ['✔', 'green', 'gate passed'],
  failed: ['✖', 'red', 'gate shut'],
  'too-few': ['·', 'gray', 'too few to judge'],
} as const;

function verdictOf(
  gate: GateRecord | null,
  done: number,
): readonly [mark: string, style: 'green' | 'yellow' | 'red' | 'gray', said: string] {
  if (!gate) return ['…', 'gray', done > 0 ? 'under way' : 'not begun'];
  // Over what was found, a person let it on.
  if (gate.verdict === 'failed' && gate.decision?.verdict === 'approved') return ['!', 'yellow', 'gate shut'];
  return VERDICTS[gate.verdict];
}

const SIGNS = { blocking: ['✖', 'red'], warning: ['!', 'yellow'], info: ['·', 'gray'] } as const;

/** A line for each phase, and one for each finding that a person should know of. */
export function gateLines({ run, phases }: Snapshot, paint: Paint, columns: number): string[] {
  const rows = run.phases.map(({ name, batchSize, gate }, index): [string, string] => {
    const { done = 0, segments = 0 } = phases[index] ?? {};
    const [mark, style, said] = verdictOf(gate, done);
    const decisions = gate ? [...gate.earlier, ...(gate.decision ? [gate.decision] : [])] : [];
    const person = decisions.map(({ verdict, who, reason }) => ` · ${verdict} by ${who}: ${reason}`).join('');
    return [
      paint(style, mark),
      `${name.padEnd(10)} ${`${done} of ${plural(segments, 'segment')}`.padEnd(20)} batches of ${String(batchSize).padEnd(5)} ${said}${person}`,
    ];
  });
  return run.phases.flatMap(({ gate }, index) => {
    const [mark, text] = rows[index] ?? ['', ''];
    // Behind an open gate they are history; the report has them.
    const known = gate?.open ? [] : (gate?.findings.filter(({ severity }) => severity !== 'info') ?? []);
    return [
      `  ${mark} ${clip(text, columns - 4)}`,
      ...known.map(({ code, severity, message }) => {
        const [sign, colour] = SIGNS[severity];
        return `      ${paint(colour, sign)} ${clip(`${code}  ${message}`, columns - 8)}`;
      }),
    ];
  });
}

const MARKS = { pass: ['✔', 'green'], info: ['·', 'gray'], warn: ['!', 'yellow'], fail: ['✖', 'red'] } as const;

/** A line a check; those that passed only as a number, unless all are asked for. */
export function checkLines(checks: readonly CheckResult[], paint: Paint, columns: number, all: boolean): string[] {
  const of = (status: CheckResult['status']): number => checks.filter((check) => check.status === status).length;
  const lines = [`  checks    ${of('pass')} passed, ${plural(of('warn'), 'warning')}, ${of('fail')} failed`];
  for (const check of checks) {
    if (!all && (check.status === 'pass' || check.status === 'info')) continue;
    const [mark, style] = MARKS[check.status];
    lines.push(`  ${paint(style, mark)} ${clip(`${check.name.padEnd(28)} ${check.message}`, columns - 4)}`);
    if (all && check.status !== 'pass')
      for (const example of (check.examples ?? []).slice(0, 3)) lines.push(`      ${clip(example, columns - 6)}`);
  }
  return lines;
}
