import { costSoFar } from '../../../lib/core/cost.ts';
import { noCounters } from '../../../lib/core/counters.ts';
import { type Prices, prices } from '../../../lib/core/prices.ts';
import type { SegmentRecord } from '../../../lib/core/records/segment.ts';
import { openSegment } from '../../support/memory-ledger.ts';
import { RUN_ID, runRecord } from '../../support/memory-ports.ts';
import { doubling } from '../../support/thing-definitions.ts';

/** Prices that make the sums easy: worked out by hand below. */
const round: Prices = {
  ...prices,
  asOf: '2026-02',
  region: 'here',
  writeUnits: 2,
  readUnits: 1,
  lambdaRequests: 1,
  lambdaGbSecond: 0.001,
  transitions: 1,
  objectPuts: 10,
  objectGets: 1,
};

const segment = (number: number, change: Partial<SegmentRecord>): SegmentRecord => ({ ...openSegment(RUN_ID, number), ...change });

const segments = [
  segment(0, {
    attempt: 2,
    chain: { seq: 5, attempt: 2, hash: 'x' },
    counters: {
      ...noCounters(),
      pages: 4,
      readUnits: 300_000,
      writeUnits: 1_000_000,
      failed: { a: 2, b: 9 },
      notes: { n: 1 },
      serviceCalls: 70,
    },
  }),
  segment(1, {
    attempt: 1,
    chain: { seq: 3, attempt: 1, hash: 'y' },
    counters: { ...noCounters(), pages: 6, readUnits: 200_000, writeUnits: 2_000_000, serviceCalls: 30 },
  }),
];

const run = { ...runRecord(doubling, { segments: 2 }), pricePerCall: 0.017, epoch: 2 };
const environs = { prices: round, concurrency: 10, workedMs: 1_024_000 };
const dollarsOf = (cost: ReturnType<typeof costSoFar>) => Object.fromEntries(cost.lines.map(({ what, dollars }) => [what, dollars]));

test('a run costs what it used, at the prices it is given', () => {
  const cost = costSoFar(run, segments, environs);
  expect(cost).toMatchObject({ asOf: '2026-02', region: 'here' });
  const expected = {
    'write units': 6, // 3 million at 2
    'read units': 0.5, // half a million at 1
    'service calls': 1.7, // 100 at 0.017
    'journal objects': 0.08, // 5 + 3 at 10 a thousand
    listings: 0.05, // 4 of failures (no more than pages), 1 of notes, at 10 a thousand
    ledger: 0.00004, // 10 pages, 2 units each, at 2 a million
    'Lambda time': 3.538, // 1,024 s, 2 workers (no more than segments), 1,769 MB: 3,538 GB-seconds
    'Lambda requests': 0.000003, // 3 leases
    'state transitions': 0.037, // 2 segments of 4, a further lease of 3, 2 executions of 13, at 1 a thousand
  };
  const found = dollarsOf(cost);
  expect(Object.keys(found).sort()).toStrictEqual(Object.keys(expected).sort());
  for (const [what, dollars] of Object.entries(expected)) expect(found[what]).toBeCloseTo(dollars, 9);
  expect(cost.dollars).toBeCloseTo(11.905043, 9);
});

test('what is not counted is marked', () => {
  const { lines } = costSoFar(run, segments, environs);
  expect(lines.filter(({ estimated }) => !estimated).map(({ what }) => what)).toStrictEqual([
    'write units',
    'read units',
    'service calls',
    'journal objects',
  ]);
});

test('a million written items at the published prices', () => {
  const written = [segment(0, { counters: { ...noCounters(), writeUnits: 1_000_000, readUnits: 1_000_000 } })];
  expect(dollarsOf(costSoFar(run, written, { ...environs, prices }))).toMatchObject({ 'write units': 0.625, 'read units': 0.125 });
});

test('fewer workers than segments cost less time', () => {
  expect(dollarsOf(costSoFar(run, segments, { ...environs, concurrency: 1 }))['Lambda time']).toBeCloseTo(1.769, 9);
});

test('a rollback reads the journal once in each stage so far, and lists what it kept', () => {
  const rollback = { of: 'r', was: 'complete' as const, wasUndoneBy: null, skipDamaged: false };
  const one = segment(0, {
    counters: { ...noCounters(), pages: 3, skipped: { 'changed-since': 2 }, notes: { 'journal objects': 1000, verified: 9 } },
  });
  const found = dollarsOf(costSoFar({ ...run, rollback, rounds: 2 }, [one], environs));
  expect(found['journal reads']).toBe(2);
  expect(found.listings).toBe(0.02);
});

test('a run that has not begun costs no more than its execution', () => {
  const cost = costSoFar({ ...run, epoch: 1 }, [], { ...environs, workedMs: 0 });
  expect(cost.lines.map(({ what, quantity }) => [what, quantity])).toStrictEqual([['state transitions', 13]]);
});
