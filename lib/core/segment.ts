import { restMs } from './brakes.ts';
import { addCounters, type Counters, noCounters } from './counters.ts';
import { BackfillError, type ErrorCode, errorLine, isBackfillError, logged } from './errors.ts';
import { ItemsShare } from './flow/items-share.ts';
import { throughFlow } from './flow/through-flow.ts';
import type { Ports, TableFacts } from './ports.ts';
import type { Reason, RunRecord } from './records/run.ts';
import type { SegmentRecord } from './records/segment.ts';
import type { Clock } from './retry.ts';
import { scanning } from './scanning.ts';
import type { ServiceDesk } from './service.ts';
import type { SettleContext } from './settle.ts';
import { leaseGuard, Stop, type Watch, Worker, watch } from './watcher.ts';

/** What the state machine does next with this segment. */
export type SegmentStep =
  /** Done, held, stuck or taken over by somebody else: this child's work is over; the ledger says which. */
  | { next: 'done' }
  /** Time is up; call again. */
  | { next: 'more' }
  /** Somebody else's lease ends in so many seconds; call again then. */
  | { next: 'wait'; seconds: number };

export interface SegmentTask {
  runId: string;
  epoch: number;
  segment: number;
}

/** Segments that a process begins within so much of each other ask once what the run is told to do. */
const LOOKED_JUST_NOW_MS = 100;

/** What of the invocation's time is used before a worker hands over. */
const SHARE_OF_TIME = 0.8;

/** Waits end when so much of it is used. */
const SHARE_OF_WAITING = 0.9;

/** A lease outlives its worker by so much. */
const LEASE_MARGIN_MS = 60_000;

/** Within so much of a lease's end nothing is sent any more. */
const SEND_MARGIN_MS = 30_000;

/** Faults that every other worker meets too: the run stands still at once instead of failing segment by segment. */
const HOLDS_RUN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'service.unavailable',
  'service.quota-spent',
  'service.key-refused',
  'service.key-missing',
  'table.access-denied',
  'table.unreachable',
  'preflight.table-missing',
  'artifacts.unwritable',
  'artifacts.unreadable',
  'ledger.unreachable',
]);

export interface Workplace {
  ports: Ports;
  facts: TableFacts;
  /** One for all segments that this process works on for the run. */
  service: ServiceDesk | undefined;
  /** So is this; left out: this segment is its only one. */
  worker?: Worker;
  /** As it was read when this invocation began; left out: it is read now. */
  run?: RunRecord;
  /** Milliseconds that the invocation may still take. */
  remainingMs: () => number;
}

/** What is done with a segment, page by page; each step returns the segment as its last checkpoint left it. */
export interface Trade {
  /** Milliseconds since the epoch until which the segment cannot be begun. */
  blockedUntil?: (task: SegmentTask, run: RunRecord, ports: Ports) => Promise<number | null>;
  /** Settles what a dead worker began and did not check in. */
  takeOver: (state: SegmentRecord, context: SettleContext) => Promise<SegmentRecord>;
  hasWork: (state: SegmentRecord) => boolean;
  workPage: (state: SegmentRecord, context: SettleContext) => Promise<SegmentRecord>;
  /** Lets go of whatever was begun for a page that will not be worked off now; what that has cost goes to `abandoned`. */
  drop?: (context: SettleContext) => Promise<void>;
}

/** Works on one segment until it is done, its time is used, or the run shall stand still. Catches everything but an unreachable ledger. */
export async function workSegment(task: SegmentTask, workplace: Workplace, trade: Trade = scanning()): Promise<SegmentStep> {
  const { ports } = workplace;
  const { ledger, clock, owner, isDead } = ports;
  const run = workplace.run ?? (await ledger.getRun(task.runId));
  if (!run) throw new BackfillError('run.unknown', `There is no run ${task.runId}.`);
  const worker = workplace.worker ?? new Worker(ports);
  // A run that was told to stand still begins no further segment. It may have been told to go on since.
  const lately = worker.look(ports, task.runId, LOOKED_JUST_NOW_MS);
  const look = (await lately.control).desired === 'run' ? lately : worker.look(ports, task.runId, 0);
  const control = await look.control;
  if (control.desired !== 'run') return { next: 'done' };
  const blocked = await trade.blockedUntil?.(task, run, ports);
  if (blocked) return waitUntil(blocked, clock);
  const now = clock.now();
  const until = now + workplace.remainingMs() + LEASE_MARGIN_MS;
  const claim = await ledger.acquire({ ...task, owner, now, until, isDead });
  if (claim.kind === 'busy') return waitUntil(claim.until, clock);
  if (claim.segment.state === 'done') return { next: 'done' };

  const { attempt } = claim.segment;
  const { name: table } = workplace.facts;
  const watching = watch({ ports, worker, run, table, segment: task.segment, attempt, control, heardAt: look.at });
  // However long a throttle lasts, the invocation ends by itself; the next one goes on from the journal.
  const over = new AbortController();
  clock.sleep(workplace.remainingMs() * SHARE_OF_WAITING, over.signal).then(
    () => watching.stop('time'),
    () => undefined,
  );
  const work = { state: claim.segment, abandoned: noCounters() };
  const context = contextOf(work, run, until, watching, { ...workplace, worker });
  let stuck: Reason | null = null;
  let step: SegmentStep = { next: 'done' };
  try {
    step = await workPages(work, context, watching, workplace, trade);
  } catch (error) {
    const cause = watching.stopped() ?? error;
    if (cause instanceof Stop) step = { next: cause.kind === 'time' ? 'more' : 'done' };
    else if (isBackfillError(cause) && cause.code === 'lease.lost') step = { next: 'done' };
    else stuck = await reportStuck(task, cause, workplace);
  } finally {
    over.abort();
    await trade.drop?.(context);
    // What does not go back is taken for used: the run stands still that much earlier.
    await context.items?.leave().catch(() => undefined);
    await watching.end();
  }
  const { serviceCalls, readUnits } = work.abandoned;
  const spent = serviceCalls + readUnits > 0 ? addCounters(work.state.counters, work.abandoned) : undefined;
  // The last checkpoint has let go of the lease.
  if (work.state.state === 'open' || stuck || spent) await ledger.release(task.runId, task.segment, attempt, stuck, spent);
  return step;
}

