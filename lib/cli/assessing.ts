import { type Assessment, assessmentOf } from '../core/assessment.ts';
import { DEPLOYED_CONCURRENCY } from '../core/forecast.ts';
import { isRehearsal } from '../core/run.ts';
import { readConfiguration } from './configuration-file.ts';
import { environmentNamed, isKnown, type Opened, type Screen } from './context.ts';
import { assessmentLines } from './screen/assessment.ts';
import { forecastBrief } from './screen/forecast.ts';
import { summaryLines } from './screen/summary.ts';
import type { Snapshot } from './snapshot.ts';

/** What a rehearsal that has come to its end found out; `undefined`: this is none. `rate`: write units a second that a person asks about. */
export async function assess({ run, counters }: Snapshot, { ports }: Opened, rate?: number): Promise<Assessment | undefined> {
  const ended = run.status === 'complete' || run.status === 'limited';
  if (!ended || !isRehearsal(run) || run.rollback || !isKnown(run.backfill)) return undefined;
  const here = ports(run.backfill);
  const { definition, inspector, prices } = here;
  // What is at hand works with fewer, and is no measure for AWS.
  const concurrency = here.embedded ? concurrencyOnAws(run.environment) : here.concurrency;
  return assessmentOf(run, counters, { definition, survey: await inspector.survey(), prices, rate, concurrency });
}

/** Segments worked on at once where the environment is deployed, as the configuration has it. */
export const concurrencyOnAws = (environment: string): number =>
  readConfiguration(process.env, environmentNamed(environment), { lenient: true }).concurrency ?? DEPLOYED_CONCURRENCY;

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
