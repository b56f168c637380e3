import type { TableSurvey } from '../ports.ts';
import type { Finding } from '../records/run.ts';
import { count, duration } from '../words.ts';
import { aws, found } from './finding.ts';

/** Bytes of an item that one write unit pays for. */
const UNIT_BYTES = 1024;

/** Provisioned tables have no more, unless AWS is asked. */
const MAX_UNITS = 40_000;

/** A capacity is suggested with which the writes take about so long. */
const SUGGESTED_SECONDS = 3600;

/** Whether the table's capacity is up to so many writes; `null`: nobody knows how many. `raise`: units a second that the run will see to. */
export function capacityFindings(survey: TableSurvey, writes: number | null, raise: number | null): Finding[] {
  if (writes === 0) return [];
  const { provisioned, warm } = survey;
  if (provisioned) return [provisionedFinding(survey, provisioned, writes, raise)];
  if (!warm || writes === null) return [];
  const units = Math.max(warm.write, raise ?? 0);
  const message = `The table "${survey.facts.name}" is billed on demand and ready for ${count(units)} write units a second: ${timeOf(survey, writes, units)}.`;
  return [found('preflight.capacity', 'info', message)];
}

function provisionedFinding(
  survey: TableSurvey,
  { read, write, indexes }: NonNullable<TableSurvey['provisioned']>,
  writes: number | null,
  raise: number | null,
): Finding {
  const { name } = survey.facts;
  if (raise !== null && raise > write) {
    const time = writes === null ? '' : `: ${timeOf(survey, writes, raise)}`;
    return found(
      'preflight.capacity',
      'info',
      `The run raises the table "${name}" from ${count(write)} to ${count(raise)} write units a second${time}.`,
    );
  }
  const has = `The table "${name}" has ${count(write)} write units a second, and the run takes all of them`;
  const time = writes === null ? '' : `: ${timeOf(survey, writes, write)}`;
  const [narrowest] = Object.entries(indexes).sort(([, a], [, b]) => a.write - b.write);
  const narrow =
    narrowest && narrowest[1].write < write
      ? ` Its index ${narrowest[0]} has only ${count(narrowest[1].write)}, and is full before it.`
      : '';
  const wanted = Math.min(MAX_UNITS, Math.max(2 * write, Math.ceil(unitsOf(survey, writes ?? 0) / SUGGESTED_SECONDS)));
  const byHand = aws('update-table', name, `--provisioned-throughput ReadCapacityUnits=${read},WriteCapacityUnits=${wanted}`);
  const remedy = `Raise it for as long as the run goes: --raise-write-units ${wanted} (in the input "raiseWriteUnits":${wanted}); or for good: ${byHand}.`;
  return found('preflight.capacity', 'warning', `${has}${time}.${narrow}`, remedy);
}

/** By the table's average item, where that is known. */
function unitsOf({ items, bytes }: TableSurvey, writes: number): number {
  const average = items && bytes ? bytes / items : 0;
  return writes * Math.max(1, Math.ceil(average / UNIT_BYTES));
}

const timeOf = (survey: TableSurvey, writes: number, perSecond: number): string =>
  `up to ${count(writes)} items to write take at least ${duration(Math.ceil(unitsOf(survey, writes) / perSecond) * 1000)} if all are written`;
