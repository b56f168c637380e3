import { defineBackfill, tableScan, update } from '../../core/definition.ts';
import { checks } from './checks.ts';
import { dropsEntries, normalize, skipReason, VERSION } from './normalize.ts';
import { quality } from './quality.ts';
import { FIELDS, WardrobeItem } from './schema.ts';
import { signOff } from './sign-off.ts';

/** Gives every wardrobe item its style, occasion, mood and season in one canonical spelling, beside the originals. */
export const wardrobeNormalize = defineBackfill({
  name: 'wardrobe-normalize',
  version: VERSION,
  summary: 'Writes style, occasion, mood and season of every wardrobe item in canonical spelling, as normalized.',
  schedule: { expression: 'cron(0 3 * * ? *)', timezone: 'UTC' },
  logFile: 'backfill_normalize.log',
  source: tableScan({ table: 'wardrobe', key: ['id'] }),
  item: WardrobeItem,
  reads: FIELDS,
  writes: ['normalized'],
  skip: skipReason,
  transform: (item, { now }) =>
    update({ set: { normalized: normalize(item, now) } }, { notes: dropsEntries(item) ? ['non-text-dropped'] : [] }),
  checks,
  signOff,
  batchSize: 500,
  quality,
});
