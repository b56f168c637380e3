import { keyId } from '../attribute-value.ts';
import { isBackfillError } from '../errors.ts';
import {
  decodeHead,
  decodeJournal,
  type JournalEntry,
  type JournalObject,
  type JournalRef,
  type JournalStore,
  journalName,
  type Link,
} from '../journal.ts';
import type { Cursor, SegmentRecord } from '../records/segment.ts';
import { uncommitted } from '../takeover.ts';

/** A journal object that is missing, truncated or altered. */
export interface Damage {
  name: string;
  why: string;
}

/** An entry that a rollback has to take back, if it stands. */
export interface Entry extends Pick<JournalEntry, 'write'> {
  /** Identifies the item: made once, for it is asked for often. */
  id: string;
  /** It probably never landed: its write was tried in vain, or a worker wrote it down that had lost its lease. */
  doubtful: boolean;
  /** Its page was journaled, and its worker died before it had settled what landed of it. */
  unsettled: boolean;
}

/** A page of the run's scan: where it began in its segment, what it saw there, and what reading and judging it took. */
export interface ScannedPage {
  segment: number;
  from: Cursor | null;
  scanned: number;
  readUnits: number;
  /** Items that the run meant to change. */
  updated: number;
}

/** A stretch of a segment's journal, from the newest entry to the oldest. */
export interface Stretch {
  /** None in an inspection, which only counts them. */
  entries: Entry[];
  /** Those of the run's pages, whole in its chain, that were scanned. */
  pages: ScannedPage[];
  /** Entries that are known to stand for no write. */
  void: number;
  objects: number;
  /** How many entries these objects have. */
  met: number;
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
    const found = await read(ref, decodeJournal, journal);
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
  const stretch = nothingMet();
  const page = new PageOfJournal();
  for await (const { sound, below } of descend(subject, from, decodeJournal, stretch, journal)) {
    for (const { object, stray } of sound) {
      stretch.met += object.entries.length;
      page.add(object, stray, object.seq > subject.committed, stretch);
      if (!stray) stretch.pages.push(...scannedBy(object));
    }
    const enough = stretch.entries.length >= atLeast || stretch.objects >= 4 * atLeast;
    if (enough && page.isWhole(below)) break;
  }
  return stretch;
}

/** None by what retries items that had failed, or settles raced ones. */
function scannedBy({ segment, body, entries }: JournalObject): ScannedPage[] {
  if (body.kind !== 'page' || body.retried.length > 0) return [];
  const { scanned, readUnits } = body.counters;
  return [{ segment, from: body.from, scanned, readUnits, updated: entries.filter(({ write }) => write.kind === 'update').length }];
}

/** An object is got from its store after the other: so many take a few seconds, whatever is in them. */
const INSPECTED_OBJECTS = 100;

/** As `walk`, and as sure to find what is damaged; entries are only counted, and nothing of them is kept. */
export async function inspect(subject: Subject, from: Cursor | null, atLeast: number, journal: JournalStore): Promise<Stretch> {
  const stretch = nothingMet();
  for await (const { sound } of descend(subject, from, decodeHead, stretch, journal)) {
    for (const { object } of sound) stretch.met += object.entries;
    if (stretch.met >= atLeast || stretch.objects >= INSPECTED_OBJECTS) break;
  }
  return stretch;
}

/**
 * At most so many entries of the stretch that begins there: the first ones, or where an earlier part of it has ended. What else the stretch has counts
 * with its first part. To begin a part again one must find the stretch again: `WHOLE_PAGE` gives the same from the same place, whenever.
 */
export function partOf(stretch: Stretch, from: Cursor | null, most: number): Stretch {
  const done = doneOf(from);
  const entries = stretch.entries.slice(done, done + most);
  const rest = done === 0 ? stretch : { ...stretch, pages: [], void: 0, objects: 0, met: 0, damaged: [] };
  const upTo = done + entries.length;
  return { ...rest, entries, cursor: upTo < stretch.entries.length ? { ...from, done: { N: String(upTo) } } : stretch.cursor };
}

/** How many entries of a stretch were worked off, as a cursor within it has it. */
export const doneOf = (from: Cursor | null): number => Number((from?.done as { N: string } | undefined)?.N ?? 0);

/** As few entries as a stretch can have: those of one page. */
export const WHOLE_PAGE = 1;

export const nothingMet = (): Stretch => ({ entries: [], pages: [], void: 0, objects: 0, met: 0, damaged: [], cursor: null });

type Decode<O> = (sealed: string, name: string) => { object: O; hash: string };
type Head = Omit<JournalObject, 'entries'>;

/** What can be read at one sequence number. */
interface Level<O> {
  /** `stray`: not in the chain. */
  sound: { object: O; stray: boolean }[];
  /** The next sequence number. */
  below: number;
}

/** Sequence number by sequence number: the object of the chain, and whatever else stands there. `stretch` hears of what is damaged, and where it goes on. */
async function* descend<O extends Head>(
  subject: Subject,
  from: Cursor | null,
  decode: Decode<O>,
  stretch: Stretch,
  journal: JournalStore,
): AsyncGenerator<Level<O>> {
  let { seq, link } = from?.seq ? positionOf(from) : begin(subject);
  while (seq > 0) {
    const found = await Promise.all(subject.refs.filter((ref) => ref.seq === seq).map((ref) => read(ref, decode, journal)));
    const sound = found.filter((one) => 'object' in one);
    const broken = found.filter((one) => 'why' in one);
    // Beyond the chain's end all are strays, though what they name must be there. Below a lost object nothing names the right one: then the youngest lease's counts.
    const beyond = seq > subject.chain.seq;
    const chosen = beyond ? undefined : link ? sound.find(({ hash }) => hash === link?.hash) : sound[0];
    stretch.objects += found.length;
    stretch.damaged.push(...broken.map(({ name, why }) => ({ name, why })));
    if (!chosen && (!beyond || found.length === 0)) stretch.damaged.push(...lost(subject, seq, link, found));
    const above = beyond ? sound[0] : chosen;
    seq -= 1;
    link = seq === subject.chain.seq ? subject.chain : above?.object.previous;
    stretch.cursor = cursorOf({ seq, link });
    yield { sound: sound.map(({ object }) => ({ object, stray: object !== chosen?.object })), below: seq };
  }
}

type Found<O> = { ref: JournalRef; object: O; hash: string } | (Damage & { ref: JournalRef });

async function read<O>(ref: JournalRef, decode: Decode<O>, journal: JournalStore): Promise<Found<O>> {
  const name = journalName(ref);
  try {
    return { ref, ...decode(await journal.get(ref), name) };
  } catch (error) {
    if (!isBackfillError(error) || error.code !== 'journal.corrupt') throw error;
    return { ref, name, why: error.message };
  }
}

/** Names the object that should be there, unless it is named already as one that cannot be read. */
function lost({ runId, segment }: Subject, seq: number, link: Link | undefined, found: readonly Found<Head>[]): Damage[] {
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
      else stretch.entries.push({ id, write, doubtful: stray || this.#doubtful.has(id), unsettled });
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
