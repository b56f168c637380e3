import { changed } from '../counters.ts';
import type { Ports } from '../ports.ts';
import type { RunRecord } from '../records/run.ts';
import { allSegments } from '../rounds.ts';
import { sumCounters } from '../run.ts';

/** Who has nothing left looks so often whether others gave back what they did not need. */
const LOOK_EVERY_MS = 1_000;

/**
 * What one worker may still change of the items that its run may change in all. Items are given out before a page is read, one for each item of it,
 * so that no page can change more; those that it did not change are for its next one, or go back.
 *
 * Who gets none waits: for what its own page did not change, and for what others give back. The governor ends that, once all were changed, or nobody
 * comes back.
 *
 * What was given out is counted by execution, in one row that all workers share: a worker that is lost takes what it had with it, and the run stands
 * still that much earlier; the next execution begins from what was really changed.
 */
export class ItemsShare {
  readonly #run: RunRecord;
  readonly #ports: Pick<Ports, 'ledger' | 'concurrency' | 'clock'>;
  readonly #limit: () => number | null;
  /** Given to this worker, and not used; below zero: it has changed more than it was given, for nobody counted when that began. */
  #held = 0;
  /** Aborts when a page tells what it has changed. */
  #settled = new AbortController();

  /** `limit`: items that the run may change in all, as last heard; `null`: any number. */
  constructor(run: RunRecord, ports: Pick<Ports, 'ledger' | 'concurrency' | 'clock'>, limit: () => number | null) {
    this.#run = run;
    this.#ports = ports;
    this.#limit = limit;
  }

  /**
   * How many items the next page may have, `most` at most; say with `settle` how many of them were changed. `null`: nobody counts.
   * Waits while there is none, until `signal` aborts.
   */
  take(most: number, signal: AbortSignal): Promise<number | null> | null {
    return this.#limit() === null ? null : this.#wait(most, signal);
  }

  async #wait(most: number, signal: AbortSignal): Promise<number | null> {
    for (;;) {
      const limit = this.#limit();
      if (limit === null) return null;
      const granted = await this.#take(most, limit);
      if (granted > 0) return granted;
      if (this.#held <= 0) await this.#sleep(signal);
    }
  }

  async #sleep(signal: AbortSignal): Promise<void> {
    this.#settled = new AbortController();
    await this.#ports.clock.sleep(LOOK_EVERY_MS, AbortSignal.any([signal, this.#settled.signal])).catch(() => signal.throwIfAborted());
  }

  async #take(most: number, limit: number): Promise<number> {
    const had = this.#held;
    // What a page settles meanwhile is for the one after.
    this.#held = 0;
    try {
      const granted = had >= most ? most : had + (await this.#more(most - had, Math.max(0, -had), limit));
      this.#held += Math.max(0, had - most);
      return granted;
    } catch (error) {
      this.#held += had;
      throw error;
    }
  }

  /** A page that was given so many items has changed so many, and that is checked in; or it was given up before anything was written. */
  settle(granted: number | null, items: number): void {
    if (granted !== null || this.#limit() !== null) this.#held += (granted ?? 0) - items;
    this.#settled.abort();
  }

  /** What is left goes back to the others. */
  async leave(): Promise<void> {
    const { runId, epoch } = this.#run;
    const left = this.#held;
    this.#held = 0;
    if (left !== 0) await this.#ports.ledger.giveItems(runId, epoch, -left, null);
  }

  /** Takes up to `wanted` more, `owed` of which are used already; fewer as the end comes near, so that all come to it together. */
  async #more(wanted: number, owed: number, limit: number): Promise<number> {
    const { ledger, concurrency } = this.#ports;
    const { runId, epoch } = this.#run;
    for (;;) {
      const given = await this.#given();
      const left = limit - given - owed;
      const more = owed + Math.max(0, Math.min(wanted - owed, Math.ceil(left / Math.max(1, concurrency))));
      if (more === 0 || (await ledger.giveItems(runId, epoch, more, more > owed ? limit : null))) return more;
    }
  }

  async #given(): Promise<number> {
    const { ledger } = this.#ports;
    const { runId, epoch } = this.#run;
    for (;;) {
      const given = await ledger.itemsGiven(runId, epoch);
      if (given !== undefined) return given;
      await ledger.countItems(runId, epoch, changed(sumCounters(await allSegments(ledger, this.#run))));
    }
  }
}
