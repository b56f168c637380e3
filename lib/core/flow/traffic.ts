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
  /** The last half hour at most, oldest first. What is counted comes some minutes late: the newest may be missing, or not be whole yet. */
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

/** The governor's memory of what a table can take. */
export class TrafficSeen {
  #traffic: Traffic | null = null;
  #first: Promise<void> | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;

  /** Nobody waits for an answer but the first time; what cannot be had just now is as it was. */
  async look(meter: TrafficMeter, budgets: Pick<Budgets, 'reserve' | 'ramp'>, now: number): Promise<Traffic | null> {
    if (now - this.#askedAt >= ASK_EVERY_MS) {
      this.#askedAt = now;
      const asked = this.#ask(meter, budgets);
      this.#first ??= asked;
    }
    await this.#first;
    return this.#traffic;
  }

  async #ask(meter: TrafficMeter, budgets: Pick<Budgets, 'reserve' | 'ramp'>): Promise<void> {
    this.#traffic = await meter.read(budgets).catch(() => this.#traffic);
  }
}
