import { Duration } from 'aws-cdk-lib';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Alarms } from '../alarms.ts';
import { queueLength, runsStalled } from '../metrics.ts';

/** Of the environment as a whole. */
export function addEnvironmentAlarms(alarms: Alarms, deadLetters: IQueue): void {
  const { environment } = alarms;
  alarms.add('runs-stalled', {
    threshold: 1,
    // Twice as long as between two looks: never a period without one.
    metric: runsStalled(environment, { period: Duration.minutes(10) }),
    meaning: 'A run that is said to be running has checked nothing in for 15 minutes. Nothing is lost, and nothing moves.',
    remedy:
      `Find it: npx backfill runs --environment ${environment}; look at it: npx backfill monitor RUN --environment ${environment}, and at its execution in the ` +
      `Step Functions console. If the execution has ended: npx backfill resume RUN --environment ${environment}. If it waits for a service or a lease, let it.`,
  });
  alarms.add('dead-letters', {
    threshold: 1,
    metric: queueLength(deadLetters.queueName, { period: Duration.minutes(5) }),
    meaning:
      'Something that runs by itself (a brake, a schedule, the reconciler) could not handle an event: it lies in the dead-letter queue for 14 days.',
    remedy:
      `Read it in the SQS console (the queue with DeadLetters in its name, Poll for messages), and the log of the function it was meant for. ` +
      `Check the runs by hand: npx backfill runs --environment ${environment}. Delete the message when it is dealt with.`,
  });
}
