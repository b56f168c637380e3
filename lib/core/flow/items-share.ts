import { changed } from '../counters.ts';
import { BackfillError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import type { RunRecord } from '../records/run.ts';
import { allSegments } from '../rounds.ts';
import { sumCounters } from '../run.ts';
import { count } from '../words.ts';

/**
 * What one worker may still change of the items that its run may change in all. Items are given out before a page is read, one for each item of it,
 * so that no page can change more; those that it did not change are for its next one, or go back.
 *
 * What was given out is counted by execution, in one row that all workers share: a worker that is lost takes what it had with it, and the run stands
 * still that much earlier; the next execution begins from what was really changed.
 */
export class ItemsShare {
  readonly #run: RunRecord;
  readonly #ports: Pick<Ports, 'ledger' | 'concurrency'>;
  readonly #limit: () => number | null;
  /** Given to this worker, and not used; below zero: it has changed more than it was given, for nobody counted when that began. */
  #held = 0;

  /** `limit`: items that the run may change in all, as last heard; `null`: any number. */
  constructor(run: RunRecord, ports: Pick<Ports, 'ledger' | 'concurrency'>, limit: () => number | null) {
    this.#run = run;
    this.#ports = ports;
    this.#limit = limit;
  }

  /**
   * How many items the next page may have, `most` at most; say with `settle` how many of them were changed. `null`: nobody counts.
   *
   * @throws {BackfillError} `budget.items-spent` when there is none left
   */
  take(most: number): Promise<number> | null {
    const limit = this.#limit();
    return limit === null ? null : this.#take(most, limit);
  }

  async #take(most: number, limit: number): Promise<number> {
    const had = this.#held;
    // What a page settles meanwhile is for the one after.
    this.#held = 0;
    try {
      const granted = had >= most ? most : had + (await this.#more(most - had, Math.max(0, -had), limit));
      this.#held += Math.max(0, had - most);
      if (granted > 0) return granted;
    } catch (error) {
      this.#held += had;
      throw error;
    }
    throw spent(limit);
  }

  /** A page that was given so many items has changed so many, and that is checked in; or it was given up before anything was written. */
  settle(granted: number | null, items: number): void {
    if (granted !== null || this.#limit() !== null) this.#held += (granted ?? 0) - items;
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

const spent = (limit: number): BackfillError =>
  new BackfillError('budget.items-spent', `The run may change ${count(limit)} items in all, and they are changed or under way.`);
