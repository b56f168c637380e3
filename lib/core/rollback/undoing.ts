import type { Key } from '../attribute-value.ts';
import { addCounters, bump, type Counters, noCounters } from '../counters.ts';
import { BackfillError } from '../errors.ts';
import { NO_FINGERPRINT } from '../fingerprint.ts';
import { isOurs } from '../intent.ts';
import type { Failure } from '../journal.ts';
import { saveListing, saveListings } from '../listings.ts';
import type { Ports } from '../ports.ts';
import { ReadAhead } from '../read-ahead.ts';
import type { RunRecord } from '../records/run.ts';
import type { Cursor, SegmentRecord } from '../records/segment.ts';
import { withoutWriter } from '../rehearsal.ts';
import { isRehearsal } from '../run.ts';
import type { Trade } from '../segment.ts';
import type { SettleContext } from '../settle.ts';
import { type Conflict, conflictOf, type LeftAlone, leftAlone, noneLeft, saveConflicts } from './conflicts.ts';
import { readAgain } from './read-again.ts';
import { placeOf, type Stage, segmentOfStage } from './stages.ts';
import { isAsBefore, takeBack } from './take-back.ts';
import {
  type Damage,
  doneOf,
  type Entry,
  inspect,
  nothingMet,
  partOf,
  type Stretch,
  type Subject,
  subjectOf,
  WHOLE_PAGE,
  walk,
} from './walk.ts';

/** What one invocation knows of the segment that it undoes. */
interface Desk {
  stage: Stage;
  /** What the scan and each retry of the run left in this segment, the newest round first: a later write is taken back before an earlier one. */
  subjects: readonly Subject[];
  left: LeftAlone;
}

/** What a page of a rollback's segment came to. */
interface Worked {
  counters: Counters;
  conflicts?: readonly Conflict[];
  /** Keys that were kept, and are as before by now. */
  resolved?: readonly Key[];
  failures?: readonly Failure[];
  damaged?: readonly Damage[];
}

/**
 * What a rollback does with its segments: each goes through what the run journaled in one segment, newest entry first; while some of it
 * is taken back, the next is read. One for each invocation.
 */
export function undoing(): Trade {
  const ahead = new ReadAhead<Stretch>();
  let desk: Desk | undefined;
  let records: readonly SegmentRecord[] | undefined;
  return {
    async blockedUntil(task, run, { ledger, clock, isDead }) {
      const { stage, of } = placeOf(run, task.segment);
      if (stage !== 'inspect') return null;
      records = await recordsOf(run, of, ledger);
      return latestLease(records, clock.now(), isDead);
    },
    hasWork: () => true,
    // Nothing of a page is left undone: whoever reads its entries again finds them taken back.
    takeOver: async (state, context) => {
      desk = await openDesk(state, records, context);
      return state;
    },
    async workPage(state, context) {
      if (!desk) throw new Error('takeOver comes first');
      return page(state, desk, ahead, context);
    },
    drop: async () => {
      await ahead.drop();
    },
  };
}

/** A segment of the run may be looked at once no worker of the run can write any more. */
async function latestLease(records: readonly SegmentRecord[], now: number, isDead: Ports['isDead']): Promise<number | null> {
  let blocked: number | null = null;
  for (const { lease } of records) {
    if (lease && lease.until > now && !(await isDead(lease.owner))) blocked = Math.max(blocked ?? 0, lease.until);
  }
  return blocked;
}

/** One segment of the run that is undone, in all its rounds, the newest first. */
async function recordsOf(rollback: RunRecord, of: number, ledger: Ports['ledger']): Promise<SegmentRecord[]> {
  const { of: runId, rounds = (await ledger.getRun(runId))?.rounds ?? 0 } = rollbackOf(rollback);
  const newestFirst = Array.from({ length: rounds }, (_, index) => rounds - 1 - index);
  const records: SegmentRecord[] = [];
  for (const round of newestFirst) {
    const record = await ledger.segment(runId, round * rollback.options.segments + of);
    if (record) records.push(record);
  }
  return records;
}

