import type { Item, Key } from './attribute-value.ts';
import { addSpent, carryOut } from './carry-out.ts';
import { addCounters, bump, type Counters, noCounters } from './counters.ts';
import type { ItemsShare } from './flow/items-share.ts';
import type { WorkerFlow } from './flow/worker-flow.ts';
import { isEligible, isOurs } from './intent.ts';
import { encodeJournal, type Failure, type JournalEntry, linkTo, nextInChain } from './journal.ts';
import { type JudgeContext, judge, type Verdicts } from './judge.ts';
import type { Chain, SignOfLife } from './records/segment.ts';

/** How often an item that others keep changing is re-read, transformed and tried again. */
export const MAX_RACED_ROUNDS = 3;

export interface Note {
  key: Key;
  note: string;
}

export interface Settled {
  counters: Counters;
  failures: Failure[];
  notes: Note[];
  chain: Chain;
}

export interface SettleContext extends JudgeContext {
  segment: number;
  attempt: number;
  /** Aborts when the lease is lost. `signal` also aborts when the run shall stand still: waits and outside calls end then, writes under way do not. */
  writeSignal: AbortSignal;
  /** True until the first page of this lease is closed. */
  firstPage: boolean;
  /** What this worker may change of the items that the run may change in all; absent: any number. */
  items?: ItemsShare | undefined;
  /** What this worker may use. */
  flow?: WorkerFlow | undefined;
  /** In a retry: what had failed, once it is read; absent: it is read for each page. */
  failedBefore?: { reading?: Promise<readonly Failure[]> };
  /** Throws `Stop` when too little of the lease is left to write safely. */
  ensureLease: () => void;
  /** For a checkpoint that is sent now. */
  signOfLife?: () => SignOfLife;
  /** Whether the next page may be read while this one is written; absent: never. */
  mayReadAhead?: () => boolean;
}

/** A dead worker's page, as far as it had come. */
export interface Inherited {
  /** Sequence number of the page's own object. */
  page: number;
  /** So many rounds of raced items it has been through already. */
  rounds: number;
}

/**
 * Carries out journaled writes and settles what became of each item.
 *
 * A failed condition of a write whose answer was lost once is first compared with our own after-image: then it had landed.
 * An item that somebody else changed is read again, transformed, journaled and written again, at most three times.
 * Whatever did not land is named in the journal, so that a rollback knows which entries stand for writes.
 */
export async function settle(
  entries: readonly JournalEntry[],
  chain: Chain,
  context: SettleContext,
  inherited?: Inherited,
): Promise<Settled> {
  const settled: Settled = { counters: noCounters(), failures: [], notes: [], chain };
  const page = inherited?.page ?? chain.seq;
  let pending = entries;
  for (let round = inherited?.rounds ?? 0; pending.length > 0; round += 1) {
    // What a dead worker had sent by then is not known.
    const conflicts = await writeAll(pending, settled, context, inherited !== undefined && round === inherited.rounds);
    const verdicts = await sortConflicts(conflicts, round, settled, context);
    pending = verdicts.entries;
    if (verdicts.keys.length > 0) await journalRound(page, verdicts, settled, context);
  }
  return settled;
}

/** Counts an entry as what it was meant to do, with its notes. */
export function succeed(entry: JournalEntry, settled: Settled): void {
  if (entry.write.kind === 'create') settled.counters.created += 1;
  else settled.counters.updated += 1;
  for (const note of entry.notes) {
    bump(settled.counters.notes, note);
    settled.notes.push({ key: entry.source, note });
  }
}

function failEntry(entry: JournalEntry, verdicts: Pick<Verdicts, 'counters' | 'failures'>, failure: Omit<Failure, 'key'>): void {
  bump(verdicts.counters.failed, failure.code);
  verdicts.failures.push({ key: entry.source, ...failure });
}

/** A write that did not land now. */
interface Conflict {
  entry: JournalEntry;
  /** It may have landed before, for an answer was lost. */
  unsure: boolean;
  /** Why the database will never take it; `undefined`: its condition did not hold. */
  rejected?: string;
}

