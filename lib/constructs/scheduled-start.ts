import { Duration, RemovalPolicy, Stack, TimeZone } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression, ScheduleGroup, ScheduleTargetInput, TimeWindow } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Schedule as Declared } from '../workflow/deployment.ts';
import { scheduleName } from '../workflow/names.ts';

export interface ScheduledStartProps {
  readonly backfill: string;
  readonly environment: string;
  readonly schedule: Declared;
  /** Of the definition's code: a start holds for it and for no other. */
  readonly digest: string;
  readonly machine: IStateMachine;
  /** Takes the starts that could not be delivered. */
  readonly deadLetters: IQueue;
}

/** When a definition starts by itself: what the environment's configuration says of it, else what it declares. `undefined`: never. */
export function scheduleOf(
  { name, schedule }: { readonly name: string; readonly schedule?: Declared | undefined },
  overrides: Readonly<Record<string, string>>,
): Declared | undefined {
  const expression = overrides[name] ?? schedule?.expression;
  if (expression === undefined || expression === 'off') return undefined;
  return { expression, timezone: schedule?.timezone ?? 'UTC' };
}

/** Starts a backfill by the clock. Two nights that overlap are kept apart by the run's locks, and code that was not rehearsed is refused by the machine. */
export class ScheduledStart extends Construct {
  readonly backfill: string;
  readonly schedule: Declared;
  /** One for each schedule: metrics know groups, not schedules. */
  readonly group: ScheduleGroup;

  constructor(scope: Construct, id: string, props: ScheduledStartProps) {
    super(scope, id);
    const { backfill, environment, schedule, digest, machine, deadLetters } = props;
    const name = scheduleName(backfill, environment);
    this.backfill = backfill;
    this.schedule = schedule;
    // Named like the schedule: the name that CDK would make up begins otherwise than what a deployment may touch.
    this.group = new ScheduleGroup(this, 'Group', { scheduleGroupName: name, removalPolicy: RemovalPolicy.DESTROY });
    const role = new Role(this, 'Role', {
      description: `Starts ${backfill} by the clock.`,
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account, 'aws:SourceArn': this.group.scheduleGroupArn } },
      }),
    });
    new Schedule(this, 'Schedule', {
      scheduleName: name,
      scheduleGroup: this.group,
      description: `Starts ${backfill} in ${environment}.`,
      schedule: ScheduleExpression.expression(schedule.expression, TimeZone.of(schedule.timezone)),
      timeWindow: TimeWindow.off(),
      target: new StepFunctionsStartExecution(machine, {
        role,
        input: ScheduleTargetInput.fromObject({ confirmedBy: `schedule ${name}`, digest }),
        deadLetterQueue: deadLetters,
        // Later it would no longer be night.
        maxEventAge: Duration.hours(1),
        retryAttempts: 10,
      }),
    });
  }
}
