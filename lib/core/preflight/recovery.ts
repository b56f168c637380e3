import type { Ports, TableSurvey } from '../ports.ts';
import type { Finding } from '../records/run.ts';
import { aws, found } from './finding.ts';

/** Whether the table can be had back as it was at any moment. A rollback is never refused for it: it is itself the way back. */
export function recoveryFindings(
  { facts, pointInTimeRecovery }: TableSurvey,
  { environment, embedded }: Pick<Ports, 'environment' | 'embedded'>,
  undoes: boolean,
): Finding[] {
  const { name } = facts;
  if (environment === 'local' || pointInTimeRecovery) return [];
  const severity = environment === 'production' && !undoes ? 'blocking' : 'warning';
  if (pointInTimeRecovery === null) {
    // A database at hand has no recovery to ask after.
    if (embedded) return [];
    const look = aws('describe-continuous-backups', name);
    const message = `Whether point-in-time recovery of the table "${name}" is on could not be found out.`;
    const remedy = `Look with ${look}; the role that asks needs dynamodb:DescribeContinuousBackups.`;
    return [found('preflight.pitr-unknown', severity, message, remedy)];
  }
  const on = aws('update-continuous-backups', name, '--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true');
  return [found('preflight.pitr-off', severity, `Point-in-time recovery of the table "${name}" is off.`, `Switch it on: ${on}.`)];
}
