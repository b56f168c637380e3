import { attributeOf, type Item, matchesImages, sameItem, sameValue } from '../attribute-value.ts';
import { addSpent, carryOut, type FinalResult, type Spent } from '../carry-out.ts';
import { bump, type Counters, noCounters } from '../counters.ts';
import { isOurs } from '../intent.ts';
import type { Failure } from '../journal.ts';
import type { SettleContext } from '../settle.ts';
import { beforeOf, type Change, type Write } from '../write.ts';
import { type Conflict, conflictOf, type Why } from './conflicts.ts';
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
  const taking = new TakingBack(leftAlone, context);
  for (const wave of waves(entries)) await taking.wave(wave, look);
  const { counters, conflicts, failures } = taking;
  return { counters, conflicts, failures };
}

/** No two entries of a wave have the same key. */
function waves(entries: readonly Entry[]): Entry[][] {
  const sorted: Entry[][] = [];
  const seen = new Map<string, number>();
  for (const entry of entries) {
    const wave = seen.get(entry.id) ?? 0;
    seen.set(entry.id, wave + 1);
    sorted[wave] ??= [];
    sorted[wave].push(entry);
  }
  return sorted;
}

interface Undo {
  entry: Entry;
  write: Write;
}

class TakingBack {
  readonly counters = noCounters();
  readonly conflicts: Conflict[] = [];
  readonly failures: Failure[] = [];
  readonly #leftAlone: Set<string>;
  readonly #context: SettleContext;

  constructor(leftAlone: Set<string>, context: SettleContext) {
    this.#leftAlone = leftAlone;
    this.#context = context;
  }

  async wave(entries: readonly Entry[], look: boolean): Promise<void> {
    const open = entries.filter(({ id }) => !this.#leftAlone.has(id));
    this.counters.filtered += entries.length - open.length;
    const blind = look ? [] : open.filter(({ write }) => write.kind === 'update');
    const standing = await this.#standing(look ? open : open.filter(({ write }) => write.kind === 'create'));
    if (look) for (const entry of standing) this.#succeed(entry);
    else await this.#write([...standing, ...blind]);
  }

  /** Those of which what the run wrote stands, and must be taken back; the others are settled. */
  async #standing(entries: readonly Entry[]): Promise<Entry[]> {
    const items = await this.#read(entries);
    return entries.filter((entry, index) => this.#stands(entry, items[index]));
  }

  #stands(entry: Entry, standing: Item | undefined): boolean {
    const { write, doubtful, unsettled } = entry;
    if (isOurs(write, standing)) return true;
    const asBefore = isAsBefore(write, standing);
    if (doubtful && (asBefore || !isPartly(write, standing))) this.counters.filtered += 1;
    else if (asBefore) this.#succeed(entry);
    else this.#keep(entry, standing, unsettled ? 'unsettled' : standing === undefined ? 'deleted-since' : 'changed-since');
    return false;
  }

  async #write(entries: readonly Entry[]): Promise<void> {
    const refused: Entry[] = [];
    const mistaken: (Undo & { old: Item })[] = [];
    const decide = ({ entry, write }: Undo, result: FinalResult): void => {
      if (result.kind === 'condition-failed') refused.push(entry);
      else if (result.kind === 'rejected') this.#fail(entry, result.message);
      else if (write.kind === 'delete' && result.old && !sameItem(result.old, write.item))
        mistaken.push({ entry, write: { kind: 'create', key: write.key, item: result.old }, old: result.old });
      else this.#succeed(entry);
    };
    try {
      const undos = entries.map((entry) => ({ entry, write: undoOf(entry.write) }));
      this.#spend(await carryOut(undos, this.#context, decide));
    } finally {
      // Whatever stops this worker now, a row that somebody added to is not left out.
      await this.#putBack(mistaken);
    }
    const again = await this.#read(refused);
    for (const [index, entry] of refused.entries()) {
      // It stands after all: somebody wrote it in between, and may again.
      if (this.#stands(entry, again[index])) this.#keep(entry, again[index], 'changed-since');
    }
  }

  /** Where somebody stands by now, they have the last word, and there is nothing to put back. */
  async #putBack(mistaken: readonly (Undo & { old: Item })[]): Promise<void> {
    const { signal } = new AbortController();
    // Nor does it wait for a share of any budget.
    const unstopped = { ports: this.#context.ports, signal, writeSignal: signal, ensureLease: () => undefined };
    const decide = ({ entry, old }: Undo & { old: Item }, result: FinalResult): void => {
      if (result.kind === 'rejected') {
        // The listing is then all that is left of it.
        this.#fail(entry, `The row was deleted, and could not be put back: ${result.message}`);
        this.conflicts.push(conflictOf(entry.write, old, 'changed-since'));
      } else this.#keep(entry, old, 'changed-since');
    };
    this.#spend(await carryOut(mistaken, unstopped, decide));
  }

  async #read(entries: readonly Entry[]): Promise<(Item | undefined)[]> {
    if (entries.length === 0) return [];
    const { ports, writeSignal } = this.#context;
    const keys = entries.map(({ write }) => write.key);
    const { items, readUnits } = await ports.target.getMany(keys, { signal: writeSignal });
    this.counters.readUnits += readUnits;
    return items;
  }

  #succeed({ write, doubtful }: Entry): void {
    if (doubtful) bump(this.counters.notes, 'doubtful');
    if (write.kind === 'create') this.counters.deleted += 1;
    else this.counters.restored += 1;
  }

  #keep({ id, write }: Entry, standing: Item | undefined, why: Why): void {
    if (why !== 'unsettled') this.#leftAlone.add(id);
    bump(this.counters.skipped, why);
    this.conflicts.push(conflictOf(write, standing, why));
  }

  #fail({ id, write }: Entry, message: string): void {
    this.#leftAlone.add(id);
    bump(this.counters.failed, 'rejected');
    this.failures.push({ key: write.key, code: 'rejected', message, retryable: false });
  }

  #spend(spent: Spent): void {
    addSpent(this.counters, spent);
  }
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
