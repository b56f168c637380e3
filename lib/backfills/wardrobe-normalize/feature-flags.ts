import { isOn, type Rollouts } from '../../core/flags.ts';
import { type FilterMode, REQUEST_FIELDS, type Request } from './compatibility.ts';
import { spellingKey } from './spelling.ts';

/** What each feature flag does, by its name. */
export const FEATURE_FLAGS = {
  FEATURE_SEMANTIC_MATCH: 'compatible values match, not only equal ones',
  FEATURE_DEBUG_OUTPUT: 'every answer says why',
  FEATURE_FORCE_TRADITIONAL: 'only equal values match, and no answer says why, whatever the other two say',
} as const;

export type FeatureFlag = keyof typeof FEATURE_FLAGS;

/** What a rollback switches off, by backfill: without normalised values the filter would fall back on raw ones. */
export const OFF_AFTER_ROLLBACK: Readonly<Record<string, readonly FeatureFlag[]>> = {
  'wardrobe-normalize': ['FEATURE_SEMANTIC_MATCH', 'FEATURE_DEBUG_OUTPUT'],
};

export interface Filter {
  mode: FilterMode;
  /** Say why an item is found. */
  debug: boolean;
}

/** A request as a key for the rollout, where no user is known: the same however it is spelled. */
export const requestKey = (request: Request): string => REQUEST_FIELDS.map((field) => spellingKey(request[field] ?? '')).join('|');

/** How the filter works for a user or a request. */
export function filterFor(rollouts: Rollouts, key: string): Filter {
  const on = (name: FeatureFlag): boolean => isOn(rollouts, name, key);
  if (on('FEATURE_FORCE_TRADITIONAL')) return { mode: 'traditional', debug: false };
  return { mode: on('FEATURE_SEMANTIC_MATCH') ? 'semantic' : 'traditional', debug: on('FEATURE_DEBUG_OUTPUT') };
}