/** Writes all entries; returns those that did not land. */
async function writeAll(
  entries: readonly JournalEntry[],
  settled: Settled,
  context: SettleContext,
  allUnsure: boolean,
): Promise<Conflict[]> {
  const conflicts: Conflict[] = [];
  const spent = await carryOut(entries, context, (entry, result, unsure) => {
    if (result.kind === 'applied') succeed(entry, settled);
    else conflicts.push({ entry, unsure: unsure || allUnsure, ...(result.kind === 'rejected' && { rejected: result.message }) });
  });
  addSpent(settled.counters, spent);
  return conflicts;
}

/** What became of a round's conflicts: `entries` are tried again, `keys` names all whose earlier intention is void. */
interface Round extends Verdicts {
  keys: Key[];
  unsure: Key[];
}

/** Ours after all, existing already, gone, or raced: then judged afresh, until the rounds are used up. */
async function sortConflicts(conflicts: readonly Conflict[], round: number, settled: Settled, context: SettleContext): Promise<Round> {
  const sorted: Round = { keys: [], unsure: [], counters: noCounters(), failures: [], entries: [] };
  if (conflicts.length === 0) return sorted;
  const { ports, writeSignal } = context;
  const keys = conflicts.map(({ entry }) => entry.write.key);
  const { items, readUnits } = await ports.target.getMany(keys, { signal: writeSignal });
  settled.counters.readUnits += readUnits;

  const changed: Item[] = [];
  for (const [index, { entry, unsure, rejected }] of conflicts.entries()) {
    const { write } = entry;
    const standing = items[index];
    // Where every answer was heard, what stands there is somebody else's, though it be the same.
    if (unsure && isOurs(write, standing)) {
      succeed(entry, settled);
      continue;
    }
    sorted.keys.push(write.key);
    if (unsure) sorted.unsure.push(write.key);
    if (rejected !== undefined) failEntry(entry, sorted, { code: 'rejected', message: rejected, retryable: false });
    else if (write.kind === 'create' && standing) bump(sorted.counters.skipped, 'already-exists');
    else if (write.kind === 'update' && !standing) bump(sorted.counters.skipped, 'gone');
    else {
      if (round === 0) sorted.counters.raced += 1;
      if (round >= MAX_RACED_ROUNDS) giveUp(entry, sorted);
      // A create whose key is free again is sent again as it is: its source was not re-read.
      else if (write.kind === 'create') sorted.entries.push(entry);
      else if (standing && isEligible(standing, ports.definition.source.where)) changed.push(standing);
      else bump(sorted.counters.skipped, 'no-longer-eligible');
    }
  }
  if (changed.length === 0) return sorted;
  const verdicts = await judge(changed, context);
  return {
    keys: sorted.keys,
    unsure: sorted.unsure,
    counters: addCounters(sorted.counters, verdicts.counters),
    failures: [...sorted.failures, ...verdicts.failures],
    entries: [...verdicts.entries, ...sorted.entries],
  };
}

function giveUp(entry: JournalEntry, round: Round): void {
  const message = `somebody else changed the item ${MAX_RACED_ROUNDS + 1} times between our read and our write`;
  failEntry(entry, round, { code: 'raced', message, retryable: true });
}

async function journalRound(page: number, { entries, ...round }: Round, settled: Settled, context: SettleContext): Promise<void> {
  const { ports, run, segment, attempt } = context;
  const ref = { runId: run.runId, segment, seq: settled.chain.seq + 1, attempt };
  const sealed = encodeJournal({ ...ref, previous: linkTo(settled.chain), body: { kind: 'raced', page, ...round }, entries });
  context.ensureLease();
  await ports.journal.put(ref, sealed.text);
  settled.chain = nextInChain(ref, sealed.hash);
  settled.counters = addCounters(settled.counters, round.counters);
  settled.failures.push(...round.failures);
}