/** A worker that outlives its execution lets go of its segment long before its lease is over, once it hears that nobody wants it: so often is looked. */
const LONGEST_WAIT_SECONDS = 60;

const waitUntil = (until: number, clock: Clock): SegmentStep => ({
  next: 'wait',
  seconds: Math.min(LONGEST_WAIT_SECONDS, Math.max(1, Math.ceil((until - clock.now()) / 1000))),
});

/** A segment as its last checkpoint left it, and what was spent in vain since this worker began. */
interface Work {
  state: SegmentRecord;
  abandoned: Counters;
}

const contextOf = (
  { state, abandoned }: Work,
  run: RunRecord,
  until: number,
  { signal, writeSignal, mostItems, signOfLife }: Watch,
  { ports, facts, service, worker }: Workplace & { worker: Worker },
): SettleContext => ({
  ports: throughFlow(ports, worker.flow),
  flow: worker.flow,
  items: new ItemsShare(run, ports, mostItems),
  run,
  facts,
  service,
  abandoned,
  segment: state.segment,
  attempt: state.attempt,
  signal,
  writeSignal,
  firstPage: true,
  failedBefore: {},
  signOfLife,
  ensureLease: leaseGuard(ports.clock, until, SEND_MARGIN_MS),
});

/** Keeps `work.state` at the last checkpoint. */
async function workPages(
  work: Work,
  context: SettleContext,
  watching: Watch,
  { ports, remainingMs }: Workplace,
  trade: Trade,
): Promise<SegmentStep> {
  const deadline = ports.clock.now() + remainingMs() * SHARE_OF_TIME;
  const goesOn = (): boolean => !watching.stopped() && ports.clock.now() <= deadline;
  // A rest that an alarm orders is one for reading, too.
  context.mayReadAhead = () => goesOn() && watching.pace() === 1;
  work.state = await trade.takeOver(work.state, context);
  while (work.state.state === 'open' && trade.hasWork(work.state)) {
    const stop = watching.stopped();
    if (stop) throw stop;
    if (!goesOn()) return { next: 'more' };
    const began = ports.clock.now();
    work.state = await trade.workPage(work.state, context);
    await rest(began, deadline, watching, ports.clock);
  }
  return { next: 'done' };
}

/** A rest is looked at anew so often: the pace may have changed. */
const REST_STEP_MS = 1_000;

/** A run that an alarm slows rests after each page; what stops it ends its rest at once. */
async function rest(began: number, deadline: number, { pace, signal }: Watch, clock: Clock): Promise<void> {
  const worked = clock.now() - began;
  const from = clock.now();
  for (;;) {
    const left = Math.min(restMs(worked, clock.now() - from, pace()), deadline + 1 - clock.now());
    if (left <= 0) return;
    await clock.sleep(Math.min(left, REST_STEP_MS), signal);
  }
}

async function reportStuck(task: SegmentTask, error: unknown, { ports }: Workplace): Promise<Reason> {
  const reason = errorLine(error);
  ports.log.warn('segment stuck', { runId: task.runId, segment: task.segment, ...logged(reason) });
  if (isBackfillError(error) && HOLDS_RUN.has(error.code)) await holdRun(task, reason, ports);
  return reason;
}

/** The first word is the one that counts. */
async function holdRun({ runId, segment }: SegmentTask, reason: Reason, { ledger, clock }: Ports): Promise<void> {
  const at = new Date(clock.now()).toISOString();
  if (await ledger.command(runId, { desired: 'hold', reason, by: 'worker', at }))
    await ledger.addEvent(runId, { at, who: 'worker', what: 'pause', details: { ...reason, segment } });
}
