import type { CheckResult } from '../../../core/checks.ts';
import { count, plural } from '../../wording.ts';
import type { Completion } from './completion.ts';
import { GOOD, TOLERABLE } from './rates.ts';
import type { Validity } from './validity.ts';

/** More pending items than this are better worked off while few people use the table. */
const MANY_PENDING = 1_000;

function completionAdvice({ counts }: Completion, never: boolean): string[] {
  const { pending, error } = counts;
  const done = counts.normalized + counts['newer-version'];
  const lines: string[] = [];
  if (!never && pending > done)
    lines.push(
      'Less than half is normalised: the run is still going on, was limited, or stalled; `npx backfill monitor wardrobe-normalize` tells.',
    );
  if (pending > MANY_PENDING) lines.push(`${count(pending)} items are pending: run off-peak.`);
  else if (pending > 0)
    lines.push(
      `${plural(pending, 'item is', 'items are')} pending: \`npx backfill run wardrobe-normalize\` normalises ${pending === 1 ? 'it' : 'them'}.`,
    );
  if (error > 0)
    lines.push(`${plural(error, 'item has', 'items have')} a wrong shape: mend ${error === 1 ? 'it' : 'them'}, then run again.`);
  return lines;
}

function validityAdvice({ judged, good, bad }: Validity): string[] {
  if (judged === 0) return [];
  const rate = (100 * good) / judged;
  const lines: string[] = [];
  if (rate < TOLERABLE) lines.push('Keep FEATURE_SEMANTIC_MATCH off until the failure reasons are mended.');
  else if (rate < GOOD) lines.push('Look at the failure reasons before FEATURE_SEMANTIC_MATCH goes any further.');
  if (bad.consistency > 0)
    lines.push(
      'Originals were changed after they were normalised: let their writer remove `normalized` along with the change; the next run makes it anew.',
    );
  if (bad.quality > bad.consistency) lines.push('Somebody else writes `normalized`, and otherwise: find out who.');
  return lines;
}

/** What a person should do about it, the most important first. */
export function advice(progress: Completion, validity: Validity, runStarted: string | undefined): CheckResult {
  const lines = [...validityAdvice(validity), ...completionAdvice(progress, runStarted === undefined)];
  if (lines.length === 0 && validity.judged > 0)
    lines.push('FEATURE_SEMANTIC_MATCH can be rolled out: `npx backfill flags set FEATURE_SEMANTIC_MATCH 5`, then more.');
  const [first = 'Nothing is there to be advised on.', ...more] = lines;
  return { name: 'advice', status: 'info', message: first, ...(more.length > 0 && { examples: more }) };
}
