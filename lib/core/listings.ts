import { itemFromJson, itemToJson, type Key, keyId } from './attribute-value.ts';
import { type Failure, failureFromJson, failureToJson } from './journal.ts';
import type { SegmentRecord } from './ledger.ts';
import type { ArtifactStore } from './ports.ts';
import type { Note } from './settle.ts';

/** What failed, what was noted and what a rollback kept, item by item, as line files among the artifacts: one a page that has any. */
export interface PageRef {
  runId: string;
  segment: number;
  page: number;
  attempt: number;
}

type Kind = 'failures' | 'exceptions' | 'conflicts' | 'damaged' | 'examples';

const pad = (value: number, width: number): string => String(value).padStart(width, '0');
const nameOf = (kind: Kind, { runId, segment, page, attempt }: PageRef): string =>
  `${kind}/${runId}/${pad(segment, 5)}/${pad(page, 8)}-${pad(attempt, 4)}.jsonl`;

/** `evenEmpty`: write it though there is nothing to list, because a worker that died may have left its own version of this page. */
export async function saveListing(
  store: ArtifactStore,
  kind: Kind,
  page: PageRef,
  entries: readonly object[],
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

/** Only committed pages count, and of several versions of a page the last. */
export async function readListing(store: ArtifactStore, kind: Kind, runId: string, segments: readonly SegmentRecord[]): Promise<unknown[]> {
  const committed = new Map(segments.map(({ segment, counters }) => [segment, counters.pages]));
  const newest = new Map<string, string>();
  const [only] = segments;
  const prefix = only && segments.length === 1 ? `${pad(only.segment, 5)}/` : '';
  for (const name of await store.list(`${kind}/${runId}/${prefix}`)) {
    const match = /\/(\d+)\/(\d+)-\d+\.jsonl$/.exec(name);
    if (!match) continue;
    const [, segment, page] = match;
    if (Number(page) <= (committed.get(Number(segment)) ?? 0)) newest.set(`${segment}/${page}`, name);
  }
  const entries: unknown[] = [];
  for (const name of newest.values()) {
    const body = (await store.get(name)) ?? '';
    for (const line of body.split('\n').slice(0, -1)) entries.push(JSON.parse(line));
  }
  return entries;
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

export const readExceptions = async (store: ArtifactStore, runId: string, segments: readonly SegmentRecord[]): Promise<Note[]> =>
  (await readListing(store, 'exceptions', runId, segments)).map((entry) => {
    const { key, note } = entry as { key: Parameters<typeof itemFromJson>[0]; note: string };
    return { key: itemFromJson(key), note };
  });
