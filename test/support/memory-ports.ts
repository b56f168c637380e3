import { codec } from '../../lib/adapters/dynamodb/codec.ts';
import type { Item } from '../../lib/core/attribute-value.ts';
import type { Answer, AnyDefinition } from '../../lib/core/definition.ts';
import { BackfillError } from '../../lib/core/errors.ts';
import { fingerprint } from '../../lib/core/fingerprint.ts';
import { type JournalRef, type JournalStore, journalName, parseJournalName } from '../../lib/core/journal.ts';
import type {
  ArtifactStore,
  CapacityState,
  Ports,
  ServiceCache,
  ServiceClient,
  TableFacts,
  TableKeeper,
  TableSurvey,
} from '../../lib/core/ports.ts';
import { prices } from '../../lib/core/prices.ts';
import type { BackupRecord, Owner, RunOptions, RunRecord, WriteCapacity } from '../../lib/core/records/run.ts';
import { nothingYet, plainOptions } from '../../lib/core/run.ts';
import { WATCH_EVERY_MS } from '../../lib/core/watcher.ts';
import { fakeClock } from './fake-clock.ts';
import { MemoryLedger, openSegment } from './memory-ledger.ts';
import { MemoryTable } from './memory-table.ts';

export const RUN_ID = '20261121-120000-test';
export const OWNER: Owner = { execution: 'test:1', host: 'here', pid: 1, startedAt: 'then' };

export class MemoryJournal implements JournalStore {
  readonly objects = new Map<string, string>();

  async put(ref: JournalRef, text: string): Promise<void> {
    const name = journalName(ref);
    const standing = this.objects.get(name);
    if (standing !== undefined && standing !== text) throw new BackfillError('journal.conflict', name);
    this.objects.set(name, text);
  }
  async get(ref: JournalRef): Promise<string> {
    const name = journalName(ref);
    const text = this.objects.get(name);
    if (text === undefined) throw new BackfillError('journal.corrupt', `The journal object ${name} is missing.`);
    return text;
  }
  async listAfter(runId: string, segment: number, seq: number): Promise<JournalRef[]> {
    const refs = [...this.objects.keys()].sort().map(parseJournalName) as JournalRef[];
    return refs.filter((ref) => ref.runId === runId && ref.segment === segment && ref.seq > seq);
  }
}

export class MemoryArtifacts implements ArtifactStore {
  readonly files = new Map<string, string>();

  async put(name: string, body: string): Promise<string> {
    this.files.set(name, body);
    return name;
  }
  async get(name: string): Promise<string | undefined> {
    return this.files.get(name);
  }
  async list(prefix: string): Promise<string[]> {
    return [...this.files.keys()].filter((name) => name.startsWith(prefix)).sort();
  }
}

export class MemoryCache implements ServiceCache {
  readonly answers = new Map<string, Answer<unknown>>();
  expires: number | undefined;

  async getMany(service: string, requests: readonly string[]) {
    const known = requests.flatMap((request): [string, Answer<unknown>][] => {
      const answer = this.answers.get(`${service}/${request}`);
      return answer ? [[request, answer]] : [];
    });
    return new Map(known);
  }
  async putMany(service: string, answers: ReadonlyMap<string, Answer<unknown>>, expires: number): Promise<void> {
    this.expires = expires;
    for (const [request, answer] of answers) this.answers.set(`${service}/${request}`, answer);
  }
}

/** A table on which nothing is to be remarked. */
export const surveyOf = (facts: TableFacts, change: Partial<TableSurvey> = {}): TableSurvey => ({
  facts,
  items: null,
  bytes: null,
  provisioned: undefined,
  warm: null,
  pointInTimeRecovery: true,
  stream: undefined,
  ttl: undefined,
  replicas: [],
  ...change,
});

/** Its backups are there at once, and so is its capacity. */
export class MemoryKeeper implements TableKeeper {
  readonly backups: string[] = [];
  units: WriteCapacity = { '': 5 };

