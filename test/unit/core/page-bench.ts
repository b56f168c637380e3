import { setMaxListeners } from 'node:events';
import type { Item } from '../../../lib/core/attribute-value.ts';
import { noCounters } from '../../../lib/core/counters.ts';
import type { AnyDefinition } from '../../../lib/core/definition.ts';
import { decodeJournal, type JournalObject } from '../../../lib/core/journal.ts';
import { workPage } from '../../../lib/core/page.ts';
import type { SegmentRecord } from '../../../lib/core/records/segment.ts';
import type { SettleContext } from '../../../lib/core/settle.ts';
import { openSegment } from '../../support/memory-ledger.ts';
import { memoryWorld, RUN_ID, type World } from '../../support/memory-ports.ts';
import { doubling } from '../../support/thing-definitions.ts';

/** One worker, page by page, with all that it was asked, and all that it left. */
export interface Bench {
  world: World;
  context: SettleContext;
  state: SegmentRecord;
  stop: AbortController;
  metered: unknown[];
  looks: () => number;
}

export function prepare(items: Item[], definition: AnyDefinition = doubling, batchSize = 10, change: Partial<SegmentRecord> = {}): Bench {
  const metered: unknown[] = [];
  const overrides = { meter: (page: unknown): number => metered.push(page) };
  const world = memoryWorld({ definition, items, options: { batchSize }, overrides });
  const stop = new AbortController();
  const { signal: writeSignal } = new AbortController();
  setMaxListeners(0, stop.signal, writeSignal);
  let looks = 0;
  const context: SettleContext = {
    ports: world.ports,
    run: world.run,
    facts: world.facts,
    service: undefined,
    abandoned: noCounters(),
    segment: 0,
    attempt: 1,
    signal: stop.signal,
    writeSignal,
    firstPage: true,
    ensureLease: () => {
      looks += 1;
    },
  };
  const state = { ...openSegment(RUN_ID, 0), attempt: 1, ...change };
  world.ledger.rows.set(0, state);
  return { world, context, state, stop, metered, looks: () => looks };
}
export const page = ({ state, context }: Bench) => workPage(state, context);
export const objects = ({ journal }: World): JournalObject[] =>
  [...journal.objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, text]) => decodeJournal(text, name).object);
export const listed = ({ artifacts }: World, kind: string): unknown[] =>
  [...artifacts.files]
    .filter(([name]) => name.startsWith(kind))
    .flatMap(([, text]) =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    );

/** Others change an item at its first so many writes. */
export function race({ table }: World, times: number, change: () => Item | null): void {
  let left = times;
  table.onWrite = ({ key }) => {
    if (left > 0) {
      left -= 1;
      const next = change();
      if (next) table.change(key, next);
      else table.delete(key);
    }
    return undefined;
  };
}
