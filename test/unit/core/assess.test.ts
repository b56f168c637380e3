import { distinctAsks } from '../../../lib/core/asks.ts';
import { writeLoad } from '../../../lib/core/assess.ts';
import { assessmentOf } from '../../../lib/core/assessment.ts';
import { addCounters, type Counters, noCounters } from '../../../lib/core/counters.ts';
import type { AnyDefinition } from '../../../lib/core/definition.ts';
import { prices } from '../../../lib/core/prices.ts';
import type { RunOptions } from '../../../lib/core/records/run.ts';
import { rehearsing } from '../../../lib/core/rehearsal.ts';
import { workSegment } from '../../../lib/core/segment.ts';
import { ServiceDesk } from '../../../lib/core/service.ts';
import { memoryWorld, RUN_ID, runRecord, surveyOf, type World, type WorldOptions } from '../../support/memory-ports.ts';
import { doubling, making, other, thing } from '../../support/thing-definitions.ts';

const judging: AnyDefinition = {
  ...doubling,
  quality: {
    large: ({ size }) => (size as number) > 10,
    // Throws on an item without a name.
    named: ({ name }) => (name as string).trim() !== '',
    never: () => false,
  },
};

async function rehearse(
  options: WorldOptions,
  segments: readonly number[] = [0],
): Promise<{ world: World; counters: Counters; asked: string[] }> {
  const world = memoryWorld({ ...options, options: { dryRun: true, batchSize: 3, ...options.options } });
  const asked: string[] = [];
  const { serviceCache: cache, clock, random } = world.ports;
  const client = {
    call: async (request: string) => {
      asked.push(request);
      return { kind: 'answer' as const, answer: { kind: 'found' as const, value: { word: 'x'.repeat(3000) } } };
    },
  };
  const use = options.definition.service;
  const service = use && world.run.options.enrichSample > 0 ? new ServiceDesk({ use, client, cache, clock, random }) : undefined;
  for (const segment of segments)
    await workSegment(
      { runId: RUN_ID, epoch: 1, segment },
      { ports: world.ports, facts: world.facts, service, remainingMs: () => 1e9 },
      rehearsing,
    );
  const all = [...world.ledger.rows.values()];
  return { world, asked, counters: all.reduce((sum, row) => addCounters(sum, row.counters), noCounters()) };
}

const few = [
  other('x'),
  thing('a', 5, { name: { S: 'A' } }),
  thing('b', 11, { name: { S: ' ' } }),
  thing('c', 12),
  thing('d', 'no number', { name: { S: 'D' } }),
];

describe('what a rehearsal counts', () => {
  test('eligible items by quality: what throws does not hold, and who does not fit the schema is told', async () => {
    const { counters } = await rehearse({ definition: judging, items: few });
    // Of "no number" nothing is larger than ten.
    expect(counters.quality).toStrictEqual({ large: 2, named: 2, 'invalid-item': 1 });
  });

  test('bytes of eligible items, as DynamoDB counts them', async () => {
    const { counters } = await rehearse({ definition: judging, items: few.slice(0, 3) });
    // id 2+1, kind 4+5, size 4+2, name 4+1: 23 and 23 bytes (numbers: a byte for two digits, and one).
    expect(counters.sourceBytes).toBe(46);
  });

  test('units by the whole item, and each index by itself', async () => {
    const facts = {
      indexes: [
        { name: 'bySize', status: 'ACTIVE', key: ['size'], projection: 'KEYS_ONLY' },
        { name: 'bySize2', status: 'ACTIVE', key: ['size2'], projection: 'ALL' },
      ],
    };
    const items = [thing('a', 5, { pad: { S: 'x'.repeat(2000) } }), thing('b', 6, { size2: { N: '3' } })];
    const { counters } = await rehearse({ definition: doubling, items, facts });
    // a comes into bySize2 with its 2 KB; b leaves one place of it for another. bySize shows nothing that changes.
    expect(writeLoad(counters)).toMatchObject({ table: 3, indexes: [{ name: 'bySize2', units: 4 }] });
    expect(counters.intendedUnits).toBe(7);
  });

  test('calls that a run would make, though none is made', async () => {
    const items = [2, 3, 4, 4, 13, 15].map((size, at) => thing(`t${at}`, size));
    const { counters, asked } = await rehearse({ definition: making, items, options: { batchSize: 10 } });
    // Of 3 and 15 nothing is asked, 13 is skipped, the second 4 is there already by then.
    expect([counters.created, counters.intendedCalls, asked.length]).toStrictEqual([3, 2, 0]);
  });

  test.each([{ countOnly: true }, { countOnly: false }])('calls told apart over all pages and segments: %j', async (options) => {
    const items = [2, 4, 6, 2, 4, 8, 3, 2, 10].map((size, at) => thing(`t${at}`, size));
    const { world, counters } = await rehearse({ definition: making, items, options: { ...options, segments: 2, batchSize: 2 } }, [0, 1]);
    const segments = [...world.ledger.rows.values()];
    expect(counters.intendedCalls).toBe(8 - (counters.skipped['already-exists'] ?? 0));
    expect(await distinctAsks(world.artifacts, RUN_ID, segments, counters)).toBe(5);
    expect(await distinctAsks(world.artifacts, RUN_ID, segments, counters, counters.intendedCalls - 1)).toBeNull();
    const lines = [...world.artifacts.files].filter(([name]) => name.startsWith('asks/')).flatMap(([, text]) => text.trim().split('\n'));
    for (const line of lines) expect(JSON.parse(line)).toMatch(/^[0-9a-f]{16}$/);
  });

  test('nothing of all that is counted by a run that writes', async () => {
    const world = memoryWorld({ definition: judging, items: few });
    await workSegment(
      { runId: RUN_ID, epoch: 1, segment: 0 },
      { ports: world.ports, facts: world.facts, service: undefined, remainingMs: () => 1e9 },
    );
    expect(world.ledger.rows.get(0)?.counters).toMatchObject({
      updated: 3,
      quality: {},
      sourceBytes: 0,
      intendedUnits: 0,
      intendedCalls: 0,
    });
  });

  test('an assessment leaves no listing, a rehearsal does', async () => {
    const kinds = async (options: Partial<RunOptions>) => {
      const { world } = await rehearse({ definition: judging, items: few, options });
      return [...new Set([...world.artifacts.files.keys()].map((name) => name.split('/')[0]))].sort();
    };
    expect(await kinds({ countOnly: true })).toStrictEqual([]);
    expect(await kinds({})).toStrictEqual(['examples', 'failures']);
  });
});

