import * as z from 'zod/mini';
import type { Schedule } from '../core/definition.ts';
import { BackfillError } from '../core/errors.ts';
import { nearest } from '../core/options.ts';
import { prices } from '../core/prices.ts';

/** What cdk.json says of the environments: one configuration, read by deployment and by the CLI. `docs/reference/configuration.md` lists every key. */

export const DEPLOYED = ['development', 'staging', 'production'] as const;
export type DeployedEnvironment = (typeof DEPLOYED)[number];

export const ENVIRONMENTS = ['local', ...DEPLOYED] as const;
export type EnvironmentName = (typeof ENVIRONMENTS)[number];

/** Segments of a run that Lambda works on at once where nothing is configured. */
export { DEPLOYED_CONCURRENCY } from '../core/forecast/assumptions.ts';

/** For how many days CloudWatch can keep a log; 9999: for ever. */
export const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, 9999,
] as const;

const text = (pattern: RegExp, expected: string) => z.string(expected).check(z.regex(pattern, expected));

/** Of the table in `lib/core/prices.ts`: the numbers are dollars. */
const priceShape = Object.fromEntries(
  Object.entries(prices).map(([name, price]) => {
    const expected = 'must be a number of dollars from 0';
    return [
      name,
      z.exactOptional(typeof price === 'number' ? z.number(expected).check(z.minimum(0, expected)) : z.string('must be a text')),
    ];
  }),
);

const CONCURRENCY = 'must be a whole number from 1 to 1000';

const UNDO_DAYS = 'must be a whole number of days from 1 to 3650';

const listOf = (one: string): string => {
  const range = `(\\*|${one}(-${one})?)(/\\d+)?`;
  return `${range}(,${range})*`;
};
const DAYS = '[\\dA-Z*,/#-]+';
/** Minutes, hours, days of the month or of the week but not both, months, years. */
const CRON = `${listOf('[0-5]?\\d')} ${listOf('([01]?\\d|2[0-3])')} (\\? ${DAYS} ${DAYS}|${DAYS} ${DAYS} \\?) [\\d*,/-]+`;

/** EventBridge Scheduler would refuse others too, but only in the midst of a deployment. */
const schedule = text(
  new RegExp(`^(off|cron\\(${CRON}\\)|rate\\([1-9]\\d* (minute|hour|day)s?\\)|at\\(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\))$`),
  'must be "off", or an expression such as cron(0 3 * * ? *), rate(1 day) or at(2027-01-31T03:00:00)',
);

