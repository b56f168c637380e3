import type { Alarms } from '../alarms.ts';
import { type TableOrIndex, tableMetric } from '../metrics.ts';

/** Throttled requests are retried, and a few are a table growing into its load: it is trouble when they come in numbers, and stay. */
const EVENTS_A_MINUTE = 10;
const SUSTAINED = { threshold: EVENTS_A_MINUTE, evaluationPeriods: 3, datapointsToAlarm: 2 };

const KINDS = [
  { kind: 'write', metric: 'WriteThrottleEvents' },
  { kind: 'read', metric: 'ReadThrottleEvents' },
] as const;

export interface WatchedTable {
  readonly tableName: string;
  readonly indexNames: readonly string[];
}

/** The tables that backfills touch, each once, with all indexes that any of them needs. */
export function physicalTables(tables: readonly WatchedTable[]): WatchedTable[] {
  const indexes = new Map<string, Set<string>>();
  for (const { tableName, indexNames } of tables) indexes.set(tableName, new Set([...(indexes.get(tableName) ?? []), ...indexNames]));
  return [...indexes].map(([tableName, names]) => ({ tableName, indexNames: [...names] }));
}

const withIndexes = ({ tableName, indexNames }: WatchedTable): TableOrIndex[] => [
  { tableName },
  ...indexNames.map((indexName) => ({ tableName, indexName })),
];

/** Of a table that backfills touch. These alarms are brakes: runs on the table slow down while one of them stands. */
export function addTableAlarms(alarms: Alarms, table: WatchedTable): void {
  const { environment } = alarms;
  for (const target of withIndexes(table)) {
    const { tableName, indexName } = target;
    const what = indexName === undefined ? `table ${tableName}` : `index ${indexName} of table ${tableName}`;
    const cause =
      indexName === undefined
        ? 'More is asked of it, or of one of its partitions, than it can give'
        : 'More is asked of it, or of one of its keys, than it can give; a throttled index holds up writes to the table';
    for (const { kind, metric } of KINDS) {
      alarms.add(`${indexName === undefined ? tableName : `${tableName}/${indexName}`}-${kind}-throttles`, {
        ...SUSTAINED,
        metric: tableMetric(metric, target),
        meaning:
          `DynamoDB throttles ${kind}s of ${what}. ${cause}. The application may be throttled too. ` +
          'Backfills of this table slow down by themselves, then pause, and go on when the alarm clears: nothing is lost.',
        remedy:
          `See who is at work: npx backfill monitor --environment ${environment}. To relieve the table at once: ` +
          `npx backfill pause RUN --environment ${environment}. If no run is under way, the load is not a backfill's.`,
      });
    }
  }
}

/** Of the project's own ledger, under whatever name CloudFormation gave it. */
export function addLedgerAlarms(alarms: Alarms, ledger: WatchedTable): void {
  const { environment } = alarms;
  for (const target of withIndexes(ledger)) {
    const { indexName } = target;
    const name = indexName === undefined ? 'ledger' : `ledger/${indexName}`;
    const what = indexName === undefined ? 'the ledger' : `index ${indexName} of the ledger`;
    for (const { kind, metric } of KINDS) {
      alarms.add(`${name}-${kind}s-throttled`, {
        ...SUSTAINED,
        metric: tableMetric(metric, target),
        meaning:
          `DynamoDB throttles ${kind}s of ${what}, where runs keep their state. Runs wait and go on, but slower; ` +
          'pauses take longer to be heard.',
        remedy:
          `If it lasts, pause one of the runs: npx backfill pause RUN --environment ${environment}; ` +
          'and deploy with a smaller concurrency in cdk.json before resuming it.',
      });
    }
  }
}
