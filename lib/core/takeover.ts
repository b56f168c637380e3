import { keyId, sameItem } from './attribute-value.ts';
import { addCounters, changed, noCounters } from './counters.ts';
import {
  decodeJournal,
  type JournalEntry,
  type JournalObject,
  type JournalRef,
  type JournalStore,
  journalName,
  nextInChain,
  type PageBody,
} from './journal.ts';
import { closePage } from './page.ts';
import type { Chain, Cursor, SegmentRecord } from './records/segment.ts';
import { type SettleContext, settle } from './settle.ts';

/**
 * Settles the page that a dead worker journaled but did not check in: from the journal, never by reading or computing it again.
 * Does nothing when the checkpoint is the journal's end.
 */
export async function takeOver(state: SegmentRecord, context: SettleContext): Promise<SegmentRecord> {
  const began = context.ports.clock.now();
  const { journal } = context.ports;
  const { objects, chain } = await uncommitted(state, journal, async (ref) => decodeJournal(await journal.get(ref), journalName(ref)));
  const [first] = objects;
  if (!first) return state;
  const folded = fold(objects);
  const settled = await settle([...folded.entries.values()], chain, context, { page: first.seq, rounds: objects.length - 1 });
  settled.counters = addCounters(settled.counters, folded.counters);
  settled.failures.unshift(...folded.failures);
  const closed = await closePage(state, first.body as PageBody, settled, began, context);
  context.items?.settle(null, changed(closed.counters) - changed(state.counters));
  return closed;
}

/** Reads a journal object; `undefined`: it is to be passed over. */
type Reading = (ref: JournalRef) => Promise<{ object: JournalObject; hash: string } | undefined>;

/**
 * The objects beyond the checkpoint that continue its chain, and where that ends. Where a fenced-off worker left one of the same number,
 * the younger lease's counts: the older worker can have written nothing after losing its lease. Of a segment that is done there are none.
 */
export async function uncommitted(
  { runId, segment, state, cursor, chain: committed }: Pick<SegmentRecord, 'runId' | 'segment' | 'state' | 'cursor' | 'chain'>,
  journal: JournalStore,
  read: Reading,
): Promise<{ objects: JournalObject[]; chain: Chain }> {
  const refs = state === 'done' ? [] : await journal.listAfter(runId, segment, committed.seq);
  const objects: JournalObject[] = [];
  let chain = committed;
  for (let seq = chain.seq + 1; ; seq += 1) {
    let next: { object: JournalObject; chain: Chain } | undefined;
    for (const ref of refs.filter((one) => one.seq === seq).reverse()) {
      const found = await read(ref);
      if (found?.object.previous.hash === chain.hash && (objects.length > 0 || beginsAt(found.object, cursor))) {
        next = { object: found.object, chain: nextInChain(ref, found.hash) };
        break;
      }
    }
    if (!next) return { objects, chain };
    objects.push(next.object);
    chain = next.chain;
  }
}

/** A page that an older worker wrote late, after its place was worked off without a journal object, begins somewhere else. */
const beginsAt = ({ body }: JournalObject, cursor: Cursor | null): boolean =>
  body.kind === 'page' && (body.from === null || cursor === null ? body.from === cursor : sameItem(body.from, cursor));

/** The last intention for each target, and what the rounds of raced items settled without a write. */
function fold(objects: readonly JournalObject[]) {
  const entries = new Map<string, JournalEntry>();
  const failures: PageBody['failures'] = [];
  let counters = noCounters();
  for (const object of objects) {
    if (object.body.kind === 'raced') {
      for (const key of object.body.keys) entries.delete(keyId(key));
      counters = addCounters(counters, object.body.counters);
      failures.push(...object.body.failures);
    }
    for (const entry of object.entries) entries.set(keyId(entry.write.key), entry);
  }
  return { entries, failures, counters };
}
