import { Tags } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { coordinatorAccess, processorAccess } from './access.ts';
import { BackfillMachine, machineArns, machineName } from './backfill-machine.ts';
import { HandlerFunction } from './handler-function.ts';
import { ImportedTable } from './imported-table.ts';

/** As much of a definition as its deployment depends on. */
export interface BackfillShape {
  readonly name: string;
  readonly summary: string;
  readonly source: { readonly table: string };
  /** Attributes that it updates. */
  readonly writes: readonly string[];
  /** Present where it creates rows. */
  readonly target?: unknown;
  readonly service?: { readonly name: string } | undefined;
  readonly requires: { readonly indexes: readonly { readonly name: string }[] };
}

export interface BackfillProps {
  readonly definition: BackfillShape;
  readonly config: {
    readonly environment: string;
    /** Physical names by logical ones; a table that is not named here bears its logical name. */
    readonly tables: Readonly<Record<string, string>>;
    /** Segments of a run that are worked on at once. */
    readonly concurrency: number;
    readonly logRetentionDays: RetentionDays;
  };
  /** What outlives this construct. */
  readonly state: {
    readonly ledger: Table;
    readonly serviceCache: Table;
    readonly artifacts: Bucket;
    /** API keys by the service's name. */
    readonly serviceKeys: Readonly<Record<string, ISecret>>;
  };
}

/** One definition, ready to run: its machine, its two handlers, and roles that reach its own table only. */
export class Backfill extends Construct {
  readonly machine: BackfillMachine;
  readonly coordinator: HandlerFunction;
  readonly processor: HandlerFunction;

  constructor(scope: Construct, id: string, { definition, config, state }: BackfillProps) {
    super(scope, id);
    const { name, service } = definition;
    const { environment, logRetentionDays: logRetention } = config;
    const logical = definition.source.table;
    const table = new ImportedTable(this, 'Table', {
      tableName: config.tables[logical] ?? logical,
      indexNames: definition.requires.indexes.map((index) => index.name),
    });
    const serviceKey = service && state.serviceKeys[service.name];
    const access = {
      ...state,
      table,
      asks: service !== undefined,
      serviceKey,
      creates: definition.target !== undefined,
      updates: definition.writes.length > 0,
      executions: machineArns(this, machineName(name, environment)).executions,
    };
    const variables = {
      BACKFILL_ENVIRONMENT: environment,
      BACKFILL_NAME: name,
      BACKFILL_TABLES: JSON.stringify({ [logical]: table.tableName }),
      BACKFILL_CONCURRENCY: String(config.concurrency),
      LEDGER_TABLE: state.ledger.tableName,
      SERVICE_CACHE_TABLE: state.serviceCache.tableName,
      ARTIFACTS_BUCKET: state.artifacts.bucketName,
      ...(serviceKey && { PLACES_SECRET_ID: serviceKey.secretFullArn ?? serviceKey.secretName }),
    };
    this.coordinator = new HandlerFunction(this, 'Coordinator', {
      module: 'coordinator',
      description: `${name}: the steps before, between and after the segments.`,
      memorySize: 1024,
      environment: variables,
      logRetention,
      access: coordinatorAccess(access),
    });
    this.processor = new HandlerFunction(this, 'Processor', {
      module: 'processor',
      description: `${name}: works on one segment, page by page.`,
      // The least memory that comes with a whole core.
      memorySize: 1769,
      environment: variables,
      logRetention,
      access: processorAccess(access),
    });
    this.machine = new BackfillMachine(this, 'Machine', {
      backfill: name,
      environment,
      coordinator: this.coordinator,
      processor: this.processor,
      logRetention,
    });
    Tags.of(this).add('backfill', name);
  }
}
