import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { attributeOf, type Item, keyId, pick } from './attribute-value.ts';
import { bump, type Counters, noCounters } from './counters.ts';
import { INVALID_ITEM } from './definition.ts';
import { attributesOf, intend, sourceKey } from './intent.ts';
import type { Failure, JournalEntry } from './journal.ts';
import type { Ports, TableFacts } from './ports.ts';
import type { RunRecord } from './records/run.ts';
import type { Native } from './result.ts';
import { isRehearsal } from './run.ts';
import type { DeskAnswer, ServiceDesk } from './service.ts';

// zod/mini has no words of its own: without these every issue reads "Invalid input".
z.config(en());

/** What was decided of some items before anything is written. */
export interface Verdicts {
  /** Skips, failures and costs; nothing about items that await a write. */
  counters: Counters;
  failures: Failure[];
  entries: JournalEntry[];
  /** Of a rehearsal: the entries whose items a run takes to the service, with what it asks, and whether it was asked now. */
  asking?: Map<JournalEntry, { request: string; answered: boolean }>;
}

export interface JudgeContext {
  ports: Ports;
  run: RunRecord;
  facts: TableFacts;
  /** Present when the definition has a service and the run enriches. */
  service: ServiceDesk | undefined;
  /** In a rehearsal: at most so many items are taken to the service. */
  sample?: number;
  /** What was spent on pages that were given up before their journal: to be kept when the lease is let go. */
  abandoned: Counters;
  /** Present when the page before is still being written: the keys of the rows that it creates, and when it is closed. */
  before?: { creates: ReadonlySet<string>; closed: Promise<unknown> };
  signal: AbortSignal;
}

interface Candidate {
  source: Item;
  item: Native;
}

interface Asking extends Candidate {
  /** What the service is asked for it; absent: nothing. */
  request?: string | undefined;
}

/** Parses, transforms and turns eligible items into intended writes. A bad item never stops its page. */
export async function judge(items: readonly Item[], context: JudgeContext): Promise<Verdicts> {
  const verdicts: Verdicts = { counters: noCounters(), failures: [], entries: [], ...(isRehearsal(context.run) && { asking: new Map() }) };
  const parsed: Candidate[] = [];
  for (const source of items) {
    const candidate = parse(source, verdicts, context);
    if (candidate) parsed.push(candidate);
  }
  const asking = requestsOf(await withoutExisting(parsed, verdicts, context), verdicts, context);
  const answers = await askService(asking, verdicts, context);
  const claimed = new Set<string>();
  for (const candidate of asking) conclude(candidate, answers, claimed, verdicts, context);
  return verdicts;
}

function addFailure(verdicts: Verdicts, source: Item, { ports }: JudgeContext, failure: Omit<Failure, 'key'>): void {
  bump(verdicts.counters.failed, failure.code);
  verdicts.failures.push({ key: sourceKey(source, ports.definition), ...failure });
}

/** Nothing, of an item that is skipped or has failed. */
function parse(source: Item, verdicts: Verdicts, context: JudgeContext): Candidate | undefined {
  const { definition, codec } = context.ports;
  return tried(source, verdicts, context, () => {
    const view = codec.toNative(pick(source, attributesOf(definition).seen));
    const parsed = z.safeParse(definition.item, view);
    if (!parsed.success) {
      const message = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'item'}: ${issue.message}`).join('; ');
      addFailure(verdicts, source, context, { code: INVALID_ITEM, message, retryable: false });
      return undefined;
    }
    const item = parsed.data as Native;
    const reason = definition.skip?.(item);
    if (reason === undefined) return { source, item };
    bump(verdicts.counters.skipped, reason);
    return undefined;
  });
}

/** Looks where created rows will stand, so that an existing one costs neither a call nor a write. */
async function withoutExisting(candidates: Candidate[], verdicts: Verdicts, context: JudgeContext): Promise<Candidate[]> {
  const { definition, codec, target } = context.ports;
  const targetOf = definition.target;
  if (!targetOf || candidates.length === 0) return candidates;
  const placed = candidates.flatMap((candidate) => {
    const key = tried(candidate.source, verdicts, context, () => codec.toItem(targetOf(candidate.item)));
    if (!key) return [];
    if (isUsable(key, context.facts.key)) return [{ candidate, key }];
    const message = `the target's key is not one: ${context.facts.key.join(', ')} must be there and not empty`;
    addFailure(verdicts, candidate.source, context, { code: 'invalid-result', message, retryable: false });
    return [];
  });
  if (placed.length === 0) return [];
  const keys = placed.map(({ key }) => key);
  const { before } = context;
  // Whether such a row is there, nobody knows until then.
  if (before && before.creates.size > 0 && keys.some((key) => before.creates.has(keyId(key)))) await before.closed;
  const { items, readUnits } = await target.getMany(keys, { attributes: context.facts.key, signal: context.signal });
  verdicts.counters.readUnits += readUnits;
  return placed.flatMap(({ candidate }, index) => {
    if (items[index] === undefined) return [candidate];
    bump(verdicts.counters.skipped, 'already-exists');
    return [];
  });
}

