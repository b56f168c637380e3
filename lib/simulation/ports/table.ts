import { sameValue } from '../../core/attribute-value.ts';
import { bump } from '../../core/counters.ts';
import type { Page, PageRequest, SourceReader, TargetReader, TargetWriter } from '../../core/ports.ts';
import { type Backoff, backoffMs } from '../../core/retry.ts';
import { scanUnits } from '../../core/sizes.ts';
import { MOMENTARY, throttleName } from '../../core/throttle.ts';
import type { Write, WriteResult } from '../../core/write.ts';
import { addUnits, totalUnits, type WriteUnits } from '../../core/write-units.ts';
import { PAGE_BYTES } from '../dynamo/limits.ts';
import { isThrottle, type TableModel } from '../dynamo/table.ts';
import { type Items, keyOf, numberOf } from '../items.ts';
import type { Observed } from '../observed.ts';
import { type Caller, remote } from './remote.ts';

/** A table as one worker has it: the model's limits and latencies about items that are made when they are read. */
export interface TableSide {
  model: TableModel;
  items: Items;
  observed: Observed;
  caller: Caller;
  /** Until when the worker has nothing to read (milliseconds since the epoch). */
  idleUntil: () => number;
}

/** As the adapter for DynamoDB waits out a throttled read. */
const READ_PATIENCE: Backoff = { attempts: Number.POSITIVE_INFINITY, baseMs: 50, capMs: 2_000 };

export function sourceOf(side: TableSide): SourceReader {
  const { model, items, observed, caller } = side;
  const { clock, random } = caller;
  return {
    async readPage({ segment, totalSegments, cursor, limit, signal, throttled }: PageRequest): Promise<Page> {
      while (side.idleUntil() > clock.now()) await clock.sleep(side.idleUntil() - clock.now(), signal);
      const from = cursor ? numberOf(cursor) + 1 : items.first(segment, totalSegments);
      const end = items.first(segment + 1, totalSegments);
      const { to, bytes } = pageEnd(items, from, Math.min(end, from + limit));
      const readUnits = scanUnits(bytes);
      const hash = items.hash(Math.min(from, items.count - 1));
      for (let attempt = 1; ; attempt += 1) {
        const load = model.load('read', hash, clock.now());
        const refused = await remote('page', caller, () => model.read(hash, readUnits, clock.now()), { load, signal });
        if (!refused) break;
        throttled?.(refused);
        await clock.sleep(backoffMs(attempt, READ_PATIENCE, random), signal);
      }
      observed.read.add(readUnits, clock.now());
      const page = Array.from({ length: to - from }, (_, index) => items.at(from + index));
      return { items: page, scanned: page.length, cursor: to < end ? keyOf(to - 1) : null, readUnits };
    },
  };
}

/** A page ends at its limit or at 1 MB, with one item at least. */
function pageEnd(items: Items, from: number, limit: number): { to: number; bytes: number } {
  let bytes = 0;
  let to = from;
  while (to < limit && (to === from || bytes + items.bytes(to) <= PAGE_BYTES)) {
    bytes += items.bytes(to);
    to += 1;
  }
  return { to, bytes };
}

export function targetOf({ items, caller }: TableSide): TargetReader {
  return {
    getMany: (keys, { signal }) =>
      remote('batch', caller, () => ({ items: keys.map((key) => items.at(numberOf(key))), readUnits: keys.length }), { signal }),
  };
}

export function writerOf(side: TableSide): TargetWriter {
  return {
    async apply(writes, signal) {
      const sent = await send(writes, side, signal);
      return writes.length === 1 ? sent : withLimit(writes, sent, side, signal);
    },
    probe: async () => ({ kind: 'condition-failed' }),
    sentSingly: async () => [],
  };
}

interface Sent {
  results: WriteResult[];
  units: WriteUnits;
}

function send(writes: readonly Write[], side: TableSide, signal: AbortSignal): Promise<Sent> {
  const { model, items, caller } = side;
  const now = caller.clock.now();
  const load = writes.reduce((most, { key }) => Math.max(most, model.load('write', items.hash(numberOf(key)), now)), 0);
  return remote(writes.length === 1 ? 'item' : 'batch', caller, () => writeAll(writes, side), { load, signal });
}

/** A statement's throttle names no limit: as the adapter does, one is sent again as a call, and what refuses that stands for all. */
async function withLimit(writes: readonly Write[], { results, units }: Sent, side: TableSide, signal: AbortSignal): Promise<Sent> {
  const first = results.findIndex(({ kind }) => kind === 'throttled');
  if (first < 0) return { results, units };
  const called = await send([writes[first] as Write], side, signal);
  addUnits(units, called.units);
  const result = called.results[0] as WriteResult;
  const throttle = result.kind === 'throttled' ? result.throttle : MOMENTARY;
  const told = results.map((one): WriteResult => (one.kind === 'throttled' ? { kind: 'throttled', throttle } : one));
  return { results: told.with(first, result), units };
}

function writeAll(writes: readonly Write[], side: TableSide): Sent {
  const { observed, caller } = side;
  const now = caller.clock.now();
  const units: WriteUnits = {};
  const results = writes.map((write) => writeOne(write, units, side));
  observed.written.add(totalUnits(units), now);
  observed.writes.add(writes.length, now);
  return { results, units };
}

/** A write whose condition fails is paid for as if it had been made. */
function writeOne(write: Write, units: WriteUnits, { model, items, observed, caller }: TableSide): WriteResult {
  const now = caller.clock.now();
  const item = numberOf(write.key);
  if (write.kind !== 'update') return { kind: 'rejected', message: 'nothing but updates is simulated' };
  const answer = model.write({ hash: items.hash(item), entry: items.entry(item), units: items.units(item) }, now);
  if (isThrottle(answer)) {
    observed.throttled.add(1, now);
    bump(observed.refusals, throttleName(answer));
    return { kind: 'throttled', throttle: answer };
  }
  addUnits(units, answer);
  const stands = items.at(item);
  if (!Object.entries(write.expect).every(([name, image]) => sameValue(image, stands[name]))) return { kind: 'condition-failed' };
  items.write(item);
  return { kind: 'applied' };
}
