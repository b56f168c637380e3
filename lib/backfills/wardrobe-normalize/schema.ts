import * as z from 'zod/mini';

/** The fields that are normalised, in the order in which they are stored. */
export const FIELDS = ['style', 'occasion', 'mood', 'season'] as const;

export type Field = (typeof FIELDS)[number];

/** A list, a set, a plain text, NULL or nothing. What else stands there (a number, a map, a boolean, bytes) cannot be understood. */
const Raw = z.optional(
  z.nullable(
    z.union([z.string(), z.array(z.unknown()), z.set(z.unknown())], { error: 'Invalid input: expected a list, a set, a text or NULL' }),
  ),
);

/**
 * A wardrobe item, as far as its normalised values depend on it, in native values.
 *
 * `normalized` may be anything: what an older version, another program or the former rollback (which left NULL) put there.
 */
export const WardrobeItem = z.object({
  id: z.string(),
  style: Raw,
  occasion: Raw,
  mood: Raw,
  season: Raw,
  normalized: z.optional(z.unknown()),
});

export type WardrobeItem = z.infer<typeof WardrobeItem>;

/** What stands in `normalized`. */
export interface Normalized extends Record<Field, string[]> {
  /** The moment the run began, ISO 8601 in UTC. */
  normalized_at: string;
  normalized_version: string;
}
