import { setMaxListeners } from 'node:events';
import { govern } from './governor.ts';
import type { Control, RunRecord } from './ledger.ts';
import type { Ports } from './ports.ts';
import type { Clock } from './retry.ts';

/** Why a worker stops before its segment is done. */
export type StopKind = 'held' | 'time' | 'lease-lost';

export class Stop extends Error {
  constructor(readonly kind: StopKind) {
    super(kind);
  }
}

/** A sign of life, and a look at what the run is told, so often unless the environment says otherwise. */
export const WATCH_EVERY_MS = 2_000;

export interface Watch {
  /** Aborts on every reason to stop. */
  signal: AbortSignal;
  /** Aborts only when the lease is lost. */
  writeSignal: AbortSignal;
  /** The share of its time that the worker may work, as last heard: above 0, at most 1. */
  pace(): number;
  /** Why it was stopped, once it was. */
  stopped(): Stop | undefined;
  stop(kind: StopKind): void;
  end(): Promise<void>;
}

interface WatchTarget {
  ports: Pick<Ports, 'ledger' | 'clock' | 'log' | 'watchEveryMs' | 'owner'>;
  run: RunRecord;
  /** The physical name of the run's table. */
  table: string;
  segment: number;
  attempt: number;
  /** As the worker found it when it began. */
  control: Control;
}

/** Runs beside the page loop: a look at what the run is told to do, a sign of life that says what was heard, and the governor's work if it is ours. */
export function watch({ ports, run, table, segment, attempt, control: first }: WatchTarget): Watch {
  const { ledger, clock, owner } = ports;
  const { runId } = run;
  const governor = { ports, run, table, name: `${owner.host}/${owner.pid}/${segment}/${attempt}` };
  const all = new AbortController();
  const write = new AbortController();
  const ended = new AbortController();
  let reason: Stop | undefined;
  let pace = paceOf(first);
  // A page's calls and waits all listen to these.
  for (const { signal } of [all, write]) setMaxListeners(0, signal);

  const stop = (kind: StopKind): void => {
    reason ??= new Stop(kind);
    all.abort(reason);
    if (kind === 'lease-lost') write.abort(reason);
  };

  const look = async (): Promise<void> => {
    const control = await ledger.control(runId);
    pace = paceOf(control);
    if (control.desired !== 'run') stop('held');
    if (!(await ledger.heartbeat(runId, segment, attempt, clock.now(), control.at))) stop('lease-lost');
    else await govern(governor, control);
  };

  const loop = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await clock.sleep(ports.watchEveryMs, ended.signal);
      // A look that fails is no reason to stop: the lease bounds how long a worker can go unheard.
      await look().catch(() => undefined);
    }
  };
  const looping = loop().catch(() => undefined);

  return {
    signal: all.signal,
    writeSignal: write.signal,
    pace: () => pace,
    stopped: () => reason,
    stop,
    end: async () => {
      ended.abort(new Stop('time'));
      await looping;
    },
  };
}

const paceOf = ({ findings }: Control): number => findings?.slowed?.pace ?? 1;

/** Throws when so little of the lease is left that a write sent now could land after it ended. */
export function leaseGuard(clock: Clock, until: number, marginMs: number): () => void {
  return () => {
    if (clock.now() > until - marginMs) throw new Stop('time');
  };
}
