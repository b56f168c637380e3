import type { Environment as StackEnvironment } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod/mini';
import { BackfillError } from '../workflow/deployment.ts';

const REMEDY = 'Correct the context in cdk.json, or choose an environment with `-c environment=NAME`.';

const DEPLOYED = ['development', 'staging', 'production'] as const;
export type DeployedEnvironment = (typeof DEPLOYED)[number];

/** What cdk.json may say of an environment; every field has a default. */
const EnvironmentContext = z.strictObject({
  account: z.optional(z.string().check(z.regex(/^\d{12}$/, 'must be twelve digits'))),
  region: z.optional(z.string().check(z.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as eu-central-1'))),
  tables: z._default(
    z.record(z.string(), z.string().check(z.regex(/^[A-Za-z0-9_.-]{3,255}$/, 'must be the name of a table, not an ARN'))),
    {},
  ),
  placesSecret: z.optional(z.string().check(z.regex(/^[A-Za-z0-9/_+=.@-]{1,512}$/, 'must be the name of a secret, not an ARN'))),
  concurrency: z._default(z.int().check(z.minimum(1), z.maximum(1000)), 50),
  logRetentionDays: z._default(z.enum(RetentionDays), RetentionDays.THREE_MONTHS),
  tags: z._default(z.record(z.string(), z.string()), {}),
});

export interface DeploymentConfig {
  readonly environment: DeployedEnvironment;
  /** Account and region. Empty: whatever the credentials say at deployment. */
  readonly env: StackEnvironment;
  /** Physical names by logical ones; a table that is not named here bears its logical name. */
  readonly tables: Readonly<Record<string, string>>;
  /**
   * The name of an existing secret that holds the Places API key.
   * @default - StateStack makes an empty one
   */
  readonly placesSecret?: string | undefined;
  /** Segments of a run that are worked on at once. */
  readonly concurrency: number;
  readonly logRetentionDays: RetentionDays;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Reads the chosen environment (`environment`) out of all (`environments`).
 *
 * @throws {BackfillError} `option.unknown`, `option.invalid`, naming the key.
 */
export function readConfig(
  context: (key: string) => unknown,
  backfills: readonly { readonly source: { readonly table: string } }[],
): DeploymentConfig {
  const environment = chosen(context('environment') ?? DEPLOYED[0]);
  const environments = context('environments') ?? {};
  refuseUnknown(environments, DEPLOYED, 'environments');
  const raw = (environments as Record<string, unknown>)[environment];
  const path = `environments.${environment}`;
  if (raw === undefined) throw invalid(`${path} is missing.`);
  const parsed = EnvironmentContext.safeParse(raw);
  if (!parsed.success) throw firstIssue(parsed.error, path);
  const { account, region, tables, ...rest } = parsed.data;
  refuseUnknown(tables, [...new Set(backfills.map(({ source }) => source.table))], `${path}.tables`);
  return { environment, env: { ...(account && { account }), ...(region && { region }) }, tables, ...rest };
}

function chosen(name: unknown): DeployedEnvironment {
  const known = DEPLOYED.find((environment) => environment === name);
  if (known) return known;
  throw invalid(`There is no environment "${String(name)}" to deploy; there is: ${DEPLOYED.join(', ')}.`);
}

function refuseUnknown(value: unknown, known: readonly string[], path: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${path} must be an object.`);
  const stranger = Object.keys(value).find((key) => !known.includes(key));
  if (stranger !== undefined) throw unknown(stranger, path, `there is: ${known.join(', ')}`);
}

function firstIssue({ issues }: z.core.$ZodError, path: string): BackfillError {
  const [issue] = issues;
  const where = [path, ...(issue?.path ?? [])].map(String).join('.');
  if (issue?.code === 'unrecognized_keys') {
    return unknown(issue.keys[0] ?? '', where, `there is: ${Object.keys(EnvironmentContext.shape).join(', ')}`);
  }
  return invalid(`${where}: ${issue?.message ?? 'is not as it should be'}.`);
}

const unknown = (key: string, path: string, known: string): BackfillError =>
  new BackfillError('option.unknown', `cdk.json: ${path} has no "${key}"; ${known}.`, { remedy: REMEDY, details: { key, path } });

const invalid = (message: string): BackfillError => new BackfillError('option.invalid', `cdk.json: ${message}`, { remedy: REMEDY });
