import { itemFromJson, itemToJson } from './attribute-value.ts';
import { type Failure, failureFromJson, failureToJson } from './journal.ts';
import type { SegmentRecord } from './ledger.ts';
import type { ArtifactStore } from './ports.ts';
import type { Note } from './settle.ts';

/** What failed and what was noted, item by item, as line files among the artifacts: one a page that has any. */
interface PageRef {
  runId: string;
  segment: number;
  page: number;
  attempt: number;
}

type Kind = 'failures' | 'exceptions';

const pad = (value: number, width: number): string => String(value).padStart(width, '0');
const nameOf = (kind: Kind, { runId, segment, page, attempt }: PageRef): string =>
  `${kind}/${runId}/${pad(segment, 5)}/${pad(page, 8)}-${pad(attempt, 4)}.jsonl`;

const lines = (entries: readonly object[]): string => entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');

/**
 * `evenEmpty`: write them though there is nothing to list, because a worker that died may have left its own version of this page;
 * readers take the highest attempt.
 */
export async function saveListings(
  store: ArtifactStore,
  page: PageRef,
  failures: readonly Failure[],
  notes: readonly Note[],
  evenEmpty: boolean,
): Promise<void> {
  const supersede = evenEmpty && page.attempt > 1;
  if (failures.length > 0 || supersede) await store.put(nameOf('failures', page), lines(failures.map(failureToJson)));
  if (notes.length > 0 || supersede) {
    await store.put(nameOf('exceptions', page), lines(notes.map(({ key, note }) => ({ key: itemToJson(key), note }))));
  }
}

/** Only committed pages count, and of several versions of a page the last. */
async function readListings(store: ArtifactStore, kind: Kind, runId: string, segments: readonly SegmentRecord[]): Promise<unknown[]> {
  const committed = new Map(segments.map(({ segment, counters }) => [segment, counters.pages]));
  const newest = new Map<string, string>();
  for (const name of await store.list(`${kind}/${runId}/`)) {
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

export const readFailures = async (store: ArtifactStore, runId: string, segments: readonly SegmentRecord[]): Promise<Failure[]> =>
  (await readListings(store, 'failures', runId, segments)).map(failureFromJson);

export const readExceptions = async (store: ArtifactStore, runId: string, segments: readonly SegmentRecord[]): Promise<Note[]> =>
  (await readListings(store, 'exceptions', runId, segments)).map((entry) => {
    const { key, note } = entry as { key: Parameters<typeof itemFromJson>[0]; note: string };
    return { key: itemFromJson(key), note };
  });
