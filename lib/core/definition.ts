import type * as z from 'zod/mini';
import type { CheckContext, CheckResult } from './checks.ts';
import { BackfillError } from './errors.ts';
import type { Native, Result } from './result.ts';

export { create, fail, skip, update } from './result.ts';

/** Where items come from: a parallel scan over one table. */
export interface TableScan {
  kind: 'table-scan';
  /** The table's logical name; an environment may map it to another physical one. */
  table: string;
  /** The names of its key attributes, partition key first. */
  key: readonly [string] | readonly [string, string];
  /** Only items with these attribute values are eligible; all others are `filtered`. */
  where: Readonly<Record<string, string>>;
}

export const tableScan = (source: Omit<TableScan, 'kind' | 'where'> & { where?: TableScan['where'] }): TableScan => ({
  kind: 'table-scan',
  where: {},
  ...source,
});

/** What an outside service answered for one request. `unavailable` never reaches `transform`: such an item fails, retryable. */
export type Answer<A> = { kind: 'found'; value: A } | { kind: 'missing'; reason: string };

/** An outside service that a definition needs. The engine batches, caches, retries, counts and prices its calls. */
export interface ServiceUse<I, A> {
  /** The name under which the environment provides a client. */
  name: string;
  /** What to ask for this item, also the cache's key; `undefined`: nothing. */
  ask: (item: I) => string | undefined;
  /** The shape of a found answer. An answer that does not fit counts as a fault of the service. */
  answer: z.ZodMiniType<A>;
  /** How long an answer may be used again, in days. */
  cacheDays: number;
  /** Dollars a call. */
  pricePerCall: number;
}

export interface TransformContext<A> {
  /** The run's one moment, ISO 8601 in UTC; the same for every item and every retry. */
  now: string;
  run: { id: string };
  /** The service's answer, where one was asked for. */
  answer: Answer<A> | undefined;
}

/** What must be true of the tables before a run may start. */
export interface Requirements {
  indexes: readonly { name: string; key: readonly string[] }[];
}

/** A share of the segments, closed by a gate. */
export interface PhasePlan {
  /** In a word: `pilot`. */
  name: string;
  /** In per cent of the segments, counted from the beginning: the last phase ends at 100. */
  upTo: number;
  batchSize: number;
}

/** When a backfill starts by itself where it is deployed. */
export interface Schedule {
  /** As EventBridge Scheduler has it: `cron(0 3 * * ? *)`, `rate(1 day)`. */
  expression: string;
  /** IANA's name, such as `Europe/Berlin`. */
  timezone: string;
}

/** A line of the report that is signed: what must, or should, be true. */
export interface Criterion {
  text: string;
  /** Names of the checks that decide it; all must pass. */
  checks?: readonly string[];
  /** What the engine knows by itself. `unmeasured`: nothing here can tell; a person says. */
  fact?: EngineFact;
}

export type EngineFact = 'originals-unchanged' | 'counts-add-up' | 'throttles' | 'service-cost' | 'duration' | 'incidents' | 'unmeasured';

export interface SignOff {
  must: readonly Criterion[];
  should: readonly Criterion[];
  /** Roles that sign. */
  signers: readonly string[];
}

export interface Definition<I = Native, A = unknown> {
  name: string;
  version: string;
  /** One line for `backfill list`. */
  summary: string;
  source: TableScan;
  /** The schema of what `transform` sees: the key and the attributes of `reads` and `writes`. */
  item: z.ZodMiniObject;
  /** Attributes that the result depends on. */
  reads: readonly string[];
  /** Attributes that an update may touch; nothing for a definition that only creates. */
  writes: readonly string[];
  /** For definitions that create: the key the new row will have. The engine looks there first, so that an existing row costs no call and no write. */
  target?: (item: I) => Native;
  service?: ServiceUse<I, A>;
  /** Why an item is left alone, decided before any service is asked. */
  skip?: (item: I) => string | undefined;
  transform: (item: I, context: TransformContext<A>) => Result;
  checks: (context: CheckContext) => Promise<CheckResult[]>;
  requires: Requirements;
  /** Items read between two checkpoints, unless a run says otherwise. */
  batchSize: number;
  /** The phases of a whole run; none: it goes through in one. */
  phases: readonly PhasePlan[];
  /** Named predicates on eligible items as they lie in the table, in native values, of whatever shape: an assessment says how many hold. One that throws does not hold. */
  quality: Readonly<Record<string, (item: Native) => boolean>>;
  signOff: SignOff;
  /** Absent: it starts only when somebody starts it. */
  schedule?: Schedule;
  /** The file among the local logs. */
  logFile: string;
}

