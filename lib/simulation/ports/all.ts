import type { Traffic } from '../../core/flow/traffic.ts';
import type { JournalStore } from '../../core/journal.ts';
import type { Ledger } from '../../core/ledger.ts';
import type { ArtifactStore, Ports } from '../../core/ports.ts';
import { prices } from '../../core/prices.ts';
import { WATCH_EVERY_MS } from '../../core/watcher.ts';
import { chance, mixed } from '../chance.ts';
import { codec } from '../codec.ts';
import { marking } from '../definition.ts';
import { toldMinutes } from '../dynamo/minutes.ts';
import type { TableModel } from '../dynamo/table.ts';
import type { Items, TableSpec } from '../items.ts';
import type { Observed } from '../observed.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import type { Worker } from '../worker.ts';
import { far } from './remote.ts';
import { factsOf, surveyOf } from './survey.ts';
import { sourceOf, targetOf, writerOf } from './table.ts';

/** What all workers of a run have before them. */
export interface Setting {
  table: TableSpec;
  model: TableModel;
  items: Items;
  observed: Observed;
  clock: VirtualClock;
  seed: number;
  ledger: Ledger;
  journal: JournalStore;
  artifacts: ArtifactStore;
  /** Segments worked on at once. */
  concurrency: number;
}

const nobody = async (): Promise<never> => {
  throw new Error('a simulated run asks nobody for this');
};

/** As the adapter tells it: what there is, and what everybody took in minutes that are over for long enough. */
const trafficOf = ({ table, model, clock }: Setting): Traffic | null =>
  table.capacity.mode === 'unlimited'
    ? null
    : {
        mode: table.capacity.mode === 'provisioned' ? 'provisioned' : 'warm',
        capacity: { write: model.units('write'), read: model.units('read') },
        minutes: toldMinutes(clock.now()).map((minute) => model.taken(minute)),
        blind: null,
      };

/** One worker's ports: all that it calls is over the network, and none of it comes once it is gone. */
export function portsOf(worker: Worker, setting: Setting): Ports {
  const { table, ledger, journal, artifacts } = setting;
  const caller = { clock: worker.clock, random: chance(mixed(setting.seed, 1_000 + worker.number)) };
  const side = { ...setting, caller, idleUntil: () => worker.idleUntil };
  return {
    environment: 'simulation',
    embedded: false,
    approve: 'auto',
    definition: marking,
    definitions: [marking],
    digest: 'simulation',
    undoDays: null,
    source: sourceOf(side),
    target: targetOf(side),
    writer: writerOf(side),
    inspector: {
      table: marking.source.table,
      survey: async () => surveyOf(table),
      describe: async () => factsOf(table),
      estimateItems: async () => table.items,
      hash: nobody,
    },
    keeper: { backUp: nobody, backupStatus: nobody, writeCapacity: nobody, setWriteCapacity: nobody, commandFor: nobody },
    prices,
    traffic: { read: async () => trafficOf(setting) },
    reader: () => {
      throw new Error('a simulated run is not checked by its definition');
    },
    journal: far(journal, 'object', caller),
    artifacts: far(artifacts, 'object', caller),
    ledger: far(ledger, 'ledger', caller),
    codec,
    service: nobody,
    serviceCache: { getMany: nobody, putMany: nobody },
    clock: worker.clock,
    random: caller.random,
    owner: { execution: 'simulation', host: `environment-${worker.number}`, pid: 1, startedAt: '' },
    // As on AWS: only the end of its lease frees a segment.
    isDead: async () => false,
    executionEnded: async () => false,
    concurrency: setting.concurrency,
    watchEveryMs: WATCH_EVERY_MS,
    log: { info: () => undefined, warn: () => undefined },
    meter: () => undefined,
  };
}
