import { attributeOf, type Item, keyId, matchesImages, sameItem, sameValue } from '../attribute-value.ts';
import { carryOut } from '../carry-out.ts';
import { bump, type Counters, noCounters } from '../counters.ts';
import { isOurs } from '../intent.ts';
import type { Failure } from '../journal.ts';
import type { SettleContext } from '../settle.ts';
import type { Change, Write } from '../write.ts';
import { beforeOf, type Conflict, conflictOf, type Why } from './conflicts.ts';
import type { Entry } from './walk.ts';

/** What became of some entries. */
export interface TakenBack {
  counters: Counters;
  conflicts: Conflict[];
  failures: Failure[];
}

/**
 * Takes entries back, each only if what the run wrote still stands; the newest of a key first.
 * An update is written back blindly, under that condition. A created row is read before it is deleted, for no condition can say that
 * nothing was added to it; what was added even between that read and the deletion is put back.
 *
 * `leftAlone`: keys of which nothing older may be touched; those that are kept now are added.
 * `look`: write nothing, and count what would be done.
 */
export async function takeBack(
  entries: readonly Entry[],
  leftAlone: Set<string>,
  look: boolean,
  context: SettleContext,
): Promise<TakenBack> {
  const taken: TakenBack = { counters: noCounters(), conflicts: [], failures: [] };
  for (const wave of waves(entries)) {
    const open = wave.filter(({ write }) => !leftAlone.has(keyId(write.key)));
    taken.counters.filtered += wave.length - open.length;
    await takeBackWave(open, leftAlone, look, taken, context);
  }
  return taken;
}

/** No two entries of a wave have the same key. */
function waves(entries: readonly Entry[]): Entry[][] {
  const sorted: Entry[][] = [];
  const seen = new Map<string, number>();
  for (const entry of entries) {
    const id = keyId(entry.write.key);
    const wave = seen.get(id) ?? 0;
    seen.set(id, wave + 1);
    sorted[wave] ??= [];
    sorted[wave].push(entry);
  }
  return sorted;
}

interface Undo {
  entry: Entry;
  write: Write;
}

async function takeBackWave(
  entries: readonly Entry[],
  leftAlone: Set<string>,
  look: boolean,
  taken: TakenBack,
  context: SettleContext,
): Promise<void> {
  const { ports, writeSignal } = context;
  const { counters } = taken;

  const read = async (some: readonly Entry[]): Promise<(Item | undefined)[]> => {
    if (some.length === 0) return [];
    const keys = some.map(({ write }) => write.key);
    const { items, readUnits } = await ports.target.getMany(keys, { signal: writeSignal });
    counters.readUnits += readUnits;
    return items;
  };
  const succeed = ({ write, doubtful }: Entry): void => {
    if (doubtful) bump(counters.notes, 'doubtful');
    if (write.kind === 'create') counters.deleted += 1;
    else counters.restored += 1;
  };
  const keep = ({ write }: Entry, standing: Item | undefined, why: Why): void => {
    if (why !== 'unsettled') leftAlone.add(keyId(write.key));
    bump(counters.skipped, why);
    taken.conflicts.push(conflictOf(write, standing, why));
  };
  /** True when what the run wrote stands, and must be taken back; everything else is settled here. */
  const stands = (entry: Entry, standing: Item | undefined): boolean => {
    if (isOurs(entry.write, standing)) return true;
    const asBefore = isAsBefore(entry.write, standing);
    if (entry.doubtful && (asBefore || !isPartly(entry.write, standing))) counters.filtered += 1;
    else if (asBefore) succeed(entry);
    else keep(entry, standing, entry.unsettled ? 'unsettled' : standing === undefined ? 'deleted-since' : 'changed-since');
    return false;
  };

  const first = look ? [...entries] : entries.filter(({ write }) => write.kind === 'create');
  const found = await read(first);
  const standing = first.filter((entry, index) => stands(entry, found[index]));
  if (look) {
    for (const entry of standing) succeed(entry);
    return;
  }

  const undos = [...standing, ...entries.filter(({ write }) => write.kind === 'update')].map((entry) => ({
    entry,
    write: undoOf(entry.write),
  }));
  const refused: Undo[] = [];
  const mistaken: { entry: Entry; write: Write; old: Item }[] = [];
  const spent = await carryOut(undos, context, (undo, result) => {
    const { entry, write } = undo;
    if (result.kind === 'condition-failed') refused.push(undo);
    else if (result.kind === 'rejected') fail(entry, result.message, leftAlone, taken);
    else if (write.kind === 'delete' && result.old && !sameItem(result.old, write.item))
      mistaken.push({ entry, write: { kind: 'create', key: write.key, item: result.old }, old: result.old });
    else succeed(entry);
  });
  // Whoever stands there by now has the last word: then there is nothing to put back.
  const again = await carryOut(mistaken, context, () => undefined);
  for (const { entry, old } of mistaken) keep(entry, old, 'changed-since');
  counters.writeUnits += spent.writeUnits + again.writeUnits;
  counters.throttles += spent.throttles + again.throttles;

  const now = await read(refused.map(({ entry }) => entry));
  for (const [index, { entry }] of refused.entries()) {
    // It stands after all: somebody wrote it in between, and may again. The condition decides, once more, at the next rollback.
    if (stands(entry, now[index])) keep(entry, now[index], 'changed-since');
  }
}

function fail({ write }: Entry, message: string, leftAlone: Set<string>, taken: TakenBack): void {
  leftAlone.add(keyId(write.key));
  bump(taken.counters.failed, 'rejected');
  taken.failures.push({ key: write.key, code: 'rejected', message, retryable: false });
}

function undoOf(change: Change): Write {
  if (change.kind === 'create') return { kind: 'delete', key: change.key, item: change.item };
  return { kind: 'update', key: change.key, expect: change.after, after: beforeOf(change) };
}

/** Whether what a change did is not there, or no more. */
export const isAsBefore = (change: Change, standing: Item | undefined): boolean =>
  change.kind === 'create' ? standing === undefined : standing !== undefined && matchesImages(standing, beforeOf(change));

/** Whether some of what an update changes stands as it wrote it: then it landed, and was changed since. */
const isPartly = (change: Change, standing: Item | undefined): boolean =>
  change.kind === 'update' &&
  standing !== undefined &&
  Object.entries(change.after).some(([name, image]) => sameValue(image, attributeOf(standing, name)));
