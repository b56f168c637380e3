import {
  attributeOf,
  type Images,
  type Item,
  imagesFromJson,
  imagesToJson,
  itemFromJson,
  itemToJson,
  type Key,
  keyId,
} from '../attribute-value.ts';
import { total } from '../counters.ts';
import { type PageRef, readFailures, readListing, saveListing } from '../listings.ts';
import type { ArtifactStore } from '../ports.ts';
import type { SegmentRecord } from '../records/segment.ts';
import { beforeOf, type Change } from '../write.ts';

/** Why an item is kept as it is. */
export type Why =
  /** Somebody else changed what the run wrote. */
  | 'changed-since'
  /** Somebody else deleted the item that the run updated. */
  | 'deleted-since'
  /** A worker of the run died before it knew whether its write had landed; what stands there is not it. */
  | 'unsettled'
  /** It was as before once more, and somebody else changed it between that and the verification. */
  | 'changed-again';

/** An item that a rollback leaves alone, with both versions of all that the run wrote. */
export interface Conflict {
  key: Key;
  op: Change['kind'];
  why: Why;
  /** What the run wrote; `null`: it removed the attribute. */
  wrote: Images;
  /** What stands there now; `null` in all: the item is gone. Of a created row all attributes, of an updated one those that the run wrote. */
  stands: Images;
  /** What an updated item had before. */
  before: Images | null;
}

export function conflictOf(change: Change, standing: Item | undefined, why: Why): Conflict {
  const { key } = change;
  if (change.kind === 'create') return { key, op: 'create', why, wrote: change.item, stands: standing ?? {}, before: null };
  const stands: Images = {};
  for (const name of Object.keys(change.after)) stands[name] = (standing && attributeOf(standing, name)) ?? null;
  return { key, op: 'update', why, wrote: change.after, stands, before: beforeOf(change) };
}

export const conflictToJson = ({ key, wrote, stands, before, ...rest }: Conflict): object => ({
  key: itemToJson(key),
  ...rest,
  wrote: imagesToJson(wrote),
  stands: imagesToJson(stands),
  before: before && imagesToJson(before),
});

type Json = Parameters<typeof imagesFromJson>[0];
const conflictFromJson = (line: unknown): Conflict => {
  const { key, wrote, stands, before, ...rest } = line as Conflict & { key: Json; wrote: Json; stands: Json; before: Json | null };
  return {
    ...rest,
    key: itemFromJson(key as never),
    wrote: imagesFromJson(wrote),
    stands: imagesFromJson(stands),
    before: before && imagesFromJson(before),
  };
};

/** `resolved`: items that were listed, and are as before by now. */
export async function saveConflicts(
  store: ArtifactStore,
  page: PageRef,
  conflicts: readonly Conflict[],
  resolved: readonly Key[],
  evenEmpty: boolean,
): Promise<void> {
  const lines = [...resolved.map((key) => ({ key: itemToJson(key), resolved: true })), ...conflicts.map(conflictToJson)];
  await saveListing(store, 'conflicts', page, lines, evenEmpty);
}

/** Those that still stand when all is verified. */
export async function readConflicts(store: ArtifactStore, runId: string, segments: readonly SegmentRecord[]): Promise<Conflict[]> {
  const standing = new Map<string, Conflict>();
  for (const line of await readListing(store, 'conflicts', runId, segments)) {
    const { key, resolved } = line as { key: Json; resolved?: true };
    const id = keyId(itemFromJson(key as never));
    if (resolved) standing.delete(id);
    else standing.set(id, conflictFromJson(line));
  }
  return [...standing.values()];
}

/** Keys that the undoing of one segment left alone so far. */
export interface LeftAlone {
  /** Nothing older of these is touched either. */
  keys: Set<string>;
  /** Of these only the entry whose worker died was left alone. */
  unsettled: Set<string>;
}

export const noneLeft = (): LeftAlone => ({ keys: new Set(), unsettled: new Set() });

/** `undone`: the segment in which they were undone, as its last checkpoint left it. What it counts none of, it lists none of. */
export async function leftAlone(artifacts: ArtifactStore, undone: SegmentRecord | undefined): Promise<LeftAlone> {
  if (!undone || total(undone.counters.skipped) + total(undone.counters.failed) === 0) return noneLeft();
  const { runId } = undone;
  const [conflicts, failures] = await Promise.all([readConflicts(artifacts, runId, [undone]), readFailures(artifacts, runId, [undone])]);
  const isUnsettled = ({ why }: Conflict): boolean => why === 'unsettled';
  const ids = (some: readonly { key: Key }[]): Set<string> => new Set(some.map(({ key }) => keyId(key)));
  return {
    keys: ids([...conflicts.filter((one) => !isUnsettled(one)), ...failures]),
    unsettled: ids(conflicts.filter(isUnsettled)),
  };
}
