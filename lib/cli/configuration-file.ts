import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { backfills } from '../backfills/index.ts';
import { BackfillError } from '../core/errors.ts';
import { nearest } from '../core/options.ts';
import {
  deployedNamed,
  type EnvironmentConfig,
  type EnvironmentName,
  type Known,
  knownFrom,
  readEnvironment,
  unknownKey,
} from '../workflow/configuration.ts';

const OWN = fileURLToPath(new URL('../../cdk.json', import.meta.url));

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What cdk.json, or the file that `BACKFILL_CONFIG` names, says of an environment.
 *
 * `lenient`: it may name tables and schedules of definitions that this code has not: whoever watches or stops a run shall not be kept from it by a deployment's slip.
 *
 * @throws {BackfillError} `environment.misconfigured` when the file cannot be used at all; else as `readEnvironment` and `deployedNamed`
 */
export function readConfiguration(env: NodeJS.ProcessEnv, name: EnvironmentName, { lenient = false } = {}): EnvironmentConfig {
  const file = env.BACKFILL_CONFIG || OWN;
  const shown = file === OWN ? 'cdk.json' : file;
  const context = contextOf(file, shown);
  if (context.environments === undefined) {
    const slip = Object.keys(context).find((key) => key !== 'environment' && nearest(key, ['environments']));
    if (slip !== undefined) throw unknownKey(['context', slip], ['environments'], shown);
  }
  // Only deployment goes by it; but here is where a slip is met before that.
  if (context.environment !== undefined) deployedNamed(context.environment, shown);
  const known = knownFrom(backfills);
  return readEnvironment(context.environments, name, lenient ? withNamed(known, context.environments) : known, shown);
}

/** What is known, and what the file takes for known. */
function withNamed({ tables, backfills: names }: Known, environments: unknown): Known {
  const all = isObject(environments) ? Object.values(environments).filter(isObject) : [];
  const keysOf = (key: 'tables' | 'schedules'): string[] => all.flatMap(({ [key]: named }) => (isObject(named) ? Object.keys(named) : []));
  return { tables: [...new Set([...tables, ...keysOf('tables')])], backfills: [...new Set([...names, ...keysOf('schedules')])] };
}

function contextOf(file: string, shown: string): Record<string, unknown> {
  const unusable = (what: string, cause?: unknown): BackfillError =>
    new BackfillError('environment.misconfigured', `${shown} ${what}`, { cause });
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw unusable(`cannot be read: ${(cause as Error).message}.`, cause);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw unusable(`is not JSON: ${(cause as Error).message}.`, cause);
  }
  const slip = isObject(parsed) && parsed.context === undefined ? Object.keys(parsed).find((key) => nearest(key, ['context'])) : undefined;
  if (slip !== undefined) throw unknownKey([slip], ['context'], shown);
  if (!isObject(parsed) || !isObject(parsed.context)) throw unusable('has no object `context`, which would hold `environments`.');
  return parsed.context;
}
