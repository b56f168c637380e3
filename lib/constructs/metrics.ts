import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import {
  environmentDimensions,
  METRICS_NAMESPACE,
  PAGE_DURATION,
  type PageCount,
  pageDimensions,
  RUNS_STALLED,
} from '../workflow/metrics.ts';

/** Metrics as alarms and dashboard read them: sums of one minute, unless the caller says otherwise. */

const MINUTE = { statistic: 'Sum', period: Duration.minutes(1) };

export interface BackfillName {
  readonly backfill: string;
  readonly environment: string;
}

export const pageCount = (metricName: PageCount, { backfill, environment }: BackfillName, options: MetricOptions = {}): Metric =>
  new Metric({ namespace: METRICS_NAMESPACE, metricName, dimensionsMap: pageDimensions(backfill, environment), ...MINUTE, ...options });

export const pageDuration = ({ backfill, environment }: BackfillName, options: MetricOptions = {}): Metric =>
  new Metric({
    namespace: METRICS_NAMESPACE,
    metricName: PAGE_DURATION,
    dimensionsMap: pageDimensions(backfill, environment),
    ...MINUTE,
    ...options,
  });

export const runsStalled = (environment: string, options: MetricOptions = {}): Metric =>
  new Metric({
    namespace: METRICS_NAMESPACE,
    metricName: RUNS_STALLED,
    dimensionsMap: environmentDimensions(environment),
    period: Duration.minutes(5),
    statistic: 'Maximum',
    ...options,
  });

/** A table, or one of its indexes. */
export interface TableOrIndex {
  readonly tableName: string;
  readonly indexName?: string | undefined;
}

export const tableMetric = (metricName: string, { tableName, indexName }: TableOrIndex, options: MetricOptions = {}): Metric =>
  new Metric({
    namespace: 'AWS/DynamoDB',
    metricName,
    dimensionsMap: { TableName: tableName, ...(indexName !== undefined && { GlobalSecondaryIndexName: indexName }) },
    ...MINUTE,
    ...options,
  });

/** Milliseconds that DynamoDB itself took for one operation. */
export const operationLatency = (operation: string, { tableName }: TableOrIndex, options: MetricOptions = {}): Metric =>
  new Metric({
    namespace: 'AWS/DynamoDB',
    metricName: 'SuccessfulRequestLatency',
    dimensionsMap: { TableName: tableName, Operation: operation },
    ...MINUTE,
    ...options,
  });

export const machineMetric = (
  metricName: 'ExecutionsFailed' | 'ExecutionsTimedOut',
  machineArn: string,
  options: MetricOptions = {},
): Metric => new Metric({ namespace: 'AWS/States', metricName, dimensionsMap: { StateMachineArn: machineArn }, ...MINUTE, ...options });

export const functionMetric = (metricName: 'Errors' | 'Throttles', functionName: string, options: MetricOptions = {}): Metric =>
  new Metric({ namespace: 'AWS/Lambda', metricName, dimensionsMap: { FunctionName: functionName }, ...MINUTE, ...options });

export const queueLength = (queueName: string, options: MetricOptions = {}): Metric =>
  new Metric({
    namespace: 'AWS/SQS',
    metricName: 'ApproximateNumberOfMessagesVisible',
    dimensionsMap: { QueueName: queueName },
    ...MINUTE,
    statistic: 'Maximum',
    ...options,
  });
