import type { Item } from './attribute-value.ts';
import { bump, noCounters } from './counters.ts';
import { NO_FINGERPRINT } from './fingerprint.ts';
import { isEligible } from './intent.ts';
import type { Failure } from './journal.ts';
import { readFailures } from './listings.ts';
import type { Portion } from './page.ts';
import type { SegmentRecord } from './records/segment.ts';
import type { SettleContext } from './settle.ts';

/** How many of a segment's failures a retry has gone through, as its cursor has it. */
const NAME = 'failures';

/** What still stands of a segment's failures in earlier rounds. Those rounds are over: it is read once for all pages of a worker. */
function failedBefore({ segment: present }: SegmentRecord, { ports, run, failedBefore: kept }: SettleContext): Promise<readonly Failure[]> {
  const read = async (): Promise<readonly Failure[]> => {
    const { segments: width } = run.options;
    const earlier = [];
    for (let number = present % width; number < present; number += width) {
      const segment = await ports.ledger.segment(run.runId, number);
      if (segment) earlier.push(segment);
    }
    return readFailures(ports.artifacts, run.runId, earlier);
  };
  if (!kept) return read();
  kept.reading ??= read();
  return kept.reading;
}

/**
 * The next of a segment's failed items, read anew and strongly consistent. Their old failures are taken out of the counts;
 * `scanned` stays, for they were scanned once.
 */
export async function retryPortion(state: SegmentRecord, context: SettleContext, batchSize: number): Promise<Portion> {
  const { ports, signal } = context;
  const all = await failedBefore(state, context);
  const from = Number((state.cursor?.[NAME] as { N: string } | undefined)?.N ?? 0);
  const failures = all.slice(from, from + batchSize);
  const end = from + failures.length;
  const retried = failures.map(({ key }) => key);

  const counters = noCounters();
  for (const { code } of failures) bump(counters.failed, code, -1);
  const items: Item[] = [];
  if (retried.length > 0) {
    const read = await ports.target.getMany(retried, { signal });
    counters.readUnits += read.readUnits;
    for (const item of read.items) {
      if (item === undefined) bump(counters.skipped, 'gone');
      else if (!isEligible(item, ports.definition.source.where)) bump(counters.skipped, 'no-longer-eligible');
      else items.push(item);
    }
  }
  const cursor = end < all.length ? { [NAME]: { N: String(end) } } : null;
  return { items, cursor, counters, retried, fingerprint: NO_FINGERPRINT };
}
