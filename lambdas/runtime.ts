import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ConsumptionMeter } from '../lib/adapters/consumption.ts';
import { type Abilities, abilitiesOf } from '../lib/adapters/dynamodb/abilities.ts';
import type { CallDeps, Outage } from '../lib/adapters/dynamodb/client.ts';
import { codec } from '../lib/adapters/dynamodb/codec.ts';
import { DynamoLedger } from '../lib/adapters/dynamodb/ledger.ts';
import { serviceCache } from '../lib/adapters/dynamodb/service-cache.ts';
import { sourceReader, tableInspector, tableReader, targetReader } from '../lib/adapters/dynamodb/table.ts';
import { trafficMeter } from '../lib/adapters/dynamodb/traffic.ts';
import { targetWriter } from '../lib/adapters/dynamodb/writer.ts';
import { artifactStore, journalStore, type ObjectStore } from '../lib/adapters/objects.ts';
import { backfills, findBackfill } from '../lib/backfills/index.ts';
import type { AnyDefinition } from '../lib/core/definition.ts';
import { BackfillError } from '../lib/core/errors.ts';
import type { CapacityKeeper, Log, Meter, Ports, ServiceClient, TableKeeper } from '../lib/core/ports.ts';
import type { Prices } from '../lib/core/prices.ts';
import type { Owner, RunRecord } from '../lib/core/records/run.ts';
import type { Clock, Random } from '../lib/core/retry.ts';
import type { Workplace } from '../lib/core/segment.ts';
import { ServiceDesk } from '../lib/core/service.ts';
import type { ClosingPorts } from '../lib/core/steps/finish.ts';
import { Worker } from '../lib/core/watcher.ts';

/** What an environment provides: the same handlers run on AWS and on a laptop, and differ in this alone. */
export interface Runtime {
  environment: string;
  /** The database is the embedded one, or another one at hand: see `Ports`. */
  embedded: boolean;
  /** See `Ports`. */
  approve: Ports['approve'];
  /** See `Ports`; by the backfill's name. */
  digestOf: (backfill: string) => string;
  /** See `Ports`. */
  undoDays: Ports['undoDays'];
  dynamo: DynamoDBClient;
  ledgerTable: string;
  serviceCacheTable: string;
  /** The physical name of a definition's table. */
  tableName: (logical: string) => string;
  /** Backups and capacity of a table, by its physical name. */
  keeper: (table: string) => TableKeeper;
  /** What everybody takes of a table. */
  consumption: ConsumptionMeter;
  /** Journal and artifacts. */
  objects: ObjectStore;
  /** By the name under which definitions ask for them. */
  services: Readonly<Record<string, () => Promise<ServiceClient>>>;
  owner: Owner;
  isDead: (owner: Owner) => Promise<boolean>;
  executionEnded: (owner: Owner) => Promise<boolean>;
  concurrency: number;
  /** Milliseconds between two looks of a worker at what its run is told. */
  watchEveryMs: number;
  prices: Prices;
  clock: Clock;
  random: Random;
  /** Of one backfill. */
  log: (definition: AnyDefinition) => Log;
  meter: Meter;
}

const outages = new WeakMap<DynamoDBClient, Outage>();

/** What every call to the runtime's database shares. */
export function callDeps({ dynamo, clock, random }: Pick<Runtime, 'dynamo' | 'clock' | 'random'>): CallDeps {
  const outage = outages.get(dynamo) ?? { until: 0 };
  outages.set(dynamo, outage);
  return { clock, random, outage };
}

const known = new WeakMap<DynamoDBClient, Abilities>();

/** What the runtime's database can do is found out once. */
function abilities(runtime: Runtime, log: Log): Abilities {
  const { dynamo, ledgerTable } = runtime;
  const found = known.get(dynamo) ?? abilitiesOf(dynamo, ledgerTable, { ...callDeps(runtime), log });
  known.set(dynamo, found);
  return found;
}

/** @throws {BackfillError} `backfill.unknown` */
export const portsFor = (backfill: string, runtime: Runtime): Ports => portsOf(findBackfill(backfill), runtime);

export function portsOf(definition: AnyDefinition, runtime: Runtime): Ports {
  const { dynamo, objects } = runtime;
  const table = runtime.tableName(definition.source.table);
  const deps = callDeps(runtime);
  const log = runtime.log(definition);
  return {
    ...runtime,
    definition,
    digest: runtime.digestOf(definition.name),
    definitions: backfills,
    log,
    source: sourceReader(dynamo, table, deps),
    target: targetReader(dynamo, table, deps),
    writer: targetWriter(dynamo, table, abilities(runtime, log), log),
    inspector: tableInspector(dynamo, table, deps),
    keeper: runtime.keeper(table),
    traffic: trafficMeter(dynamo, table, runtime.consumption, deps),
    reader: (share) => tableReader(dynamo, table, definition, share, deps),
    journal: journalStore(objects),
    artifacts: artifactStore(objects),
    ledger: new DynamoLedger(dynamo, runtime.ledgerTable, deps),
    codec,
    service: (name) => {
      const make = runtime.services[name];
      if (!make) throw new BackfillError('definition.invalid', `No environment provides the service "${name}".`);
      return make();
    },
    serviceCache: serviceCache(dynamo, runtime.serviceCacheTable, deps),
  };
}

export const silent: Log = { info: () => undefined, warn: () => undefined };

/** What ends a run, also one whose definition is gone. */
export function closingPorts(run: RunRecord, runtime: Runtime): ClosingPorts {
  const definition = backfills.find(({ name }) => name === run.backfill);
  const table = run.table ?? definition?.source.table;
  return {
    definition,
    ledger: new DynamoLedger(runtime.dynamo, runtime.ledgerTable, callDeps(runtime)),
    clock: runtime.clock,
    keeper: table === undefined ? keeperOfNothing(run) : runtime.keeper(runtime.tableName(table)),
    log: definition ? runtime.log(definition) : silent,
  };
}

function keeperOfNothing({ backfill }: RunRecord): CapacityKeeper {
  const fail = async (): Promise<never> => {
    throw new BackfillError('backfill.removed', `Nobody knows the table of ${backfill} any more.`);
  };
  return { writeCapacity: fail, setWriteCapacity: fail, commandFor: fail };
}

/** One desk for all segments that this process works on in one execution of a run; a resumed run begins with a closed circuit. */
export function serviceDesks() {
  let desk: { run: string; desk: ServiceDesk } | undefined;
  return async (run: RunRecord, { ports, worker }: Pick<Workplace, 'ports' | 'worker'>): Promise<ServiceDesk | undefined> => {
    const use = ports.definition.service;
    if (!use || !run.options.enrich) return undefined;
    const name = `${run.runId}/${run.epoch}`;
    if (desk?.run !== name) {
      const client = await ports.service(use.name);
      const { serviceCache: cache, clock, random } = ports;
      desk = { run: name, desk: new ServiceDesk({ use, client, cache, clock, random, flow: worker?.flow }) };
    }
    return desk.desk;
  };
}

/** What this process is to a run, for all segments that it works on, in whatever invocations. */
export function workers() {
  let known: { run: string; worker: Worker } | undefined;
  return ({ runId }: RunRecord, ports: Ports): Worker => {
    if (known?.run !== runId) known = { run: runId, worker: new Worker(ports) };
    return known.worker;
  };
}
