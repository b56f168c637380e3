/**
 * `npm run bench:embedded [-- --receipts 4000 --rounds 3]`
 *
 * What the ledger, the journal and settling cost: our page loop beside a bare loop that does the same reads and the same
 * conditional writes on the embedded database, without either. Both derive the same rows, without enrichment, in turn, each on a
 * table of its own. Wall time is the client's; CPU time is the client process's alone.
 */
import { setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod/mini';
import { createProcessor } from '../../lambdas/processor.ts';
import { portsFor, type Runtime } from '../../lambdas/runtime.ts';
import type { Key } from '../../lib/core/attribute-value.ts';
import { pick } from '../../lib/core/attribute-value.ts';
import { plan } from '../../lib/core/steps/plan.ts';
import { prepare } from '../../lib/core/steps/prepare.ts';
import type { Write } from '../../lib/core/write.ts';
import { databaseService, type LocalSettings, localRuntime, localSettings } from '../../lib/local/environment.ts';
import { createOwnTables, seedReceipts } from '../../lib/local/seed.ts';
import { stopService } from '../../lib/local/services.ts';
import { type Cost, measured, median, overSegments, perItem } from './measure.ts';

const { values } = parseArgs({ options: { receipts: { type: 'string', default: '4000' }, rounds: { type: 'string', default: '3' } } });
const receipts = Number(values.receipts);
const rounds = Number(values.rounds);

const BATCH_SIZE = 100;
const IN_FLIGHT = 25;

interface Done {
  items: number;
  created: number;
}

/** What a careful script would do: scan, look, derive, put if absent. It cannot be resumed, counted or undone. */
async function bareLoop(runtime: Runtime, segments: number): Promise<Done> {
  const { definition, source, target, writer, codec } = portsFor('receipt-place', runtime);
  const names = [...definition.source.key, ...definition.reads];
  const context = { now: new Date().toISOString(), run: { id: 'bare' }, answer: undefined };
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  let items = 0;
  let created = 0;
  await overSegments(segments, runtime.concurrency, async (segment) => {
    let cursor: Key | null = null;
    do {
      const page = await source.readPage({ segment, totalSegments: segments, cursor, limit: BATCH_SIZE, where: definition.source.where });
      items += page.scanned;
      const writes = page.items.flatMap((item): Write[] => {
        const parsed = z.safeParse(definition.item, codec.toNative(pick(item, names)));
        if (!parsed.success || definition.skip?.(parsed.data) !== undefined) return [];
        const result = definition.transform(parsed.data, context);
        if (result.kind !== 'create') return [];
        const row = codec.toItem(result.item);
        return [{ kind: 'create', key: pick(row, definition.source.key), item: row }];
      });
      const keys = writes.map(({ key }) => key);
      const standing = keys.length > 0 ? (await target.getMany(keys, { attributes: definition.source.key })).items : [];
      const missing = writes.filter((_, index) => standing[index] === undefined);
      for (let start = 0; start < missing.length; start += IN_FLIGHT) {
        const { results } = await writer.apply(missing.slice(start, start + IN_FLIGHT), signal);
        created += results.filter(({ kind }) => kind === 'applied').length;
      }
      cursor = page.cursor;
    } while (cursor);
  });
  return { items, created };
}

async function ourLoop(runtime: Runtime, segments: number): Promise<Done> {
  const ports = portsFor('receipt-place', runtime);
  const run = await prepare({ enrich: false, segments, batchSize: BATCH_SIZE }, 'bench', ports);
  const { segments: open } = await plan(run, ports);
  const processor = createProcessor(async () => runtime);
  await overSegments(open.length, runtime.concurrency, async (index) => {
    await processor({ backfill: 'receipt-place', run, segment: open[index] }, { getRemainingTimeInMillis: () => 600_000 });
  });
  const counters = (await ports.ledger.segments(run.runId, segments)).map((segment) => segment.counters);
  const sum = (name: 'scanned' | 'created') => counters.reduce((total, counter) => total + counter[name], 0);
  return { items: sum('scanned'), created: sum('created') };
}

async function onFreshTable(loop: typeof bareLoop): Promise<Cost & Done> {
  const settings: LocalSettings = { ...localSettings({}), folder: mkdtempSync(join(tmpdir(), 'backfill-bench-')), idleSeconds: 60 };
  const runtime = await localRuntime(settings);
  try {
    await createOwnTables(runtime.dynamo);
    await seedReceipts(runtime.dynamo, settings.folder, { receipts, seed: 1 }, () => undefined);
    const segments = Math.max(8, Math.ceil((receipts * 1.43) / 500));
    let created = 0;
    const cost = await measured(async () => {
      const done = await loop(runtime, segments);
      created = done.created;
      return done.items;
    });
    return { ...cost, created };
  } finally {
    runtime.dynamo.destroy();
    await stopService(settings.folder, databaseService(settings));
    rmSync(settings.folder, { recursive: true, force: true });
  }
}

// One round that is not counted: both loops shall find the code compiled.
await onFreshTable(bareLoop);
await onFreshTable(ourLoop);
const pairs: Record<'bare' | 'ours', Cost & Done>[] = [];
for (let round = 0; round < rounds; round += 1) {
  const bare = await onFreshTable(bareLoop);
  const ours = await onFreshTable(ourLoop);
  if (bare.created !== ours.created) throw new Error(`The loops did not do the same: ${bare.created} and ${ours.created} rows created.`);
  pairs.push({ bare, ours });
}

console.log(`${receipts} receipts, ${pairs[0]?.ours.created} rows created, medians of ${rounds} rounds, microseconds an item scanned\n`);
console.log('              bare loop   ours    ratio (each round)');
for (const [label, name] of [
  ['wall time', 'wallMs'],
  ['client CPU', 'cpuMs'],
] as const) {
  const bare = median(pairs.map((pair) => perItem(pair.bare, name)));
  const ours = median(pairs.map((pair) => perItem(pair.ours, name)));
  const ratios = pairs.map((pair) => perItem(pair.ours, name) / perItem(pair.bare, name));
  const each = ratios.map((ratio) => ratio.toFixed(2)).join(', ');
  console.log(
    `${label.padEnd(12)}  ${bare.toFixed(0).padStart(9)}   ${ours.toFixed(0).padStart(4)}    ${median(ratios).toFixed(2)} (${each})`,
  );
}
