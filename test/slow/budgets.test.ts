import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../lib/adapters/clock.ts';
import type { Item } from '../../lib/core/attribute-value.ts';
import { balances, changed, eligible } from '../../lib/core/counters.ts';
import { tune } from '../../lib/core/flow/tune.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { windowsOf } from '../../lib/simulation/judging.ts';
import { Taken } from '../../lib/simulation/observed.ts';
import { type Embedded, embedded } from '../support/embedded.ts';

/** Budgets as a whole run keeps them, on the machine's own clock. */

let here: Embedded;
afterEach(() => here.close());

const isMetadata = ({ TYPE }: Item): boolean => (TYPE as { S?: string } | undefined)?.S === 'RECEIPT_METADATA';

const REAL = { clock: systemClock, watchEveryMs: 500 };

interface Seen {
  taken: Taken;
  seconds: number;
}

/** What a figure that only grows gained, and when; looked at so often that a window of seconds hardly notices. */
async function watched(figure: () => number, work: Promise<unknown>): Promise<Seen> {
  let taken: Taken | undefined;
  let began = 0;
  let last = 0;
  let lastAt = 0;
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const now = Date.now();
    const more = figure() - last;
    if (more > 0) {
      if (!taken) began = now;
      taken ??= new Taken(now);
      taken.add(more, now);
      last += more;
      lastAt = now;
    }
    await sleep(10);
  }
  await over;
  return { taken: taken ?? new Taken(0), seconds: (lastAt - began) / 1_000 };
}

function expectWithin(budget: number, { taken, seconds }: Seen): void {
  expect(seconds).toBeGreaterThan(11);
  const { least, most } = windowsOf({ taken, mean: 1 }, { budget, from: 2, to: seconds - 1 });
  expect(most).toBeLessThanOrEqual(102);
  // Others are at work on this machine, too.
  expect(least).toBeGreaterThanOrEqual(75);
}

describe('calls of the outside service', () => {
  const PER_SECOND = 15;

  test('come no faster than so many a second, and not much slower', async () => {
    here = await embedded({ receipts: 600 });
    const work = here.run({ maxCallsPerSecond: PER_SECOND, batchSize: 20 }, REAL);
    const seen = await watched(() => here.places.stats().calls, work);
    const { run } = await work;
    expect(run?.status).toBe('complete');
    expectWithin(PER_SECOND, seen);
  });

  test('come no more often than so many a day: the run is held, and goes on once more are allowed', async () => {
    const MOST = 40;
    const PAGE = 5;
    here = await embedded({ receipts: 400 });
    const input = { maxCallsPerDay: MOST, maxCallsPerSecond: PER_SECOND, batchSize: PAGE, segments: 4 };
    const { run: held } = await here.run(input, REAL);
    expect(held).toMatchObject({ status: 'held', reason: { code: 'budget.calls-spent' } });
    const spent = here.places.stats().calls;
    expect(spent).toBeGreaterThanOrEqual(MOST);
    // Three seconds until it is counted and heard of, and then each segment ends the page that it writes, and the one that it has read.
    expect(spent).toBeLessThanOrEqual(MOST + 3 * PER_SECOND + 4 * 2 * PAGE);
    await carryOn(held as RunRecord, { callsPerDay: null, calls: null });
  });
});

test('read units come no faster than so many a second, and not much slower', async () => {
  const PER_SECOND = 100;
  here = await embedded({ receipts: 1_200 });
  const { send } = here.dynamo;
  let units = 0;
  here.dynamo.send = (async (...given: unknown[]) => {
    const answer = await (send as (...all: unknown[]) => Promise<unknown>).apply(here.dynamo, given);
    if (/Scan|Get/.test((given[0] as { constructor: { name: string } }).constructor.name)) units += unitsOf(answer, 'receipts');
    return answer;
  }) as typeof here.dynamo.send;
  const work = here.run({ maxReadUnits: PER_SECOND, batchSize: 25, segments: 8, enrich: false }, REAL);
  const seen = await watched(() => units, work);
  const { run } = await work;
  expect(run?.status).toBe('complete');
  expectWithin(PER_SECOND, seen);
});

interface Consumed {
  TableName?: string;
  CapacityUnits?: number;
}

function unitsOf(answer: unknown, table: string): number {
  const { ConsumedCapacity = [] } = answer as { ConsumedCapacity?: Consumed | Consumed[] };
  const own = [ConsumedCapacity].flat().filter(({ TableName }) => TableName === table);
  return own.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

describe('what a run may use in all', () => {
  test('items: not one more is changed', async () => {
    const MOST = 50;
    here = await embedded({ receipts: 200 });
    const { run: held } = await here.run({ maxItems: MOST, enrich: false, batchSize: 5, segments: 4 }, { watchEveryMs: 1 });
    expect(held).toMatchObject({ status: 'held', reason: { code: 'budget.items-spent' } });
    expect(held?.totals && changed(held.totals)).toBe(MOST);
    await carryOn(held as RunRecord, { items: null });
  });

  test('dollars: it is held soon after they are spent', async () => {
    const MOST = 0.5;
    const RATE = 10;
    const PAGE = 3;
    here = await embedded({ receipts: 200 });
    const { run: held } = await here.run({ maxDollars: MOST, maxCallsPerSecond: RATE, batchSize: PAGE, segments: 2 }, REAL);
    expect(held).toMatchObject({ status: 'held', reason: { code: 'budget.dollars-spent' } });
    // Calls cost most of it by far, and are the prices' whole share here.
    const { totals, pricePerCall } = held as RunRecord;
    const spent = (totals?.serviceCalls ?? 0) * (pricePerCall ?? 0);
    expect(spent).toBeGreaterThan(0.9 * MOST);
    // As above.
    expect(spent).toBeLessThan(MOST + (3 * RATE + 2 * 2 * PAGE) * (pricePerCall ?? 0));
    await carryOn(held as RunRecord, { dollars: null, calls: null });
  });
});

/** Without that budget it goes on where it stood, and comes to its end. */
async function carryOn(held: RunRecord, budgets: Parameters<typeof tune>[1]): Promise<void> {
  await tune(held.runId, budgets, 'test', here.ports);
  const { run } = await here.run({ resume: held.runId }, { watchEveryMs: 1 });
  expect(run?.status).toBe('complete');
  expect(run?.totals && balances(run.totals)).toBe(true);
  // What the run itself has made is scanned, too, where it comes after a cursor.
  expect(run?.totals && eligible(run.totals)).toBe(here.items.filter(isMetadata).length);
}
