import { Duration } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { HandlerFunction } from './handler-function.ts';
import { ledgerAccess, type OversightProps, overseer, startAccess } from './oversight.ts';

export interface BrakeProps extends OversightProps {
  /** Hears of every alarm of the environment. */
  readonly alarms: ITopic;
}

/** Hears the throttle alarms: runs on the table slow down while one stands, and those that stood still for it go on when it is over. */
export class Brake extends Construct {
  readonly handler: HandlerFunction;

  constructor(scope: Construct, id: string, props: BrakeProps) {
    super(scope, id);
    this.handler = new HandlerFunction(this, 'Handler', {
      ...overseer(this, props),
      module: 'brake',
      description: 'Slows the runs on a table while a throttle alarm stands on it, and lets them go on.',
      timeout: Duration.minutes(2),
      access: [...ledgerAccess(props.ledger), startAccess(this, props)],
    });
    props.alarms.addSubscription(new LambdaSubscription(this.handler, { deadLetterQueue: props.deadLetters }));
  }
}
