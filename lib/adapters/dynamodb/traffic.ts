import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { isMinded } from '../../core/flow/room.ts';
import type { TrafficMeter } from '../../core/flow/traffic.ts';
import type { ConsumptionMeter } from '../consumption.ts';
import { type CallDeps, call } from './client.ts';
import { modeOf, unitsOf } from './throughput.ts';

/** What a table and its indexes were given, or are ready for, and what everybody takes of it. */
export const trafficMeter = (client: DynamoDBClient, table: string, consumption: ConsumptionMeter, deps: CallDeps): TrafficMeter => ({
  async read(budgets) {
    const { Table = {} } = await call('table', deps, () => client.send(new DescribeTableCommand({ TableName: table })));
    const capacity = { write: unitsOf(Table, 'write'), read: unitsOf(Table, 'read') };
    const names = Object.keys(capacity.write);
    if (names.length === 0) return null;
    const mode = modeOf(Table);
    const { minutes, blind } = isMinded({ mode }, budgets) ? await consumption.read(table, names) : { minutes: [], blind: null };
    return { mode, capacity, minutes, blind };
  },
});
