import type { Budgets, Resource } from '../flow/budgets.ts';
import type { Ceiling } from '../flow/ceiling.ts';
import type { HeldBack } from '../flow/held-back.ts';
import type { Bound } from '../flow/share-out.ts';
import type { Operation } from '../flow/traffic.ts';
import type { Usage } from '../flow/usage.ts';
import type { Reason } from './run.ts';

/** What a run is told to do; the later ones are not taken back by the earlier. */
export interface Command {
  desired: 'run' | 'hold' | 'abort';
  reason: Reason | null;
  by: string;
  at: string;
}

/** What the governor found when it last summed what all segments report. */
export interface Findings {
  /** Which worker governs, and until when (milliseconds since the epoch) unless it renews. */
  governor: string;
  until: number;
  at: number;
  changed: number;
  failed: number;
  throttles: number;
  /** Pages checked in, and when the last one was, as seen by the governor (milliseconds since the epoch). */
  pages: number;
  movedAt: number;
  /** `null`: no alarm holds the run back. Obeyed however old it is: without a governor nobody knows better. */
  slowed: Slowed | null;
  /** `null`: nothing that is shared out has been looked at yet. */
  flow: FlowFindings | null;
  /**
   * Segments that were far behind their siblings; an event tells of each, once.
   * @default - none
   */
  lagging?: readonly number[];
}

/** How the governor shares out what the run may use. */
export interface FlowFindings {
  /** When, in milliseconds since the epoch. */
  at: number;
  /** What is dealt out; a resource without a limit has none. */
  deals: Partial<Record<Resource, Deal>>;
  heldBack: HeldBack[];
  /** What throttles have taught. */
  ceilings: Partial<Record<Resource, Ceiling>>;
  /** What all workers use by the second. */
  rates: Record<Resource, number>;
  /** What the run used minute by minute, where others or a table that grows with use are minded; `null`: they are not. */
  usage: Record<Operation, Usage> | null;
  /**
   * What a reserve or a ramp leaves of each resource, whichever leaves least: it holds until somebody tells again what the table can take.
   * @default - neither bounds anything
   */
  beside?: Partial<Record<Resource, Bound>>;
  /** Why nobody tells what others take; `null`: somebody does, or nobody asks. */
  blind: string | null;
  /** When a key range of the table throttled last; `null`: none did. */
  hotAt: number | null;
  /** When the outside service answered last that it is asked too often; `null`: never. */
  serviceAt: number | null;
  /** What the outside service had been called for before this day began; `null`: it was not looked at yet. */
  today: { day: string; callsBefore: number } | null;
}

/** One resource, dealt out: all shares together are at most `limit`. */
export interface Deal {
  /** Units or calls a second, of the whole run. */
  limit: number;
  /** By worker: of all of them, as they were dealt out; of some, where one of them reads it. */
  shares: Readonly<Record<string, number>>;
  /**
   * How many workers it was dealt to.
   * @default - no more than there can be
   */
  workers?: number;
  /** Of a worker that is not named there yet. */
  newcomer: number;
}

/** An alarm that stands on a table: every run there goes slower, those too that begin meanwhile. */
export interface Brake {
  alarm: string;
  reason: string;
  /** ISO 8601. */
  since: string;
  by: string;
}

/** How far an alarm holds a run back. */
export interface Slowed {
  /** The share of their time that workers may work: above 0, below 1. */
  pace: number;
  alarm: string;
  /** Of the alarm, ISO 8601. */
  since: string;
  /** False: it is over, and the run speeds up again step by step. */
  stands: boolean;
  /** Milliseconds since the epoch: when the pace was last judged; once the alarm is over, when it last rose. */
  at: number;
}

/** What all workers of a run read and obey. */
export interface Control extends Command {
  /** `null`: nobody has governed yet. */
  findings: Findings | null;
  /** `null`: nobody has tuned them, those of the run's options hold. */
  budgets: Budgets | null;
}
