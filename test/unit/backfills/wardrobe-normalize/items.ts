import type { Native } from '../../../../lib/core/result.ts';

export const NOW = '2026-03-01T09:00:00.000Z';

/** The originals' example, before. */
export const JEANS: Native = {
  id: 'item_123',
  name: 'Blue Jeans',
  style: ['Casual', 'Streetwear'],
  occasion: ['Everyday', 'Weekend'],
  mood: ['Relaxed', 'Cool'],
  season: ['Spring', 'Summer'],
};

/** And what it becomes. */
export const JEANS_NORMALIZED: Native = {
  style: ['casual', 'streetwear'],
  occasion: ['everyday', 'weekend'],
  mood: ['relaxed', 'cool'],
  season: ['spring', 'summer'],
  normalized_at: NOW,
  normalized_version: '1.0',
};

/** A normalised item; `normalized` is changed by the second argument. */
export const jeans = (n: number, changes: Native = {}, normalized: Native = {}): Native => ({
  ...JEANS,
  id: `item_${n}`,
  normalized: { ...JEANS_NORMALIZED, ...normalized },
  ...changes,
});
