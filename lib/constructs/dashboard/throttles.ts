import { type IWidget, LegendPosition } from 'aws-cdk-lib/aws-cloudwatch';
import type { WatchedTable } from '../alarms/throttles.ts';
import { tableMetric } from '../metrics.ts';
import { graph, WIDTH } from './layout.ts';

/** Why DynamoDB throttles. Only the first is of one key range; the others are of the table or index as a whole. */
const REASONS = [
  { reason: 'KeyRangeThroughput', words: 'hot key range' },
  { reason: 'ProvisionedThroughput', words: 'provisioned capacity' },
  { reason: 'MaxOnDemandThroughput', words: 'on-demand maximum' },
];

/** Writes on the left, reads on the right, of the table and of each of its indexes. */
export function throttlesByReason(name: string, { tableName, indexNames }: WatchedTable): IWidget[] {
  const targets = [{ tableName }, ...indexNames.map((indexName) => ({ tableName, indexName }))];
  const throttles = (kind: 'Write' | 'Read') =>
    targets.flatMap((target) =>
      REASONS.map(({ reason, words }) => {
        const label = `${'indexName' in target ? target.indexName : tableName}: ${words}`;
        return tableMetric(`${kind}${reason}ThrottleEvents`, target, { label });
      }),
    );
  return (['Write', 'Read'] as const).map((kind) =>
    graph({
      title: `${name}: throttled ${kind.toLowerCase()}s by reason, all clients`,
      unit: 'a minute',
      left: throttles(kind),
      stacked: true,
      legendPosition: LegendPosition.RIGHT,
      width: WIDTH / 2,
    }),
  );
}
