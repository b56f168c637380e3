import { BackfillError } from '../errors.ts';
import { journalPrefix } from '../journal.ts';
import type { Ports } from '../ports.ts';
import type { RunRecord } from '../records/run.ts';
import type { SegmentRecord } from '../records/segment.ts';
import { allSegments } from '../rounds.ts';
import { undoUntil } from '../undo-window.ts';
import { minuteOf } from '../words.ts';

/**
 * A run whose journal has expired cannot be undone, unless all of it is there still, or is there again.
 * `skipDamaged`: any part of it is enough.
 *
 * @throws {BackfillError} `journal.expired`; nothing has been undone by then
 */
export async function refuseExpired(run: RunRecord, skipDamaged: boolean, ports: Ports): Promise<void> {
  const { ledger, clock, undoDays } = ports;
  const until = undoUntil(run.createdAt, undoDays);
  if (until === null || clock.now() < Date.parse(until)) return;
  const journaled = (await allSegments(ledger, run)).filter(({ chain }) => chain.seq > 0);
  let gone: SegmentRecord | undefined;
  for (const segment of journaled) {
    const present = await pagesOf(segment, ports);
    if (present > 0 && skipDamaged) return;
    if (present < segment.chain.seq) gone ??= segment;
    if (gone && !skipDamaged) break;
  }
  if (!gone) return;
  const what = `Run ${run.runId} cannot be undone since ${minuteOf(until)}: its journal is kept for ${undoDays} days`;
  throw new BackfillError(
    'journal.expired',
    `${what}, and has expired: objects under ${journalPrefix(run.runId, gone.segment)} are gone.`,
    {
      details: { until, segment: gone.segment },
    },
  );
}

/** How many of the pages that were checked in have their journal object. */
async function pagesOf({ runId, segment, chain }: SegmentRecord, { journal }: Ports): Promise<number> {
  const refs = await journal.listAfter(runId, segment, 0);
  return new Set(refs.map(({ seq }) => seq).filter((seq) => seq <= chain.seq)).size;
}
