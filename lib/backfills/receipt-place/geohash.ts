import geohash from 'ngeohash';

/** Six characters: a cell of about 1.2 km by 0.6 km. */
export const GEOHASH_PRECISION = 6;

const GEOHASH = /^[0-9b-hjkmnp-z]{6}$/;

export interface Coordinates {
  latitude: number;
  longitude: number;
}

const within = (value: unknown, limit: number): value is number =>
  typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= limit;

/** Both coordinates, where both are there and in range. */
export function coordinatesOf(point: { latitude?: unknown; longitude?: unknown } | undefined): Coordinates | undefined {
  const { latitude, longitude } = point ?? {};
  return within(latitude, 90) && within(longitude, 180) ? { latitude, longitude } : undefined;
}

/** (0,0) lies in the Atlantic: no shop stands there, but many a parser's default does. */
export const isSuspicious = ({ latitude, longitude }: Coordinates): boolean => latitude === 0 && longitude === 0;

export const geohashOf = ({ latitude, longitude }: Coordinates): string => geohash.encode(latitude, longitude, GEOHASH_PRECISION);

export const isGeohash = (value: unknown): value is string => typeof value === 'string' && GEOHASH.test(value);

/** The cell and its eight neighbours, the cell first. At a pole some of them are one and the same. */
export const withNeighbours = (hash: string): string[] => [...new Set([hash, ...geohash.neighbors(hash)])];
