import { digestOf } from '../adapters/fs/digest.ts';
import { backfills } from '../backfills/index.ts';
import type { Deployed } from '../workflow/deployed.ts';

/** How the deployed definition of a backfill differs from the one here; `undefined`: not at all, or one of both is missing. */
export function differenceOf(
  backfill: string,
  { backfills: there }: Pick<Deployed, 'backfills'>,
): { what: 'version' | 'code'; here: string; there: string } | undefined {
  const own = Object.hasOwn(there, backfill) ? there[backfill] : undefined;
  const here = backfills.find(({ name }) => name === backfill);
  if (!own || !here) return undefined;
  const versions = { here: here.version, there: own.version };
  if (own.version !== here.version) return { what: 'version', ...versions };
  return own.digest === digestOf(backfill) ? undefined : { what: 'code', ...versions };
}
