import { type Key, keyId } from './attribute-value.ts';
import { total } from './counters.ts';
import { isBackfillError } from './errors.ts';
import { decodeJournal, type Failure, type JournalEntry, journalName } from './journal.ts';
import { newestFailures, newestLines } from './listings.ts';
import type { Ports } from './ports.ts';
import type { RunRecord } from './records/run.ts';
import type { SegmentRecord } from './records/segment.ts';
import { type Example, exampleOf } from './rehearsal.ts';
import { isRehearsal, sumCounters } from './run.ts';

/** So many are shown of each. */
export const RECENT = 10;
export const ERRORS = 10;
export const SAMPLES = 5;

/** Journal objects that are opened for it at most. */
const MOST_OBJECTS = 8;

/** A change that landed. */
export interface RecentChange {
  key: Key;
  op: Example['op'];
  /** The last sign of life of its segment's worker, ISO 8601: when it landed, to a few seconds. */
  at: string;
}

/** What a run did last, as far as a few reads can tell: nothing here goes through the table, or through a whole journal. */
export interface Recent {
  changes: RecentChange[];
  /** Of several segments, as they were before and are now; of a rehearsal, as they would be. */
  samples: Example[];
  /** Of those that still stand. */
  errors: Failure[];
  /** What could not be read, and why. */
  unreadable: string[];
}

/** A rehearsal and a rollback have no journal of their own, so no changes; a rehearsal has its examples instead. */
export async function recentOf(
  ports: Pick<Ports, 'journal' | 'artifacts'>,
  run: RunRecord,
  segments: readonly SegmentRecord[],
): Promise<Recent> {
  const unreadable: string[] = [];
  const stretches = await newestEntries(ports, segments, unreadable);
  const changes = stretches.flatMap(({ heartbeat, entries }) =>
    entries.map(({ write }) => ({
      key: write.key,
      op: write.kind,
      at: new Date(heartbeat).toISOString(),
    })),
  );
  const errors = await tolerant(unreadable, [], async () => {
    if (total(sumCounters(segments).failed) === 0) return [];
    return newestFailures(ports.artifacts, run, segments, ERRORS);
  });
  const samples = isRehearsal(run)
    ? await tolerant(unreadable, [], async () => (await newestLines(ports.artifacts, 'examples', run, segments, SAMPLES)) as Example[])
    : samplesOf(stretches);
  return { changes: changes.slice(0, RECENT), samples, errors, unreadable };
}

/** The end of one segment's journal: what landed, the newest first. */
interface Stretch {
  heartbeat: number;
  entries: JournalEntry[];
}

/** One object of each of the segments that moved last; where these hold too little, what lies before it. */
async function newestEntries(
  { journal }: Pick<Ports, 'journal'>,
  segments: readonly SegmentRecord[],
  unreadable: string[],
): Promise<Stretch[]> {
  const moved = segments
    .filter(({ chain }) => chain.seq > 0)
    .sort((a, b) => b.heartbeat - a.heartbeat || a.segment - b.segment)
    .slice(0, SAMPLES)
    .map((segment) => new JournalEnd(segment));
  let objects = 0;
  const enough = (): boolean => moved.reduce((sum, { entries }) => sum + entries.length, 0) >= RECENT;
  for (let round = 0; objects < MOST_OBJECTS && (round === 0 || !enough()) && moved.some((end) => end.hasMore()); round += 1) {
    for (const end of moved.filter((one) => one.hasMore()).slice(0, MOST_OBJECTS - objects)) {
      objects += 1;
      await tolerant(unreadable, undefined, () => end.open(journal));
    }
  }
  return moved.map(({ heartbeat, entries }) => ({ heartbeat, entries }));
}

/** Goes back through a segment's committed journal, object by object. */
class JournalEnd {
  readonly entries: JournalEntry[] = [];
  readonly heartbeat: number;
  readonly #segment: SegmentRecord;
  #seq: number;
  #attempt: number;
  /** What rounds of raced items have made void: did not land, or landed only as a later round has it. */
  readonly #void = new Set<string>();

  constructor(segment: SegmentRecord) {
    this.#segment = segment;
    this.heartbeat = segment.heartbeat;
    this.#seq = segment.chain.seq;
    this.#attempt = segment.chain.attempt;
  }

  hasMore(): boolean {
    return this.#seq > 0;
  }

  /** One that cannot be read ends it: nothing names the one before. */
  async open(journal: Ports['journal']): Promise<void> {
    const { runId, segment } = this.#segment;
    const ref = { runId, segment, seq: this.#seq, attempt: this.#attempt };
    this.#seq = 0;
    const { object } = decodeJournal(await journal.get(ref), journalName(ref));
    for (const entry of [...object.entries].reverse()) if (!this.#void.has(keyId(entry.write.key))) this.entries.push(entry);
    // A page begins with its own object.
    if (object.body.kind === 'page') this.#void.clear();
    else for (const key of object.body.keys) this.#void.add(keyId(key));
    this.#seq = ref.seq - 1;
    this.#attempt = object.previous.attempt;
  }
}

/** As many segments as can be, evenly from what was read of each. */
function samplesOf(stretches: readonly Stretch[]): Example[] {
  const filled = stretches.filter(({ entries }) => entries.length > 0);
  const each = Math.ceil(SAMPLES / Math.max(1, filled.length));
  const drawn = filled.flatMap(({ entries }) => {
    const step = Math.max(1, Math.floor(entries.length / each));
    return entries.filter((_, index) => index % step === 0).slice(0, each);
  });
  return drawn.slice(0, SAMPLES).map(exampleOf);
}

/** What cannot be read is named, and the rest is shown all the same. */
async function tolerant<T>(unreadable: string[], otherwise: T, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isBackfillError(error)) throw error;
    unreadable.push(error.message);
    return otherwise;
  }
}
