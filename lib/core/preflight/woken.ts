import type { AnyDefinition } from '../definition.ts';
import type { TableSurvey } from '../ports.ts';
import type { Finding } from '../records/run.ts';
import { count, plural } from '../words.ts';
import { aws, found } from './finding.ts';

/** What a mass write would wake. `writes`: at most so many items are changed; `null`: nobody knows. */
export const wokenFindings = (survey: TableSurvey, definition: AnyDefinition, writes: number | null): Finding[] =>
  writes === 0 ? [] : [...streamFindings(survey, writes), ...expiryFindings(survey, definition), ...replicaFindings(survey, writes)];

const upTo = (writes: number | null, what: string): string => (writes === null ? `Every ${what}` : `Up to ${plural(writes, what)}`);

function streamFindings({ facts: { name }, stream }: TableSurvey, writes: number | null): Finding[] {
  if (stream === undefined) return [];
  const message = `${upTo(writes, 'change')} will go through the stream of the table "${name}" (${stream}) and wake whoever reads it.`;
  const arn = `$(aws dynamodb describe-table --table-name ${name} --query Table.LatestStreamArn --output text)`;
  const remedy = `See who reads it, and that they bear it: \`aws lambda list-event-source-mappings --event-source-arn ${arn}\`.`;
  return [found('preflight.stream-enabled', 'warning', message, remedy)];
}

function expiryFindings({ facts: { name }, ttl }: TableSurvey, { writes }: AnyDefinition): Finding[] {
  if (typeof ttl !== 'string') return [];
  const own = writes.includes(ttl) ? ' The run itself writes that attribute.' : '';
  const message = `Items of the table "${name}" expire by their attribute "${ttl}": what expires meanwhile is gone, and no rollback brings it back.${own}`;
  const off = aws('update-time-to-live', name, `--time-to-live-specification Enabled=false,AttributeName=${ttl}`);
  return [found('preflight.ttl-enabled', 'warning', message, `To let nothing expire until the run is over: ${off}.`)];
}

function replicaFindings({ facts: { name }, replicas }: TableSurvey, writes: number | null): Finding[] {
  if (replicas.length === 0) return [];
  const regions = replicas.length === 1 ? 'another region' : `${count(replicas.length)} other regions`;
  const message = `${upTo(writes, 'write')} to the table "${name}" will be replicated to ${regions} (${replicas.join(', ')}), at ${replicas.length + 1} times the price.`;
  const remedy = `Reckon with it, and that the replicas bear it: ${aws('describe-table', name, '--query Table.Replicas')}.`;
  return [found('preflight.replicas', 'warning', message, remedy)];
}
