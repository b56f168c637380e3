import { type Item, type Key, pick } from './attribute-value.ts';
import { addCounters, type Counters, changed, eligible, noCounters } from './counters.ts';
import { addFingerprints, fingerprint } from './fingerprint.ts';
import { isEligible } from './intent.ts';
import { encodeJournal, linkTo, nextInChain, type PageBody } from './journal.ts';
import { judge, type Verdicts } from './judge.ts';
import { saveListings } from './listings.ts';
import { batchSizeOf } from './phases.ts';
import type { Page } from './ports.ts';
import type { RunRecord } from './records/run.ts';
import type { Checkpoint, Cursor, SegmentRecord } from './records/segment.ts';
import { retryPortion } from './retry-failed.ts';
import { type SettleContext, type Settled, settle } from './settle.ts';

/** What reading a page has come to. */
export interface PageRead {
  cursor: Cursor | null;
  /** What reading them cost, and what became of those that were read and are not worked on. */
  counters: Counters;
  /** Source items that had failed before and are tried again. */
  retried: Key[];
  fingerprint: string;
}

/** The items that a page works on. */
export interface Portion extends PageRead {
  items: Item[];
}

/** A page that is read and judged, and of which nothing is written yet. Its items are let go of: writing may take long, and what stays of them is in the entries. */
export interface JudgedPage {
  read: PageRead;
  verdicts: Verdicts;
  /** Items that it was given of those that the run may change; `null`: nobody counts them. */
  granted: number | null;
}

/** Works one page off: read, judge, journal, write, settle, checkpoint, in that order and no other. */
export async function workPage(state: SegmentRecord, context: SettleContext): Promise<SegmentRecord> {
  const began = context.ports.clock.now();
  return writePage(state, await readPage(state, context), began, context);
}

/** Reads and judges the next page. Nothing but the outside service and its cache hears of it. */
export async function readPage(state: SegmentRecord, context: SettleContext): Promise<JudgedPage> {
  const { run } = context;
  const size = isScan(run, state) ? batchSizeOf(run) : run.options.batchSize;
  const taking = context.items?.take(size, context.signal) ?? null;
  const granted = taking && (await taking);
  try {
    const most = granted ?? size;
    const portion = isScan(run, state) ? await scanPortion(state, context, most) : await retryPortion(state, context, most);
    const { items, ...read } = portion;
    return { read, verdicts: await judge(items, context), granted };
  } catch (error) {
    context.items?.settle(granted, 0);
    throw error;
  }
}

/**
 * Journals, writes and settles a page, and checks it in.
 * Whatever kills it in between, the page is either read again (nothing was written) or settled from its journal object.
 */
export async function writePage(state: SegmentRecord, judged: JudgedPage, began: number, context: SettleContext): Promise<SegmentRecord> {
  const { read, verdicts, granted } = judged;
  const body = bodyOf(state, read, verdicts);
  let chain = state.chain;
  if (verdicts.entries.length > 0) {
    const ref = { runId: state.runId, segment: state.segment, seq: chain.seq + 1, attempt: context.attempt };
    const sealed = encodeJournal({ ...ref, previous: linkTo(chain), body, entries: verdicts.entries });
    try {
      context.signal.throwIfAborted();
      context.ensureLease();
    } catch (error) {
      abandon(judged, context);
      throw error;
    }
    await context.ports.journal.put(ref, sealed.text);
    chain = nextInChain(ref, sealed.hash);
  }
  const settled = await settle(verdicts.entries, chain, context);
  const closed = await closePage(state, body, settled, began, context);
  context.items?.settle(granted, changed(closed.counters) - changed(state.counters));
  return closed;
}

/** Keeps what a page has cost that will be read again. */
export function abandon({ read, verdicts, granted }: JudgedPage, { abandoned, items }: SettleContext): void {
  items?.settle(granted, 0);
  abandoned.readUnits += read.counters.readUnits + verdicts.counters.readUnits;
  abandoned.serviceCalls += verdicts.counters.serviceCalls;
  abandoned.serviceErrors += verdicts.counters.serviceErrors;
  abandoned.serviceCacheHits += verdicts.counters.serviceCacheHits;
}

