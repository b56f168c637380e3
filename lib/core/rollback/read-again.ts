import { type Item, keyId, pick } from '../attribute-value.ts';
import type { Counters } from '../counters.ts';
import type { SettleContext } from '../settle.ts';
import type { Entry, ScannedPage } from './walk.ts';

/**
 * What stands now where a run wrote, strongly consistent, in the entries' order; `undefined` where nothing stands.
 * Where the run changed most of what it saw on a page, and its items are small, that page is scanned again, which takes a fraction of the read units: a read
 * by key counts 4 KB for each item. Whatever is not met there is read by its key. Read units are added to the counters.
 */
export async function readAgain(
  entries: readonly Entry[],
  pages: readonly ScannedPage[],
  counters: Counters,
  context: SettleContext,
): Promise<(Item | undefined)[]> {
  if (entries.length === 0) return [];
  const attributes = comparedIn(entries);
  const met = new Map<string, Item>();
  // Mostly it is one page; where pages were small there are many, and one after the other is gentle.
  for (const page of pages.filter(isBetterScanned)) {
    const { items, readUnits } = await scanAgain(page, attributes, context);
    counters.readUnits += readUnits;
    for (const item of items) met.set(keyId(pick(item, context.facts.key)), item);
  }
  const left = entries.filter(({ id }) => !met.has(id));
  for (const [index, item] of (await readByKey(left, attributes, counters, context)).entries()) {
    if (item) met.set((left[index] as Entry).id, item);
  }
  return entries.map(({ id }) => met.get(id));
}

/** The run's scan was eventually consistent, at half the units. A read by key takes one unit at least, and answers nothing that was not asked for. */
const isBetterScanned = ({ scanned, readUnits, updated }: ScannedPage): boolean => 2 * updated >= scanned && 2 * readUnits < updated;

/** Goes on until as many items are seen as the run saw there. */
async function scanAgain({ segment, from, scanned }: ScannedPage, attributes: readonly string[] | undefined, context: SettleContext) {
  const { ports, run, writeSignal: signal } = context;
  const items: Item[] = [];
  let readUnits = 0;
  let cursor = from;
  for (let left = scanned; left > 0; ) {
    const page = await ports.source.readPage({
      segment,
      totalSegments: run.options.segments,
      cursor,
      limit: left,
      where: {},
      consistent: true,
      signal,
      ...(attributes && { attributes }),
    });
    items.push(...page.items);
    readUnits += page.readUnits;
    left -= page.scanned;
    cursor = page.cursor;
    if (!cursor) break;
  }
  return { items, readUnits };
}

async function readByKey(
  entries: readonly Entry[],
  attributes: readonly string[] | undefined,
  counters: Counters,
  { ports, writeSignal }: SettleContext,
): Promise<(Item | undefined)[]> {
  if (entries.length === 0) return [];
  const keys = entries.map(({ write }) => write.key);
  const { items, readUnits } = await ports.target.getMany(keys, { signal: writeSignal, ...(attributes && { attributes }) });
  counters.readUnits += readUnits;
  return items;
}

/** The key's and those that were written; `undefined`: all, for a row that was created is compared whole. */
function comparedIn(entries: readonly Entry[]): string[] | undefined {
  const names = new Set<string>();
  for (const { write } of entries) {
    if (write.kind === 'create') return undefined;
    for (const name of Object.keys(write.key)) names.add(name);
    for (const name of Object.keys(write.after)) names.add(name);
  }
  return [...names];
}
