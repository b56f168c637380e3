import type { Counters } from './counters.ts';
import { hashOf } from './journal.ts';
import type { Verdicts } from './judge.ts';
import { countDistinct, type PageRef, saveListing } from './listings.ts';
import type { ArtifactStore, Ports } from './ports.ts';
import type { SegmentRecord } from './records/segment.ts';

/** What a run would ask the outside service for: items that ask the same cost one call, and only the whole table knows which do. */

/** Sixteen hexadecimal digits: a request may be long, and is nobody's business among the artifacts. */
const digestOf = (request: string): string => hashOf(request).slice(0, 16);

/** Keeps the different requests of a page's intended changes. */
export async function saveAsks(
  { artifacts, definition }: Pick<Ports, 'artifacts' | 'definition'>,
  page: PageRef,
  { asking }: Pick<Verdicts, 'asking'>,
  evenEmpty: boolean,
): Promise<void> {
  if (!definition.service) return;
  const digests = new Set([...(asking?.values() ?? [])].map(({ request }) => digestOf(request)));
  await saveListing(artifacts, 'asks', page, [...digests], evenEmpty);
}

/** More are not told apart: they would not fit into a function's memory. */
export const MOST_ASKS = 5_000_000;

/** How many different requests there are in a rehearsal; `null`: too many to tell. */
export async function distinctAsks(
  store: ArtifactStore,
  runId: string,
  segments: readonly SegmentRecord[],
  { intendedCalls }: Pick<Counters, 'intendedCalls'>,
  most = MOST_ASKS,
): Promise<number | null> {
  if (intendedCalls > most) return null;
  return intendedCalls === 0 ? 0 : countDistinct(store, 'asks', runId, segments);
}
