import type { Budgets } from './budgets.ts';

/** Of capacity there are two kinds, and neither can stand in for the other. */
export type Operation = 'write' | 'read';

/** By index name; the table is `''`. */
export type Units = Readonly<Record<string, number>>;

/** What everybody took in one whole minute, this run included: units a second, in the mean. A name that is not there took nothing, or nobody knows yet. */
export interface Minute extends Readonly<Record<Operation, Units>> {
  /** When it began, in milliseconds since the epoch. */
  at: number;
}

/** What a table and its indexes can take by the second, and what is taken of it. */
export interface Traffic {
  /** `warm`: billed on demand; what it is ready for, which grows with use. */
  mode: 'provisioned' | 'warm';
  capacity: Readonly<Record<Operation, Units>>;
  /** The last hour at most, oldest first. What is counted comes some minutes late: the newest may be missing, or not be whole yet. */
  minutes: readonly Minute[];
  /** Why nobody tells what others take; `null`: somebody does. */
  blind: string | null;
}

export interface TrafficMeter {
  /**
   * Asked once a minute. `null`: the endpoint does not tell what the table can take.
   * `budgets`: what others take is told only where it matters to them.
   */
  read(budgets: Pick<Budgets, 'reserve' | 'ramp'>): Promise<Traffic | null>;
}

const ASK_EVERY_MS = 60_000;

/** What could not be had is asked for again so soon. */
const ASK_AGAIN_MS = 5_000;

/** The governor's memory of what a table can take. */
export class TrafficSeen {
  #traffic: Traffic | null | undefined;
  #isAsking = false;
  #askAt = Number.NEGATIVE_INFINITY;

  /** What was told last; `undefined`: nothing yet. Nobody waits for an answer: it may never come, and shares must be dealt out meanwhile. */
  look(meter: TrafficMeter, budgets: Pick<Budgets, 'reserve' | 'ramp'>, now: number): Traffic | null | undefined {
    if (!this.#isAsking && now >= this.#askAt) void this.#ask(meter, budgets, now);
    return this.#traffic;
  }

  async #ask(meter: TrafficMeter, budgets: Pick<Budgets, 'reserve' | 'ramp'>, now: number): Promise<void> {
    this.#isAsking = true;
    try {
      this.#traffic = await meter.read(budgets);
      this.#askAt = now + ASK_EVERY_MS;
    } catch {
      this.#askAt = now + ASK_AGAIN_MS;
    }
    this.#isAsking = false;
  }
}
