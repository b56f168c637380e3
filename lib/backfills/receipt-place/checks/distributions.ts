import { STATUSES } from '../schema.ts';
import { CONFIDENCE } from '../status.ts';
import type { Partition, PartitionCheck } from './partitions.ts';
import { count, Examples, keyText, MAX_EXAMPLES, nothingToCheck, percent, plural } from './wording.ts';

/** Three characters of a geohash: a cell of about 156 km, so that there are never too many to count. */
const PREFIX_LENGTH = 3;

const increment = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);

/** Where the places lie, for a person who knows where they should. */
export function geohashDistribution(): PartitionCheck {
  const prefixes = new Map<string, number>();
  let hashed = 0;
  return {
    see({ places }: Partition) {
      for (const { geohash } of places) {
        if (typeof geohash !== 'string') continue;
        hashed += 1;
        increment(prefixes, geohash.slice(0, PREFIX_LENGTH));
      }
    },
    results() {
      if (hashed === 0) return [nothingToCheck('geohash-distribution', 'place rows with a geohash')];
      const sorted = [...prefixes].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      return [
        {
          name: 'geohash-distribution',
          status: 'info',
          message: `${plural(hashed, 'geohash begins', 'geohashes begin')} with ${plural(prefixes.size, 'different prefix', 'different prefixes')} of ${PREFIX_LENGTH} characters.`,
          measured: { hashed, prefixes: prefixes.size },
          examples: sorted.slice(0, MAX_EXAMPLES).map(([prefix, rows]) => `${prefix}: ${count(rows)} (${percent(rows, hashed)} %)`),
        },
      ];
    },
  };
}

/** Each row's confidence is the one that belongs to its status. */
export function confidence(): PartitionCheck {
  const table = new Map<unknown, number>(Object.entries(CONFIDENCE));
  const bad = new Examples();
  let places = 0;
  return {
    see(partition: Partition) {
      for (const row of partition.places) {
        places += 1;
        const expected = table.get(row.validation_status);
        if (expected === undefined) bad.add(`${keyText(row)}: unknown status ${String(row.validation_status)}`);
        else if (row.confidence !== expected) bad.add(`${keyText(row)}: ${String(row.validation_status)} with ${String(row.confidence)}`);
      }
    },
    results: () => [
      places === 0
        ? nothingToCheck('confidence', 'place rows')
        : {
            name: 'confidence',
            status: bad.total === 0 ? 'pass' : 'fail',
            message: `${count(places - bad.total)} of ${plural(places, 'place row has', 'place rows have')} the confidence of ${places === 1 ? 'its' : 'their'} status.`,
            measured: { places, bad: bad.total },
            ...bad.field,
          },
    ],
  };
}

/** The place rows' confidences beside the statuses of eligible metadata rows. */
export function confidenceDistribution(): PartitionCheck {
  const ofPlaces = new Map<string, number>();
  const ofMetadata = new Map<string, number>();
  let places = 0;
  let eligible = 0;
  const share = (rows: number, whole: number): string => (whole === 0 ? count(rows) : `${count(rows)} (${percent(rows, whole)} %)`);
  return {
    see(partition: Partition) {
      for (const row of partition.places) {
        places += 1;
        increment(ofPlaces, String(row.confidence));
      }
      for (const { item, eligible: isEligible } of partition.receipts) {
        if (!isEligible) continue;
        eligible += 1;
        increment(ofMetadata, item?.validation_status ?? 'absent');
      }
    },
    results() {
      if (places === 0) return [nothingToCheck('confidence-distribution', 'place rows')];
      const lines = STATUSES.map((status) => {
        const rows = ofPlaces.get(String(CONFIDENCE[status])) ?? 0;
        return `${CONFIDENCE[status]}: ${share(rows, places)} place rows; ${status}: ${share(ofMetadata.get(status) ?? 0, eligible)} metadata rows`;
      });
      const absent = ofMetadata.get('absent') ?? 0;
      return [
        {
          name: 'confidence-distribution',
          status: 'info',
          message: `${plural(places, 'place row has', 'place rows have')} ${plural(ofPlaces.size, 'different confidence')}; ${count(absent)} of ${plural(eligible, 'eligible receipt')} had no status to carry over.`,
          measured: { places, eligible, absent },
          examples: lines,
        },
      ];
    },
  };
}
