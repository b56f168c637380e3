import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { machineNames } from '../../workflow/names.ts';
import type { Alarms } from '../alarms.ts';
import type { Backfill } from '../backfill.ts';
import { functionMetric, machineMetric, pageCount } from '../metrics.ts';

/** In per cent: the rate above which a run holds itself, unless it was told to tolerate more. */
const TOLERATED = 1;
/** Of fewer, a rate says little. */
const ENOUGH = 100;
const WINDOW = Duration.minutes(15);

/** Per cent of `part` in `whole`, once there are enough to tell. */
const rate = (part: string, whole: string, usingMetrics: Record<string, IMetric>): MathExpression =>
  new MathExpression({
    expression: `IF((${whole}) >= ${ENOUGH}, 100 * ${part} / (${whole}), 0)`,
    label: `% ${part}`,
    usingMetrics,
    period: WINDOW,
  });

const exceeded = { threshold: TOLERATED, comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD };

/** Of one definition: its executions, its items, its service, its functions. */
export function addBackfillAlarms(alarms: Alarms, backfill: Backfill): void {
  const { name, service } = backfill.definition;
  addExecutionAlarms(alarms, backfill);
  addItemAlarm(alarms, name);
  if (service) addServiceAlarm(alarms, name, service.name);
  addFunctionAlarms(alarms, backfill);
}

function addExecutionAlarms(alarms: Alarms, { definition: { name }, machine, rollbackMachine }: Backfill): void {
  const { environment } = alarms;
  const names = machineNames(name, environment);
  const machines = [
    { prefix: '', what: 'run', machineName: names.run, arn: machine.stateMachineArn },
    { prefix: 'rollback-', what: 'rollback', machineName: names.rollback, arn: rollbackMachine.stateMachineArn },
  ];
  for (const { prefix, what, machineName, arn } of machines) {
    alarms.add(`${name}-failed-${prefix}executions`, {
      threshold: 1,
      metric: machineMetric('ExecutionsFailed', arn, { period: Duration.minutes(5) }),
      meaning: `An execution of ${machineName} failed: a ${what} was refused before it began, or stopped. What was done stays, and its journal too.`,
      remedy:
        `Open the newest failed execution in the Step Functions console: its cause says what is wrong and what to do. ` +
        `Mend that, then npx backfill resume RUN --environment ${environment}. If it was refused (state Refused), start it anew.`,
    });
    alarms.add(`${name}-timed-out-${prefix}executions`, {
      threshold: 1,
      metric: machineMetric('ExecutionsTimedOut', arn, { period: Duration.minutes(5) }),
      meaning: `An execution of ${machineName} ran out of time. Its ${what} has stopped at its checkpoints and is not lost.`,
      remedy:
        `See where it stands: npx backfill monitor ${name} --environment ${environment}. ` +
        `Carry it on: npx backfill resume RUN --environment ${environment}.`,
    });
  }
}

function addItemAlarm(alarms: Alarms, backfill: string): void {
  const { environment } = alarms;
  const of = (count: Parameters<typeof pageCount>[0]) => pageCount(count, { backfill, environment }, { period: WINDOW });
  alarms.add(`${backfill}-failed-items`, {
    ...exceeded,
    metric: rate('failed', 'created + updated + restored + deleted + failed', {
      created: of('ItemsCreated'),
      updated: of('ItemsUpdated'),
      restored: of('ItemsRestored'),
      deleted: of('ItemsDeleted'),
      failed: of('ItemsFailed'),
    }),
    meaning:
      `More than ${TOLERATED} % of the items that ${backfill} worked on in 15 minutes failed. ` +
      'A failed item is left as it was. A run holds itself at this rate, unless it was told to tolerate more; a rehearsal only counts.',
    remedy:
      `Read why, item by item: npx backfill report RUN --environment ${environment}. To stop it now: ` +
      `npx backfill pause RUN --environment ${environment}. Mend the cause and resume, or undo it: npx backfill rollback RUN --environment ${environment}.`,
  });
}

function addServiceAlarm(alarms: Alarms, backfill: string, service: string): void {
  const { environment } = alarms;
  alarms.add(`${backfill}-service-errors`, {
    ...exceeded,
    metric: rate('errors', 'calls', {
      errors: pageCount('ServiceErrors', { backfill, environment }, { period: WINDOW }),
      calls: pageCount('ServiceCalls', { backfill, environment }, { period: WINDOW }),
    }),
    meaning:
      `More than ${TOLERATED} % of the calls that ${backfill} made to the service "${service}" in 15 minutes failed. ` +
      'Calls are tried again; a service that is down, or whose quota is spent, holds the run.',
    remedy:
      `Look at the service's own status page and quota. See what the run makes of it: npx backfill monitor ${backfill} --environment ${environment}. ` +
      `When the service is well again: npx backfill resume RUN --environment ${environment}.`,
  });
}

function addFunctionAlarms(alarms: Alarms, { definition: { name }, coordinator, processor, rehearser, cleanup }: Backfill): void {
  const { environment } = alarms;
  const period = Duration.minutes(5);
  const summed = (metric: Parameters<typeof functionMetric>[0]) =>
    new MathExpression({
      // SUM of an array leaves out functions that were not called, and have no data.
      expression: 'SUM([coordinator, processor, rehearser, cleanup])',
      label: metric,
      usingMetrics: {
        coordinator: functionMetric(metric, coordinator.functionName, { period }),
        processor: functionMetric(metric, processor.functionName, { period }),
        rehearser: functionMetric(metric, rehearser.functionName, { period }),
        cleanup: functionMetric(metric, cleanup.functionName, { period }),
      },
      period,
    });
  alarms.add(`${name}-function-errors`, {
    threshold: 3,
    metric: summed('Errors'),
    meaning: `Functions of ${name} failed at least three times in five minutes. A segment whose worker died is taken over when its lease ends.`,
    remedy:
      `Search the functions' logs of the last minutes for ERROR. If runs get stuck: npx backfill monitor ${name} --environment ${environment}; ` +
      `they go on with npx backfill resume RUN --environment ${environment}.`,
  });
  alarms.add(`${name}-function-throttles`, {
    threshold: 10,
    metric: summed('Throttles'),
    meaning: `Lambda refused to start functions of ${name}: the account's concurrency is used up. Other functions of the account feel it too. Starts are tried again for a while; then segments get stuck.`,
    remedy:
      `Relieve the account: npx backfill pause RUN --environment ${environment}. Then raise its quota of concurrent executions, ` +
      'or deploy with a smaller concurrency in cdk.json, and resume.',
  });
}