  async backUp(name: string): Promise<BackupRecord> {
    this.backups.push(name);
    return { name, where: `memory:${name}`, restore: 'restore it', status: 'available', bytes: 1, at: '2026-11-21T12:00:00.000Z' };
  }
  async backupStatus(backup: BackupRecord): Promise<BackupRecord> {
    return { ...backup, status: 'available' };
  }
  async writeCapacity(): Promise<CapacityState> {
    return { mode: 'provisioned', units: this.units, settled: true };
  }
  async setWriteCapacity(_: 'provisioned' | 'warm', units: WriteCapacity): Promise<boolean> {
    this.units = units;
    return true;
  }
  async commandFor(units: WriteCapacity): Promise<string> {
    return `set ${JSON.stringify(units)}`;
  }
}

/** Everything in memory that one run needs; workers that come and go share it. */
export interface World {
  definition: AnyDefinition;
  table: MemoryTable;
  ledger: MemoryLedger;
  journal: MemoryJournal;
  artifacts: MemoryArtifacts;
  cache: MemoryCache;
  facts: TableFacts;
  run: RunRecord;
  ports: Ports;
}

export interface WorldOptions {
  definition: AnyDefinition;
  items: readonly Item[];
  options?: Partial<RunOptions>;
  client?: ServiceClient;
  facts?: Partial<TableFacts>;
  overrides?: Partial<Ports>;
}

export const runRecord = (definition: AnyDefinition, options: Partial<RunOptions> = {}): RunRecord => ({
  runId: RUN_ID,
  backfill: definition.name,
  version: definition.version,
  digest: 'test',
  environment: 'local',
  status: 'running',
  epoch: 1,
  owner: OWNER,
  options: { ...plainOptions, batchSize: 4, segments: 1, enrich: true, tolerate: 1, ...options },
  rollback: null,
  rounds: 1,
  baseline: { changed: 0, failed: 0 },
  undoneBy: null,
  now: '2026-11-21T12:00:00.000Z',
  createdAt: '2026-11-21T12:00:00.000Z',
  workedMs: 0,
  startedAt: '2026-11-21T12:00:00.000Z',
  finishedAt: null,
  estimatedItems: null,
  pricePerCall: 0,
  ...nothingYet,
});

/** When a run of that id began. */
export const bornOf = (runId: string): string => `${runId.slice(0, 4)}-${runId.slice(4, 6)}-${runId.slice(6, 8)}T12:00:00.000Z`;

/** A planned run over `items`, no page of which is worked off yet. */
export function memoryWorld({ definition, items, options, client, facts, overrides }: WorldOptions): World {
  const key = [...definition.source.key];
  const run = runRecord(definition, options);
  const table = new MemoryTable(key, items);
  const ledger = new MemoryLedger();
  const journal = new MemoryJournal();
  const artifacts = new MemoryArtifacts();
  const cache = new MemoryCache();
  ledger.runs.set(run.runId, run);
  for (let segment = 0; segment < run.options.segments; segment += 1) ledger.rows.set(segment, openSegment(run.runId, segment));
  const tableFacts: TableFacts = { name: 'things', status: 'ACTIVE', key, indexes: [], keyTypes: {}, ...facts };
  const ports: Ports = {
    environment: 'local',
    embedded: true,
    digest: 'test',
    undoDays: null,
    approve: 'auto',
    definition,
    source: table,
    target: table,
    writer: table,
    inspector: {
      table: tableFacts.name,
      describe: async () => tableFacts,
      estimateItems: async () => table.rows.size,
      survey: async () => surveyOf(tableFacts),
      hash: async () => fingerprint(table.all()),
    },
    keeper: new MemoryKeeper(),
    prices,
    reader: () => {
      throw new Error('no reader in memory');
    },
    journal,
    artifacts,
    ledger,
    codec,
    service: async () => client ?? { call: async () => ({ kind: 'answer', answer: { kind: 'missing', reason: 'none' } }) },
    serviceCache: cache,
    clock: fakeClock(),
    random: () => 0.5,
    owner: OWNER,
    isDead: async () => false,
    executionEnded: async () => false,
    concurrency: 1,
    watchEveryMs: WATCH_EVERY_MS,
    definitions: [definition],
    log: { info: () => undefined, warn: () => undefined },
    meter: () => undefined,
    ...overrides,
  };
  return { definition, table, ledger, journal, artifacts, cache, facts: tableFacts, run, ports };
}
