import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Alarms } from '../alarms.ts';
import type { ScheduledStart } from '../scheduled-start.ts';

/** A day, and an hour for the starts that are tried again. */
const MISSED_AFTER_HOURS = 25;

/** Whether an expression of EventBridge Scheduler goes off every day at least. */
export function isDaily(expression: string): boolean {
  const [, value = '', unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (unit !== '') return Number(value) * { minute: 1 / 1440, hour: 1 / 24, day: 1 }[unit as 'minute' | 'hour' | 'day'] <= 1;
  const [, , dayOfMonth = '', month, dayOfWeek = '', year] = /^cron\((.*)\)$/.exec(expression)?.[1]?.trim().split(/\s+/) ?? [];
  return ['*', '?'].includes(dayOfMonth) && month === '*' && ['*', '?'].includes(dayOfWeek) && year === '*';
}

/** Of a backfill that starts by the clock. A start that was delivered and then refused or failed is a failed execution: that has an alarm of its own. */
export function addScheduleAlarms(alarms: Alarms, { backfill, schedule, group }: ScheduledStart, topic: ITopic): void {
  const { environment } = alarms;
  const remedy = `Start it by hand if it cannot wait: npx backfill run ${backfill} --environment ${environment}.`;
  alarms.add(`${backfill}-refused-starts`, {
    threshold: 1,
    metric: group.metricTargetErrors({ period: Duration.minutes(5), statistic: 'Sum' }),
    meaning: `The schedule of ${backfill} could not start its machine: Step Functions refused the call. It is tried again for an hour.`,
    remedy: `See that the machine is there, and that the schedule’s role may start it (deploy the runner stack again). ${remedy}`,
  });
  alarms.add(`${backfill}-dropped-starts`, {
    threshold: 1,
    metric: group.metricDropped({ period: Duration.minutes(5), statistic: 'Sum' }),
    meaning: `The schedule of ${backfill} gave up a start: it could not be delivered within an hour, and lies in the dead-letter queue. This night is missed.`,
    remedy,
  });
  if (!isDaily(schedule.expression)) return;
  const missed = alarms.add(`${backfill}-missed-start`, {
    metric: group.metricAttempts({ period: Duration.hours(1), statistic: 'Sum' }),
    // It is never below 1 where there is any: that there is none makes the alarm. So it is silent until the first night has been.
    threshold: 1,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: MISSED_AFTER_HOURS,
    datapointsToAlarm: MISSED_AFTER_HOURS,
    treatMissingData: TreatMissingData.MISSING,
    meaning: `The schedule of ${backfill} has started nothing for ${MISSED_AFTER_HOURS} hours, though it goes off every day: the alarm has no data any more.`,
    remedy: `See in the EventBridge Scheduler console whether it is enabled, and what its expression says. ${remedy}`,
  });
  missed.addInsufficientDataAction(new SnsAction(topic));
}
