import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { dynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { folder as objectFolder } from '../../lib/adapters/fs/folder.ts';
import { placesClient } from '../../lib/adapters/places/client.ts';
import { FIELD_MASK } from '../../lib/backfills/receipt-place/place-details.ts';
import type { Item } from '../../lib/core/attribute-value.ts';
import { balances, total } from '../../lib/core/counters.ts';
import { readExceptions, readFailures } from '../../lib/core/listings.ts';
import { type Embedded, embedded } from '../support/embedded.ts';

const isPlace = (item: Item): boolean => (item.TYPE as { S?: string } | undefined)?.S === 'RECEIPT_PLACE';

describe('faults of the Places service', () => {
  let here: Embedded;
  beforeEach(async () => {
    here = await embedded({ receipts: 400 });
  });
  afterEach(() => here.close());

  test('5 % 404, 5 % 429 and 5 % 500: the run finishes, under 1 % failed, and each is listed', async () => {
    here.places.setFaults({ notFound: 0.05, tooManyRequests: 0.05, serverError: 0.05 });
    const { execution, run } = await here.run({ tolerate: 1 });
    expect(execution.status).toBe('succeeded');
    const totals = run?.totals;
    if (!run || !totals) throw new Error('no run');
    const unavailable = totals.failed['service-unavailable'] ?? 0;
    expect(totals.serviceErrors).toBeGreaterThan(5);
    expect(totals.created).toBeGreaterThan(350);
    expect(unavailable).toBeLessThan(0.01 * (totals.created + unavailable));
    expect(totals.notes['place-not-found']).toBeGreaterThan(0);
    expect(balances(totals)).toBe(true);

    const segments = await here.ports.ledger.segments(run.runId, run.options.segments);
    const failures = await readFailures(here.ports.artifacts, run.runId, segments);
    const exceptions = await readExceptions(here.ports.artifacts, run.runId, segments);
    expect(failures).toHaveLength(total(totals.failed));
    expect(exceptions.filter(({ note }) => note === 'place-not-found')).toHaveLength(totals.notes['place-not-found'] ?? 0);
    expect(failures.filter(({ code }) => code === 'invalid-item').every(({ retryable }) => !retryable)).toBe(true);
  });

  test('down for good: the run holds, fails no item for it, and can be resumed', async () => {
    here.places.setFaults({ down: true });
    const { execution, run } = await here.run();
    expect(execution.status).toBe('succeeded');
    expect(run).toMatchObject({ status: 'held', reason: { code: 'service.unavailable' } });
    const segments = await here.ports.ledger.segments(run?.runId ?? '', run?.options.segments ?? 0);
    expect(segments.map(({ counters }) => counters.failed['service-unavailable'] ?? 0).every((count) => count === 0)).toBe(true);
    // The circuit opens after a few requests were given up, not after all of them.
    expect(here.places.stats().calls).toBeLessThan(200);

    here.places.setFaults({});
    const resumed = await here.run({ resume: run?.runId });
    expect(resumed.run).toMatchObject({ runId: run?.runId, status: 'complete', epoch: 2 });
    expect(resumed.run?.totals?.failed).toEqual({ 'invalid-item': 3 });
  });

  test('a spent daily quota holds the run and names the hour', async () => {
    here.places.setFaults({ dailyQuota: 40 });
    const { run } = await here.run();
    expect(run).toMatchObject({ status: 'held', reason: { code: 'service.quota-spent' } });
    expect(run?.reason?.message).toMatch(/begins anew at \d{4}-\d\d-\d\dT\d\d:00:00/);
    here.places.setFaults({});
    expect((await here.run({ resume: run?.runId })).run?.status).toBe('complete');
  });

  test('broken JSON is retried', async () => {
    here.places.setFaults({ brokenJson: 0.1 });
    const { run } = await here.run();
    expect(run?.status).toBe('complete');
    expect(run?.totals?.serviceErrors).toBeGreaterThan(5);
  });

  test('a key that is refused holds the run; no key at all is refused before anything begins', async () => {
    const refused = { places: async () => placesClient({ apiKey: 'bad-key', fieldMask: FIELD_MASK, baseUrl: urlOf(here) }, Date.now) };
    const { run } = await here.run({}, { services: refused });
    expect(run).toMatchObject({ status: 'held', reason: { code: 'service.key-refused' } });
    expect(JSON.stringify(run)).not.toContain('bad-key');

    const missing = { places: async () => placesClient({ apiKey: '', fieldMask: FIELD_MASK }, Date.now) };
    const { execution } = await here.run({ resume: run?.runId }, { services: missing });
    expect(execution).toMatchObject({ status: 'failed', error: 'service.key-missing' });
  });

  test('without enrichment nothing is asked', async () => {
    here.places.setFaults({ down: true });
    const { run } = await here.run({ enrich: false });
    expect(run?.status).toBe('complete');
    expect(here.places.stats().calls).toBe(0);
    const places = (await here.scanAll()).filter(isPlace);
    expect(places.length).toBeGreaterThan(300);
  });
});

const urlOf = (here: Embedded): string => {
  const address = here.places.server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return `http://127.0.0.1:${address.port}`;
};

describe('what a run is refused for', () => {
  test.each([
    ['an unknown option, with its nearest neighbour', { batchsize: 5 }, 'option.unknown', 'Did you mean "batchSize"?'],
    ['an option of the wrong type', { limit: 'many' }, 'option.invalid', 'a whole number'],
    ['an option out of range', { batchSize: 0 }, 'option.invalid', 'at least 1'],
    ['a run that is not there', { resume: '20200101-000000-aaaa' }, 'run.unknown', '20200101-000000-aaaa'],
  ])('%s', async (_, input, code, words) => {
    const here = await embedded({ receipts: 0 });
    const { execution, run } = await here.run(input);
    await here.close();
    expect(execution).toMatchObject({ status: 'failed', error: code });
    expect(execution.status === 'failed' && execution.cause).toContain(words);
    expect(run).toBeUndefined();
  });

  test('a missing table', async () => {
    const here = await embedded({ receipts: 0, createTable: false });
    const { execution } = await here.run();
    await here.close();
    expect(execution).toMatchObject({ status: 'failed', error: 'preflight.table-missing' });
  });

  test('a missing index, by name', async () => {
    const here = await embedded({ receipts: 0, indexes: ['GSI1', 'GSI2', 'GSI3'] });
    const { execution } = await here.run();
    await here.close();
    expect(execution).toMatchObject({ status: 'failed', error: 'preflight.index-missing' });
    expect(execution.status === 'failed' && execution.cause).toContain('GSI4');
  });

  test('a key schema that does not fit', async () => {
    const here = await embedded({ receipts: 0 });
    const { execution } = await here.run({}, { tableName: () => 'backfill-service-cache' });
    await here.close();
    expect(execution).toMatchObject({ status: 'failed', error: 'preflight.key-mismatch' });
  });

  test('an artifacts folder that cannot be written', async () => {
    const here = await embedded({ receipts: 50 });
    writeFileSync(join(here.folder, 'a-file'), '');
    const { execution } = await here.run({}, { objects: objectFolder(join(here.folder, 'a-file')) });
    const places = (await here.scanAll()).filter(isPlace).length;
    const before = here.sample.items.filter(isPlace).length;
    await here.close();
    expect(execution).toMatchObject({ status: 'failed', error: 'artifacts.unwritable' });
    expect(places).toBe(before);
  });

  test('a ledger that does not answer', async () => {
    const here = await embedded({ receipts: 0 });
    const nowhere = dynamoClient({
      endpoint: 'http://127.0.0.1:1',
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const { execution } = await here.run({}, { dynamo: nowhere });
    nowhere.destroy();
    await here.close();
    expect(execution).toMatchObject({ status: 'failed', error: 'table.unreachable' });
  });

  test('an empty table is nothing to do, and good', async () => {
    const here = await embedded({ items: [] });
    const { execution, run } = await here.run();
    await here.close();
    expect(execution.status).toBe('succeeded');
    expect(run).toMatchObject({ status: 'complete', totals: { scanned: 0, created: 0 } });
  });
});

describe('faults in the middle of a run', () => {
  test('the artifacts become unwritable: nothing is written without a journal, the run holds, resume finishes', async () => {
    const here = await embedded({ receipts: 300 });
    let puts = 0;
    const { objects } = here.runtime;
    const failing = {
      ...objects,
      putNew: (name: string, body: Uint8Array) => {
        puts += 1;
        return puts > 3
          ? objectFolder(join(here.folder, 'artifacts', 'runs', 'x.json', 'y')).putNew(name, body)
          : objects.putNew(name, body);
      },
    };
    await objects.put('runs/x.json', new Uint8Array());
    const { run } = await here.run({}, { objects: failing });
    expect(run).toMatchObject({ status: 'held', reason: { code: 'artifacts.unwritable' } });
    const resumed = await here.run({ resume: run?.runId });
    expect(resumed.run?.status).toBe('complete');
    expect(resumed.run?.totals?.failed).toEqual({ 'invalid-item': 3 });
    await here.close();
  });

  test('the table goes away: one reason, not one for each item', async () => {
    const here = await embedded({ receipts: 200 });
    let calls = 0;
    const meter = () => {
      calls += 1;
      if (calls === 1) void here.dynamo.send(new DeleteTableCommand({ TableName: 'receipts' }));
    };
    const { run } = await here.run({ batchSize: 5 }, { meter });
    await here.close();
    expect(run).toMatchObject({ status: 'held', reason: { code: 'preflight.table-missing' } });
  });

  test('two executions at once: the second is refused, naming the first', async () => {
    const here = await embedded({ receipts: 300 });
    let other: ReturnType<typeof here.run> | undefined;
    const meter = () => {
      other ??= here.run();
    };
    const { run } = await here.run({ batchSize: 5 }, { meter });
    const second = await other;
    await here.close();
    expect(second?.execution).toMatchObject({ status: 'failed', error: 'lock.held' });
    expect(second?.execution.status === 'failed' && second.execution.cause).toContain(run?.runId);
    expect(run?.status).toBe('complete');
  });
});

describe('a limit', () => {
  test.each([1, 37, 150])('of %i works off exactly so many eligible items', async (limit) => {
    const here = await embedded({ receipts: 200 });
    const { run } = await here.run({ limit, batchSize: 20, segments: 7 });
    const places = (await here.scanAll()).filter(isPlace).length;
    await here.close();
    const { scanned = 0, filtered = 0, created } = run?.totals ?? {};
    expect(scanned - filtered).toBe(limit);
    expect(run?.status).toBe('limited');
    expect(places).toBe(here.sample.items.filter(isPlace).length + (created ?? 0));
  });
});

test('a limit is kept exactly when the worker is killed between journal and checkpoint', async () => {
  const here = await embedded({ receipts: 200 });
  const limit = 60;
  let dead = false;
  const begun = new Set<string | undefined>();
  const { objects } = here.runtime;
  const dying = {
    ...objects,
    putNew: async (name: string, body: Uint8Array) => {
      if (dead) throw new Error('dead');
      const put = await objects.putNew(name, body);
      // In the last segment: the others have used up their shares, and what is left is as much as this page holds.
      if (name.startsWith('journal/')) begun.add(name.split('/')[2]);
      dead = begun.size === 5;
      if (dead) throw new Error('killed');
      return put;
    },
  };
  const { run } = await here.run({ limit, batchSize: 20, segments: 5 }, { objects: dying, concurrency: 1 });
  expect(run?.status).toBe('failed');
  const resumed = await here.run({ resume: run?.runId });
  const places = (await here.scanAll()).filter(isPlace).length;
  await here.close();
  const { scanned = 0, filtered = 0, created = 0 } = resumed.run?.totals ?? {};
  expect(resumed.run?.status).toBe('limited');
  expect(scanned - filtered).toBe(limit);
  expect(places).toBe(here.sample.items.filter(isPlace).length + created);
});
