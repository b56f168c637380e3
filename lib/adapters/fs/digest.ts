import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BACKFILLS = fileURLToPath(new URL('../../backfills/', import.meta.url));

const isCode = (name: string): boolean => /\.(ts|json)$/.test(name);

/** Sorted, relative to `folder`. */
const filesBeneath = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory() ? filesBeneath(join(folder, entry.name)).map((name) => `${entry.name}/${name}`) : [entry.name],
    )
    .filter(isCode)
    .sort();

/**
 * SHA-256, in hexadecimal, of a definition's own code and of the helpers that all definitions share: what was rehearsed is known again by it.
 * The engine is not in it. Line ends do not matter.
 */
export function digestOf(backfill: string, backfills = BACKFILLS): string {
  const own = filesBeneath(join(backfills, backfill)).map((name) => `${backfill}/${name}`);
  const shared = readdirSync(backfills).filter((name) => isCode(name) && name !== 'index.ts');
  const hash = createHash('sha256');
  for (const name of [...own, ...shared.sort()]) {
    const text = readFileSync(join(backfills, name), 'utf8').replaceAll('\r\n', '\n');
    hash.update(`${name}\n${text.length}\n${text}`);
  }
  return hash.digest('hex');
}