// biome-ignore lint/suspicious/noExplicitAny: the registry holds definitions of every item type
export type AnyDefinition = Definition<any, any>;

/** Roughly `Definition`, with the names in `reads`, `writes` and the key held against the schema, and `transform` typed from it. */
export interface DefinitionInput<S extends z.ZodMiniObject, A>
  extends Omit<Definition<z.output<S>, A>, 'item' | 'reads' | 'writes' | Defaulted>,
    Partial<Pick<Definition<z.output<S>, A>, Defaulted>> {
  item: S;
  reads: readonly (keyof z.output<S> & string)[];
  writes: readonly (keyof z.output<S> & string)[];
}

type Defaulted = 'checks' | 'requires' | 'batchSize' | 'phases' | 'quality' | 'signOff' | 'logFile';

export const DEFAULT_BATCH_SIZE = 100;

/** What is asked of every backfill, where its definition asks for nothing else. */
const DEFAULT_SIGN_OFF: SignOff = {
  must: [
    { text: 'Every count adds up, and every segment is closed.', fact: 'counts-add-up' },
    { text: 'No original was lost or changed.', fact: 'originals-unchanged' },
  ],
  should: [
    { text: 'Throttling was avoided.', fact: 'throttles' },
    { text: 'Nothing went wrong on the way.', fact: 'incidents' },
  ],
  signers: ['Engineering lead', 'Data lead', 'Operations lead'],
};

/** `backfill-<name>-development-rollback` must fit the 80 characters of a state machine's name. */
const MAX_NAME = 50;

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** The code of an item that does not fit the schema; an assessment counts those under the same name. */
export const INVALID_ITEM = 'invalid-item';

/** DynamoDB's expressions hold 300 operators; a condition takes up to three for each attribute. */
export const MAX_TOUCHED_ATTRIBUTES = 100;

function defect(name: string, what: string): BackfillError {
  return new BackfillError('definition.invalid', `Definition "${name}": ${what}.`, { details: { definition: name } });
}

/**
 * Declares a backfill.
 *
 * @throws {BackfillError} `definition.invalid` when names are malformed, or `item`, `reads`, `writes` and the key do not fit each other.
 */
export function defineBackfill<S extends z.ZodMiniObject, A = unknown>(input: DefinitionInput<S, A>): Definition<z.output<S>, A> {
  const { name } = input;
  if (!NAME.test(name)) throw defect(name, 'the name must be lower-case words joined by hyphens');
  if (name.length > MAX_NAME)
    throw defect(name, `the name has ${name.length} characters; a state machine's name leaves room for ${MAX_NAME}`);
  const seen = new Set<string>([...input.source.key, ...input.reads, ...input.writes]);
  const described = new Set(Object.keys(input.item.shape));
  for (const attribute of seen) {
    if (!described.has(attribute)) throw defect(name, `"${attribute}" is in the key, reads or writes, but not in the item's schema`);
  }
  for (const attribute of described) {
    if (!seen.has(attribute)) throw defect(name, `the item's schema has "${attribute}", which is neither key nor in reads or writes`);
  }
  for (const attribute of input.source.key) {
    if (input.writes.includes(attribute)) throw defect(name, `the key attribute "${attribute}" cannot be written`);
  }
  if (seen.size > MAX_TOUCHED_ATTRIBUTES)
    throw defect(name, `it touches ${seen.size} attributes; at most ${MAX_TOUCHED_ATTRIBUTES} are possible`);
  if (Object.hasOwn(input.quality ?? {}, INVALID_ITEM))
    throw defect(name, `quality names "${INVALID_ITEM}", under which the engine counts items that are not of the schema`);
  const phases = input.phases ?? [];
  const shares = phases.map(({ upTo }) => upTo);
  if (phases.length > 0 && (shares.at(-1) !== 100 || shares.some((share, index) => share <= (shares[index - 1] ?? 0))))
    throw defect(name, `its phases go up to ${shares.join(', ')} per cent; they must rise, and end at 100`);
  return {
    checks: async () => [],
    requires: { indexes: [] },
    batchSize: DEFAULT_BATCH_SIZE,
    quality: {},
    signOff: DEFAULT_SIGN_OFF,
    logFile: `backfill_${name.replaceAll('-', '_')}.log`,
    ...input,
    phases,
  };
}
