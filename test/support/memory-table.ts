import { isDeepStrictEqual } from 'node:util';
import { type Item, type Key, keyId, pick } from '../../lib/core/attribute-value.ts';
import type { Page, PageRequest, SourceReader, TargetReader, TargetWriter } from '../../lib/core/ports.ts';
import type { SentSingly, Write, WriteResult } from '../../lib/core/write.ts';

/** Called before each single write; what it returns stands in for the write's own result. */
export type WriteHook = (write: Write) => WriteResult | undefined | Promise<WriteResult | undefined>;

/** Read units of a scan over so many items of 512 bytes, by begun 4 KB. By its key each takes a whole one. */
export const scanUnits = (items: number, consistent = false): number => Math.ceil(items / 8) * (consistent ? 1 : 0.5);

/** A table in memory with DynamoDB's conditional semantics: it decides by deep equality, not by the code under test. */
export class MemoryTable implements SourceReader, TargetReader, TargetWriter {
  readonly rows = new Map<string, Item>();
  readonly #keys: readonly string[];
  onWrite: WriteHook = () => undefined;
  /** Called when a write is done, before the next begins. */
  afterWrite: (write: Write, result: WriteResult) => void = () => undefined;

  constructor(keys: readonly string[], items: readonly Item[]) {
    this.#keys = keys;
    for (const item of items) this.put(item);
  }

  put(item: Item): void {
    this.rows.set(keyId(pick(item, this.#keys)), item);
  }

  row(key: Key): Item | undefined {
    return this.rows.get(keyId(key));
  }

  delete(key: Key): void {
    this.rows.delete(keyId(key));
  }

  /** Somebody else changes an item. */
  change(key: Key, change: Item): void {
    this.put({ ...this.row(key), ...change });
  }

  /** Every item, in the order of its key. */
  all(): Item[] {
    return [...this.rows.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
  }

  async readPage({ segment, totalSegments, cursor, limit, where, consistent, attributes }: PageRequest): Promise<Page> {
    if (segment >= totalSegments) throw new Error(`There is no segment ${segment} of ${totalSegments}.`);
    const after = cursor ? keyId(cursor) : '';
    const mine = [...this.rows.keys()].sort().filter((id) => id.length % totalSegments === segment && id > after);
    const seen = mine.slice(0, limit).map((id) => this.rows.get(id) as Item);
    const wanted = Object.entries(where);
    const eligible = seen.filter((item) => wanted.every(([name, value]) => isDeepStrictEqual(item[name], { S: value })));
    const items = attributes ? eligible.map((item) => pick(item, attributes)) : eligible;
    const last = seen.at(-1);
    // Like DynamoDB: a full page has a cursor, though nothing may follow.
    const readUnits = scanUnits(seen.length, consistent);
    return { items, scanned: seen.length, cursor: last && seen.length === limit ? pick(last, this.#keys) : null, readUnits };
  }

  async getMany(keys: readonly Key[], { attributes }: { attributes?: readonly string[] } = {}) {
    const items = keys.map((key) => {
      const row = this.row(key);
      return row && attributes ? pick(row, attributes) : row;
    });
    return { items, readUnits: keys.length };
  }

  async apply(writes: readonly Write[], signal: AbortSignal) {
    const results: WriteResult[] = [];
    for (const write of writes) {
      signal.throwIfAborted();
      const result = (await this.onWrite(write)) ?? this.write(write);
      this.afterWrite(write, result);
      results.push(result);
    }
    return { results, units: { '': results.filter(({ kind }) => kind === 'applied').length } };
  }

  async probe(_kind: Write['kind'], _key: Key): Promise<WriteResult> {
    return { kind: 'condition-failed' };
  }

  async sentSingly(): Promise<SentSingly[]> {
    return [];
  }

  write(write: Write): WriteResult {
    const row = this.row(write.key);
    if (write.kind === 'delete') {
      const stands = row && Object.entries(write.item).every(([name, value]) => isDeepStrictEqual(row[name], value));
      if (!stands) return { kind: 'condition-failed' };
      this.delete(write.key);
      return { kind: 'applied', old: row };
    }
    if (write.kind === 'create') {
      if (row) return { kind: 'condition-failed' };
      this.put(write.item);
      return { kind: 'applied' };
    }
    const holds = row && Object.entries(write.expect).every(([name, value]) => isDeepStrictEqual(row[name] ?? null, value));
    if (!holds) return { kind: 'condition-failed' };
    const next = { ...row };
    for (const [name, value] of Object.entries(write.after)) {
      if (value === null) delete next[name];
      else next[name] = value;
    }
    this.put(next);
    return { kind: 'applied' };
  }
}
