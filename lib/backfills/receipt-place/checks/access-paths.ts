import type { CheckContext, CheckResult, ItemReader } from '../../../core/checks.ts';
import { readPages } from '../queries.ts';
import { type ExpectedPath, expectPaths, type Lookup, rowKey } from './expected-paths.ts';
import { writtenSince } from './moments.ts';
import { judged, MAX_P99_MS, percentile, readAll, type Walk, walkPages } from './page-walk.ts';
import type { Partition, PartitionCheck } from './partitions.ts';
import { count, Examples, nothingToCheck, plural } from './wording.ts';

const PATHS = ['merchant', 'place', 'status', 'geohash', 'geohash-neighbours'].map((path) => `access-by-${path}`);

async function isFound(read: ItemReader, { key, query }: Lookup): Promise<boolean> {
  for await (const page of readPages(read, [query])) if (page.some((row) => rowKey(row) === key)) return true;
  return false;
}

async function notFound(read: ItemReader, lookups: Lookup[]): Promise<Examples> {
  const missing = new Examples();
  for (const lookup of lookups) if (!(await isFound(read, lookup))) missing.add(`not found: ${lookup.key}`);
  return missing;
}

/** Small pages must give the same rows in the same order as large ones. */
const agrees = (walk: Walk, all: { count: number; head: string[] }): boolean =>
  walk.keys.every((key, i) => key === all.head[i]) && (!walk.ended || walk.keys.length === all.count);

/**
 * The access paths return what the scan says they should and page correctly; 99 of 100 pages take at most 100 ms.
 * A full validation compares all keys; a sample, which saw only some of
 * the rows, looks some of them up on each path, drawn at random.
 */
export function accessPaths(context: CheckContext): PartitionCheck {
  const { read, mode, runStarted, embedded } = context;
  // The application may add rows between scan and query; they count on neither side.
  const isNew = writtenSince(runStarted);
  const counts = (row: Record<string, unknown>): boolean => !isNew(row);
  const expected = expectPaths(context);
  let places = 0;

  const inFull = async ({ path, tally }: ExpectedPath, walk: Walk): Promise<string | undefined> => {
    const all = await readAll(read, path, counts, tally.count);
    if (all.tally.count > tally.count) return `the query gives more than the ${plural(tally.count, 'row')} of the scan`;
    if (all.tally.count < tally.count) return `the query gives ${plural(all.tally.count, 'row')} where the scan has ${count(tally.count)}`;
    if (!all.tally.equals(tally)) return `the query gives other rows than the ${count(tally.count)} of the scan`;
    return agrees(walk, { count: all.tally.count, head: all.head }) ? undefined : 'small pages give other rows than large ones';
  };

  const judge = async (path: ExpectedPath, walk: Walk): Promise<CheckResult> => {
    const { name, what, tally, lookups } = path;
    if (mode === 'sample' && tally.count === 0) return nothingToCheck(name, `rows of ${what} among those scanned`);
    const missing = await notFound(read, lookups);
    const lost =
      missing.total > 0
        ? `${missing.total} of ${plural(lookups.length, 'row', 'rows')} looked up ${missing.total === 1 ? 'is' : 'are'} not found`
        : undefined;
    const defect = walk.defect ?? (mode === 'full' ? await inFull(path, walk) : undefined) ?? lost;
    const good =
      mode === 'full'
        ? `the query gives the ${plural(tally.count, 'row')} of the scan`
        : `${lookups.length} of ${plural(lookups.length, 'row is', 'rows are')} found`;
    return {
      name,
      status: defect ? 'fail' : 'pass',
      message: `By ${what}: ${defect ?? good}.`,
      measured: { rows: tally.count, lookedUp: lookups.length, notFound: missing.total },
      ...missing.field,
    };
  };

  const latency = (walks: Map<string, Walk>): CheckResult => {
    const measured: Record<string, number> = {};
    const slow = new Examples();
    let worst = { p50: 0, p99: 0 };
    for (const [name, walk] of walks) {
      const p50 = percentile(judged(walk), 0.5);
      const p99 = percentile(judged(walk), 0.99);
      Object.assign(measured, { [`${name}-p50-ms`]: p50, [`${name}-p99-ms`]: p99 });
      if (p99 >= worst.p99) worst = { p50, p99 };
      if (p99 > MAX_P99_MS) slow.add(`${name}: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
    }
    return {
      name: 'query-latency',
      status: slow.total === 0 ? 'pass' : embedded ? 'warn' : 'fail',
      message: `${walks.size - slow.total} of ${walks.size} access paths answer within ${MAX_P99_MS} ms at p99 a page; the slowest has p50 ${worst.p50.toFixed(1)} ms and p99 ${worst.p99.toFixed(1)} ms.`,
      measured,
      ...slow.field,
    };
  };

  return {
    see(partition: Partition) {
      for (const row of partition.places) {
        if (!counts(row)) continue;
        places += 1;
        expected.see(row);
      }
    },
    async results() {
      if (places === 0) return [...PATHS, 'query-latency'].map((name) => nothingToCheck(name, 'place rows'));
      const results: CheckResult[] = [];
      const walks = new Map<string, Walk>();
      for (const path of expected.paths()) {
        const walk = await walkPages(context, path.path, counts);
        walks.set(path.name.replace('access-by-', ''), walk);
        results.push(await judge(path, walk));
      }
      return [...results, latency(walks)];
    },
  };
}
