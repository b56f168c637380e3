import { type Assessment, assessmentOf } from '../core/assessment.ts';
import { isRehearsal } from '../core/run.ts';
import { isKnown, type Opened, type Screen } from './context.ts';
import { assessmentLines, forecastBrief } from './screen/assessment.ts';
import { summaryLines } from './screen/summary.ts';
import type { Snapshot } from './snapshot.ts';

/** What a rehearsal that has come to its end found out; `undefined`: this is none. `rate`: write units a second that a person asks about. */
export async function assess({ run, counters }: Snapshot, { ports }: Opened, rate?: number): Promise<Assessment | undefined> {
  const ended = run.status === 'complete' || run.status === 'limited';
  if (!ended || !isRehearsal(run) || run.rollback || !isKnown(run.backfill)) return undefined;
  const { definition, inspector, prices } = ports(run.backfill);
  return assessmentOf(run, counters, { definition, survey: await inspector.survey(), prices, rate });
}

/** The end of a run, for a person. */
export function resultLines(
  snapshot: Snapshot,
  assessment: Assessment | undefined,
  { logFile }: Pick<Opened, 'logFile'>,
  { paint, columns }: Screen,
): string[] {
  if (assessment && snapshot.run.options.countOnly) return assessmentLines(snapshot, assessment, paint, columns);
  const more = assessment ? forecastBrief(assessment.forecast) : [];
  return summaryLines(snapshot, paint, columns, logFile(snapshot.run.backfill), more);
}
