import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lookInto, monitored } from '../../lib/cli/monitor.ts';
import { RateMeter, takeSnapshot } from '../../lib/cli/snapshot.ts';
import { type Item, itemFromJson, keyId } from '../../lib/core/attribute-value.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { generateWardrobe } from '../../lib/local/sample/wardrobe.ts';
import { type Embedded, embedded } from '../support/embedded.ts';

/** What monitor says of runs whose items, good and bad, are known. */

const WARDROBE = 400;
/** Of a wrong shape, beside the eight that every sample has. */
const SPOILED = 30;
const BAD = SPOILED + 8;

let here: Embedded;
beforeAll(async () => {
  const sound = (item: Item): boolean => !('normalized' in item) && (item.style === undefined || 'L' in item.style);
  const items = generateWardrobe({ items: WARDROBE, seed: 1 }).items;
  const chosen = new Set(items.filter(sound).slice(0, SPOILED));
  here = await embedded({
    backfill: 'wardrobe-normalize',
    items: items.map((item) => (chosen.has(item) ? { ...item, style: { N: '7' } } : item)),
  });
});
afterAll(() => here.close());

async function look(run: RunRecord | undefined) {
  if (!run) throw new Error('no run');
  const snapshot = await takeSnapshot(here.ports.ledger, run.runId, Date.now, here.runtime.executionEnded);
  if (!snapshot) throw new Error('no snapshot');
  const details = await lookInto(snapshot, here.ports);
  return { ...monitored(snapshot, new RateMeter(), details), details };
}

const rowOf = (rows: readonly Item[], key: Item): Item | undefined => rows.find(({ id }) => keyId({ id: id as never }) === keyId(key));

test('a rehearsal, a run and its rollback', async () => {
  const before = await here.scanAll();
  const small = { batchSize: 20, segments: 4, tolerate: 1 };

  const rehearsed = await look((await here.run({ ...small, dryRun: true })).run);
  expect(rehearsed.condition).toMatchObject({ total: WARDROBE, errors: BAD, pending: 0, health: 'unhealthy' });
  expect(rehearsed.details).toMatchObject({ changes: [], unreadable: [] });
  expect(rehearsed.details.samples).toHaveLength(5);

  const { run } = await here.run(small);
  const found = await look(run);
  const updated = found.snapshot.counters.updated;
  expect(found.state).toBe('complete');
  expect(found.condition).toMatchObject({
    total: WARDROBE,
    done: WARDROBE - BAD,
    pending: 0,
    errors: BAD,
    completion: (WARDROBE - BAD) / WARDROBE,
    judged: updated + BAD,
    errorRate: BAD / (updated + BAD),
    tooFew: false,
    health: 'unhealthy',
  });

  const after = await here.scanAll();
  const { changes, errors, samples, cost } = found.details;
  expect(new Set(changes.map(({ key }) => keyId(key))).size).toBe(10);
  for (const { key, op } of changes) {
    expect(op).toBe('update');
    expect(rowOf(before, key)?.normalized).not.toStrictEqual(rowOf(after, key)?.normalized);
  }
  expect(errors).toHaveLength(10);
  for (const { key, code } of errors) {
    expect(code).toBe('invalid-item');
    expect(rowOf(after, key)).toStrictEqual(rowOf(before, key));
  }
  expect(samples).toHaveLength(5);
  for (const sample of samples) {
    const key = itemFromJson(sample.key as never);
    expect(itemFromJson(sample.after as never)).toStrictEqual({ normalized: rowOf(after, key)?.normalized });
    const was = (sample.before as Record<string, unknown>).normalized;
    expect(was ?? undefined).toStrictEqual(rowOf(before, key)?.normalized);
  }
  expect(cost.lines.find(({ what }) => what === 'write units')).toMatchObject({ quantity: found.snapshot.counters.writeUnits });
  expect(cost.dollars).toBeGreaterThan(0);

  const undone = await look((await here.rollback()).run);
  expect(undone.condition).toMatchObject({ total: updated, done: updated, pending: 0, errors: 0, completion: 1, health: 'healthy' });
  expect(undone.details).toMatchObject({ changes: [], samples: [], errors: [], unreadable: [] });
});

test('a damaged journal object is named, and everything else is shown', async () => {
  const { run } = await here.run({ batchSize: 400, segments: 1, tolerate: 1 });
  const name = `journal/${run?.runId}/00000/00000001-0001.jsonl.gz`;
  writeFileSync(join(here.folder, 'artifacts', name), 'not gzip');
  const { details, condition } = await look(run);
  expect(details.unreadable).toStrictEqual([`The journal object ${name} is truncated or altered.`]);
  expect(details.changes).toStrictEqual([]);
  expect(details.errors).toHaveLength(10);
  expect(condition).toMatchObject({ errors: BAD, completion: (WARDROBE - BAD) / WARDROBE });
});
