import { setMaxListeners } from 'node:events';
import type { Cursor } from './records/segment.ts';

/**
 * What was begun of a segment's next page while the present one is being written: one page ahead, and never more.
 * Nothing that is begun here may change anything that outlives it.
 */
export class ReadAhead<P> {
  readonly #dropped = new AbortController();
  #next: { from: Cursor | null; page: Promise<P> } | undefined;

  /** For all that reads ahead in one worker's life: aborts when that worker stops, and when the page is dropped. */
  wanted(signal: AbortSignal): AbortSignal {
    const wanted = AbortSignal.any([signal, this.#dropped.signal]);
    // A page's calls and waits all listen to it.
    setMaxListeners(0, wanted);
    return wanted;
  }

  begin(from: Cursor | null, page: Promise<P>): void {
    // Heard of when the page is wanted, if it ever is.
    page.catch(() => undefined);
    this.#next = { from, page };
  }

  /** The page that begins there, if it was begun; it is nobody else's from now on. */
  take(from: Cursor | null): Promise<P> | undefined {
    const next = this.#next;
    this.#next = undefined;
    return next?.from === from ? next.page : undefined;
  }

  /** Ends what is under way, and waits for that. The page, if it was whole: it has cost something. */
  async drop(): Promise<P | undefined> {
    const next = this.#next;
    this.#next = undefined;
    if (!next) return undefined;
    this.#dropped.abort(new Error('The page is not wanted any more.'));
    return next.page.catch(() => undefined);
  }
}
