import type { Findings } from '../../../lib/core/records/control.ts';
import { workSegment } from '../../../lib/core/segment.ts';
import { ServiceDesk } from '../../../lib/core/service.ts';
import { breathe } from '../../support/fake-clock.ts';
import { openSegment, TOLD_NOTHING } from '../../support/memory-ledger.ts';
import { memoryWorld, RUN_ID, type World, type WorldOptions } from '../../support/memory-ports.ts';
import { scanUnits } from '../../support/memory-table.ts';
import { recorder, tapped } from '../../support/port-calls.ts';
import { doubling, idOf, making, thing } from '../../support/thing-definitions.ts';
import { objects } from './page-bench.ts';

/** While a page is written, the next one is read and judged: what that may not change. */

const world = (change: Partial<WorldOptions> = {}): World => {
  const items = Array.from({ length: 9 }, (_, index) => thing(`t${index}`, 100 + index));
  return memoryWorld({ definition: doubling, items, options: { batchSize: 3 }, ...change });
};

async function work(one: World) {
  const { calls, around } = recorder();
  const ports = tapped(one.ports, around);
  const use = one.definition.service;
  const client = await ports.service('words');
  const asked: string[] = [];
  const call: typeof client.call = (request, signal) => {
    asked.push(request);
    return client.call(request, signal);
  };
  const { clock, random, serviceCache: cache } = one.ports;
  const service = use && new ServiceDesk({ use, client: { call }, cache, clock, random });
  const step = await workSegment({ runId: RUN_ID, epoch: 1, segment: 0 }, { ports, facts: one.facts, service, remainingMs: () => 100_000 });
  return { step, calls, asked, row: one.ledger.rows.get(0) };
}

/** Lets the first batch that is written wait until nothing else moves. */
function slowWrite({ table }: World, meanwhile: () => unknown = () => undefined): void {
  const { apply } = table;
  table.apply = async (writes, signal) => {
    table.apply = apply;
    for (let turn = 0; turn < 5; turn += 1) await breathe();
    await meanwhile();
    return apply.call(table, writes, signal);
  };
}

const PAGE = ['source.readPage', 'journal.put', 'writer.apply', 'ledger.checkpoint'];
const ofPages = (calls: readonly string[]): string[] => calls.filter((call) => PAGE.includes(call));

test('one page ahead and no more is read while a page is written, and it is journaled once that page is closed', async () => {
  const one = world();
  let soFar: string[] = [];
  const { around, calls } = recorder();
  slowWrite(one, () => {
    soFar = ofPages(calls);
  });
  await workSegment(
    { runId: RUN_ID, epoch: 1, segment: 0 },
    { ports: tapped(one.ports, around), facts: one.facts, service: undefined, remainingMs: () => 100_000 },
  );
  expect(soFar).toStrictEqual(['source.readPage', 'journal.put', 'source.readPage', 'writer.apply']);
  expect(ofPages(calls).slice(4, 6)).toStrictEqual(['ledger.checkpoint', 'journal.put']);
  expect(one.ledger.rows.get(0)).toMatchObject({ state: 'done', counters: { updated: 9, pages: 4 } });
});

test('a limit is kept to the item, and nothing is read beyond it', async () => {
  const one = world();
  one.ledger.rows.set(0, { ...openSegment(RUN_ID, 0), quota: 5 });
  const { calls, row } = await work(one);
  expect(row).toMatchObject({ counters: { scanned: 5, updated: 5, pages: 2 } });
  expect(calls.filter((call) => call === 'source.readPage')).toHaveLength(2);
});

test('nothing is read ahead while an alarm slows the run', async () => {
  const one = world();
  const slowed = { pace: 0.5, alarm: 'hot', since: '2026-11-21T12:00:00.000Z', stands: true, at: 0 };
  one.ledger.told = { ...TOLD_NOTHING, findings: { slowed } as Findings };
  slowWrite(one);
  const { calls } = await work(one);
  expect(ofPages(calls).slice(0, 5)).toStrictEqual([...PAGE, 'source.readPage']);
});

describe('what was read ahead', () => {
  const failing = (one: World): void => slowWrite(one, () => Promise.reject(new Error('no more')));

  test('is dropped when the page before it fails, and what it cost is kept', async () => {
    const one = world();
    failing(one);
    const { row } = await work(one);
    expect(row).toMatchObject({ state: 'open', cursor: null, counters: { scanned: 0, pages: 0, readUnits: scanUnits(3) } });
    expect(objects(one)).toHaveLength(1);
  });

  test('has paid for its calls, also when it is dropped', async () => {
    const items = Array.from({ length: 6 }, (_, index) => thing(`t${index}`, 100 + 2 * index));
    const one = world({ definition: making, items });
    failing(one);
    const { row, asked } = await work(one);
    expect(asked).toHaveLength(6);
    // The first page's own are in its journal.
    expect(row).toMatchObject({ counters: { pages: 0, serviceCalls: 3 } });
  });

  test('is asked for no row that the page before it creates', async () => {
    const sizes = [2, 4, 6, 2, 3, 8];
    const one = world({ definition: making, items: sizes.map((size, index) => thing(`t${index}`, size)) });
    slowWrite(one);
    const { row } = await work(one);
    expect(row).toMatchObject({ state: 'done', counters: { created: 5, skipped: { 'already-exists': 1 } } });
    const intended = objects(one).flatMap(({ entries }) => entries.map(({ write }) => write.key));
    expect(intended).toStrictEqual([2, 4, 6, 3, 8].map((size) => idOf(`Made#${size}`)));
  });
});