export function rollbackOf({ runId, rollback }: RunRecord) {
  if (!rollback) throw new BackfillError('run.unknown', `${runId} is no rollback.`);
  return rollback;
}

/** `known`: the segment's records, where they were read just now. */
async function openDesk(state: SegmentRecord, known: readonly SegmentRecord[] | undefined, { run, ports }: SettleContext): Promise<Desk> {
  const { stage, of } = placeOf(run, state.segment);
  const records = known ?? (await recordsOf(run, of, ports.ledger));
  const subjects = await Promise.all(records.map((record) => subjectOf(record, ports.journal)));
  if (stage === 'inspect') return { stage, subjects, left: noneLeft() };
  const undone = stage === 'undo' ? state : await ports.ledger.segment(run.runId, segmentOfStage(run, 'undo', of));
  return { stage, subjects, left: await leftAlone(ports.artifacts, undone) };
}

/** What only reads can be read again: it checks in so often, or as soon as there is something to list. */
const CHECK_IN_EVERY_MS = 1_000;

async function page(state: SegmentRecord, desk: Desk, ahead: ReadAhead<Stretch>, context: SettleContext): Promise<SegmentRecord> {
  const { clock } = context.ports;
  const began = clock.now();
  context.signal.throwIfAborted();
  let done = await stretchFrom(state.cursor, desk, ahead, context);
  const mayGoOn = (): boolean =>
    desk.stage !== 'undo' && !hasListings(done.worked) && !context.signal.aborted && clock.now() - began < CHECK_IN_EVERY_MS;
  while (done.next && mayGoOn()) {
    const { counters } = done.worked;
    try {
      const { next, worked } = await stretchFrom(done.next, desk, ahead, context);
      done = { next, worked: { ...worked, counters: addCounters(counters, worked.counters) } };
    } catch (error) {
      context.abandoned.readUnits += counters.readUnits;
      throw error;
    }
  }
  return close(state, done.next, done.worked, began, context);
}

/** One stretch, and the place where the next one begins. */
async function stretchFrom(cursor: Cursor | null, desk: Desk, ahead: ReadAhead<Stretch>, context: SettleContext) {
  const stretch = await (ahead.take(cursor) ?? read(cursor, desk, context));
  const next = following(cursor, stretch, desk);
  if (next && context.mayReadAhead?.()) ahead.begin(next, read(next, desk, context));
  return { next, worked: await work(stretch, desk, isRehearsal(context.run) ? withoutWriter(context) : context) };
}

const hasListings = ({ conflicts = [], resolved = [], failures = [], damaged = [] }: Worked): boolean =>
  conflicts.length + resolved.length + failures.length + damaged.length > 0;

const roundOf = (cursor: Cursor | null): number => Number((cursor?.round as { N: string } | undefined)?.N ?? 0);

async function read(cursor: Cursor | null, { stage, subjects }: Desk, { ports, run, flow }: SettleContext): Promise<Stretch> {
  const subject = subjects[roundOf(cursor)];
  if (!subject) return nothingMet();
  const { batchSize } = run.options;
  if (stage === 'inspect') return inspect(subject, cursor, batchSize, ports.journal);
  if (stage === 'verify') return walk(subject, cursor, batchSize, ports.journal);
  // Where little may be written, less is taken back at once than the run had in a page: else an invocation would end before it, and the next one begin it anew.
  const most = flow?.pageOf(batchSize) ?? batchSize;
  if (most === batchSize && doneOf(cursor) === 0) return walk(subject, cursor, batchSize, ports.journal);
  return partOf(await walk(subject, cursor, WHOLE_PAGE, ports.journal), cursor, most);
}

/** Further down in the journal of this round of the run, or at the end of the round before it. */
function following(cursor: Cursor | null, stretch: Stretch, { subjects }: Desk): Cursor | null {
  const at = roundOf(cursor);
  if (stretch.cursor) return { ...stretch.cursor, round: { N: String(at) } };
  return at + 1 < subjects.length ? { round: { N: String(at + 1) } } : null;
}

function work(stretch: Stretch, desk: Desk, context: SettleContext): Promise<Worked> | Worked {
  if (desk.stage === 'inspect') return note(stretch);
  return desk.stage === 'undo' ? undo(stretch, desk, context) : verify(stretch, desk, context);
}

