import { hash as digest } from 'node:crypto';
import { type Images, type Item, imagesFromJson, imagesToJson, itemFromJson, itemToJson, type Key } from './attribute-value.ts';
import type { Counters } from './counters.ts';
import { BackfillError } from './errors.ts';
import type { Chain, Cursor } from './records/segment.ts';
import type { Change } from './write.ts';

/**
 * The write-ahead record of a page: what was read, what became of the items that need no write, and every intended change
 * with its before- and after-images. One object a page, and one more for each round of raced items.
 */
export interface JournalObject {
  runId: string;
  segment: number;
  /** 1, 2, 3 ... in each segment. */
  seq: number;
  /** The lease's, so that two workers never write the same object. */
  attempt: number;
  /** The object before it in the chain; attempt 0 and an empty hash for the first. */
  previous: Link;
  body: PageBody | RacedBody;
  entries: JournalEntry[];
}

/** Which object of a sequence number is meant. */
export type Link = Pick<Chain, 'attempt' | 'hash'>;

export interface PageBody {
  kind: 'page';
  from: Cursor | null;
  /** `null`: the segment's last page. */
  to: Cursor | null;
  /** Source items that had failed before and are tried again. */
  retried: Key[];
  /** What is settled without a write, and what reading and asking cost. */
  counters: Counters;
  failures: Failure[];
  fingerprint: string;
}

/** A round of those whose condition did not hold: what became of them, and which of them are tried again. */
export interface RacedBody {
  kind: 'raced';
  /** Sequence number of the page's own object. */
  page: number;
  /** Targets settled or judged afresh in this round; earlier intentions of this page for them are void. */
  keys: Key[];
  /** Those of `keys` whose earlier write may have landed all the same, for its answer was lost. */
  unsure: Key[];
  counters: Counters;
  failures: Failure[];
}

export interface JournalEntry {
  write: Change;
  /** The source item's key. */
  source: Key;
  notes: readonly string[];
}

export interface Failure {
  /** The source item's key. */
  key: Key;
  code: string;
  message: string;
  retryable: boolean;
}

export interface JournalRef {
  runId: string;
  segment: number;
  seq: number;
  attempt: number;
}

