import { noCounters } from '../../../../lib/core/counters.ts';
import { encodeJournal, type JournalEntry, type JournalObject, journalName } from '../../../../lib/core/journal.ts';
import type { Chain, Cursor, SegmentRecord } from '../../../../lib/core/records/segment.ts';
import { type Stretch, subjectOf, walk } from '../../../../lib/core/rollback/walk.ts';
import { openSegment } from '../../../support/memory-ledger.ts';
import { MemoryJournal, RUN_ID } from '../../../support/memory-ports.ts';
import { idOf } from '../../../support/thing-definitions.ts';

/** What one stretch of a journal hands on to the next. */

const entryOf = (id: string): JournalEntry => ({
  write: { kind: 'update', key: idOf(id), expect: { v: null }, after: { v: { N: '1' } } },
  source: idOf(id),
  notes: [],
});
const body = { kind: 'page' as const, from: null, to: null, retried: [], counters: noCounters(), failures: [], fingerprint: '' };
const pageOf = (seq: number, attempt: number, previous: Chain, ...ids: string[]): JournalObject => ({
  runId: RUN_ID,
  segment: 0,
  seq,
  attempt,
  previous: { attempt: previous.attempt, hash: previous.hash },
  body,
  entries: ids.map(entryOf),
});
const NONE: Chain = { seq: 0, attempt: 0, hash: '' };
const chainOf = (object: JournalObject): Chain => ({ seq: object.seq, attempt: object.attempt, hash: encodeJournal(object).hash });

const first = pageOf(1, 1, NONE, 'a');
const second = pageOf(2, 1, chainOf(first), 'b', 'c');
const third = pageOf(3, 1, chainOf(second), 'd');
const done: SegmentRecord = { ...openSegment(RUN_ID, 0), state: 'done', chain: chainOf(third) };

async function journalOf(...objects: JournalObject[]): Promise<MemoryJournal> {
  const journal = new MemoryJournal();
  for (const object of objects) await journal.put(object, encodeJournal(object).text);
  return journal;
}

/** Stretch by stretch, each by a worker of its own that has only the cursor. */
async function stretches(journal: MemoryJournal, atLeast = 1, record = done): Promise<Stretch[]> {
  const all: Stretch[] = [];
  let cursor: Cursor | null = null;
  do {
    const stretch: Stretch = await walk(await subjectOf(record, journal), cursor, atLeast, journal);
    all.push(stretch);
    cursor = stretch.cursor && JSON.parse(JSON.stringify(stretch.cursor));
  } while (cursor !== null);
  return all;
}
const met = (all: readonly Stretch[]): string[][] =>
  all.map(({ entries }) => entries.map(({ write, doubtful }) => `${(write.key.id as { S: string }).S}${doubtful ? '?' : ''}`));

test('a stretch is no longer than it must be', async () => {
  const journal = await journalOf(first, second, third);
  expect(met(await stretches(journal))).toStrictEqual([['d'], ['c', 'b'], ['a']]);
  expect(met(await stretches(journal, 2))).toStrictEqual([['d', 'c', 'b'], ['a']]);
  expect(met(await stretches(journal, 3))).toStrictEqual([['d', 'c', 'b'], ['a']]);
  expect(met(await stretches(journal, 4))).toStrictEqual([['d', 'c', 'b', 'a']]);
});

test('objects without an entry end a stretch as well', async () => {
  const objects: JournalObject[] = [];
  let chain = NONE;
  for (let seq = 1; seq <= 9; seq += 1) {
    const object = pageOf(seq, 1, chain);
    objects.push(object);
    chain = chainOf(object);
  }
  const all = await stretches(await journalOf(...objects), 1, { ...done, chain });
  expect(all.map((stretch) => stretch.objects)).toStrictEqual([4, 4, 1]);
});

test('the next stretch knows which object of a number is the right one, though a stray has a younger lease', async () => {
  const stray = pageOf(2, 2, chainOf(first), 'x');
  const all = await stretches(await journalOf(first, second, stray, third));
  expect(met(all).map((ids) => [...ids].sort())).toStrictEqual([['d'], ['b', 'c', 'x?'], ['a']]);
  expect(all.flatMap(({ damaged }) => damaged)).toStrictEqual([]);
});

test('an object that was exchanged for a sound one of the same name is found, wherever the stretches are cut', async () => {
  const journal = await journalOf(first, second, third);
  journal.objects.set(journalName(second), encodeJournal(pageOf(2, 1, chainOf(first), 'forged')).text);
  for (const atLeast of [1, 2, 9]) {
    const damaged = (await stretches(journal, atLeast)).flatMap((stretch) => stretch.damaged);
    expect(damaged).toStrictEqual([
      { name: journalName(second), why: 'It is not the object that the one after it, or the ledger, knows.' },
    ]);
  }
});

test('a stretch says which pages of the scan its entries came from: neither strays nor races nor retries are any', async () => {
  const seen = (scanned: number, readUnits: number) => ({ ...noCounters(), scanned, readUnits });
  const scanned = { ...pageOf(1, 1, NONE, 'a', 'b'), body: { ...body, from: idOf('0'), counters: seen(3, 0.5) } };
  const raced: JournalObject = {
    ...pageOf(2, 1, chainOf(scanned), 'b'),
    body: { kind: 'raced', page: 1, keys: [idOf('b')], unsure: [], counters: noCounters(), failures: [] },
  };
  const retried = { ...pageOf(3, 1, chainOf(raced), 'c'), body: { ...body, retried: [idOf('c')] } };
  const stray = pageOf(3, 2, chainOf(raced), 'x');
  const all = await stretches(await journalOf(scanned, raced, retried, stray), 9, { ...done, chain: chainOf(retried) });
  expect(all.flatMap(({ pages }) => pages)).toStrictEqual([{ segment: 0, from: idOf('0'), scanned: 3, readUnits: 0.5, updated: 2 }]);
});
