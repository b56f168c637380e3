import type { Item, Key } from './attribute-value.ts';
import type { ItemReader } from './checks.ts';
import type { Counters } from './counters.ts';
import type { Answer, AnyDefinition } from './definition.ts';
import type { TrafficMeter } from './flow/traffic.ts';
import type { JournalStore } from './journal.ts';
import type { Ledger } from './ledger.ts';
import type { Prices } from './prices.ts';
import type { BackupRecord, CapacityRecord, Owner, WriteCapacity } from './records/run.ts';
import type { Native } from './result.ts';
import type { Clock, Random } from './retry.ts';
import type { Throttle } from './throttle.ts';
import type { SentSingly, Write, WriteResult } from './write.ts';
import type { WriteUnits } from './write-units.ts';

/** One page of a parallel scan. */
export interface PageRequest {
  segment: number;
  totalSegments: number;
  cursor: Key | null;
  /** At most so many items are scanned. */
  limit: number;
  /** Attribute values an item must have; others may be left out of the answer (they still count as scanned). */
  where: Readonly<Record<string, string>>;
  /** Left out: eventually. */
  consistent?: boolean;
  /** Left out: all. */
  attributes?: readonly string[];
  signal?: AbortSignal | undefined;
  /** Hears of each throttle that is waited out. */
  throttled?: ((throttle: Throttle) => void) | undefined;
}

export interface Page {
  items: Item[];
  scanned: number;
  /** Where the next page begins; `null`: this was the last. */
  cursor: Key | null;
  readUnits: number;
}

export interface SourceReader {
  readPage(request: PageRequest): Promise<Page>;
}

/** Strongly consistent reads by key, in the keys' order; `undefined` where there is none. */
export interface TargetReader {
  getMany(
    keys: readonly Key[],
    options: {
      attributes?: readonly string[];
      signal?: AbortSignal | undefined;
      /** See `PageRequest`. */
      throttled?: ((throttle: Throttle) => void) | undefined;
    },
  ): Promise<{ items: (Item | undefined)[]; readUnits: number }>;
}

/** The one port that changes a target. One round: it neither waits nor sends again what may have landed. */
export interface TargetWriter {
  apply(writes: readonly Write[], signal: AbortSignal): Promise<{ results: WriteResult[]; units: WriteUnits }>;
  /** Sends a write of this kind under a condition that never holds: it changes nothing, and shows whether the right is there. @throws `table.access-denied`, whose details may name the `action` */
  probe(kind: Write['kind'], key: Key): Promise<WriteResult>;
  /** What of these kinds of writes cannot go in batches here; empty: nothing. @throws `ledger.unreachable` */
  sentSingly(kinds: readonly Write['kind'][]): Promise<SentSingly[]>;
}

export interface TableFacts {
  name: string;
  status: string;
  key: string[];
  /** `projected`: with `INCLUDE`, the attributes beside the keys. `local`: it shares its table's partitions and capacity. */
  indexes: { name: string; status: string; key: string[]; projection: string; projected?: string[]; local?: true }[];
  /** Types of all key attributes, of the table and its indexes. */
  keyTypes: Record<string, 'S' | 'N' | 'B'>;
}

/** What a mass write to a table would meet. `null`: could not be found out here. */
export interface TableSurvey {
  facts: TableFacts;
  items: number | null;
  bytes: number | null;
  /** `undefined`: billed on demand. */
  provisioned: { read: number; write: number; indexes: Record<string, { read: number; write: number }> } | undefined;
  /** Units a second that an on-demand table is ready for. */
  warm: { read: number; write: number } | null;
  pointInTimeRecovery: boolean | null;
  /** What the stream carries, such as `NEW_AND_OLD_IMAGES`; `undefined`: there is none. */
  stream: string | undefined;
  /** The attribute that items expire by; `undefined`: none does. */
  ttl: string | null | undefined;
  /** Regions that hold a replica. */
  replicas: string[];
}

/** Copies of a table as a whole. */
export interface BackupKeeper {
  /** Begins a backup; where the copy is, and how to have it back. @throws `backup.failed`, `artifacts.unwritable` */
  backUp(name: string): Promise<BackupRecord>;
  /** How it stands now. @throws `backup.failed` when it will never be there */
  backupStatus(backup: BackupRecord): Promise<BackupRecord>;
}

/** The write capacity of a table and its indexes at one moment. */
export interface CapacityState {
  mode: CapacityRecord['mode'];
  /** Empty where the endpoint does not tell. */
  units: WriteCapacity;
  /** False as long as table or indexes are being changed. */
  settled: boolean;
}

