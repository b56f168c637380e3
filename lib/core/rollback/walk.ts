import { keyId } from '../attribute-value.ts';
import { isBackfillError } from '../errors.ts';
import {
  decodeJournal,
  type JournalEntry,
  type JournalObject,
  type JournalRef,
  type JournalStore,
  journalName,
  type Link,
} from '../journal.ts';
import type { Cursor, SegmentRecord } from '../ledger.ts';
import { uncommitted } from '../takeover.ts';

/** A journal object that is missing, truncated or altered. */
export interface Damage {
  name: string;
  why: string;
}

/** An entry that a rollback has to take back, if it stands. */
export interface Entry extends Pick<JournalEntry, 'write'> {
  /** It probably never landed: its write was tried in vain, or a worker wrote it down that had lost its lease. */
  doubtful: boolean;
  /** Its page was journaled, and its worker died before it had settled what landed of it. */
  unsettled: boolean;
}

/** A stretch of a segment's journal, from the newest entry to the oldest. */
export interface Stretch {
  entries: Entry[];
  /** Entries that are known to stand for no write. */
  void: number;
  objects: number;
  damaged: Damage[];
  /** Where the next stretch begins; `null`: this was the oldest. */
  cursor: Cursor | null;
}

/** A segment of the run that is undone: what the ledger knows of its journal, and what is there. */
export interface Subject {
  runId: string;
  segment: number;
  /** Its end: the checkpoint's, or that of a page which a dead worker journaled and did not check in. */
  chain: SegmentRecord['chain'];
  /** Sequence number of the checkpoint's. */
  committed: number;
  /** Newest first. */
  refs: readonly JournalRef[];
}

export async function subjectOf(record: SegmentRecord, journal: JournalStore): Promise<Subject> {
  const refs = await journal.listAfter(record.runId, record.segment, 0);
  const { chain } = await uncommitted(record, journal, async (ref) => {
    const found = await read(ref, journal);
    return 'object' in found ? found : undefined;
  });
  return { runId: record.runId, segment: record.segment, chain, committed: record.chain.seq, refs: refs.reverse() };
}

/** A position: the sequence number to look at next, and which object of it the one above it names; `undefined`: that one is lost. */
interface Position {
  seq: number;
  link: Link | undefined;
}

function begin({ refs, chain }: Subject): Position {
  const seq = Math.max(refs[0]?.seq ?? 0, chain.seq);
  return { seq, link: seq === chain.seq ? chain : undefined };
}

const positionOf = (cursor: Cursor): Position => {
  const { seq, attempt, hash } = cursor as { seq: { N: string }; attempt?: { N: string }; hash?: { S: string } };
  return { seq: Number(seq.N), link: attempt && hash && { attempt: Number(attempt.N), hash: hash.S } };
};

const cursorOf = ({ seq, link }: Position): Cursor | null =>
  seq === 0 ? null : { seq: { N: String(seq) }, ...(link && { attempt: { N: String(link.attempt) }, hash: { S: link.hash } }) };

/**
 * Goes on through a segment's journal, newest object first, until at least `atLeast` entries (or four times as many objects) are gathered
 * and the page that they belong to is whole. What is damaged is named and left out.
 */
export async function walk(subject: Subject, from: Cursor | null, atLeast: number, journal: JournalStore): Promise<Stretch> {
  const stretch: Stretch = { entries: [], void: 0, objects: 0, damaged: [], cursor: null };
  let position = from?.seq ? positionOf(from) : begin(subject);
  const page = new PageOfJournal();
  while (position.seq > 0) {
    position = await step(subject, position, page, stretch, journal);
    const enough = stretch.entries.length >= atLeast || stretch.objects >= 4 * atLeast;
    if (enough && page.isWhole(position.seq)) break;
  }
  stretch.cursor = cursorOf(position);
  return stretch;
}

/** One sequence number: the object of the chain, and whatever else stands there. */
async function step(
  subject: Subject,
  { seq, link }: Position,
  page: PageOfJournal,
  stretch: Stretch,
  journal: JournalStore,
): Promise<Position> {
  const found = await Promise.all(subject.refs.filter((ref) => ref.seq === seq).map((ref) => read(ref, journal)));
  const sound = found.filter((one) => 'object' in one);
  const broken = found.filter((one) => 'why' in one);
  // Beyond the chain's end all are strays, though what they name must be there. Below a lost object nothing names the right one: then the youngest lease's counts.
  const beyond = seq > subject.chain.seq;
  const chosen = beyond ? undefined : link ? sound.find(({ hash }) => hash === link.hash) : sound[0];
  stretch.objects += found.length;
  stretch.damaged.push(...broken.map(({ name, why }) => ({ name, why })));
  if (!chosen && (!beyond || found.length === 0)) stretch.damaged.push(...lost(subject, seq, link, found));
  for (const { object } of sound) page.add(object, object !== chosen?.object, seq > subject.committed, stretch);
  const below = seq - 1;
  const above = beyond ? sound[0] : chosen;
  return { seq: below, link: below === subject.chain.seq ? subject.chain : above?.object.previous };
}

type Found = { ref: JournalRef; object: JournalObject; hash: string } | (Damage & { ref: JournalRef });

async function read(ref: JournalRef, journal: JournalStore): Promise<Found> {
  const name = journalName(ref);
  try {
    return { ref, ...decodeJournal(await journal.get(ref), name) };
  } catch (error) {
    if (!isBackfillError(error) || error.code !== 'journal.corrupt') throw error;
    return { ref, name, why: error.message };
  }
}

/** Names the object that should be there, unless it is named already as one that cannot be read. */
function lost({ runId, segment }: Subject, seq: number, link: Link | undefined, found: readonly Found[]): Damage[] {
  if (!link)
    return found.length > 0
      ? []
      : [{ name: `${journalName({ runId, segment, seq, attempt: 0 }).replace(/0000\.jsonl/, '*.jsonl')}`, why: 'It is missing.' }];
  const there = found.find(({ ref }) => ref.attempt === link.attempt);
  if (there && 'why' in there) return [];
  const name = journalName({ runId, segment, seq, attempt: link.attempt });
  return [{ name, why: there ? 'It is not the object that the one after it, or the ledger, knows.' : 'It is missing.' }];
}

/** Sorts a page's entries: rounds of raced items, which come first here, make earlier entries void. */
class PageOfJournal {
  #page: number | undefined;
  #void = new Set<string>();
  #doubtful = new Set<string>();

  /** `stray`: not in the chain; what it says of others does not count. */
  add({ seq, body, entries }: JournalObject, stray: boolean, unsettled: boolean, stretch: Stretch): void {
    const page = body.kind === 'raced' ? body.page : seq;
    if (!stray && page !== this.#page) {
      this.#page = page;
      this.#void.clear();
      this.#doubtful.clear();
    }
    for (const { write } of [...entries].reverse()) {
      const id = keyId(write.key);
      if (!stray && this.#void.has(id)) stretch.void += 1;
      else stretch.entries.push({ write, doubtful: stray || this.#doubtful.has(id), unsettled });
    }
    if (stray || body.kind !== 'raced') return;
    const unsure = new Set(body.unsure.map(keyId));
    for (const id of body.keys.map(keyId)) (unsure.has(id) ? this.#doubtful : this.#void).add(id);
  }

  /** Whether nothing at or below this sequence number belongs to the page that was begun. */
  isWhole(seq: number): boolean {
    return this.#page === undefined || seq < this.#page;
  }
}
