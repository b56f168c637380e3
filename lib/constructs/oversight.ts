import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { machineNames } from '../workflow/names.ts';
import { ledgerTable } from '../workflow/tables.ts';
import type { Access } from './access.ts';
import type { BackfillShape } from './backfill.ts';
import type { HandlerFunctionProps } from './handler-function.ts';
import { machineArns } from './machine.ts';

/** What the functions share that look after all runs of an environment, beside the executions that carry them. */

export interface OversightProps {
  readonly backfills: readonly BackfillShape[];
  readonly config: {
    readonly environment: string;
    /** Physical names by logical ones; a table that is not named here bears its logical name. */
    readonly tables: Readonly<Record<string, string>>;
    readonly logRetentionDays: RetentionDays;
    /** Whether runs may raise the table's write capacity, which is put back when they end. */
    readonly raiseCapacity: boolean;
  };
  readonly ledger: Table;
  /** Takes what cannot be handled. */
  readonly deadLetters: IQueue;
}

/** Machines, and their executions, of all definitions. */
export function machinesOf(scope: Construct, { backfills, config }: OversightProps) {
  const names = backfills.flatMap(({ name }) => Object.values(machineNames(name, config.environment)));
  return names.map((name) => machineArns(scope, name));
}

/** Physical names by logical ones. */
export const tablesOf = ({ backfills, config }: OversightProps): Record<string, string> =>
  Object.fromEntries(backfills.map(({ source: { table } }) => [table, config.tables[table] ?? table]));

/** A short handler, called asynchronously: what fails is tried twice more, and then kept. */
export const overseer = (scope: Construct, props: OversightProps): Pick<HandlerFunctionProps, Shared> => ({
  memorySize: 512,
  logRetention: props.config.logRetentionDays,
  environment: {
    BACKFILL_ENVIRONMENT: props.config.environment,
    BACKFILL_TABLES: JSON.stringify(tablesOf(props)),
    LEDGER_TABLE: props.ledger.tableName,
    MACHINE_ARN_PREFIX: Stack.of(scope).formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: '',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  },
  retryAttempts: 2,
  maxEventAge: Duration.hours(1),
  onFailure: new SqsDestination(props.deadLetters),
});
type Shared = 'memorySize' | 'logRetention' | 'environment' | 'retryAttempts' | 'maxEventAge' | 'onFailure';

/** Finds runs, reads and sets brakes, adds events. */
export const ledgerAccess = (ledger: Table, ...more: string[]): Access[] => [
  { actions: ['GetItem', 'Query', 'PutItem', 'UpdateItem', ...more].map((name) => `dynamodb:${name}`), resources: [ledger.tableArn] },
  { actions: ['dynamodb:Query'], resources: ledgerTable.indexes.map(({ name }) => `${ledger.tableArn}/index/${name}`) },
];

/** Starts again what stood still for an alarm. */
export const startAccess = (scope: Construct, props: OversightProps): Access => ({
  actions: ['states:StartExecution'],
  resources: machinesOf(scope, props).map(({ machine }) => machine),
});
