import { Tags } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Schedule } from '../workflow/deployment.ts';
import { backfillMachine, rollbackMachine } from '../workflow/machines.ts';
import { machineNames } from '../workflow/names.ts';
import { cleanupAccess, coordinatorAccess, processorAccess, rehearserAccess } from './access.ts';
import { HandlerFunction } from './handler-function.ts';
import { ImportedTable } from './imported-table.ts';
import { Machine, machineArns } from './machine.ts';

/** As much of a definition as its deployment depends on. */
export interface BackfillShape {
  readonly name: string;
  readonly summary: string;
  readonly source: { readonly table: string };
  /** Attributes that it updates. */
  readonly writes: readonly string[];
  /** Present where it creates rows. */
  readonly target?: unknown;
  readonly service?: { readonly name: string /** In dollars. */; readonly pricePerCall: number } | undefined;
  readonly version: string;
  /** When it starts by itself. */
  readonly schedule?: Schedule;
  readonly requires: { readonly indexes: readonly { readonly name: string }[] };
}

export interface BackfillProps {
  readonly definition: BackfillShape;
  /** Of the definition's code. */
  readonly digest: string;
  readonly config: {
    readonly environment: string;
    /** Physical names by logical ones; a table that is not named here bears its logical name. */
    readonly tables: Readonly<Record<string, string>>;
    /** Segments of a run that are worked on at once. */
    readonly concurrency: number;
    readonly logRetentionDays: RetentionDays;
    /** For how many days a run can be undone. */
    readonly undoDays: number;
    /** Whether a person lets each phase but the first begin, unless a run says otherwise. */
    readonly approve: string;
    /** Laid over the table of prices. */
    readonly prices: object;
    /** Whether runs may raise the table's write capacity: it takes the right to change the table. */
    readonly raiseCapacity: boolean;
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

/** The least that comes with a whole core. */
const WORKER_MEMORY = 1769;

/** One definition, ready to run and to be undone: its two machines, its four handlers, and roles that reach its own table only. */
export class Backfill extends Construct {
  readonly definition: BackfillShape;
  readonly table: ImportedTable;
  readonly digest: string;
  /** Of its two machines. */
  readonly names: ReturnType<typeof machineNames>;
  readonly machine: Machine;
  readonly rollbackMachine: Machine;
  readonly coordinator: HandlerFunction;
  readonly processor: HandlerFunction;
  readonly rehearser: HandlerFunction;
  readonly cleanup: HandlerFunction;

  constructor(scope: Construct, id: string, { definition, digest, config, state }: BackfillProps) {
    super(scope, id);
    const { name, service } = definition;
    const { environment, logRetentionDays: logRetention } = config;
    const logical = definition.source.table;
    this.definition = definition;
    this.digest = digest;
    const table = new ImportedTable(this, 'Table', {
      tableName: config.tables[logical] ?? logical,
      indexNames: definition.requires.indexes.map((index) => index.name),
    });
    this.table = table;
    const serviceKey = service && state.serviceKeys[service.name];
    const names = machineNames(name, environment);
    this.names = names;
    const access = {
      ...state,
      table,
      asks: service !== undefined,
      serviceKey,
      creates: definition.target !== undefined,
      updates: definition.writes.length > 0,
      raisesCapacity: config.raiseCapacity,
      executions: Object.values(names).map((machine) => machineArns(this, machine).executions),
    };
    const variables = {
      BACKFILL_ENVIRONMENT: environment,
      BACKFILL_NAME: name,
      BACKFILL_DIGEST: digest,
      BACKFILL_UNDO_DAYS: String(config.undoDays),
      BACKFILL_TABLES: JSON.stringify({ [logical]: table.tableName }),
      BACKFILL_CONCURRENCY: String(config.concurrency),
      BACKFILL_APPROVE: config.approve,
      BACKFILL_PRICES: JSON.stringify(config.prices),
      LEDGER_TABLE: state.ledger.tableName,
      SERVICE_CACHE_TABLE: state.serviceCache.tableName,
      ARTIFACTS_BUCKET: state.artifacts.bucketName,
    };
    const withKey = { ...variables, ...(serviceKey && { PLACES_SECRET_ID: serviceKey.secretFullArn ?? serviceKey.secretName }) };
    this.coordinator = new HandlerFunction(this, 'Coordinator', {
      module: 'coordinator',
      description: `${name}: the steps before, between and after the segments.`,
      memorySize: 1024,
      environment: withKey,
      logRetention,
      access: coordinatorAccess(access),
    });
    this.processor = new HandlerFunction(this, 'Processor', {
      module: 'processor',
      description: `${name}: works on one segment, page by page.`,
      memorySize: WORKER_MEMORY,
      environment: withKey,
      logRetention,
      access: processorAccess(access),
    });
    this.rehearser = new HandlerFunction(this, 'Rehearser', {
      module: 'rehearser',
      description: `${name}: works on one segment of a run, or a rollback, that only looks.`,
      memorySize: WORKER_MEMORY,
      environment: withKey,
      logRetention,
      access: rehearserAccess(access),
    });
    this.cleanup = new HandlerFunction(this, 'Cleanup', {
      module: 'cleanup',
      description: `${name}: undoes one segment, from its journal.`,
      memorySize: WORKER_MEMORY,
      environment: variables,
      logRetention,
      access: cleanupAccess(access),
    });
    const shared = { coordinator: this.coordinator, rehearser: this.rehearser, logRetention };
    this.machine = new Machine(this, 'Machine', {
      ...shared,
      name: names.run,
      document: (functions) => backfillMachine(name, functions),
      worker: this.processor,
    });
    this.rollbackMachine = new Machine(this, 'RollbackMachine', {
      ...shared,
      name: names.rollback,
      document: (functions) => rollbackMachine(name, functions),
      worker: this.cleanup,
    });
    Tags.of(this).add('backfill', name);
  }
}