const isUsable = (key: Item, names: readonly string[]): boolean =>
  Object.keys(key).length === names.length &&
  names.every((name) => {
    const value = attributeOf(key, name);
    return value !== undefined && (('S' in value && value.S !== '') || 'N' in value || ('B' in value && value.B.byteLength > 0));
  });

/** What a definition's own code throws is one item's failure. */
function tried<T>(source: Item, verdicts: Verdicts, context: JudgeContext, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    addFailure(verdicts, source, context, { code: 'transform-error', message: (error as Error).message, retryable: false });
    return undefined;
  }
}

type Answers = Map<string, DeskAnswer>;

/** What each candidate asks of the service, decided once. */
function requestsOf(candidates: Candidate[], verdicts: Verdicts, context: JudgeContext): Asking[] {
  // A rehearsal counts what would be asked, whether it asks or not.
  const use = context.service || isRehearsal(context.run) ? context.ports.definition.service : undefined;
  if (!use) return candidates;
  return candidates.flatMap((candidate) => {
    const asked = tried(candidate.source, verdicts, context, () => ({ request: use.ask(candidate.item) }));
    return asked ? [{ ...candidate, ...asked }] : [];
  });
}

async function askService(candidates: Asking[], verdicts: Verdicts, context: JudgeContext): Promise<Answers> {
  const { ports, service, signal, abandoned, sample } = context;
  const use = ports.definition.service;
  if (!use || !service) return new Map();
  const asked = candidates.flatMap(({ request }) => (request === undefined ? [] : [request])).slice(0, sample);
  if (sample !== undefined) verdicts.counters.sampled += asked.length;
  const requests = new Set(asked);
  try {
    return await service.ask([...requests], verdicts.counters, signal);
  } catch (error) {
    abandoned.serviceCalls += verdicts.counters.serviceCalls;
    abandoned.serviceErrors += verdicts.counters.serviceErrors;
    abandoned.serviceCacheHits += verdicts.counters.serviceCacheHits;
    throw error;
  }
}

/** Two sources of one page may want the same target: the first one has it, as it would have by the time the second was written. */
function conclude(candidate: Asking, answers: Answers, claimed: Set<string>, verdicts: Verdicts, context: JudgeContext): void {
  const { source, item, request } = candidate;
  const { definition, codec } = context.ports;
  const answer = request === undefined ? undefined : answers.get(request);
  if (answer?.kind === 'unavailable') {
    addFailure(verdicts, source, context, { code: 'service-unavailable', message: answer.message, retryable: true });
    return;
  }
  const moment = { now: context.run.now, run: { id: context.run.runId }, answer };
  const result = tried(source, verdicts, context, () => definition.transform(item, moment));
  if (!result) return;
  const intent = intend(result, source, { definition, facts: context.facts, codec });
  if (intent.kind === 'skip') bump(verdicts.counters.skipped, intent.reason);
  else if (intent.kind === 'fail')
    addFailure(verdicts, source, context, { code: intent.code, message: intent.message, retryable: intent.retryable });
  else {
    const target = keyId(intent.write.key);
    if (claimed.has(target)) {
      bump(verdicts.counters.skipped, 'already-exists');
      return;
    }
    claimed.add(target);
    const { write, notes } = intent;
    const entry = { write, source: write.kind === 'update' ? write.key : sourceKey(source, definition), notes };
    verdicts.entries.push(entry);
    if (request !== undefined) verdicts.asking?.set(entry, { request, answered: answer !== undefined });
  }
}
