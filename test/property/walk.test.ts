import fc from 'fast-check';
import { keyId } from '../../lib/core/attribute-value.ts';
import { noCounters } from '../../lib/core/counters.ts';
import { encodeJournal, type JournalEntry, type JournalObject, linkTo, nextInChain } from '../../lib/core/journal.ts';
import type { Chain, Cursor, SegmentRecord } from '../../lib/core/records/segment.ts';
import { type Entry, inspect, type Stretch, subjectOf, walk } from '../../lib/core/rollback/walk.ts';
import { openSegment } from '../support/memory-ledger.ts';
import { MemoryJournal, RUN_ID } from '../support/memory-ports.ts';
import { idOf } from '../support/thing-definitions.ts';

/** However a journal is cut into stretches, each entry comes once, newest first, and with the same meaning. */

interface Page {
  /** How many entries the page has. */
  width: number;
  /** Rounds of raced items: which of them are tried again, which are dropped, and whether their earlier write is unsure. */
  rounds: { again: number; dropped: number; unsure: boolean }[];
  /** A late object of an older lease beside the page's own. */
  stray: boolean;
}

const page: fc.Arbitrary<Page> = fc.record({
  width: fc.integer({ min: 1, max: 5 }),
  rounds: fc.array(fc.record({ again: fc.nat(2), dropped: fc.nat(2), unsure: fc.boolean() }), { maxLength: 3 }),
  stray: fc.boolean(),
});

const entryOf = (id: string, version: number): JournalEntry => ({
  write: { kind: 'update', key: idOf(id), expect: { v: null }, after: { v: { N: String(version) } } },
  source: idOf(id),
  notes: [],
});

type Meaning = 'certain' | 'doubtful' | 'void';
const spell = (id: string, version: number, meaning: Meaning): string => `${id} v${version} ${meaning}`;

interface Written {
  journal: MemoryJournal;
  record: SegmentRecord;
  entries: string[];
  objects: number;
}

/** Where a page begins. */
const startOf = (number: number): Cursor | null => (number === 0 ? null : idOf(`start${number}`));

/** Writes the pages down as a worker of lease 2 does, and says what a rollback must make of each entry. `lags`: the last page is not checked in. */
async function written(pages: readonly Page[], lags: boolean): Promise<Written> {
  const journal = new MemoryJournal();
  let chain: Chain = { seq: 0, attempt: 0, hash: '' };
  let committed = chain;
  const entries: string[] = [];
  let objects = 0;
  const put = async (object: Pick<JournalObject, 'body' | 'entries'>, attempt = 2): Promise<void> => {
    const ref = { runId: RUN_ID, segment: 0, seq: chain.seq + 1, attempt };
    const { text, hash } = encodeJournal({ ...ref, previous: linkTo(chain), ...object });
    await journal.put(ref, text);
    objects += 1;
    if (attempt === 2) chain = nextInChain(ref, hash);
  };
  for (const [number, { width, rounds, stray }] of pages.entries()) {
    const ids = Array.from({ length: width }, (_, index) => `p${number}-${index}`);
    const common = { counters: noCounters(), failures: [] };
    const body = { ...common, kind: 'page' as const, from: startOf(number), to: startOf(number + 1), retried: [], fingerprint: '' };
    if (number === pages.length - 1) committed = chain;
    if (stray) {
      await put({ body, entries: [entryOf(`stray${number}`, 0)] }, 1);
      entries.push(spell(`stray${number}`, 0, 'doubtful'));
    }
    await put({ body, entries: ids.map((id) => entryOf(id, 0)) });
    const first = chain.seq;
    const standing = new Map<string, { version: number; meaning: Meaning }[]>(ids.map((id) => [id, [{ version: 0, meaning: 'certain' }]]));
    let pending = ids;
    for (const [index, { again, dropped, unsure }] of rounds.entries()) {
      const keys = pending.slice(0, again + dropped);
      if (keys.length === 0) break;
      pending = keys.slice(0, again);
      for (const id of keys) {
        for (const one of standing.get(id) ?? []) if (one.meaning !== 'void') one.meaning = unsure ? 'doubtful' : 'void';
      }
      for (const id of pending) standing.get(id)?.push({ version: index + 1, meaning: 'certain' });
      const raced = { ...common, kind: 'raced' as const, page: first, keys: keys.map(idOf), unsure: unsure ? keys.map(idOf) : [] };
      await put({ body: raced, entries: pending.map((id) => entryOf(id, index + 1)) });
    }
    for (const [id, versions] of standing) for (const { version, meaning } of versions) entries.push(spell(id, version, meaning));
  }
  const checkpoint = lags
    ? { state: 'open' as const, cursor: startOf(pages.length - 1), chain: committed }
    : { state: 'done' as const, cursor: null, chain };
  return { journal, record: { ...openSegment(RUN_ID, 0), ...checkpoint }, entries, objects };
}