const settingsShape = {
  account: z.optional(text(/^\d{12}$/, 'must be a text of twelve digits')),
  region: z.optional(text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as eu-central-1')),
  placesSecret: z.optional(text(/^[A-Za-z0-9/_+=.@-]{1,512}$/, 'must be the name of a secret: letters, digits and /_+=.@-, not an ARN')),
  concurrency: z.optional(z.int(CONCURRENCY).check(z.minimum(1, CONCURRENCY), z.maximum(1000, CONCURRENCY))),
  logRetentionDays: z._default(z.literal(RETENTION_DAYS, `must be one of ${RETENTION_DAYS.join(', ')}`), 90),
  undoDays: z._default(z.int(UNDO_DAYS).check(z.minimum(1, UNDO_DAYS), z.maximum(3650, UNDO_DAYS)), 90),
  alarmEmails: z._default(z.array(text(/^[^@\s]+@[^@\s]+$/, 'must be an address of e-mail'), 'must be a list of addresses'), []),
  sampleTables: z._default(z.boolean('must be true or false'), false),
  raiseCapacity: z._default(z.boolean('must be true or false'), false),
  approve: z.optional(z.enum(['auto', 'manual'], 'must be "auto" or "manual"')),
  prices: z._default(z.strictObject(priceShape, 'must be an object'), {}),
  tags: z._default(z.record(z.string(), z.string('must be a text'), 'must be an object'), {}),
};

const tableName = text(
  /^[A-Za-z0-9_.-]{3,255}$/,
  'must be the name of a table: 3 to 255 letters, digits, dots, hyphens and underscores, not an ARN',
);

/** Every key of an environment. */
export const SETTINGS: readonly string[] = ['tables', 'schedules', ...Object.keys(settingsShape)];

/** Names that a configuration may use, from the definitions. */
export interface Known {
  /** Logical names. */
  readonly tables: readonly string[];
  readonly backfills: readonly string[];
}

/** @throws {BackfillError} `definition.invalid` when two definitions bear one name */
export function knownFrom(definitions: readonly { readonly name: string; readonly source: { readonly table: string } }[]): Known {
  const backfills = definitions.map(({ name }) => name);
  const twice = backfills.find((name, place) => backfills.indexOf(name) !== place);
  if (twice !== undefined) throw new BackfillError('definition.invalid', `Two definitions are called "${twice}".`);
  return { tables: [...new Set(definitions.map(({ source }) => source.table))], backfills };
}

function schemaFor({ tables, backfills }: Known) {
  const shapeOf = <T extends z.ZodMiniType>(names: readonly string[], value: T) =>
    z._default(z.strictObject(Object.fromEntries(names.map((name) => [name, z.exactOptional(value)])), 'must be an object'), {});
  const settings = z.strictObject(
    { ...settingsShape, tables: shapeOf(tables, tableName), schedules: shapeOf(backfills, schedule) },
    'must be an object',
  );
  return z.strictObject(
    { local: z.prefault(settings, {}), development: z.optional(settings), staging: z.optional(settings), production: z.optional(settings) },
    'must be an object',
  );
}

export type Approval = 'auto' | 'manual';

/** One environment, every default filled in. */
export interface EnvironmentConfig {
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  /** Physical names by logical ones; a table that is not named here bears its logical name. */
  readonly tables: Readonly<Record<string, string>>;
  /**
   * The name of an existing secret that holds the Places API key.
   * @default - StateStack makes an empty one
   */
  readonly placesSecret?: string | undefined;
  /**
   * Segments of a run that are worked on at once.
   * @default - 50 where it is deployed, 8 on a laptop
   */
  readonly concurrency?: number | undefined;
  /** For how many days a run can be undone: then its journal expires. */
  readonly undoDays: number;
  /** Instead of what a definition declares, by its name: an expression of EventBridge Scheduler, or `off`. */
  readonly schedules: Readonly<Record<string, string>>;
  /** Who hears of alarms. */
  readonly alarmEmails: readonly string[];
  readonly logRetentionDays: (typeof RETENTION_DAYS)[number];
  /** Whether the tables that the definitions scan are created, empty: in development only. */
  readonly sampleTables: boolean;
  /** Whether a run may ask for another write capacity of its table. */
  readonly raiseCapacity: boolean;
  /** Whether a person lets each phase but the first begin, unless a run says otherwise. */
  readonly approve: Approval;
  /** Laid over the table of prices. */
  readonly prices: Readonly<Partial<typeof prices>>;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Reads one environment out of the context's `environments`. All of them are checked: a slip in production shall not wait for production.
 *
 * @param known the names that there are
 * @param file where it stands, for the messages
 * @throws {BackfillError} `option.unknown` naming the key, its path and its nearest neighbour; `option.invalid` naming key and expectation
 */
export function readEnvironment(environments: unknown, name: EnvironmentName, known: Known, file: string): EnvironmentConfig {
  const parsed = schemaFor(known).safeParse(environments ?? {});
  if (!parsed.success) throw defect(parsed.error.issues, known, file);
  refuseShared(parsed.data, known.tables, file);
  refuseCommon(parsed.data, known.tables, file);
  refuseSamples(parsed.data, file);
  const settings = parsed.data[name];
  if (!settings) throw new BackfillError('option.invalid', `${file}: environments.${name} is missing.`, { remedy: remedyFor(file) });
  return { ...settings, approve: settings.approve ?? (name === 'production' ? 'manual' : 'auto') };
}

/** @throws {BackfillError} `option.invalid`, when two of the tables of an environment would be one */
function refuseShared(
  environments: Partial<Record<string, { readonly tables: Readonly<Record<string, string | undefined>> } | undefined>>,
  tables: readonly string[],
  file: string,
): void {
  for (const [environment, settings] of Object.entries(environments)) {
    const owners = new Map<string, string>();
    for (const table of tables) {
      const physical = settings?.tables[table] ?? table;
      const owner = owners.get(physical);
      if (owner !== undefined) {
        const where = `environments.${environment}.tables`;
        const message = `${file}: ${where} must give every table a name of its own: "${physical}" would be both ${owner} and ${table}.`;
        throw new BackfillError('option.invalid', message, { remedy: remedyFor(file) });
      }
      owners.set(physical, table);
    }
  }
}

/** @throws {BackfillError} `option.invalid`, when two environments would change one table, each with locks of its own. Where account or region are left to the credentials, nobody can tell. */
function refuseCommon(
  environments: Partial<
    Record<string, { account?: string | undefined; region?: string | undefined; tables: Record<string, string | undefined> } | undefined>
  >,
  tables: readonly string[],
  file: string,
): void {
  const owners = new Map<string, string>();
  for (const [environment, settings] of Object.entries(environments)) {
    if (!settings?.account || !settings.region) continue;
    for (const table of tables) {
      const physical = settings.tables[table] ?? table;
      const place = `${settings.account} ${settings.region} ${physical}`;
      const owner = owners.get(place);
      if (owner !== undefined && owner !== environment) {
        const message = `${file}: environments.${owner} and environments.${environment} are in one account and region, and both have the table "${physical}": neither would know of the other's runs.`;
        throw new BackfillError('option.invalid', message, {
          remedy: `Give each tables of its own, in ${file}; docs/reference/configuration.md lists every key.`,
        });
      }
      owners.set(place, environment);
    }
  }
}

/** @throws {BackfillError} `option.invalid`, where tables that belong to somebody would be created and, one day, destroyed */
function refuseSamples(environments: Partial<Record<string, { readonly sampleTables: boolean } | undefined>>, file: string): void {
  for (const [environment, settings] of Object.entries(environments)) {
    if (!settings?.sampleTables || environment === 'development') continue;
    const instead = environment === 'local' ? 'there, `npx backfill local seed` makes them' : 'elsewhere tables are imported, never owned';
    const message = `${file}: environments.${environment}.sampleTables must be false: only development creates the tables; ${instead}.`;
    throw new BackfillError('option.invalid', message, { remedy: remedyFor(file) });
  }
}

/**
 * A single start that is over would never come: refused, whether the environment asks for it or the definition.
 *
 * @param now in milliseconds since the epoch
 * @throws {BackfillError} `option.invalid`
 */
export function refusePastSchedules(
  now: number,
  environment: EnvironmentName,
  { schedules }: Pick<EnvironmentConfig, 'schedules'>,
  definitions: readonly { readonly name: string; readonly schedule?: Schedule | undefined }[],
  file: string,
): void {
  for (const { name, schedule } of definitions) {
    const said = schedules[name];
    const once = /^at\((.+)\)$/.exec(said ?? schedule?.expression ?? '')?.[1];
    const where = said === undefined ? `the schedule of ${name}` : `environments.${environment}.schedules.${name}`;
    if (once !== undefined) refusePast(once, now, schedule?.timezone ?? 'UTC', where, file);
  }
}

/** As far as zones are from UTC. */
const ZONES_MS = 14 * 3_600_000;

function refusePast(once: string, now: number, timezone: string, where: string, file: string): void {
  const at = Date.parse(`${once}Z`);
  // In another zone than UTC it is over for certain only once it is over everywhere.
  if (at + (timezone === 'UTC' ? 0 : ZONES_MS) > now) return;
  const why = Number.isNaN(at) ? 'is no moment of the calendar' : `is in the past: it is ${new Date(now).toISOString().slice(0, 19)} UTC`;
  throw new BackfillError('option.invalid', `${file}: ${where} must be a moment to come; at(${once}) ${why}.`, { remedy: remedyFor(file) });
}

/**
 * The environment that a deployment goes to, `environment` of the context.
 *
 * @throws {BackfillError} `option.invalid` naming its nearest neighbour
 */
export function deployedNamed(name: unknown, file: string): DeployedEnvironment {
  const known = DEPLOYED.find((environment) => environment === name);
  if (known) return known;
  const near = typeof name === 'string' ? nearest(name, DEPLOYED) : undefined;
  const hint = near ? `Did you mean "${near}"?` : `There is: ${DEPLOYED.join(', ')}.`;
  const shown = typeof name === 'string' ? `"${name}"` : JSON.stringify(name);
  throw new BackfillError('option.invalid', `${file}: There is no environment ${shown} to deploy. ${hint}`, {
    remedy: `Correct \`environment\` in the context of ${file}, or choose one with \`-c environment=NAME\` at deployment.`,
  });
}

/** A key that is not there, with its nearest neighbour. */
export function unknownKey(path: readonly PropertyKey[], known: readonly string[], file: string): BackfillError {
  const name = String(path.at(-1));
  const near = nearest(name, known);
  const hint = near ? `Did you mean \`${near}\`?` : `There is: ${known.join(', ')}.`;
  return new BackfillError('option.unknown', `${file}: There is no key \`${path.map(String).join('.')}\`. ${hint}`, {
    remedy: remedyFor(file),
    details: { key: name, path: path.slice(0, -1).map(String).join('.') },
  });
}

const remedyFor = (file: string): string => `Correct ${file}; docs/reference/configuration.md lists every key.`;

function defect(issues: readonly z.core.$ZodIssue[], known: Known, file: string): BackfillError {
  const stranger = issues.find((issue) => issue.code === 'unrecognized_keys');
  if (stranger) return unknownKey(['environments', ...stranger.path, stranger.keys[0] ?? ''], knownAt(stranger.path, known), file);
  const [issue] = issues;
  const where = ['environments', ...(issue?.path ?? [])].map(String).join('.');
  return new BackfillError('option.invalid', `${file}: ${where} ${issue?.message}.`, { remedy: remedyFor(file) });
}

/** The keys that may stand at a path beneath `environments`. */
function knownAt(path: readonly PropertyKey[], { tables, backfills }: Known): readonly string[] {
  if (path.length === 0) return ENVIRONMENTS;
  if (path.length === 1) return SETTINGS;
  if (path[1] === 'tables') return tables;
  return path[1] === 'schedules' ? backfills : Object.keys(priceShape);
}
