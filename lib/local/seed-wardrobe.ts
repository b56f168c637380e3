import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { sampleTables } from '../workflow/tables.ts';
import { generateWardrobe } from './sample/wardrobe.ts';
import { createTable, tableRequest, writeItems } from './seed.ts';

export const WARDROBE_TABLE = 'wardrobe';

/** Kept beside the database once the table holds its whole sample. */
export const WARDROBE_MARKER = 'wardrobe.json';

export interface WardrobeMarker {
  items: number;
  seed: number;
}

export const DEFAULT_WARDROBE: WardrobeMarker = { items: 5_000, seed: 1 };

export function wardrobeSeededWith(folder: string): WardrobeMarker | undefined {
  const file = join(folder, WARDROBE_MARKER);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

export const createWardrobeTable = (client: DynamoDBClient, name = WARDROBE_TABLE): Promise<void> =>
  createTable(client, tableRequest(name, sampleTables.wardrobe));

/** Makes the sample table once; a seeding that was cut short is simply done again. `fresh`: it was not there yet. */
export async function seedWardrobe(
  client: DynamoDBClient,
  folder: string,
  options: WardrobeMarker,
  table = WARDROBE_TABLE,
): Promise<WardrobeMarker & { fresh: boolean }> {
  const before = wardrobeSeededWith(folder);
  if (before) return { ...before, fresh: false };
  await createWardrobeTable(client, table);
  await writeItems(client, table, generateWardrobe(options).items);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, WARDROBE_MARKER), `${JSON.stringify(options)}\n`);
  return { ...options, fresh: true };
}