describe('a sample', () => {
  const items = Array.from({ length: 60 }, (_, at) => thing('t'.repeat(1 + (at % 4)) + at, 100 + 2 * at));
  const options = { segments: 4, batchSize: 5 };

  test.each([1, 2, 3, 7, 40])('of %d is dealt out over all segments, and is no more', async (enrichSample) => {
    const { asked, counters } = await rehearse({ definition: making, items, options: { ...options, enrichSample } }, [0, 1, 2, 3]);
    expect(asked.length).toBeLessThanOrEqual(enrichSample);
    expect(asked.length).toBeGreaterThan(0);
    expect(counters).toMatchObject({ sampled: asked.length, created: 60, intendedCalls: 60 });
  });

  test('tells what the answers add: those without one are reckoned by those with one', async () => {
    const { counters } = await rehearse({ definition: making, items, options: { segments: 1, batchSize: 5, enrichSample: 6 } });
    expect(counters.intendedUnits).toBe(6 * 3 + 54);
    expect(writeLoad(counters)).toMatchObject({ table: 60 * 3, answered: 6, unanswered: 0 });
    const { counters: without } = await rehearse({ definition: making, items, options: { segments: 1 } });
    expect(writeLoad(without)).toMatchObject({ table: 60, answered: 0, unanswered: 60 });
  });
});

describe('a key that has most of an index', () => {
  const indexed = (slots: Record<string, number>) => writeLoad({ ...noCounters(), intendedUnits: 8000, intendedIndexUnits: slots }).indexes;

  test('is told from keys that are spread', () => {
    expect(indexed({ 'GSI3/5': 8000 })).toStrictEqual([{ name: 'GSI3', units: 8000, hottest: 1 }]);
    const even = Object.fromEntries(Array.from({ length: 8 }, (_, slot) => [`GSI3/${slot}`, 1000]));
    expect(indexed(even)).toStrictEqual([{ name: 'GSI3', units: 8000, hottest: 0 }]);
  });

  test('few writes tell nothing', () => {
    expect(indexed({ 'GSI3/5': 999 })).toMatchObject([{ hottest: 0 }]);
  });
});

describe('an assessment', () => {
  const counters: Counters = {
    ...noCounters(),
    scanned: 10,
    filtered: 2,
    updated: 4,
    skipped: { unlucky: 3 },
    failed: { 'invalid-item': 1 },
    quality: { large: 6, 'invalid-item': 1 },
    sourceBytes: 800,
    intendedUnits: 4,
    pages: 2,
    readUnits: 1.5,
  };
  const run = { ...runRecord(judging, { dryRun: true, countOnly: true }), status: 'complete' as const };
  const survey = surveyOf({ name: 'prod-things', status: 'ACTIVE', key: ['id'], indexes: [], keyTypes: {} }, { bytes: 2000 });
  const assessment = assessmentOf(run, counters, { definition: judging, survey, prices, rate: undefined, concurrency: 50 });

  test('gives every predicate its count and its share of the eligible items, those that hold for none too', () => {
    expect(assessment.quality).toStrictEqual([
      { name: 'large', count: 6, share: 0.75 },
      { name: 'named', count: 0, share: 0 },
      { name: 'never', count: 0, share: 0 },
      { name: 'invalid-item', count: 1, share: 0.125 },
    ]);
  });

  test('says what a run would do, and what it would take', () => {
    expect(assessment).toMatchObject({
      table: 'prod-things',
      counts: { scanned: 10, filtered: 2, eligible: 8, eligibleBytes: 800 },
      outcomes: { create: 0, update: 4, skip: { unlucky: 3 }, fail: { 'invalid-item': 1 } },
      forecast: { units: { read: 1.5, write: 4, table: 4 }, requests: { checkpoints: 2, journalPuts: 2 }, copies: { bytes: 2000 } },
    });
  });

  test('of an empty table has no shares of nothing', () => {
    const { quality, forecast } = assessmentOf(run, noCounters(), {
      definition: judging,
      survey: undefined,
      prices,
      rate: 5,
      concurrency: 50,
    });
    expect(quality.map(({ share }) => share)).toStrictEqual([0, 0, 0, 0]);
    expect(forecast).toMatchObject({ cost: { total: 0 }, counted: { unitsPerRecord: 0 }, copies: null });
  });
});
