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
import type { RunRecord, SegmentRecord } from '../ledger.ts';
import { type PageRef, readFailures, readListing, saveListing } from '../listings.ts';
import type { ArtifactStore, Ports } from '../ports.ts';
import type { Change } from '../write.ts';
import { segmentOfStage } from './stages.ts';

/** Why an item is kept as it is. */
export type Why =
  /** Somebody else changed what the run wrote. */
  | 'changed-since'
  /** Somebody else deleted the item that the run updated. */
  | 'deleted-since'
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

/** What the attributes that an update changes had before. */
export const beforeOf = ({ expect, after }: Change & { kind: 'update' }): Images =>
  Object.fromEntries(Object.keys(after).map((name) => [name, expect[name] ?? null]));

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
const fromJson = (line: unknown): Conflict => {
  const { key, wrote, stands, before, ...rest } = line as Conflict & { key: Json; wrote: Json; stands: Json; before: Json | null };
  return {
    ...rest,
    key: itemFromJson(key as never),
    wrote: imagesFromJson(wrote),
    stands: imagesFromJson(stands),
    before: before && imagesFromJson(before),
  };
};

/** `resolved`: items that could be taken back after all. */
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

/** Those that still stand. */
export async function readConflicts(store: ArtifactStore, runId: string, segments: readonly SegmentRecord[]): Promise<Conflict[]> {
  const standing = new Map<string, Conflict>();
  for (const line of await readListing(store, 'conflicts', runId, segments)) {
    const conflict = fromJson({ wrote: {}, stands: {}, before: null, ...(line as object) });
    if ('resolved' in conflict) standing.delete(keyId(conflict.key));
    else standing.set(keyId(conflict.key), conflict);
  }
  return [...standing.values()];
}

/** Keys that the undoing of one segment left alone so far: older entries for them are not touched either. */
export async function leftAlone(
  { artifacts, ledger }: Ports,
  run: RunRecord,
  of: number,
): Promise<{ conflicts: Map<string, Conflict>; failed: Set<string> }> {
  const records = await Promise.all(
    (['undo', 'verify'] as const).map((stage) => ledger.segment(run.runId, segmentOfStage(run, stage, of))),
  );
  const known = records.filter((record) => record !== undefined);
  const [conflicts, failures] = await Promise.all([readConflicts(artifacts, run.runId, known), readFailures(artifacts, run.runId, known)]);
  return {
    conflicts: new Map(conflicts.map((conflict) => [keyId(conflict.key), conflict])),
    failed: new Set(failures.map(({ key }) => keyId(key))),
  };
}
