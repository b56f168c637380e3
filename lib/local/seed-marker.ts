import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Which sample the embedded `receipts` table holds: written once it is whole. */
export interface SeedOptions {
  receipts: number;
  seed: number;
}

export interface SeedMarker extends SeedOptions {
  items: number;
}

export const DEFAULT_SAMPLE: SeedOptions = { receipts: 20_000, seed: 1 };

const markerOf = (folder: string): string => join(folder, 'seed.json');

export function seededWith(folder: string): SeedMarker | undefined {
  const marker = markerOf(folder);
  return existsSync(marker) ? JSON.parse(readFileSync(marker, 'utf8')) : undefined;
}

export function markSeeded(folder: string, marker: SeedMarker): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(markerOf(folder), `${JSON.stringify(marker)}\n`);
}
