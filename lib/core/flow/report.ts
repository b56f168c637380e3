import type { Resource } from './budgets.ts';

/** What one write, page or call is thought to take before anybody knows: no small one. */
export const UNKNOWN_MEAN = 10;

/** What a worker tells the governor. A worker is a process (a Lambda environment, or the command line's), however many segments it works on. */
export interface WorkerReport {
  worker: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** Whether it works on any segment of the run at the moment. */
  busy: boolean;
  flows: Record<Resource, Flow>;
  /** Write units of the table (`''`) and of its indexes since the process began to work for this run. */
  unitsByIndex: Record<string, number>;
  /** When each limit refused it something last, in milliseconds since the epoch, by its name, such as `table write key-range` or `GSI3 write provisioned`. */
  throttledAt: Record<string, number>;
  /** When the outside service answered last that it is asked too often, in milliseconds since the epoch; `null`: never. */
  serviceAt: number | null;
}

/** What it uses of one resource. */
export interface Flow {
  /** Since the process began to work for this run, and what has come together for its next write: so large items do not make it uneven. */
  used: number;
  /** By the second, since its last report or a little longer. */
  use: number;
  /** The share of the time since its last report in which its share made it wait, 0 to 1. */
  waited: number;
  /** What one write, page or call takes, on average; 0: not known yet. */
  mean: number;
  /** What it must still make good after a large write, if that is more than a second's share; else 0. */
  saving: number;
}
