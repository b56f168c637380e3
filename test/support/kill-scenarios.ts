import type { Item } from '../../lib/core/attribute-value.ts';
import { addCounters, type Counters, noCounters } from '../../lib/core/counters.ts';
import { readExceptions, readFailures } from '../../lib/core/listings.ts';
import type { ServiceClient } from '../../lib/core/ports.ts';
import { type Trade, workSegment } from '../../lib/core/segment.ts';
import { ServiceDesk } from '../../lib/core/service.ts';
import { memoryWorld, RUN_ID, type World } from './memory-ports.ts';
import { type Kill, Killed, mortal, tapped } from './port-calls.ts';
import { doubling, idOf, making, other, thing } from './thing-definitions.ts';

export interface Scenario {
  name: string;
  world: () => World;
}

const words: ServiceClient = {
  call: async (request) =>
    request === '4'
      ? { kind: 'answer', answer: { kind: 'missing', reason: 'unheard of' } }
      : { kind: 'answer', answer: { kind: 'found', value: { word: `word ${request}` } } },
};

/** Every outcome a page can have; some pages have no write at all. */
const items: Item[] = [
  other('a0'),
  thing('a1', 1),
  thing('a2', 2),
  thing('a3', 13),
  thing('b0', 'no number'),
  other('b1'),
  thing('b2', 13),
  thing('b3', 15),
  thing('c0', 4),
  thing('c1', 14),
  thing('c2', 60),
  thing('c3', 60),
  other('d0'),
  thing('d1', 8),
];

/** Somebody else changes these items when first (and second ...) a write of theirs is sent; `null` deletes. */
function rival(world: World, acts: Record<string, (Item | null)[]>): World {
  const left = Object.fromEntries(Object.entries(acts).map(([id, list]) => [id, [...list]]));
  world.table.onWrite = ({ key }) => {
    const act = left[(key.id as { S: string }).S]?.shift();
    if (act === null) world.table.delete(key);
    else if (act) world.table.put({ ...key, ...world.table.row(key), ...act });
    return undefined;
  };
  return world;
}

export const scenarios: Scenario[] = [
  { name: 'update', world: () => memoryWorld({ definition: doubling, items: [...items, thing('d2', 6, { size2: { N: '12' } })] }) },
  {
    name: 'update, raced once',
    world: () =>
      rival(memoryWorld({ definition: doubling, items }), {
        a1: [{ size: { N: '7' } }],
        a2: [{ size: { N: '13' } }],
        c0: [null],
        c2: [{ size: { N: '14' } }],
        d1: [{ size: { S: 'bad' } }],
      }),
  },
  { name: 'create', world: () => memoryWorld({ definition: making, items: [...items, idOf('Made#1')], client: words }) },
  {
    name: 'create, another is first',
    world: () =>
      rival(memoryWorld({ definition: making, items, client: words }), {
        'Made#2': [{ mine: { S: 'not' } }],
        'Made#8': [{ x: { N: '1' } }],
      }),
  },
];

/** One worker's life, from taking the lease to its end, its natural one or the other. */
export async function live(world: World, kill?: Kill, trade?: Trade): Promise<{ calls: number; struck: boolean }> {
  const { around, calls, struck } = mortal(kill);
  const ports = { ...tapped(world.ports, around), isDead: async () => true };
  const use = world.definition.service;
  const client = await ports.service('words');
  const tappedClient: ServiceClient = { call: (request, signal) => around('service.call', () => client.call(request, signal)) };
  const service =
    use && new ServiceDesk({ use, client: tappedClient, cache: ports.serviceCache, clock: ports.clock, random: ports.random });
  // A batch is written one by one: each single write is a place to die at, too.
  const { onWrite, write } = { onWrite: world.table.onWrite, write: world.table.write.bind(world.table) };
  world.table.onWrite = (one) => around('write', async () => (await onWrite(one)) ?? write(one));
  const remainingMs = () => 10_000_000;
  try {
    await workSegment({ runId: RUN_ID, epoch: 1, segment: 0 }, { ports, facts: world.facts, service, remainingMs }, trade);
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  } finally {
    world.table.onWrite = onWrite;
  }
  return { calls: calls(), struck: struck() };
}

/** What must be the same however often the worker died: costs may differ. */
export interface Ending {
  table: Item[];
  counters: Omit<
    Counters,
    'readUnits' | 'writeUnits' | 'throttles' | 'throttledBy' | 'serviceCalls' | 'serviceErrors' | 'serviceCacheHits'
  >;
  fingerprint: string;
  state: string;
  stuck: unknown;
  failures: unknown[];
  exceptions: unknown[];
}

const byText = (entries: unknown[]): unknown[] => [...entries].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

export async function endingOf({ table, ledger, artifacts }: World): Promise<Ending> {
  const segments = await ledger.segments();
  const [segment] = segments;
  if (!segment) throw new Error('there is no segment');
  const {
    readUnits: _r,
    writeUnits: _w,
    throttles: _t,
    throttledBy: _b,
    serviceCalls: _c,
    serviceErrors: _e,
    serviceCacheHits: _h,
    ...counters
  } = addCounters(segment.counters, noCounters());
  return {
    table: table.all(),
    counters,
    fingerprint: segment.fingerprint,
    state: segment.state,
    stuck: segment.stuck,
    failures: byText(await readFailures(artifacts, RUN_ID, segments)),
    exceptions: byText(await readExceptions(artifacts, RUN_ID, segments)),
  };
}

/** Lives one after the other, the last one undisturbed. */
export async function runWith({ world: make }: Scenario, kills: readonly Kill[]): Promise<{ ending: Ending; world: World }> {
  const world = make();
  for (const kill of kills) await live(world, kill);
  await live(world);
  return { ending: await endingOf(world), world };
}
