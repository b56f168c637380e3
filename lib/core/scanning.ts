import { keyId } from './attribute-value.ts';
import { addCounters } from './counters.ts';
import type { JudgeContext } from './judge.ts';
import { abandon, allowance, type JudgedPage, readPage, writePage } from './page.ts';
import { ReadAhead } from './read-ahead.ts';
import type { SegmentRecord } from './records/segment.ts';
import type { Trade } from './segment.ts';
import { takeOver } from './takeover.ts';

const hasWork = (state: SegmentRecord): boolean => allowance(state) !== 0;

/** What a run does with its segments: while a page is written, the next one is read and judged. One for each invocation. */
export function scanning(): Trade {
  const ahead = new ReadAhead<JudgedPage>();
  let wanted: AbortSignal | undefined;
  return {
    takeOver,
    hasWork,
    async workPage(state, context) {
      const began = context.ports.clock.now();
      const judged = await (ahead.take(state.cursor) ?? readPage(state, context));
      const closed = writePage(state, judged, began, context);
      const next = after(state, judged);
      if (next && context.mayReadAhead?.()) {
        const before = { creates: createdBy(judged, context), closed };
        wanted ??= ahead.wanted(context.signal);
        const reading = { ...context, signal: wanted, before };
        ahead.begin(next.cursor, readPage(next, reading));
      }
      return closed;
    },
    async drop(context) {
      const page = await ahead.drop();
      if (page) abandon(page, context);
    },
  };
}

/** The segment as it stands once the page is closed, as far as the next page depends on it; `undefined`: there is none. */
function after(state: SegmentRecord, { read: { cursor, counters } }: JudgedPage): SegmentRecord | undefined {
  if (cursor === null) return undefined;
  const next = { ...state, cursor, counters: addCounters(state.counters, counters) };
  return hasWork(next) ? next : undefined;
}

/** The rows that a page is about to create. */
function createdBy({ verdicts }: JudgedPage, { ports }: JudgeContext): ReadonlySet<string> {
  return new Set(ports.definition.target ? verdicts.entries.map(({ write }) => keyId(write.key)) : []);
}