export interface CapacityKeeper {
  writeCapacity(): Promise<CapacityState>;
  /** Asks for other units, which takes a while; false: the table is being changed by somebody, ask again. @throws `capacity.refused` */
  setWriteCapacity(mode: CapacityRecord['mode'], units: WriteCapacity): Promise<boolean>;
  /** The command by which a person sets these units. */
  commandFor(units: WriteCapacity): Promise<string>;
}

/** Keeps the table as a whole, never its items. */
export interface TableKeeper extends BackupKeeper, CapacityKeeper {}

export interface TableInspector {
  /** Its physical name, whether or not it is there. */
  table: string;
  /** All that matters before a mass write; costs a few calls. `undefined`: there is no such table. */
  survey(): Promise<TableSurvey | undefined>;
  /** `undefined`: there is no such table. */
  describe(): Promise<TableFacts | undefined>;
  /** As well as it can be known cheaply; `null`: not. */
  estimateItems(): Promise<number | null>;
  /** The hash of the whole table, by a strongly consistent scan; the order of its items does not matter. */
  hash(): Promise<string>;
}

/** Between DynamoDB's typed values and native ones. Numbers that a JS number cannot hold exactly stay wrapped. */
export interface Codec {
  toNative(item: Item): Native;
  /** @throws Error for what DynamoDB cannot hold. */
  toItem(native: Native): Item;
}

/** A fault of an outside service, by what it calls for. */
export type ServiceFault =
  /** `isThrottle`: it is asked too often. */
  | { kind: 'transient'; message: string; retryAfterMs?: number; isThrottle?: boolean }
  /** A quota is spent until then (milliseconds since the epoch). */
  | { kind: 'quota'; message: string; until: number }
  /** Our credentials are refused. */
  | { kind: 'refused'; message: string };

/** One call, without retry. The answer is not yet held against the definition's schema. */
export interface ServiceClient {
  call(request: string, signal: AbortSignal): Promise<{ kind: 'answer'; answer: Answer<unknown> } | { kind: 'fault'; fault: ServiceFault }>;
}

export interface ServiceCache {
  getMany(service: string, requests: readonly string[]): Promise<Map<string, Answer<unknown>>>;
  /** `expires` in milliseconds since the epoch. */
  putMany(service: string, answers: ReadonlyMap<string, Answer<unknown>>, expires: number): Promise<void>;
}

/** Line files of a run, each written once as a whole. */
export interface ArtifactStore {
  /** Overwrites. Returns where a person finds it. */
  put(name: string, body: string): Promise<string>;
  get(name: string): Promise<string | undefined>;
  /** Names that begin so, sorted. */
  list(prefix: string): Promise<string[]>;
}

/** The whole table, or some segments of it. */
export type Share = { mode: 'full' } | { mode: 'sample'; segments: readonly number[]; total: number };

export interface TableReader extends ItemReader {
  /** The fingerprint of the source's eligible items, as the last whole scan saw them; scans if there was none. */
  fingerprint(): Promise<string>;
}

/** Everything outside that core touches, for one backfill. */
export interface Ports {
  environment: string;
  /** The database is one at hand, not DynamoDB itself: its latencies say nothing, and a scan more costs nothing. */
  embedded: boolean;
  /** Whether a person lets each phase but the first begin, unless a run says otherwise. */
  approve: 'auto' | 'manual';
  definition: AnyDefinition;
  /** Of the definition's code, in hexadecimal: what was rehearsed is what runs. */
  digest: string;
  /** For how many days a run can be undone, until its journal expires; `null`: for ever. */
  undoDays: number | null;
  source: SourceReader;
  target: TargetReader;
  writer: TargetWriter;
  inspector: TableInspector;
  keeper: TableKeeper;
  /** Left out: nobody here knows what the table can take. */
  traffic?: TrafficMeter;
  prices: Prices;
  reader: (share: Share) => TableReader;
  journal: JournalStore;
  artifacts: ArtifactStore;
  ledger: Ledger;
  codec: Codec;
  /** @throws `service.key-missing` */
  service: (name: string) => Promise<ServiceClient>;
  serviceCache: ServiceCache;
  clock: Clock;
  random: Random;
  owner: Owner;
  /** Whether a lease's holder can certainly write no more. */
  isDead: (owner: Owner) => Promise<boolean>;
  /** Whether the execution that carried a run has ended. */
  executionEnded: (owner: Owner) => Promise<boolean>;
  /** Segments worked on at once. */
  concurrency: number;
  /** Milliseconds between two looks of a worker at what its run is told. */
  watchEveryMs: number;
  /** All definitions there are: those that write the same attributes of the same table matter to each other. */
  definitions: readonly AnyDefinition[];
  log: Log;
  meter: Meter;
}

export interface Log {
  info(message: string, details?: Record<string, unknown>): void;
  warn(message: string, details?: Record<string, unknown>): void;
}

/** Hears of every page that was checked in. */
export type Meter = (page: { counters: Counters; durationMs: number }) => void;
