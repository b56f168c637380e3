import type { IndexQuery, ItemReader } from '../../core/checks.ts';
import { BackfillError } from '../../core/errors.ts';
import type { Native } from '../../core/result.ts';
import { isGeohash, withNeighbours } from './geohash.ts';
import { geohashPartition, merchantPartition, PLACE_TYPE, placePartition, STATUS_PARTITION, slug, statusPrefix } from './keys.ts';
import { STATUSES } from './schema.ts';
import { CONFIDENCE } from './status.ts';

/** Index partitions, read one after the other. */
export type AccessPath = readonly IndexQuery[];

/** Where the next page begins: which partition, and where in it. Plain data; give it back as it came. */
export interface QueryCursor {
  partition: number;
  from?: Native;
}

export interface PageOptions {
  /** At most so many rows a page. A page may hold fewer, even none, and not be the last. */
  limit?: number;
  cursor?: QueryCursor;
}

export interface QueryPage {
  items: Native[];
  /** Absent on the last page. */
  next?: QueryCursor;
}

const invalid = (message: string, remedy: string): BackfillError => new BackfillError('query.invalid', message, { remedy });

/** @throws {BackfillError} `query.invalid` when no letter or digit is left of the name. */
export function merchantPath(name: string): AccessPath {
  if (slug(name) === '') throw invalid('The merchant name has no letter or digit.', 'Give a name such as STARBUCKS.');
  return [{ index: 'GSI1', partition: { name: 'GSI1PK', value: merchantPartition(name) } }];
}

/** @throws {BackfillError} `query.invalid` when the id is blank. */
export function placePath(placeId: string): AccessPath {
  const id = placeId.trim();
  if (id === '') throw invalid('The place id is empty.', 'Give a place id as Google Places has it.');
  return [{ index: 'GSI2', partition: { name: 'GSI2PK', value: placePartition(id) } }];
}

/** @throws {BackfillError} `query.invalid` when there is no such status. */
export function statusPath(status: string): AccessPath {
  const wanted = STATUSES.find((known) => known === status.trim().toUpperCase());
  if (wanted === undefined) throw invalid(`There is no status "${status}".`, `Give one of ${STATUSES.join(', ')}.`);
  return [
    {
      index: 'GSI3',
      partition: { name: 'GSI3PK', value: STATUS_PARTITION },
      prefix: { name: 'GSI3SK', value: statusPrefix(wanted, CONFIDENCE[wanted]) },
    },
  ];
}

/** @throws {BackfillError} `query.invalid` when the geohash has not exactly six of a geohash's characters. */
export function geohashPath(hash: string, options: { neighbours?: boolean } = {}): AccessPath {
  const cell = hash.trim().toLowerCase();
  if (!isGeohash(cell)) throw invalid(`"${hash}" is no geohash of precision 6.`, 'Give six characters such as dr5reg.');
  const cells = options.neighbours ? withNeighbours(cell) : [cell];
  return cells.map((value) => ({ index: 'GSI4', partition: { name: 'GSI4PK', value: geohashPartition(value) } }));
}

/** One page: one query on the index. ReceiptMetadata rows, which share GSI1's and GSI2's partitions, are left out. */
export async function readPage(reader: ItemReader, path: AccessPath, options: PageOptions = {}): Promise<QueryPage> {
  const { partition = 0, from } = options.cursor ?? {};
  const query = path[partition];
  if (query === undefined) return { items: [] };
  const page = await reader.queryIndex({ ...query, ...(options.limit && { limit: options.limit }), ...(from && { from }) });
  const items = page.items.filter((item) => item.TYPE === PLACE_TYPE);
  if (page.next) return { items, next: { partition, from: page.next } };
  return partition + 1 < path.length ? { items, next: { partition: partition + 1 } } : { items };
}

/** All pages, one after the other. */
export async function* readPages(reader: ItemReader, path: AccessPath, options: PageOptions = {}): AsyncGenerator<Native[]> {
  let cursor = options.cursor;
  do {
    const page = await readPage(reader, path, { ...options, ...(cursor && { cursor }) });
    yield page.items;
    cursor = page.next;
  } while (cursor);
}

/** One page of the receipts of a merchant, whose name may be written in any case and with any accents. */
export const byMerchant = async (reader: ItemReader, name: string, options: PageOptions = {}): Promise<QueryPage> =>
  readPage(reader, merchantPath(name), options);

/** One page of the receipts of a place. */
export const byPlace = async (reader: ItemReader, placeId: string, options: PageOptions = {}): Promise<QueryPage> =>
  readPage(reader, placePath(placeId), options);

/** One page of the receipts with a status. */
export const byStatus = async (reader: ItemReader, status: string, options: PageOptions = {}): Promise<QueryPage> =>
  readPage(reader, statusPath(status), options);

/** One page of the receipts in a geohash cell or, with `neighbours`, in the nine cells around it. */
export const byGeohash = async (
  reader: ItemReader,
  hash: string,
  options: PageOptions & { neighbours?: boolean } = {},
): Promise<QueryPage> => {
  const { neighbours = false, ...paging } = options;
  return readPage(reader, geohashPath(hash, { neighbours }), paging);
};
