import { type CloudWatchClient, GetMetricDataCommand, type MetricDataQuery, type MetricDataResult } from '@aws-sdk/client-cloudwatch';
import type { Minute, Operation, Traffic } from '../../core/flow/traffic.ts';
import { MINUTE_MS, startOfMinute } from '../../core/minute.ts';
import type { Clock } from '../../core/retry.ts';
import type { ConsumptionMeter } from '../consumption.ts';

/** So far back a former peak of a table billed on demand is looked for: one counts only half an hour after it. */
const MINUTES = 60;

/** DynamoDB counts minute by minute, and tells nothing new in between. */
const KEPT_MS = MINUTE_MS;

const METRICS: Readonly<Record<Operation, string>> = {
  write: 'ConsumedWriteCapacityUnits',
  read: 'ConsumedReadCapacityUnits',
};

type Told = Pick<Traffic, 'minutes' | 'blind'>;

interface Series {
  operation: Operation;
  name: string;
}

const seriesOf = (names: readonly string[]): Series[] =>
  names.flatMap((name) => (Object.keys(METRICS) as Operation[]).map((operation) => ({ operation, name })));

const queryOf = (table: string, { operation, name }: Series, index: number): MetricDataQuery => ({
  Id: `series${index}`,
  ReturnData: true,
  MetricStat: {
    Metric: {
      Namespace: 'AWS/DynamoDB',
      MetricName: METRICS[operation],
      Dimensions: [{ Name: 'TableName', Value: table }, ...(name === '' ? [] : [{ Name: 'GlobalSecondaryIndexName', Value: name }])],
    },
    Period: MINUTE_MS / 1_000,
    Stat: 'Sum',
  },
});

/**
 * What everybody took of a table and its indexes, from DynamoDB's metrics in CloudWatch: one call for all series, once a minute at most.
 * A minute is told one to three minutes after it is over, and may be told again with more; one without traffic is not told at all.
 */
export function cloudWatchConsumption(client: CloudWatchClient, clock: Pick<Clock, 'now'>): ConsumptionMeter {
  let last: { key: string; at: number; told: Told } | undefined;
  return {
    async read(table, names) {
      const now = clock.now();
      const key = JSON.stringify([table, ...names]);
      const known = last?.key === key ? last : undefined;
      if (known && now - known.at < KEPT_MS) return known.told;
      try {
        last = { key, at: now, told: { minutes: await ask(client, table, names, now), blind: null } };
      } catch (error) {
        const blind = `CloudWatch does not tell (${(error as Error).name}).`;
        last = { key, at: now, told: { minutes: known?.told.minutes ?? [], blind } };
      }
      return last.told;
    },
  };
}

async function ask(client: CloudWatchClient, table: string, names: readonly string[], now: number): Promise<Minute[]> {
  const series = seriesOf(names);
  const end = startOfMinute(now);
  const { MetricDataResults = [] } = await client.send(
    new GetMetricDataCommand({
      StartTime: new Date(end - MINUTES * MINUTE_MS),
      EndTime: new Date(end),
      ScanBy: 'TimestampAscending',
      MetricDataQueries: series.map((one, index) => queryOf(table, one, index)),
    }),
  );
  return minutesOf(series, MetricDataResults);
}

/** A series comes as two lists, of moments and of sums. */
function minutesOf(series: readonly Series[], results: readonly MetricDataResult[]): Minute[] {
  const minutes = new Map<number, { at: number; write: Record<string, number>; read: Record<string, number> }>();
  for (const { Id, Timestamps = [], Values = [] } of results) {
    const one = series[Number(Id?.slice('series'.length))];
    if (!one) continue;
    for (const [index, moment] of Timestamps.entries()) {
      const at = moment.getTime();
      const minute = minutes.get(at) ?? { at, write: {}, read: {} };
      minute[one.operation][one.name] = (1_000 * (Values[index] ?? 0)) / MINUTE_MS;
      minutes.set(at, minute);
    }
  }
  return [...minutes.values()].sort((a, b) => a.at - b.at);
}
