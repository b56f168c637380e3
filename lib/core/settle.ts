import type { Item, Key } from './attribute-value.ts';
import { addCounters, bump, type Counters, noCounters } from './counters.ts';
import { BackfillError } from './errors.ts';
import { isEligible, isOurs } from './intent.ts';
import { encodeJournal, type Failure, type JournalEntry, nextInChain } from './journal.ts';
import { type JudgeContext, judge } from './judge.ts';
import type { Chain } from './ledger.ts';
import { type Backoff, backoffMs } from './retry.ts';
import type { WriteResult } from './write.ts';

/** How often an item that others keep changing is re-read, transformed and tried again. */
export const MAX_RACED_ROUNDS = 3;

/** DynamoDB's batch: as many writes are under way at once, and between two looks at the lease. */
export const WRITE_BATCH = 25;

const PATIENCE: Backoff = { attempts: Number.POSITIVE_INFINITY, baseMs: 50, capMs: 5_000 };

/** A passing fault (not a throttle) may recur this often in a row before the segment gives up. */
const MAX_FAULTS = 8;

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
  /** Throws `Stop` when too little of the lease is left to write safely. */
  ensureLease: () => void;
}

/**
 * Carries out journaled writes and settles what became of each item.
 *
 * A failed condition is first compared with our own after-image: a retry of a write that landed looks just like it.
 * An item that somebody else changed is read again, transformed, journaled and written again, at most three times;
 * `firstRound`: so many rounds of that a dead worker has been through already.
 */
export async function settle(entries: readonly JournalEntry[], chain: Chain, context: SettleContext, firstRound = 0): Promise<Settled> {
  const settled: Settled = { counters: noCounters(), failures: [], notes: [], chain };
  let pending = entries;
  for (let round = firstRound; pending.length > 0; round += 1) {
    const conflicts = await carryOut(pending, settled, context);
    const raced = await sortConflicts(conflicts, settled, context);
    if (round === 0) settled.counters.raced += raced.length;
    pending = round < MAX_RACED_ROUNDS ? await again(raced, settled, context) : giveUp(raced, settled);
  }
  return settled;
}

function succeed(entry: JournalEntry, settled: Settled): void {
  if (entry.write.kind === 'create') settled.counters.created += 1;
  else settled.counters.updated += 1;
  for (const note of entry.notes) {
    bump(settled.counters.notes, note);
    settled.notes.push({ key: entry.source, note });
  }
}

function failEntry(entry: JournalEntry, settled: Settled, failure: Omit<Failure, 'key'>): void {
  bump(settled.counters.failed, failure.code);
  settled.failures.push({ key: entry.source, ...failure });
}

/** Writes all entries, batch by batch; returns those whose condition did not hold. */
async function carryOut(entries: readonly JournalEntry[], settled: Settled, context: SettleContext): Promise<JournalEntry[]> {
  const conflicts: JournalEntry[] = [];
  for (let start = 0; start < entries.length; start += WRITE_BATCH) {
    let batch = entries.slice(start, start + WRITE_BATCH);
    let faults = 0;
    for (let attempt = 1; batch.length > 0; attempt += 1) {
      context.ensureLease();
      const { results, writeUnits } = await context.ports.writer.apply(
        batch.map((entry) => entry.write),
        context.writeSignal,
      );
      settled.counters.writeUnits += writeUnits;
      const unsettled = batch.filter((entry, index) => !decide(entry, results[index] as WriteResult, conflicts, settled));
      const fault = results.find((result) => result.kind === 'retry');
      faults = fault ? faults + 1 : 0;
      if (faults > MAX_FAULTS) throw new BackfillError('table.unreachable', `The table does not answer: ${fault?.message}.`);
      if (unsettled.length > 0) await context.ports.clock.sleep(backoffMs(attempt, PATIENCE, context.ports.random), context.signal);
      batch = unsettled;
    }
  }
  return conflicts;
}

/** True when the result settles the entry; false when it must be sent again. */
function decide(entry: JournalEntry, result: WriteResult, conflicts: JournalEntry[], settled: Settled): boolean {
  switch (result.kind) {
    case 'applied':
      succeed(entry, settled);
      return true;
    case 'condition-failed':
      conflicts.push(entry);
      return true;
    case 'rejected':
      failEntry(entry, settled, { code: 'rejected', message: result.message, retryable: false });
      return true;
    case 'throttled':
      settled.counters.throttles += 1;
      return false;
    case 'retry':
      return false;
  }
}

interface Raced {
  entry: JournalEntry;
  standing: Item;
}

/** Ours after all, existing already, gone, or raced. */
async function sortConflicts(conflicts: JournalEntry[], settled: Settled, { ports, writeSignal }: SettleContext): Promise<Raced[]> {
  if (conflicts.length === 0) return [];
  const { items, readUnits } = await ports.target.getMany(
    conflicts.map((entry) => entry.write.key),
    { signal: writeSignal },
  );
  settled.counters.readUnits += readUnits;
  return conflicts.flatMap((entry, index) => {
    const standing = items[index];
    if (isOurs(entry.write, standing)) succeed(entry, settled);
    else if (entry.write.kind === 'create' && standing) bump(settled.counters.skipped, 'already-exists');
    else if (entry.write.kind === 'update' && !standing) bump(settled.counters.skipped, 'gone');
    // A create whose key is free again is sent again as it is: its source was not re-read.
    else return [{ entry, standing: standing ?? {} }];
    return [];
  });
}

/** One more round for raced items: judged afresh, journaled, returned for writing. */
async function again(raced: Raced[], settled: Settled, context: SettleContext): Promise<JournalEntry[]> {
  if (raced.length === 0) return [];
  const { ports, run, segment, attempt } = context;
  const updates = raced.filter(
    ({ entry, standing }) => entry.write.kind === 'update' && isEligible(standing, ports.definition.source.where),
  );
  const verdicts = await judge(
    updates.map(({ standing }) => standing),
    context,
  );
  const creates = raced.filter(({ entry }) => entry.write.kind === 'create').map(({ entry }) => entry);
  const strayed = raced.length - updates.length - creates.length;
  if (strayed > 0) verdicts.counters.skipped['no-longer-eligible'] = strayed;
  const entries = [...verdicts.entries, ...creates];
  const ref = { runId: run.runId, segment, seq: settled.chain.seq + 1, attempt };
  const keys = raced.map(({ entry }) => entry.write.key);
  const body = { kind: 'raced' as const, keys, counters: { ...verdicts.counters, raced: 0 }, failures: verdicts.failures };
  const text = encodeJournal({ ...ref, previous: settled.chain.hash, body, entries });
  context.ensureLease();
  await ports.journal.put(ref, text);
  settled.chain = nextInChain(ref, text);
  settled.counters = addCounters(settled.counters, verdicts.counters);
  settled.failures.push(...verdicts.failures);
  return entries;
}

function giveUp(raced: Raced[], settled: Settled): JournalEntry[] {
  for (const { entry } of raced) {
    const message = `somebody else changed the item ${MAX_RACED_ROUNDS + 1} times between our read and our write`;
    failEntry(entry, settled, { code: 'raced', message, retryable: true });
  }
  return [];
}