const idIn = ({ write }: Entry): string => (write.key.id as { S: string }).S;
const versionIn = ({ write }: Entry): number => Number(((write.kind === 'update' && write.after.v) as { N: string }).N);
const meant = (entry: Entry): string => spell(idIn(entry), versionIn(entry), entry.doubtful ? 'doubtful' : 'certain');

async function walked({ journal, record }: Written, sizes: readonly number[], look = walk): Promise<Stretch[]> {
  const stretches: Stretch[] = [];
  let cursor: Cursor | null = null;
  do {
    const subject = await subjectOf(record, journal);
    const stretch: Stretch = await look(subject, cursor, sizes[stretches.length % sizes.length] ?? 1, journal);
    stretches.push(stretch);
    cursor = stretch.cursor && (JSON.parse(JSON.stringify(stretch.cursor)) as Cursor);
  } while (cursor !== null);
  return stretches;
}

const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

test('every entry is met once, void, doubtful or certain as its rounds have it, in stretches of any length', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(page, { minLength: 1, maxLength: 8 }), sizes, fc.boolean(), async (pages, cuts, lags) => {
      const journaled = await written(pages, lags);
      const { entries, objects } = journaled;
      const stretches = await walked(journaled, cuts);
      const met = stretches.flatMap((stretch) => stretch.entries.map(meant));
      expect([...met].sort()).toStrictEqual(entries.filter((entry) => !entry.endsWith('void')).sort());
      expect(sum(stretches.map((stretch) => stretch.void))).toBe(entries.filter((entry) => entry.endsWith('void')).length);
      expect(sum(stretches.map((stretch) => stretch.objects))).toBe(objects);
      expect(stretches.flatMap(({ damaged }) => damaged)).toStrictEqual([]);
    }),
    { numRuns: 200, seed: 20261121 },
  );
});

test('of one key the newer entry comes first, and a page is never cut apart', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(page, { minLength: 1, maxLength: 6 }), sizes, fc.boolean(), async (pages, cuts, lags) => {
      const journaled = await written(pages, lags);
      const stretches = await walked(journaled, cuts);
      const whole = await walked(journaled, [1_000_000]);
      expect(stretches.flatMap(({ entries }) => entries)).toStrictEqual(whole.flatMap(({ entries }) => entries));
      for (const { entries } of stretches) {
        const seen = new Map<string, number>();
        for (const entry of entries) {
          const id = keyId(entry.write.key);
          expect(seen.get(id) ?? Number.POSITIVE_INFINITY).toBeGreaterThan(versionIn(entry));
          seen.set(id, versionIn(entry));
        }
      }
      const pagesOf = stretches.map(
        ({ entries }) => new Set(entries.map((entry) => idIn(entry).split('-')[0]).filter((id) => id?.startsWith('p'))),
      );
      for (const [index, ids] of pagesOf.entries()) {
        for (const later of pagesOf.slice(index + 1)) expect([...ids].filter((id) => later.has(id))).toStrictEqual([]);
      }
    }),
    { numRuns: 100, seed: 20261121 },
  );
});

test('an inspection counts what a walk meets, and finds the same damage', async () => {
  const strike = fc.option(fc.record({ at: fc.nat(), how: fc.constantFrom('lost', 'cut', 'altered') }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(fc.array(page, { minLength: 1, maxLength: 8 }), sizes, fc.boolean(), strike, async (pages, cuts, lags, struck) => {
      const journaled = await written(pages, lags);
      const { objects } = journaled.journal;
      const [name, text] = [...objects][(struck?.at ?? 0) % objects.size] as [string, string];
      if (struck?.how === 'lost') objects.delete(name);
      if (struck?.how === 'cut') objects.set(name, text.slice(0, -2));
      if (struck?.how === 'altered') objects.set(name, text.replace('"op":"update"', '"op":"UPDATE"'));
      const [seen, met] = [await walked(journaled, cuts, inspect), await walked(journaled, [1_000_000])];
      expect(sum(seen.map((stretch) => stretch.met))).toBe(sum(met.map(({ entries, void: gone }) => entries.length + gone)));
      expect(sum(met.map((stretch) => stretch.met))).toBe(sum(seen.map((stretch) => stretch.met)));
      expect(seen.flatMap(({ entries }) => entries)).toStrictEqual([]);
      expect(seen.flatMap(({ damaged }) => damaged)).toStrictEqual(met.flatMap(({ damaged }) => damaged));
    }),
    { numRuns: 200, seed: 20261122 },
  );
});
