import type { CheckContext, ItemReader } from '../../../core/checks.ts';
import type { Native } from '../../../core/result.ts';
import { type AccessPath, type QueryCursor, readPage, readPages } from '../queries.ts';
import { rowKey } from './expected-paths.ts';
import { KeyTally } from './key-tally.ts';

/** A reader's page. */
const PAGE_LIMIT = 25;

/** An access path is good when a page takes no longer, at p99. */
export const MAX_P99_MS = 100;

/**
 * So many pages are measured on each path. Where one of them was slow, more are, up to so many, until the last hundred are good:
 * a pause of the reader's own machine passes, a slow index stays.
 */
const ENOUGH_PAGES = 30;
/** The embedded database's times say nothing of DynamoDB's: enough to see that the paging is right. */
const ENOUGH_PAGES_EMBEDDED = 10;
const JUDGED_PAGES = 100;
const MEASURED_PAGES = 300;

export interface Walk {
  /** Keys in the order in which the pages gave them, until the end or the last page measured. */
  keys: string[];
  /** Whether the keys are all there are. */
  ended: boolean;
  /** What was wrong with the paging itself. */
  defect: string | undefined;
  milliseconds: number[];
}

/** The pages that p50 and p99 are taken of. */
export const judged = ({ milliseconds }: Walk): number[] => milliseconds.slice(-JUDGED_PAGES);

type Counts = (row: Native) => boolean;

/** Reads small pages with a cursor as a program would, begins anew after the last one, and measures each. */
export async function walkPages(
  { read, clock, embedded }: Pick<CheckContext, 'read' | 'clock' | 'embedded'>,
  path: AccessPath,
  counts: Counts,
): Promise<Walk> {
  const enough = embedded ? ENOUGH_PAGES_EMBEDDED : ENOUGH_PAGES;
  const walk: Walk = { keys: [], ended: false, defect: undefined, milliseconds: [] };
  const seen = new Set<string>();
  let cursor: QueryCursor | undefined;
  const measured = (): boolean =>
    walk.milliseconds.length >= MEASURED_PAGES || (walk.milliseconds.length >= enough && percentile(judged(walk), 0.99) <= MAX_P99_MS);
  while (!measured()) {
    const began = clock();
    const page = await readPage(read, path, { limit: PAGE_LIMIT, ...(cursor && { cursor }) });
    walk.milliseconds.push(clock() - began);
    cursor = page.next;
    if (walk.ended) continue;
    if (page.items.length > PAGE_LIMIT) walk.defect ??= `a page held ${page.items.length} rows where ${PAGE_LIMIT} were the limit`;
    for (const key of page.items.filter(counts).map(rowKey)) {
      if (seen.has(key)) walk.defect ??= `${key} came twice`;
      seen.add(key);
      walk.keys.push(key);
    }
    walk.ended = cursor === undefined;
  }
  return walk;
}

/** Everything on a path in pages as large as they come, but no more than one row too many. */
export async function readAll(
  read: ItemReader,
  path: AccessPath,
  counts: Counts,
  atMost: number,
): Promise<{ tally: KeyTally; head: string[] }> {
  const tally = new KeyTally();
  const head: string[] = [];
  for await (const page of readPages(read, path)) {
    for (const key of page.filter(counts).map(rowKey)) {
      tally.add(key);
      if (head.length < PAGE_LIMIT * MEASURED_PAGES) head.push(key);
    }
    // A cursor that goes in circles must not keep us here for ever.
    if (tally.count > atMost) break;
  }
  return { tally, head };
}

/** The value below which so large a share of the values lies, by nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
