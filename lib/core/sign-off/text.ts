import { total } from '../counters.ts';
import { calledIn, count, plural, tally } from '../words.ts';
import type { JudgedCriterion, Verdict } from './judge-criteria.ts';
import type { Comparison, SignOffReport } from './sign-off.ts';

/** The report as Markdown, to be printed and signed. */
export function signOffText(report: SignOffReport): string {
  const { backfill, version, runId, environment, status, begun, ended, must, should } = report;
  const lines = [
    `# Sign-off: ${backfill} ${version}`,
    '',
    `Run \`${runId}\` in ${environment}: **${status}**. From ${begun} to ${ended}, ${seconds(report.workedMs)} of work.`,
    '',
    `${standing('must-have', must)} ${standing('should-have', should)}`,
    '',
    '## What it did',
    '',
    ...countLines(report),
    '',
    ...phaseLines(report),
    '## Must have',
    '',
    ...criterionLines(must),
    '',
    '## Should have',
    '',
    ...criterionLines(should),
    '',
    '## Before and after',
    '',
    ...tableLines(
      ['Metric', 'Before', 'After', 'Delta', 'Remark'],
      report.comparison.map((line) => [line.metric, amount(line.before, line), amount(line.after, line), difference(line), line.remark]),
    ),
    '',
    '## Checks',
    '',
    ...tableLines(
      ['Check', 'Result', 'Measured'],
      report.checks.map(({ name, status: result, message }) => [name, result, message]),
    ),
    '',
    '## Way back',
    '',
    `- Undo this run: \`npx backfill rollback ${runId}\``,
    ...backupLines(report),
    '',
    '## Signed off by',
    '',
    ...report.signers.map((signer) => `- [ ] ${signer}: ______________________ Date: ____________`),
    '',
  ];
  return calledIn(lines.join('\n'), environment);
}

/** `Of 7 must-haves 5 are met, 1 is missed, and 1 is for a person to say.` */
function standing(what: string, criteria: readonly JudgedCriterion[]): string {
  const are = (wanted: Verdict): string => {
    const found = criteria.filter(({ verdict }) => verdict === wanted).length;
    return plural(found, 'is', 'are');
  };
  return `Of ${plural(criteria.length, what)} ${are('met')} met, ${are('missed')} missed, and ${are('open')} for a person to say.`;
}

const seconds = (ms: number): string => `${count(Math.round(ms / 1000))} s`;

/** A cell of a table must hold no bar and no line break. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');

const tableLines = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`);

function countLines({ counts, successRate }: SignOffReport): string[] {
  const { scanned, filtered, created, updated, skipped, failed } = counts;
  return tableLines(
    ['Items', 'Count', ''],
    [
      ['scanned', count(scanned), ''],
      ['filtered', count(filtered), 'rows of other kinds'],
      ['created', count(created), ''],
      ['updated', count(updated), ''],
      ['skipped', count(total(skipped)), tally(skipped)],
      ['failed', count(total(failed)), tally(failed)],
      [
        'success rate',
        successRate === null ? 'nothing was to be changed' : `${(Math.floor(successRate * 10_000) / 100).toFixed(2)} %`,
        'of what was changed or failed',
      ],
    ],
  );
}

function phaseLines({ phases }: SignOffReport): string[] {
  if (phases.length === 0) return [];
  const rows = phases.map(({ name, upTo, batchSize, gate }) => {
    const { decision } = gate ?? {};
    const said = decision ? `${decision.verdict} by ${decision.who} at ${decision.at}: ${decision.reason}` : 'automatically';
    return [name, count(upTo), count(batchSize), gate?.verdict ?? 'not reached', gate ? said : ''];
  });
  return ['## Phases', '', ...tableLines(['Phase', 'Up to segment', 'Batch', 'Gate', 'Opened'], rows), ''];
}

const MARKS: Readonly<Record<Verdict, string>> = { met: '[x]', missed: '[ ] **missed**', open: '[ ] (a person says)' };

const criterionLines = (criteria: readonly JudgedCriterion[]): string[] =>
  criteria.map(({ text, verdict, measured }) => `- ${MARKS[verdict]} ${text} — ${measured.replaceAll(/\s*\n\s*/g, ' ')}`);

const amount = (value: number | null, { unit }: Comparison): string =>
  value === null
    ? 'not measured'
    : `${value.toLocaleString('en-US', { maximumFractionDigits: 1 })} ${Math.abs(value) === 1 ? (ONE[unit] ?? unit) : unit}`;

/** Units in the singular, where that is another word. */
const ONE: Readonly<Record<string, string>> = { bytes: 'byte', items: 'item', calls: 'call' };

const difference = (line: Comparison): string =>
  line.delta === null ? 'not measured' : `${line.delta > 0 ? '+' : ''}${amount(line.delta, line)}`;

const backupLines = ({ backup }: SignOffReport): string[] =>
  backup ? [`- The table as it was before: ${backup.where}`, `- Have that back: \`${backup.restore}\``] : ['- No backup was taken.'];
