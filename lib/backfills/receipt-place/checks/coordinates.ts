import type { CheckResult } from '../../../core/checks.ts';
import type { Native } from '../../../core/result.ts';
import { coordinatesOf, geohashOf, isGeohash, isSuspicious } from '../geohash.ts';
import { geohashPartition } from '../keys.ts';
import type { Partition, PartitionCheck } from './partitions.ts';
import { count, Examples, keyText, nothingToCheck, plural } from './wording.ts';

const hasAny = (...values: unknown[]): boolean => values.some((value) => value !== undefined && value !== null);

/** The pairs of coordinates a place row may carry. */
const POINTS = [
  ['latitude', 'longitude'],
  ['viewport_ne_lat', 'viewport_ne_lng'],
  ['viewport_sw_lat', 'viewport_sw_lng'],
] as const;

function badPoints(row: Native): string[] {
  return POINTS.filter(([lat, lng]) => hasAny(row[lat], row[lng]) && !coordinatesOf({ latitude: row[lat], longitude: row[lng] })).map(
    ([lat, lng]) => `${lat} ${String(row[lat])}, ${lng} ${String(row[lng])}`,
  );
}

/** Coordinates come in pairs and in range; (0,0) is reported. */
export function coordinates(): PartitionCheck {
  const bad = new Examples();
  const suspicious = new Examples();
  let located = 0;

  const result = (): CheckResult => {
    if (located === 0) return nothingToCheck('coordinates', 'place rows with coordinates');
    return {
      name: 'coordinates',
      status: bad.total > 0 ? 'fail' : suspicious.total > 0 ? 'warn' : 'pass',
      message: `${count(located - bad.total)} of ${plural(located, 'place row with coordinates has', 'place rows with coordinates have')} both, in range${suspicious.total > 0 ? `; ${plural(suspicious.total, 'lies', 'lie')} at (0,0)` : ''}.`,
      measured: { located, bad: bad.total, suspicious: suspicious.total },
      ...(bad.total > 0 ? bad.field : suspicious.field),
    };
  };

  return {
    see({ places }: Partition) {
      for (const row of places) {
        if (!POINTS.some((names) => hasAny(...names.map((name) => row[name])))) continue;
        located += 1;
        const defects = badPoints(row);
        if (defects.length > 0) bad.add(`${keyText(row)}: ${defects.join('; ')}`);
        const point = coordinatesOf(row);
        if (point && isSuspicious(point)) suspicious.add(keyText(row));
      }
    },
    results: () => [result()],
  };
}

function geohashDefect(row: Native): string | undefined {
  const point = coordinatesOf(row);
  const hash = row.geohash ?? undefined;
  if (point === undefined) return hash === undefined ? undefined : `geohash ${String(hash)} without usable coordinates`;
  if (hash === undefined) return 'no geohash';
  if (!isGeohash(hash)) return `${String(hash)} is no geohash of precision 6`;
  if (hash !== geohashOf(point)) return `geohash ${hash}, recomputed ${geohashOf(point)}`;
  return row.GSI4PK === geohashPartition(hash) ? undefined : `geohash ${hash}, but GSI4PK ${String(row.GSI4PK)}`;
}

/** A geohash wherever coordinates are, nowhere else: valid, of precision 6, and equal to a recomputation. */
export function geohashes(): PartitionCheck {
  const bad = new Examples();
  const without = new Examples();
  let places = 0;
  let judged = 0;
  return {
    see(partition: Partition) {
      for (const row of partition.places) {
        places += 1;
        if (!coordinatesOf(row)) without.add(keyText(row));
        if (!hasAny(row.geohash) && !coordinatesOf(row)) continue;
        judged += 1;
        const defect = geohashDefect(row);
        if (defect) bad.add(`${keyText(row)}: ${defect}`);
      }
    },
    results: () => [
      judged === 0
        ? nothingToCheck('geohash', 'place rows with coordinates or geohash')
        : {
            name: 'geohash',
            status: bad.total === 0 ? 'pass' : 'fail',
            message: `${count(judged - bad.total)} of ${plural(places, 'place row has', 'place rows have')} the geohash that a recomputation gives; ${count(without.total)} without usable coordinates.`,
            measured: { places, judged, bad: bad.total, withoutCoordinates: without.total },
            ...(bad.total > 0 ? bad.field : without.field),
          },
    ],
  };
}
