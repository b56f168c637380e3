import { Alarm, type AlarmProps, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface AlarmsProps {
  readonly environment: string;
  /** Hears of every alarm, and of its end. */
  readonly topic: ITopic;
}

export interface AlarmSpec extends Omit<AlarmProps, 'alarmName' | 'alarmDescription' | 'evaluationPeriods'> {
  /** What has happened, in sentences. */
  readonly meaning: string;
  /** What a person does now, in sentences. */
  readonly remedy: string;
  /** @default 1 */
  readonly evaluationPeriods?: number;
}

/** Of CloudWatch. */
const LONGEST_NAME = 255;

/**
 * The alarms of one environment. Unless an alarm says otherwise it goes off when its metric reaches the threshold once, takes missing data
 * for calm, and tells the topic both when it goes off and when it clears.
 */
export class Alarms extends Construct {
  readonly environment: string;
  readonly #topic: ITopic;
  readonly #all: Alarm[] = [];

  constructor(scope: Construct, id: string, { environment, topic }: AlarmsProps) {
    super(scope, id);
    this.environment = environment;
    this.#topic = topic;
  }

  get all(): readonly Alarm[] {
    return this.#all;
  }

  /** Its name is `backfill-<environment>-<name>`; one too long for CloudWatch is left to CloudFormation. */
  add(name: string, { meaning, remedy, ...props }: AlarmSpec): Alarm {
    const alarmName = `backfill-${this.environment}-${name}`;
    const alarm = new Alarm(this, name.replaceAll('/', ':'), {
      ...(alarmName.length <= LONGEST_NAME && { alarmName }),
      alarmDescription: `${meaning} ${remedy}`,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...props,
    });
    const action = new SnsAction(this.#topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    this.#all.push(alarm);
    return alarm;
  }
}