/** Only the finding counts here; what is in the objects is counted when it is undone. */
function note({ objects, met, damaged }: Stretch): Worked {
  const counters = noCounters();
  bump(counters.notes, 'journal objects', objects);
  bump(counters.notes, 'entries', met);
  bump(counters.notes, 'damaged', damaged.length);
  return { counters, damaged };
}

/** @throws {BackfillError} `journal.damaged` when an object was lost since the inspection and nobody said to go on without */
async function undo(stretch: Stretch, { left }: Desk, context: SettleContext): Promise<Worked> {
  if (stretch.damaged.length > 0 && !rollbackOf(context.run).skipDamaged) throw damagedSince(stretch.damaged);
  const { counters, conflicts, failures } = await takeBack(stretch.entries, left.keys, isRehearsal(context.run), context);
  counters.scanned = stretch.met;
  counters.filtered += stretch.void;
  return { counters, conflicts, failures };
}

const damagedSince = (damaged: readonly Damage[]): BackfillError =>
  new BackfillError('journal.damaged', `The journal was whole when it was inspected, and is not any more: ${damaged[0]?.name}.`, {
    details: { damaged },
  });

/** Reads again what was taken back. Its counters correct those of the undoing, so that both together add up. */
async function verify(stretch: Stretch, { left }: Desk, context: SettleContext): Promise<Worked> {
  const counters = noCounters();
  const conflicts: Conflict[] = [];
  const resolved: Key[] = [];
  const failures: Failure[] = [];
  const done = stretch.entries.filter(({ id, doubtful }) => !doubtful && !left.keys.has(id));
  const items = await readAgain(done, stretch.pages, counters, context);
  const withdraw = ({ write }: Entry): void => {
    if (write.kind === 'create') counters.deleted -= 1;
    else counters.restored -= 1;
  };
  for (const [index, entry] of done.entries()) {
    const standing = items[index];
    const { write } = entry;
    const asBefore = isAsBefore(write, standing);
    if (entry.unsettled && left.unsettled.has(entry.id)) {
      // What stood there was an older page's, and that is taken back by now.
      if (!asBefore) continue;
      bump(counters.skipped, 'unsettled', -1);
      counters.filtered += 1;
      resolved.push(write.key);
      continue;
    }
    if (asBefore) {
      bump(counters.notes, 'verified');
      continue;
    }
    withdraw(entry);
    if (isOurs(write, standing)) {
      bump(counters.failed, 'not-restored');
      failures.push({ key: write.key, code: 'not-restored', message: 'What the run wrote stands again.', retryable: true });
    } else {
      bump(counters.skipped, 'changed-again');
      conflicts.push(conflictOf(write, standing, 'changed-again'));
    }
  }
  return { counters, conflicts, resolved, failures };
}

async function close(
  state: SegmentRecord,
  cursor: Cursor | null,
  worked: Worked,
  began: number,
  context: SettleContext,
): Promise<SegmentRecord> {
  const { ports, attempt } = context;
  const { conflicts = [], resolved = [], failures = [], damaged = [] } = worked;
  const delta = { ...worked.counters, pages: 1 };
  const counters = addCounters(state.counters, delta);
  const ref = { runId: state.runId, segment: state.segment, page: counters.pages, attempt };
  await saveConflicts(ports.artifacts, ref, conflicts, resolved, context.firstPage);
  await saveListings(ports.artifacts, ref, { retried: [], failures, notes: [] }, context.firstPage);
  await saveListing(ports.artifacts, 'damaged', ref, damaged, context.firstPage);
  context.firstPage = false;
  const checkpoint = {
    state: cursor === null ? ('done' as const) : ('open' as const),
    cursor,
    counters,
    chain: state.chain,
    fingerprint: NO_FINGERPRINT,
    ...context.signOfLife?.(),
  };
  context.ensureLease();
  await ports.ledger.checkpoint(state.runId, state.segment, attempt, state.chain, checkpoint);
  ports.meter({ counters: delta, durationMs: ports.clock.now() - began });
  return { ...state, ...checkpoint };
}
