/** `memory-load.ts ITEMS BYTES`: carries a run over so many items of such a size, and prints its peak resident set in KB. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../lib/adapters/clock.ts';
import { folder } from '../../lib/adapters/fs/folder.ts';
import { journalStore } from '../../lib/adapters/objects.ts';
import { type Item, itemSize } from '../../lib/core/attribute-value.ts';
import type { SourceReader, TargetWriter } from '../../lib/core/ports.ts';
import { workSegment } from '../../lib/core/segment.ts';
import { memoryWorld } from '../../test/support/memory-ports.ts';
import { overSegments } from './measure.ts';
import { BATCH_SIZE, benchItem, CONCURRENCY, definition, SEGMENTS } from './workload.ts';

const [items, bytes] = process.argv.slice(2).map(Number) as [number, number];

/** As DynamoDB has them. */
const PAGE_BYTES = 1_048_576;

/** An item fills up in an attribute that the condition holds fast, which is the worst case: it goes through judge, journal and statement. */
function itemOf(number: number): Item {
  const item = benchItem(number);
  return { ...item, label: { S: 'x'.repeat(Math.max(0, bytes - itemSize(item))) } };
}

const perSegment = Math.ceil(items / SEGMENTS);
const perPage = Math.max(1, Math.min(BATCH_SIZE, Math.floor(PAGE_BYTES / bytes)));

/** Each segment's items, one page after the other; the cursor is an item's key, as ever. */
const source: SourceReader = {
  async readPage({ segment, cursor }) {
    const at = cursor ? Number((cursor.id as { S: string }).S.slice('item-'.length)) + 1 : segment * perSegment;
    const end = Math.min(at + perPage, (segment + 1) * perSegment, items);
    const page = Array.from({ length: end - at }, (_, index) => itemOf(at + index));
    const last = end < Math.min((segment + 1) * perSegment, items) ? page.at(-1) : undefined;
    return { items: page, scanned: page.length, cursor: last?.id ? { id: last.id } : null, readUnits: 0 };
  },
};

const writer: TargetWriter = {
  apply: async (writes) => ({ results: writes.map(() => ({ kind: 'applied' as const })), units: { '': writes.length } }),
  probe: async () => ({ kind: 'condition-failed' }),
  sentSingly: async () => [],
};

const root = mkdtempSync(join(tmpdir(), 'backfill-memory-'));
try {
  const journal = journalStore(folder(root));
  const overrides = { source, writer, journal, clock: systemClock };
  const { ports, facts, run } = memoryWorld({ definition, items: [], options: { segments: SEGMENTS, batchSize: BATCH_SIZE }, overrides });
  await overSegments(SEGMENTS, CONCURRENCY, async (segment) => {
    const task = { runId: run.runId, epoch: run.epoch, segment };
    await workSegment(task, { ports, facts, service: undefined, remainingMs: () => 3_600_000 });
  });
  const updated = (await ports.ledger.segments(run.runId, SEGMENTS)).reduce((sum, { counters }) => sum + counters.updated, 0);
  if (updated !== items) throw new Error(`${updated} of ${items} items were updated.`);
} finally {
  rmSync(root, { recursive: true, force: true });
}
console.log(process.resourceUsage().maxRSS);
