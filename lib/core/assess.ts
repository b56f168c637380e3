import { type Item, itemSize, keyId, pick } from './attribute-value.ts';
import { bump, type Counters, noCounters } from './counters.ts';
import { INVALID_ITEM } from './definition.ts';
import { hashOf } from './journal.ts';
import type { JudgeContext, Verdicts } from './judge.ts';
import type { Ports } from './ports.ts';
import type { Native } from './result.ts';
import { changeUnits } from './sizes.ts';
import type { IndexLoad, WriteLoad } from './workload.ts';

/** What an assessment counts of a page's eligible items, beside their outcomes: what state they are in, and what changing them would take. */
export function countPage(items: readonly Item[], verdicts: Verdicts, { ports, facts }: JudgeContext): Counters {
  const counters = noCounters();
  for (const item of items) {
    counters.sourceBytes += itemSize(item);
    for (const name of qualitiesOf(item, ports)) bump(counters.quality, name);
  }
  bump(counters.quality, INVALID_ITEM, verdicts.counters.failed[INVALID_ITEM] ?? 0);
  const { definition } = ports;
  const sources = new Map(items.map((item) => [keyId(pick(item, definition.source.key)), item]));
  for (const entry of verdicts.entries) {
    const units = changeUnits(entry.write, sources.get(keyId(entry.source)) ?? {}, facts);
    const answered = verdicts.asking?.get(entry)?.answered;
    const lanes = answered === undefined ? {} : answered ? counters.answeredUnits : counters.unansweredUnits;
    if (answered !== undefined) counters.intendedCalls += 1;
    bump(lanes, CHANGES);
    bump(lanes, TABLE, units.table);
    counters.intendedUnits += units.table;
    for (const { index, units: taken, partition } of units.indexes) {
      bump(lanes, index, taken);
      counters.intendedUnits += taken;
      bump(counters.intendedIndexUnits, `${index}/${slotOf(partition)}`, taken);
    }
  }
  return counters;
}

/** Lanes beside an index's name, which has only letters, digits, `_`, `-` and `.`: the table itself, and how many changes there are. */
const TABLE = '*';
const CHANGES = '#';

/** The write units of all intended changes. Those that lack the service's answer take what those take, on average, that have it. */
export function writeLoad({ intendedUnits, intendedIndexUnits, answeredUnits, unansweredUnits }: Counters): WriteLoad {
  const of = (lanes: Record<string, number>, lane: string): number => (Object.hasOwn(lanes, lane) ? (lanes[lane] as number) : 0);
  const answered = of(answeredUnits, CHANGES);
  const unanswered = of(unansweredUnits, CHANGES);
  const missing = (lane: string): number =>
    answered === 0 ? 0 : Math.round((unanswered * of(answeredUnits, lane)) / answered) - of(unansweredUnits, lane);
  const counted = indexLoads(intendedIndexUnits);
  const table = intendedUnits - counted.reduce((sum, { units }) => sum + units, 0);
  const indexes = counted.map((index) => ({ ...index, units: index.units + missing(index.name) }));
  return {
    table: table + missing(TABLE),
    indexes: indexes.sort((a, b) => b.units - a.units || (a.name < b.name ? -1 : 1)),
    answered,
    unanswered: answered === 0 ? unanswered : 0,
  };
}

/** The predicates that hold. One that throws, on an item of whatever shape, does not. */
function qualitiesOf(item: Item, { definition, codec }: Pick<Ports, 'definition' | 'codec'>): string[] {
  const predicates = Object.entries(definition.quality);
  if (predicates.length === 0) return [];
  let native: Native;
  try {
    native = codec.toNative(item);
  } catch {
    return [];
  }
  return predicates.filter(([, holds]) => holdsFor(native, holds)).map(([name]) => name);
}

function holdsFor(item: Native, predicate: (item: Native) => boolean): boolean {
  try {
    return predicate(item);
  } catch {
    return false;
  }
}

/** Partition keys are told apart by so many slots: enough to see that one key has most of an index, and few enough to be kept with every page. */
const SLOTS = 8;

const slotOf = (partition: string): number => Number.parseInt(hashOf(partition).slice(0, 8), 16) % SLOTS;

/** Fewer units than a partition takes in a second tell nothing of hot keys, and wait for none. */
const TELLING_UNITS = 1000;

function indexLoads(tally: Counters['intendedIndexUnits']): IndexLoad[] {
  const slots = new Map<string, number[]>();
  for (const [name, units] of Object.entries(tally)) {
    const index = name.slice(0, name.lastIndexOf('/'));
    slots.set(index, [...(slots.get(index) ?? []), units]);
  }
  return [...slots].map(([name, units]): IndexLoad => {
    const all = units.reduce((sum, one) => sum + one, 0);
    // What one key has beyond the even share of its slot.
    const beyond = (Math.max(...units) / all - 1 / SLOTS) / (1 - 1 / SLOTS);
    return { name, units: all, hottest: all < TELLING_UNITS ? 0 : Math.max(0, beyond) };
  });
}
