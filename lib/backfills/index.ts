import type { AnyDefinition } from '../core/definition.ts';
import { BackfillError } from '../core/errors.ts';
import { nearest } from '../core/options.ts';
import { receiptPlace } from './receipt-place/definition.ts';
import { wardrobeNormalize } from './wardrobe-normalize/definition.ts';

/** Every definition of this project. A new one is added here and nowhere else. */
export const backfills: readonly AnyDefinition[] = [receiptPlace, wardrobeNormalize];

/** @throws {BackfillError} `backfill.unknown`, with the nearest name. */
export function findBackfill(name: string): AnyDefinition {
  const found = backfills.find((backfill) => backfill.name === name);
  if (found) return found;
  const names = backfills.map((backfill) => backfill.name);
  const near = nearest(name, names);
  const hint = near ? `Did you mean "${near}"?` : `There is: ${names.join(', ')}.`;
  throw new BackfillError('backfill.unknown', `There is no backfill "${name}". ${hint}`, { details: { name } });
}