/** What the journal says of a page: what was read, and what became of the items that need no write. */
export const bodyOf = (state: SegmentRecord, { cursor, counters, retried, fingerprint }: PageRead, verdicts: Verdicts): PageBody => ({
  kind: 'page',
  from: state.cursor,
  to: cursor,
  counters: addCounters(counters, verdicts.counters),
  failures: verdicts.failures,
  retried,
  fingerprint,
});

/** Lists what failed and what was noted, then moves cursor and counters together. */
export async function closePage(
  state: SegmentRecord,
  body: PageBody,
  settled: Settled,
  began: number,
  context: SettleContext,
): Promise<SegmentRecord> {
  const { ports } = context;
  const delta = { ...addCounters(body.counters, settled.counters), pages: 1 };
  const counters = addCounters(state.counters, delta);
  const page = { runId: state.runId, segment: state.segment, page: counters.pages, attempt: context.attempt };
  const listed = { retried: body.retried, failures: [...body.failures, ...settled.failures], notes: settled.notes };
  await saveListings(ports.artifacts, page, listed, context.firstPage);
  context.firstPage = false;

  const checkpoint: Checkpoint = {
    state: body.to === null ? 'done' : 'open',
    cursor: body.to,
    counters,
    chain: settled.chain,
    fingerprint: addFingerprints(state.fingerprint, body.fingerprint),
    ...context.signOfLife?.(),
  };
  context.ensureLease();
  await ports.ledger.checkpoint(state.runId, state.segment, context.attempt, state.chain, checkpoint);
  ports.meter({ counters: delta, durationMs: ports.clock.now() - began });
  return { ...state, ...checkpoint };
}

/** The first round of a run scans the table; the others retry what failed. */
const isScan = ({ options }: RunRecord, { segment }: SegmentRecord): boolean => segment < options.segments;

/** What a limit still allows this segment; `null`: no limit. */
export const allowance = (state: SegmentRecord): number | null =>
  state.quota === null ? null : Math.max(0, state.quota - eligible(state.counters));

/** The next items of a scan, `batchSize` at most. */
export async function scanPortion(
  state: SegmentRecord,
  { ports, run, signal, flow }: SettleContext,
  batchSize = batchSizeOf(run),
): Promise<Portion> {
  const { definition, source } = ports;
  const allowed = allowance(state);
  const { segments } = run.options;
  // Where the quota may end within the page, all rows are needed, to tell how many were scanned up to the last one taken.
  const where = allowed !== null && allowed < batchSize ? {} : definition.source.where;
  const page = await source.readPage({
    segment: state.segment,
    totalSegments: segments,
    cursor: state.cursor,
    // No more than the share of writes can work off in time.
    limit: flow?.pageOf(batchSize) ?? batchSize,
    where,
    signal,
  });
  const { items, scanned, cursor } = takePortion(page, definition.source.where, definition.source.key, allowed);
  const counters = { ...noCounters(), scanned, filtered: scanned - items.length, readUnits: page.readUnits };
  return { items, cursor, counters, retried: [], fingerprint: fingerprint(items, definition.writes) };
}

/** The part of a page that belongs to the work: its eligible items, up to what is allowed. */
export function takePortion(page: Page, where: Readonly<Record<string, string>>, key: readonly string[], allowed: number | null) {
  const items: Item[] = [];
  for (const [index, item] of page.items.entries()) {
    if (isEligible(item, where)) items.push(item);
    if (allowed !== null && items.length >= allowed && index < page.items.length - 1) {
      return { items, scanned: index + 1, cursor: pick(item, key) };
    }
  }
  return { items, scanned: page.scanned, cursor: page.cursor };
}
