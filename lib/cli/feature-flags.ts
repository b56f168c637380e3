import { FEATURE_FLAGS, type FeatureFlag, OFF_AFTER_ROLLBACK } from '../backfills/wardrobe-normalize/feature-flags.ts';
import { BackfillError } from '../core/errors.ts';
import type { FlagStore } from '../core/flags.ts';
import { nearest } from '../core/options.ts';
import type { Screen } from './context.ts';

export const flagNames = Object.keys(FEATURE_FLAGS) as FeatureFlag[];

/** @throws {BackfillError} `option.invalid`, with the nearest name. */
export function findFlag(name: string): FeatureFlag {
  const found = flagNames.find((flag) => flag === name.toUpperCase());
  if (found) return found;
  const near = nearest(name.toUpperCase(), flagNames);
  const hint = near ? `Did you mean ${near}?` : `There is: ${flagNames.join(', ')}.`;
  throw new BackfillError('option.invalid', `There is no feature flag "${name}". ${hint}`, {
    remedy: 'Choose one that `npx backfill flags list` prints.',
  });
}

/** What a backfill's flags are switched off by: readers must not go by what was just taken back. Tells of what it switched. */
export async function switchOffFlags(backfill: string, store: FlagStore, screen: Screen): Promise<void> {
  const names = OFF_AFTER_ROLLBACK[backfill] ?? [];
  if (names.length === 0) return;
  try {
    const rollouts = await store.read();
    const on = names.filter((name) => (rollouts[name] ?? 0) > 0);
    if (on.length === 0) return;
    if (!store.set) {
      screen.err(`  ! switch off in AWS AppConfig: ${on.join(', ')}; ${store.where} cannot be changed from here.`);
      return;
    }
    await store.set(Object.fromEntries(on.map((name) => [name, 0])));
    screen.err(`  switched off: ${on.map((name) => `${name} (was ${rollouts[name]} %)`).join(', ')}`);
  } catch (error) {
    // The rollback is done; that a flag could not be read takes nothing of it back.
    screen.err(`  ! switch off by hand: ${names.join(', ')}. ${(error as Error).message}`);
  }
}
