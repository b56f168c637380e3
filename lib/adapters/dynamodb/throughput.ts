import type { TableDescription } from '@aws-sdk/client-dynamodb';
import type { Operation, Traffic } from '../../core/flow/traffic.ts';

/** What a table and its indexes can take, as DescribeTable tells it. */

interface Throughput {
  ReadCapacityUnits?: number | undefined;
  WriteCapacityUnits?: number | undefined;
}

interface Warm {
  ReadUnitsPerSecond?: number | undefined;
  WriteUnitsPerSecond?: number | undefined;
  Status?: string | undefined;
}

/** A table (`''`) or one of its indexes. */
export interface Part {
  name: string;
  status: string | undefined;
  throughput: Throughput;
  warm: Warm | undefined;
}

export const partsOf = ({
  TableStatus,
  ProvisionedThroughput = {},
  WarmThroughput,
  GlobalSecondaryIndexes = [],
}: TableDescription): Part[] => [
  { name: '', status: TableStatus, throughput: ProvisionedThroughput, warm: WarmThroughput },
  ...GlobalSecondaryIndexes.map((index) => ({
    name: index.IndexName ?? '',
    status: index.IndexStatus,
    throughput: index.ProvisionedThroughput ?? {},
    warm: index.WarmThroughput,
  })),
];

export const modeOf = ({ BillingModeSummary }: TableDescription): Traffic['mode'] =>
  BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST' ? 'warm' : 'provisioned';

/** Units a second that it was given or, billed on demand, is ready for; empty where the endpoint does not tell. */
export function unitsOf(description: TableDescription, operation: Operation): Record<string, number> {
  const isWarm = modeOf(description) === 'warm';
  const units: Record<string, number> = {};
  for (const { name, throughput, warm = {} } of partsOf(description)) {
    const given = operation === 'write' ? throughput.WriteCapacityUnits : throughput.ReadCapacityUnits;
    const ready = operation === 'write' ? warm.WriteUnitsPerSecond : warm.ReadUnitsPerSecond;
    const has = isWarm ? ready : given;
    if (has !== undefined) units[name] = has;
  }
  return units;
}
