import { standing } from '../brakes.ts';
import type { Ports } from '../ports.ts';
import type { Finding } from '../records/run.ts';
import { found } from './finding.ts';

/** Alarms that stand on the table: a run that begins under them is slowed at once, and stands still if they do not end. */
export async function brakeFindings({ ledger, clock }: Pick<Ports, 'ledger' | 'clock'>, table: string): Promise<Finding[]> {
  return standing(await ledger.brakes(table), clock.now()).map(({ alarm, since, reason }) =>
    found('preflight.throttled', 'warning', `Alarm ${alarm} stands on ${table} since ${since}: ${reason}`),
  );
}
