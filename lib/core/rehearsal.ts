import { saveAsks } from './asks.ts';
import { countPage } from './assess.ts';
import { imagesToJson, itemToJson } from './attribute-value.ts';
import { BackfillError } from './errors.ts';
import { evenShares } from './even-shares.ts';
import type { JournalEntry } from './journal.ts';
import { judge } from './judge.ts';
import { type PageRef, readListing, saveListing } from './listings.ts';
import { allowance, bodyOf, closePage, scanPortion } from './page.ts';
import { shuffled } from './phases.ts';
import type { ArtifactStore } from './ports.ts';
import type { SegmentRecord } from './records/segment.ts';
import { numbers } from './rounds.ts';
import type { Trade } from './segment.ts';
import { type SettleContext, type Settled, succeed } from './settle.ts';
import { beforeOf } from './write.ts';

/** Invariant 8: a rehearsal has no way to write to the target, nor into the journal. */
export function withoutWriter(context: SettleContext): SettleContext {
  const refuse = async (): Promise<never> => {
    throw new BackfillError('machine.failed', 'A rehearsal does not write.');
  };
  const { journal } = context.ports;
  return {
    ...context,
    ports: { ...context.ports, writer: { apply: refuse, probe: refuse, sentSingly: refuse }, journal: { ...journal, put: refuse } },
  };
}

/** What a run does with its segments when it only looks: it reads and judges each page, and counts what would become of it. */
export const rehearsing: Trade = {
  takeOver: async (state) => state,
  hasWork: (state) => allowance(state) !== 0,
  workPage: async (state, context) => {
    const page = { ...withoutWriter(context), sample: sampleOf(state, context) };
    const { countOnly } = context.run.options;
    const closed = await (countOnly ? assessPage : rehearsePage)(state, page);
    context.firstPage = page.firstPage;
    return closed;
  },
};

/**
 * How many items of the segment's next page may be taken to the outside service: what is left of its share of the run's sample.
 * Only its first worker takes any: what a later one cannot know is how many a worker that died had asked for.
 */
function sampleOf({ segment, attempt, counters }: SegmentRecord, { run: { runId, options } }: SettleContext): number {
  if (options.enrichSample === 0 || attempt > 1) return 0;
  const rank = shuffled(numbers(options.segments), runId).indexOf(segment);
  return Math.max(0, (evenShares(options.enrichSample, options.segments)[rank] ?? 0) - counters.sampled);
}

/** So many items of a segment are shown as they are and as they would be. */
const EXAMPLES_PER_SEGMENT = 3;

/** Reads and judges a page, and counts what would become of its items, what state they are in, and what it would take. */
async function judgePage(state: SegmentRecord, context: SettleContext) {
  const began = context.ports.clock.now();
  const portion = await scanPortion(state, context);
  const verdicts = await judge(portion.items, context);
  const settled: Settled = { counters: countPage(portion.items, verdicts, context), failures: [], notes: [], chain: state.chain };
  for (const entry of verdicts.entries) succeed(entry, settled);
  return { began, portion, verdicts, settled };
}

const refOf = ({ runId, segment, counters }: SegmentRecord, { attempt }: SettleContext): PageRef => ({
  runId,
  segment,
  page: counters.pages + 1,
  attempt,
});

/** Counts alone: no item is shown or listed. */
async function assessPage(state: SegmentRecord, context: SettleContext): Promise<SegmentRecord> {
  const { began, portion, verdicts, settled } = await judgePage(state, context);
  await saveAsks(context.ports, refOf(state, context), verdicts, context.firstPage);
  context.firstPage = false;
  const unlisted = { ...bodyOf(state, portion, verdicts), failures: [] };
  return closePage(state, unlisted, { ...settled, notes: [] }, began, context);
}

async function rehearsePage(state: SegmentRecord, context: SettleContext): Promise<SegmentRecord> {
  const { began, portion, verdicts, settled } = await judgePage(state, context);
  const page = refOf(state, context);
  const shown = state.counters.created + state.counters.updated;
  const most = Math.max(0, EXAMPLES_PER_SEGMENT - shown);
  const examples = most === 0 ? [] : varied(verdicts.entries.map(exampleOf), most);
  await saveListing(context.ports.artifacts, 'examples', page, examples, context.firstPage);
  await saveAsks(context.ports, page, verdicts, context.firstPage);
  return closePage(state, bodyOf(state, portion, verdicts), settled, began, context);
}

/** An item as it is and as it would be, as DynamoDB's JSON; of an update only the attributes that change. */
export interface Example {
  key: unknown;
  op: 'create' | 'update';
  /** `null`: there is nothing yet, or no such attribute. */
  before: unknown;
  after: unknown;
  /** Of an update: the attributes that it goes by and leaves as they are; `null`: a row is created. */
  reads: unknown;
}

export function exampleOf({ write }: Pick<JournalEntry, 'write'>): Example {
  const key = itemToJson(write.key);
  if (write.kind === 'create') return { key, op: 'create', before: null, after: itemToJson(write.item), reads: null };
  const { expect, after } = write;
  const kept = Object.entries(expect).filter(([name, value]) => value !== null && !Object.hasOwn(after, name));
  const reads = imagesToJson(Object.fromEntries(kept));
  return { key, op: 'update', before: imagesToJson(beforeOf(write)), after: imagesToJson(after), reads };
}

/** At most so many, first one of each set of attributes that say something, then others; in their order. */
export function varied(examples: readonly Example[], most: number): Example[] {
  const seen = new Set<string>();
  const fresh = examples.filter((example) => {
    const shape = shapeOf(example);
    return !seen.has(shape) && seen.add(shape);
  });
  const chosen = new Set(fresh.slice(0, most));
  for (const example of examples) if (chosen.size < most) chosen.add(example);
  return examples.filter((example) => chosen.has(example));
}

const shapeOf = ({ op, before, after, reads }: Example): string => JSON.stringify([op, ...[reads, before, after].map(filledIn)]);

/** Names of the attributes that are there and not empty. */
const filledIn = (images: unknown): string[] =>
  Object.entries((images ?? {}) as Record<string, Record<string, unknown> | null>)
    .filter(([, value]) => value !== null && !('NULL' in value) && Object.values(value).some(isFilled))
    .map(([name]) => name)
    .sort();

const isFilled = (value: unknown): boolean =>
  typeof value === 'string' ? value.trim() !== '' : typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : true;

export const readExamples = async (store: ArtifactStore, runId: string, segments: readonly SegmentRecord[]): Promise<Example[]> =>
  (await readListing(store, 'examples', runId, segments)) as Example[];
