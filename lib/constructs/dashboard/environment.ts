import type { IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { WatchedTable } from '../alarms/throttles.ts';
import { queueLength, runsStalled, tableMetric } from '../metrics.ts';
import { graph, heading, WIDTH } from './layout.ts';

/** What all backfills share. */
export function environmentSection(environment: string, { tableName, indexNames }: WatchedTable, deadLetters: IQueue): IWidget[][] {
  const ledger = [{ tableName }, ...indexNames.map((indexName) => ({ tableName, indexName }))];
  const throttles = ledger.flatMap((target) => {
    const what = 'indexName' in target ? target.indexName : 'ledger';
    return [
      tableMetric('WriteThrottleEvents', target, { label: `${what}: writes` }),
      tableMetric('ReadThrottleEvents', target, { label: `${what}: reads` }),
    ];
  });
  return [
    [heading(`## All of ${environment}\nLedger, brakes, schedules: what every backfill depends on.`)],
    [
      graph({
        title: 'Runs without progress for 15 minutes',
        unit: 'runs',
        left: [runsStalled(environment, { label: 'runs' })],
        width: WIDTH / 3,
      }),
      graph({ title: 'Throttles of the ledger', unit: 'a minute', left: throttles, stacked: true, width: WIDTH / 3 }),
      graph({
        title: 'Events that could not be handled',
        unit: 'messages',
        left: [queueLength(deadLetters.queueName, { label: 'dead letters' })],
        width: WIDTH / 3,
      }),
    ],
  ];
}
