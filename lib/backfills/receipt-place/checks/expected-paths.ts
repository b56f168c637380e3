import type { CheckContext, IndexQuery } from '../../../core/checks.ts';
import type { Native } from '../../../core/result.ts';
import { slotFor } from '../../sampling.ts';
import { coordinatesOf, geohashOf, withNeighbours } from '../geohash.ts';
import { geohashPartition, placePartition, slug } from '../keys.ts';
import { type AccessPath, geohashPath, merchantPath, placePath, statusPath } from '../queries.ts';
import { KeyTally } from './key-tally.ts';

/** Rows of each path that are looked up one by one: so many if nothing else is asked for, */
const LOOKUPS = 20;
/** and never more, for each is a query. */
const MAX_LOOKUPS = 100;

/** Places whose rows are counted. The most frequent one is nearly surely among the first so many. */
const MAX_PLACES = 10_000;

export const rowKey = (row: Native): string => `${String(row.PK)}#${String(row.SK)}`;

/** An index query narrowed to one row, which it must find. */
export interface Lookup {
  key: string;
  query: IndexQuery;
}

/** A query and what the scan says it should return. */
export interface ExpectedPath {
  name: string;
  /** In words: `merchant STARBUCKS`. */
  what: string;
  path: AccessPath;
  tally: KeyTally;
  lookups: Lookup[];
}

interface Candidate extends ExpectedPath {
  /** Judged by a row's content, not by its index keys: those are what is put to the test. */
  contains: (row: Native) => boolean;
  lookup: (row: Native) => IndexQuery;
}

const cellOf = (row: Native): string => {
  const point = coordinatesOf(row);
  return point ? geohashOf(point) : '';
};

const narrowed = (path: AccessPath, prefix: IndexQuery['prefix']): IndexQuery => ({ ...path[0], ...(prefix && { prefix }) }) as IndexQuery;

function geohashCandidate(name: string, what: string, cells: string[], path: AccessPath): Candidate {
  const wanted = new Set(cells);
  return {
    name,
    what,
    path,
    tally: new KeyTally(),
    lookups: [],
    contains: (row) => wanted.has(cellOf(row)),
    lookup: (row) => ({
      index: 'GSI4',
      partition: { name: 'GSI4PK', value: geohashPartition(cellOf(row)) },
      prefix: { name: 'GSI4SK', value: placePartition(String(row.place_id)) },
    }),
  };
}

function fixedCandidates(): Candidate[] {
  const merchant = merchantPath('STARBUCKS');
  const status = statusPath('MATCHED');
  return [
    {
      name: 'access-by-merchant',
      what: 'merchant STARBUCKS',
      path: merchant,
      tally: new KeyTally(),
      lookups: [],
      contains: (row) => slug(String(row.merchant_name ?? '')) === 'STARBUCKS',
      lookup: (row) => narrowed(merchant, { name: 'GSI1SK', value: rowKey(row) }),
    },
    {
      name: 'access-by-status',
      what: 'status MATCHED',
      path: status,
      tally: new KeyTally(),
      lookups: [],
      contains: (row) => row.validation_status === 'MATCHED',
      lookup: (row) => narrowed(status, { name: 'GSI3SK', value: `${status[0]?.prefix?.value ?? ''}${String(row.PK)}` }),
    },
    geohashCandidate('access-by-geohash', 'geohash dr5reg', ['dr5reg'], geohashPath('dr5reg')),
    geohashCandidate(
      'access-by-geohash-neighbours',
      'geohash dr5reg and its neighbours',
      withNeighbours('dr5reg'),
      geohashPath('dr5reg', { neighbours: true }),
    ),
  ];
}

/** Gathers, row by row, what the access paths should return, and draws the rows to look up. */
export function expectPaths({ random, sampleSize = LOOKUPS }: Pick<CheckContext, 'random' | 'sampleSize'>): {
  see(row: Native): void;
  paths(): ExpectedPath[];
} {
  const fixed = fixedCandidates();
  const places = new Map<string, ExpectedPath>();
  const wanted = Math.min(sampleSize, MAX_LOOKUPS);

  const note = ({ tally, lookups }: ExpectedPath, row: Native, query: () => IndexQuery): void => {
    tally.add(rowKey(row));
    const slot = slotFor(tally.count, wanted, random);
    if (slot !== undefined) lookups[slot] = { key: rowKey(row), query: query() };
  };

  const placeOf = (placeId: string): ExpectedPath | undefined => {
    const known = places.get(placeId);
    if (known || places.size >= MAX_PLACES || placeId.trim() === '') return known;
    const path = placePath(placeId);
    const added = { name: 'access-by-place', what: `place ${placeId}`, path, tally: new KeyTally(), lookups: [] };
    places.set(placeId, added);
    return added;
  };

  return {
    see(row) {
      for (const candidate of fixed) {
        if (candidate.contains(row)) note(candidate, row, () => candidate.lookup(row));
      }
      const place = placeOf(String(row.place_id ?? ''));
      if (place) note(place, row, () => narrowed(place.path, { name: 'GSI2SK', value: rowKey(row) }));
    },
    paths() {
      let busiest: ExpectedPath | undefined;
      for (const place of places.values()) if (place.tally.count > (busiest?.tally.count ?? 0)) busiest = place;
      const [merchant, ...others] = fixed;
      return [merchant, busiest, ...others].filter((path) => path !== undefined);
    },
  };
}
