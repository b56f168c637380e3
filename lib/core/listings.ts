import { itemFromJson, itemToJson, type Key, keyId } from './attribute-value.ts';
import { type Failure, failureFromJson, failureToJson } from './journal.ts';
import type { ArtifactStore } from './ports.ts';
import type { RunRecord } from './records/run.ts';
import type { SegmentRecord } from './records/segment.ts';
import type { Note } from './settle.ts';

/** What failed, was noted, was kept by a rollback or would be asked for, as line files among the artifacts: one a page that has any. */
export interface PageRef {
  runId: string;
  segment: number;
  page: number;
  attempt: number;
}

type Kind = 'failures' | 'exceptions' | 'conflicts' | 'damaged' | 'examples' | 'asks';

const pad = (value: number, width: number): string => String(value).padStart(width, '0');
const nameOf = (kind: Kind, { runId, segment, page, attempt }: PageRef): string =>
  `${kind}/${runId}/${pad(segment, 5)}/${pad(page, 8)}-${pad(attempt, 4)}.jsonl`;

/** `evenEmpty`: write it though there is nothing to list, because a worker that died may have left its own version of this page. */
export async function saveListing(
  store: ArtifactStore,
  kind: Kind,
  page: PageRef,
  entries: readonly (object | string)[],
  evenEmpty: boolean,
): Promise<void> {
  if (entries.length === 0 && !(evenEmpty && page.attempt > 1)) return;
  await store.put(nameOf(kind, page), entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
}

interface Listed {
  /** Items whose earlier failures no longer count. */
  retried: readonly Key[];
  failures: readonly Failure[];
  notes: readonly Note[];
}

export async function saveListings(store: ArtifactStore, page: PageRef, listed: Listed, evenEmpty: boolean): Promise<void> {
  const retried = listed.retried.map((key) => ({ key: itemToJson(key), retried: true }));
  await saveListing(store, 'failures', page, [...retried, ...listed.failures.map(failureToJson)], evenEmpty);
  const notes = listed.notes.map(({ key, note }) => ({ key: itemToJson(key), note }));
  await saveListing(store, 'exceptions', page, notes, evenEmpty);
}

interface Listing {
  segment: number;
  page: number;
  name: string;
}

/** Only committed pages count, and of several versions of a page the last. */
async function listingsOf(store: ArtifactStore, kind: Kind, runId: string, segments: readonly SegmentRecord[]): Promise<Listing[]> {
  const committed = new Map(segments.map(({ segment, counters }) => [segment, counters.pages]));
  const newest = new Map<string, Listing>();
  const [only] = segments;
  const prefix = only && segments.length === 1 ? `${pad(only.segment, 5)}/` : '';
  for (const name of await store.list(`${kind}/${runId}/${prefix}`)) {
    const match = /\/(\d+)\/(\d+)-\d+\.jsonl$/.exec(name);
    if (!match) continue;
    const [segment, page] = [Number(match[1]), Number(match[2])];
    if (page <= (committed.get(segment) ?? 0)) newest.set(`${segment}/${page}`, { segment, page, name });
  }
  return [...newest.values()];
}

async function linesOf(store: ArtifactStore, { name }: Listing): Promise<unknown[]> {
  const body = (await store.get(name)) ?? '';
  return body
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

/** Of all committed pages. */
export async function readListing(store: ArtifactStore, kind: Kind, runId: string, segments: readonly SegmentRecord[]): Promise<unknown[]> {
  const entries: unknown[] = [];
  for (const listing of await listingsOf(store, kind, runId, segments)) entries.push(...(await linesOf(store, listing)));
  return entries;
}

/** Listings read side by side. */
const READS = 16;

/** How many different lines there are on all committed pages. Lines are texts. */
export async function countDistinct(
  store: ArtifactStore,
  kind: 'asks',
  runId: string,
  segments: readonly SegmentRecord[],
): Promise<number> {
  const listings = await listingsOf(store, kind, runId, segments);
  const seen = new Set<unknown>();
  for (let at = 0; at < listings.length; at += READS) {
    const read = await Promise.all(listings.slice(at, at + READS).map((listing) => linesOf(store, listing)));
    for (const line of read.flat()) seen.add(line);
  }
  return seen.size;
}

/** Those that still stand: an item that was tried again has at most its last failure. */
export async function readFailures(store: ArtifactStore, runId: string, segments: readonly SegmentRecord[]): Promise<Failure[]> {
  const standing = new Map<string, Failure>();
  for (const line of await readListing(store, 'failures', runId, segments)) {
    const failure = failureFromJson(line);
    if ('retried' in failure) standing.delete(keyId(failure.key));
    else standing.set(keyId(failure.key), failure);
  }
  return [...standing.values()];
}

/** How many listings are opened at most in search of the newest lines. */
const MOST_LISTINGS = 50;

/** Listings of the last round come first; of a round those of the segments that moved last, their last pages. */
async function newestListings(store: ArtifactStore, kind: Kind, run: RunRecord, segments: readonly SegmentRecord[]): Promise<Listing[]> {
  const moved = new Map(segments.map(({ segment, heartbeat }) => [segment, heartbeat]));
  const roundOf = ({ segment }: Listing): number => Math.floor(segment / run.options.segments);
  const listings = await listingsOf(store, kind, run.runId, segments);
  listings.sort(
    (a, b) =>
      roundOf(b) - roundOf(a) || (moved.get(b.segment) ?? 0) - (moved.get(a.segment) ?? 0) || a.segment - b.segment || b.page - a.page,
  );
  return listings.slice(0, MOST_LISTINGS);
}

/** Some of those that still stand, the newest first as far as is known. */
export async function newestFailures(
  store: ArtifactStore,
  run: RunRecord,
  segments: readonly SegmentRecord[],
  atMost: number,
): Promise<Failure[]> {
  const seen = new Set<string>();
  const newest: Failure[] = [];
  for (const listing of await newestListings(store, 'failures', run, segments)) {
    for (const line of (await linesOf(store, listing)).reverse()) {
      const failure = failureFromJson(line);
      const id = keyId(failure.key);
      // What a later round has tried again no longer counts in an earlier one.
      if (!seen.has(id) && !('retried' in failure)) newest.push(failure);
      seen.add(id);
    }
    if (newest.length >= atMost) break;
  }
  return newest.slice(0, atMost);
}

/** Some lines of another kind, of the segments that moved last. */
export async function newestLines(
  store: ArtifactStore,
  kind: Exclude<Kind, 'failures' | 'conflicts' | 'asks'>,
  run: RunRecord,
  segments: readonly SegmentRecord[],
  atMost: number,
): Promise<unknown[]> {
  const lines: unknown[] = [];
  for (const listing of await newestListings(store, kind, run, segments)) {
    lines.push(...(await linesOf(store, listing)));
    if (lines.length >= atMost) break;
  }
  return lines.slice(0, atMost);
}

export const readExceptions = async (store: ArtifactStore, runId: string, segments: readonly SegmentRecord[]): Promise<Note[]> =>
  (await readListing(store, 'exceptions', runId, segments)).map((entry) => {
    const { key, note } = entry as { key: Parameters<typeof itemFromJson>[0]; note: string };
    return { key: itemFromJson(key), note };
  });
