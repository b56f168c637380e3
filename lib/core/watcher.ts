import { setMaxListeners } from 'node:events';
import { budgetsOf } from './flow/budgets.ts';
import { lookEveryMs } from './flow/looks.ts';
import { WorkerFlow } from './flow/worker-flow.ts';
import { type Governor, govern, governing, stepDown } from './governor.ts';
import type { Ports } from './ports.ts';
import type { Control } from './records/control.ts';
import type { RunRecord } from './records/run.ts';
import type { SignOfLife } from './records/segment.ts';
import type { Clock } from './retry.ts';
import { isRehearsal } from './run.ts';

/** Why a worker stops before its segment is done. */
export type StopKind = 'held' | 'time' | 'lease-lost';

export class Stop extends Error {
  constructor(readonly kind: StopKind) {
    super(kind);
  }
}

/** A sign of life, and a look at what the run is told, so often unless the environment says otherwise. */
export const WATCH_EVERY_MS = 2_000;

/** A look counts as that of its period though it comes a little early. */
const ABOUT = 0.9;

/** What this process is to its run, whatever segments it works on. */
export class Worker {
  readonly flow: WorkerFlow;
  readonly governing = governing();
  #looked: Look | undefined;

  constructor({ owner, concurrency, clock }: Pick<Ports, 'owner' | 'concurrency' | 'clock'>) {
    this.flow = new WorkerFlow(owner, concurrency, clock);
  }

  /** What the run is told to do, and when that was asked: of several segments that look within so many milliseconds, one asks for all. */
  look({ ledger, clock }: Pick<Ports, 'ledger' | 'clock'>, runId: string, withinMs: number): Look {
    const at = clock.now();
    if (this.#looked && at - this.#looked.at < withinMs) return this.#looked;
    const look = { at, control: ledger.control(runId, this.flow.worker) };
    this.#looked = look;
    // What failed is asked again by whoever comes next.
    look.control.catch(() => {
      if (this.#looked === look) this.#looked = undefined;
    });
    return look;
  }
}

interface Look {
  at: number;
  control: Promise<Control>;
}

export interface Watch {
  /** Aborts on every reason to stop. */
  signal: AbortSignal;
  /** Aborts only when the lease is lost. */
  writeSignal: AbortSignal;
  /** The share of its time that the worker may work, as last heard: above 0, at most 1. */
  pace(): number;
  /** Items that the run may change in all, as last heard; `null`: any number. */
  mostItems(): number | null;
  /** What a checkpoint that is sent now says, in place of a beat. */
  signOfLife(): SignOfLife;
  /** Why it was stopped, once it was. */
  stopped(): Stop | undefined;
  stop(kind: StopKind): void;
  end(): Promise<void>;
}

interface WatchTarget {
  ports: Pick<Ports, 'ledger' | 'clock' | 'log' | 'watchEveryMs' | 'owner' | 'prices' | 'concurrency' | 'traffic'>;
  /** Of the process; `undefined`: this segment is its only one. */
  worker?: Worker | undefined;
  run: RunRecord;
  /** The physical name of the run's table. */
  table: string;
  segment: number;
  attempt: number;
  /** As the worker found it when it began. */
  control: Control;
  /** When that was asked for, in milliseconds since the epoch; left out: now. */
  heardAt?: number;
}

/**
 * Runs beside the page loop: a look at what the run is told to do and what this worker may use, a sign of life that says what was heard,
 * a report of what is used, and the governor's work if it is ours.
 */
export function watch({
  ports,
  worker = new Worker(ports),
  run,
  table,
  segment,
  attempt,
  control: first,
  heardAt = ports.clock.now(),
}: WatchTarget): Watch {
  const { ledger, clock, owner } = ports;
  const { runId } = run;
  const { flow } = worker;
  const governor: Governor = { ports, run, table, name: `${owner.host}/${owner.pid}`, memory: worker.governing };
  const all = new AbortController();
  const write = new AbortController();
  const ended = new AbortController();
  let reason: Stop | undefined;
  let pace = paceOf(first);
  let mostItems = mostItemsOf(run, first);
  let told = first.at;
  let said = first.at;
  let nextBeatAt = clock.now() + ABOUT * ports.watchEveryMs;
  flow.enter();
  flow.obey(run, first, heardAt);
  // A page's calls and waits all listen to these.
  for (const { signal } of [all, write]) setMaxListeners(0, signal);

  const stop = (kind: StopKind): void => {
    reason ??= new Stop(kind);
    all.abort(reason);
    if (kind === 'lease-lost') write.abort(reason);
  };

  /** Where something is shared out, the worker tells what it uses, and hears of its share, more often. */
  const period = (): number => (flow.isLimited ? Math.min(lookEveryMs(ports.concurrency), ports.watchEveryMs) : ports.watchEveryMs);

  /** No other is needed for so long, unless there is something new to have heard. */
  const sign = (enoughForMs: number): SignOfLife => {
    const heartbeat = clock.now();
    said = told;
    nextBeatAt = Math.max(nextBeatAt, heartbeat + enoughForMs);
    return { heartbeat, heard: told };
  };

  /** False when the lease is lost. */
  const beat = async (): Promise<boolean> => {
    if (told === said && clock.now() < nextBeatAt) return true;
    const { heartbeat, heard } = sign(ABOUT * ports.watchEveryMs);
    return ledger.heartbeat(runId, segment, attempt, heartbeat, heard);
  };

  const report = async (everyMs: number): Promise<void> => {
    const used = flow.report(everyMs);
    if (used) await ledger.report(runId, used);
  };

  const look = async (): Promise<void> => {
    const looked = worker.look(ports, runId, period() / 2);
    const control = await looked.control;
    pace = paceOf(control);
    mostItems = mostItemsOf(run, control);
    flow.obey(run, control, looked.at);
    told = control.at;
    if (control.desired !== 'run') stop('held');
    if (!(await beat())) return stop('lease-lost');
    const since = ABOUT * period();
    await report(since);
    // One look of the process's, however many segments it works on.
    if (clock.now() - governor.memory.roundAt < since) return;
    governor.memory.roundAt = clock.now();
    await govern(governor, control);
  };

  const loop = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await clock.sleep(period(), ended.signal);
      // A look that fails is no reason to stop: the lease bounds how long a worker can go unheard.
      await look().catch(() => undefined);
    }
  };

  /** The share of a worker that has no segment left is others'. */
  const leave = async (): Promise<void> => {
    flow.leave();
    if (flow.busy) return;
    await report(0);
    await stepDown(governor);
  };
  const looping = loop().catch(() => undefined);

  return {
    signal: all.signal,
    writeSignal: write.signal,
    pace: () => pace,
    mostItems: () => mostItems,
    // For half a period: a lost lease is noticed within one and a half.
    signOfLife: () => sign(ports.watchEveryMs / 2),
    stopped: () => reason,
    stop,
    end: async () => {
      ended.abort(new Stop('time'));
      await looping;
      await leave().catch(() => undefined);
    },
  };
}

/** A rehearsal changes none. */
const mostItemsOf = (run: RunRecord, control: Control): number | null => (isRehearsal(run) ? null : budgetsOf(run, control).items);

const paceOf = ({ findings }: Control): number => findings?.slowed?.pace ?? 1;

/** Throws when so little of the lease is left that a write sent now could land after it ended. */
export function leaseGuard(clock: Clock, until: number, marginMs: number): () => void {
  return () => {
    if (clock.now() > until - marginMs) throw new Stop('time');
  };
}
