import { type Counters, changed, total } from '../../core/counters.ts';
import type { RunRecord } from '../../core/records/run.ts';
import { presentStage, type Stage, stagesOf } from '../../core/rollback/stages.ts';
import { isRehearsal } from '../../core/run.ts';
import type { Snapshot } from '../snapshot.ts';
import { bar, count, type Paint, percent, plural, table, tally } from './text.ts';

/** What a person sees of a rollback. */

/** `restored 0 · deleted 12 · kept 3`. */
export const rollbackOutcomes = ({ restored, deleted, skipped, failed }: Counters): string =>
  [
    restored > 0 && `restored ${count(restored)}`,
    (deleted > 0 || restored === 0) && `deleted ${count(deleted)}`,
    `kept ${count(total(skipped))}`,
    total(failed) > 0 && `failed ${count(total(failed))}`,
  ]
    .filter(Boolean)
    .join(' · ');

const WORDS: Record<Stage, string> = { inspect: 'journal', undo: 'undo', verify: 'verify' };

/** A bar for each stage. */
export function rollbackLines(snapshot: Snapshot, width: number, paint: Paint): string[] {
  const { run, segments, share, through, expected } = snapshot;
  const present = stagesOf(run).indexOf(presentStage(run));
  return stagesOf(run).map((stage, index) => {
    const here = index < present ? 1 : index === present ? share : 0;
    const details =
      index !== present
        ? ''
        : stage === 'inspect'
          ? `${segments.done} of ${plural(segments.total, 'segment')}`
          : `${count(through)} of ${count(expected ?? 0)}`;
    return `  ${WORDS[stage].padEnd(9)} ${paint(index === present ? 'green' : 'cyan', bar(here, width))}  ${percent(here).padStart(5)}  ${details}`.trimEnd();
  });
}

/** The counts of a rollback, that they add up, and what was found when it was read again. */
export function rollbackCounts({ run, counters, undone }: Snapshot, paint: Paint): string[] {
  const { scanned, filtered, restored, deleted, skipped, failed, notes } = counters;
  const would = isRehearsal(run) ? 'would be ' : '';
  const rows = [
    ['entries', scanned, 'in the journal'],
    ['restored', restored, restored > 0 ? `updates ${would}taken back` : ''],
    ['deleted', deleted, deleted > 0 ? `rows that the run made, ${would}taken away` : ''],
    ['kept', total(skipped), tally(skipped)],
    ['void', filtered, filtered > 0 ? 'entries that stand for no write' : ''],
    ['failed', total(failed), tally(failed)],
  ] as const;
  const width = Math.max(...rows.map(([, value]) => count(value).length));
  const lines = table(rows.map(([name, value, why]) => [name, count(value).padStart(width), why])).map((line) => line.trimEnd());
  const parts = rows.slice(1).map(([, value]) => value);
  const adds = parts.reduce((sum, part) => sum + part, 0) === scanned;
  lines.push('', `${count(scanned)} ${adds ? '=' : '≠'} ${parts.map(count).join(' + ')}${adds ? '' : '   the counts do not add up'}`);
  if (run.status !== 'complete') return lines;
  lines.push('');
  if (notes.damaged)
    lines.push(
      paint(
        'yellow',
        `! ${plural(notes.damaged, 'journal object')} could not be used and ${notes.damaged === 1 ? 'was' : 'were'} gone on without`,
      ),
    );
  if (isRehearsal(run)) return [...lines, 'Nothing was written.'];
  const all = changed(counters) - (notes.doubtful ?? 0);
  const verified = notes.verified ?? 0;
  const mark = verified === all ? paint('green', '✔') : paint('red', '✖');
  lines.push(`${mark} ${count(verified)} of ${plural(all, 'key')} read again, and as before the run`);
  const left = total(skipped) + total(failed) + (notes.damaged ?? 0);
  return [...lines, ...hashLine(run, undone, left, paint)];
}

function hashLine({ tableHash }: RunRecord, undone: RunRecord | undefined, left: number, paint: Paint): string[] {
  if (tableHash === null || !undone?.tableHash) return [];
  if (tableHash === undone.tableHash)
    return [`${paint('green', '✔')} the whole table is as before the run, byte for byte: hash ${tableHash.slice(0, 12)}…`];
  const why = left > 0 ? 'what was left alone, and whatever others have written since, differs' : 'others have written to it since';
  return [
    `${paint('yellow', '!')} the whole table is not as before the run: ${why} (${undone.tableHash.slice(0, 12)}… before, ${tableHash.slice(0, 12)}… now)`,
  ];
}