/** Where journal objects are kept. They are never overwritten. */
export interface JournalStore {
  /** Resolves once the object is durable. @throws `journal.conflict` when another object stands there. */
  put(ref: JournalRef, text: string): Promise<void>;
  /** @throws `journal.corrupt` when it is missing or cannot be read whole. */
  get(ref: JournalRef): Promise<string>;
  /** Those of a segment with a higher sequence number, in order of sequence and attempt. */
  listAfter(runId: string, segment: number, seq: number): Promise<JournalRef[]>;
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** `journal/<runId>/<segment>/<seq>-<attempt>.jsonl.gz`, padded so that names sort as numbers do. */
export const journalName = ({ runId, segment, seq, attempt }: JournalRef): string =>
  `${journalPrefix(runId, segment)}${pad(seq, 8)}-${pad(attempt, 4)}.jsonl.gz`;

export const journalPrefix = (runId: string, segment: number): string => `journal/${runId}/${pad(segment, 5)}/`;

export function parseJournalName(name: string): JournalRef | undefined {
  const match = /^journal\/([^/]+)\/(\d+)\/(\d+)-(\d+)\.jsonl\.gz$/.exec(name);
  if (!match) return undefined;
  const [, runId = '', segment, seq, attempt] = match;
  return { runId, segment: Number(segment), seq: Number(seq), attempt: Number(attempt) };
}

export const hashOf = (text: string): string => digest('sha256', text);

type Json = Record<string, never>;
const itemIn = (json: unknown): Item => itemFromJson(json as Json);
const keyIn = (json: unknown): Key | null => (json === null ? null : itemIn(json));
const imagesIn = (json: unknown): Images => imagesFromJson(json as Json);

export const failureToJson = (failure: Failure): object => ({ ...failure, key: itemToJson(failure.key) });
export const failureFromJson = (json: unknown): Failure => ({ ...(json as Failure), key: itemIn((json as { key: unknown }).key) });

function bodyToJson(body: PageBody | RacedBody): object {
  const failures = body.failures.map(failureToJson);
  if (body.kind === 'raced') return { ...body, failures, keys: body.keys.map(itemToJson), unsure: body.unsure.map(itemToJson) };
  const retried = body.retried.map(itemToJson);
  return { ...body, failures, retried, from: body.from && itemToJson(body.from), to: body.to && itemToJson(body.to) };
}

function bodyFromJson(json: Record<string, unknown>): PageBody | RacedBody {
  const failures = (json.failures as unknown[]).map(failureFromJson);
  const keysIn = (keys: unknown): Key[] => (keys as unknown[]).map(itemIn);
  if (json.kind === 'raced') return { ...(json as unknown as RacedBody), failures, keys: keysIn(json.keys), unsure: keysIn(json.unsure) };
  return { ...(json as unknown as PageBody), failures, retried: keysIn(json.retried), from: keyIn(json.from), to: keyIn(json.to) };
}

/** A literal for each kind: an object that others are spread into costs as much again to write out. */
function entryToJson({ write, source: from, notes: noted }: JournalEntry): object {
  const { kind: op } = write;
  const source = itemToJson(from);
  const notes = noted.length > 0 ? noted : undefined;
  const key = itemToJson(write.key);
  if (write.kind === 'create') return { op, source, notes, key, after: itemToJson(write.item) };
  return { op, source, notes, key, expect: imagesToJson(write.expect), after: imagesToJson(write.after) };
}

function entryFromJson(json: Record<string, unknown>): JournalEntry {
  const key = itemIn(json.key);
  const write: Change =
    json.op === 'create'
      ? { kind: 'create', key, item: itemIn(json.after) }
      : { kind: 'update', key, expect: imagesIn(json.expect), after: imagesIn(json.after) };
  return { write, source: itemIn(json.source), notes: (json.notes as string[] | undefined) ?? [] };
}

/** A journal object as it is stored, and its hash: the next one in the chain holds it. */
export interface Sealed {
  text: string;
  hash: string;
}

const sealOf = (hash: string): string => `${JSON.stringify({ sha256: hash })}\n`;
const SEAL_LENGTH = sealOf(hashOf('')).length;

/** JSON lines: a header with the number of entries, an entry a line, and the SHA-256 of all that. */
export function encodeJournal(object: JournalObject): Sealed {
  const { entries, body, ...header } = object;
  const head = { format: 1, ...header, entries: entries.length, body: bodyToJson(body) };
  const lines = entries.map((entry) => JSON.stringify(entryToJson(entry)));
  const text = `${[JSON.stringify(head), ...lines].join('\n')}\n`;
  const hash = hashOf(text);
  return { text: text + sealOf(hash), hash };
}

/** What a journal object says of itself, and how many entries it has. */
export type JournalHead = Omit<JournalObject, 'entries'> & { entries: number };

/** @throws {BackfillError} `journal.corrupt` when it is not whole, or not as it was written. */
export const decodeJournal = (sealed: string, name: string): { object: JournalObject; hash: string } =>
  readable(name, () => {
    const { head, rest, hash } = unsealed(sealed, name);
    const lines = rest.split('\n').slice(0, -1);
    return { object: { ...head, entries: lines.map((line) => entryFromJson(JSON.parse(line))) }, hash };
  });

/** As `decodeJournal`, and as sure that nothing is amiss, for whoever does not need the entries themselves. */
export const decodeHead = (sealed: string, name: string): { object: JournalHead; hash: string } =>
  readable(name, () => {
    const { head, hash } = unsealed(sealed, name);
    return { object: head, hash };
  });

/** Its checksum tells whether all of it is as it was written. */
function unsealed(sealed: string, name: string): { head: JournalHead; rest: string; hash: string } {
  const text = sealed.slice(0, -SEAL_LENGTH);
  const hash = hashOf(text);
  if (sealed.slice(text.length) !== sealOf(hash)) throw new Error('it does not match its checksum');
  const end = text.indexOf('\n') + 1;
  const { format, body, ...header } = JSON.parse(text.slice(0, end));
  const rest = text.slice(end);
  const lines = linesOf(rest);
  if (format !== 1) throw new Error(`its format is ${format}`);
  if (journalName(header) !== name) throw new Error(`it holds ${journalName(header)}`);
  if (header.entries !== lines) throw new Error(`it has ${lines} of ${header.entries} entries`);
  return { head: { ...header, body: bodyFromJson(body) }, rest, hash };
}

function linesOf(text: string): number {
  let lines = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) lines += 1;
  return lines;
}

function readable<T>(name: string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw new BackfillError('journal.corrupt', `The journal object ${name} cannot be read: ${(cause as Error).message}.`, {
      cause,
      details: { name },
    });
  }
}

/** How the next object names this one. */
export const linkTo = ({ attempt, hash }: Chain): Link => ({ attempt, hash });

export const nextInChain = ({ seq, attempt }: JournalRef, hash: string): Chain => ({ seq, attempt, hash });
