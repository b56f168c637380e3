import { Duration, Stack } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { Access } from './access.ts';
import { HandlerFunction } from './handler-function.ts';
import { ledgerAccess, machinesOf, type OversightProps, overseer, startAccess, tablesOf } from './oversight.ts';

/** Ends runs whose execution was stopped, timed out, or died without a word; every five minutes it looks for what no event has told. */
export class Reconciler extends Construct {
  readonly handler: HandlerFunction;

  constructor(scope: Construct, id: string, props: OversightProps) {
    super(scope, id);
    const { deadLetters, ledger } = props;
    const machines = machinesOf(this, props);
    this.handler = new HandlerFunction(this, 'Handler', {
      ...overseer(this, props),
      module: 'reconciler',
      description: 'Ends runs whose execution has ended without a word, and counts those without progress.',
      access: [
        // DeleteItem lets go of locks.
        ...ledgerAccess(ledger, 'DeleteItem'),
        startAccess(this, props),
        {
          actions: ['states:DescribeExecution'],
          resources: machines.map(({ executions }) => executions),
          pattern: 'An execution has its name only once it runs; all are of this environment’s machines.',
        },
        ...(props.config.raiseCapacity ? [this.#capacityAccess(props)] : []),
      ],
    });
    const shared = { deadLetterQueue: deadLetters, maxEventAge: Duration.hours(1), retryAttempts: 3 };
    new Rule(this, 'Ended', {
      description: 'Executions of the backfills that were stopped, timed out or failed.',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { status: ['ABORTED', 'TIMED_OUT', 'FAILED'], stateMachineArn: machines.map(({ machine }) => machine) },
      },
      targets: [new LambdaFunction(this.handler, shared)],
    });
    new Rule(this, 'Sweep', {
      description: 'Looks for runs that nobody carries, and for runs without progress.',
      schedule: Schedule.rate(Duration.minutes(5)),
      targets: [new LambdaFunction(this.handler, { ...shared, event: RuleTargetInput.fromObject({ sweep: true }) })],
    });
  }

  /** A run that died had raised the capacity of its table: it is put back, as the coordinator would have. */
  #capacityAccess(props: OversightProps): Access {
    const resources = Object.values(tablesOf(props)).map((tableName) =>
      Stack.of(this).formatArn({ service: 'dynamodb', resource: 'table', resourceName: tableName }),
    );
    return { actions: ['dynamodb:DescribeTable', 'dynamodb:UpdateTable'], resources };
  }
}
