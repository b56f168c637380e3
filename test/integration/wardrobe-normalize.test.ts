import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../lib/core/attribute-value.ts';
import { balances } from '../../lib/core/counters.ts';
import { readExceptions } from '../../lib/core/listings.ts';
import type { RunRecord } from '../../lib/core/records/run.ts';
import { readConflicts } from '../../lib/core/rollback/conflicts.ts';
import { allSegments } from '../../lib/core/rounds.ts';
import { type Embedded, embedded } from '../support/embedded.ts';
import { exact, exactHash } from '../support/exact.ts';
import { expectedWardrobe } from '../support/expected-wardrobe.ts';

const WARDROBE = 800;
/** The sample's eight items of a wrong shape are one in a hundred of so few. */
const SMALL = { batchSize: 40, segments: 4, tolerate: 0.05 };

let here: Embedded;
const setUp = async (wardrobe: number): Promise<void> => {
  here = await embedded({ backfill: 'wardrobe-normalize', wardrobe });
};

const run = async (): Promise<RunRecord> => {
  const { execution, run: record } = await here.run(SMALL);
  expect(execution).toMatchObject({ status: 'succeeded' });
  if (!record) throw new Error('no run');
  return record;
};

const rollback = async (): Promise<RunRecord> => {
  const { execution, run: record } = await here.rollback();
  expect(execution).toMatchObject({ status: 'succeeded' });
  if (!record) throw new Error('no rollback');
  return record;
};

const idOf = (item: Item | undefined): string => (item?.id && 'S' in item.id ? item.id.S : '');

const texts = (items: Iterable<Item>): string[] => [...items].map(exact).sort();

describe('wardrobe-normalize from definition to rollback', () => {
  beforeAll(() => setUp(WARDROBE));
  afterAll(() => here.close());

  let first: RunRecord;
  let after: string[];

  test('the sample has every oddity', () => {
    const kinds = new Set(here.items.flatMap(({ normalized }) => (normalized ? Object.keys(normalized) : ['absent'])));
    expect([...kinds].sort()).toEqual(['M', 'NULL', 'S', 'absent']);
    const shapes = new Set(
      here.items.flatMap(({ style, occasion, mood, season }) =>
        [style, occasion, mood, season].flatMap((value) => (value ? Object.keys(value) : ['absent'])),
      ),
    );
    expect([...shapes].sort()).toEqual(['B', 'BOOL', 'L', 'M', 'N', 'NS', 'NULL', 'S', 'SS', 'absent']);
  });

  test('a run leaves the table that the specification describes', async () => {
    first = await run();
    const expected = expectedWardrobe(here.items, first.now);
    after = texts(await here.scanAll());
    expect(after).toEqual(texts(expected.table.values()));
    expect(first).toMatchObject({
      status: 'complete',
      totals: { scanned: WARDROBE, filtered: 0, created: 0, updated: expected.updated, skipped: expected.skipped, failed: expected.failed },
    });
    expect(expected).toMatchObject({ failed: { 'invalid-item': 8 }, skipped: { 'newer-version': 2 } });
    expect(first.totals && balances(first.totals)).toBe(true);
  });

  test('its checks pass, but for the items that were changed after another program normalised them', () => {
    const results = Object.fromEntries((first.checks ?? []).map(({ name, status }) => [name, status]));
    expect(results).toEqual({
      completion: 'pass',
      quality: 'pass',
      compatibility: 'pass',
      consistency: 'info',
      'success-rate': 'info',
      'field-counts': 'info',
      'failure-reasons': 'info',
      advice: 'info',
      'originals-unchanged': 'pass',
    });
    expect(first.checks?.find(({ name }) => name === 'consistency')?.measured).toMatchObject({ bad: 3 });
    expect(first.checks?.find(({ name }) => name === 'completion')?.measured).toMatchObject({ total: WARDROBE, pending: 0, errors: 8 });
  });

  test('what was left out of lists is noted, item by item', async () => {
    const hasNoText = (item: Item): boolean =>
      [item.style, item.occasion, item.mood, item.season].some(
        (value) => value && ('NS' in value || ('L' in value && value.L.some((entry) => !('S' in entry)))),
      );
    const updated = new Set(expectedWardrobe(here.items, first.now).table.values());
    const expected = here.items.filter((item) => hasNoText(item) && !updated.has(item)).map(idOf);
    const noted = await readExceptions(here.ports.artifacts, first.runId, await allSegments(here.ports.ledger, first));
    expect(expected.length).toBeGreaterThan(5);
    expect(noted.map(({ key }) => idOf(key)).sort()).toEqual(expected.sort());
  });

  test('a second run updates nothing', async () => {
    const { totals } = await run();
    expect(totals).toMatchObject({ updated: 0, created: 0, writeUnits: 0, failed: first.totals?.failed });
    expect(totals?.skipped).toEqual({ 'already-normalized': WARDROBE - 8 - 2, 'newer-version': 2 });
    expect(texts(await here.scanAll())).toEqual(after);
  });

  test('a rollback gives the table back to the last byte, NULL and older versions included', async () => {
    const undo = await rollback();
    expect(undo).toMatchObject({
      status: 'complete',
      rollback: { of: first.runId },
      totals: { restored: first.totals?.updated, deleted: 0, skipped: {}, failed: {} },
    });
    expect(texts(await here.scanAll())).toEqual(texts(here.items));
    expect(exactHash(await here.scanAll())).toBe(exactHash(here.items));
  });

  test('and it can run again, as if it had never been', async () => {
    const again = await run();
    expect(again.totals).toMatchObject({ updated: first.totals?.updated, skipped: first.totals?.skipped });
    expect(texts(await here.scanAll())).toEqual(texts(expectedWardrobe(here.items, again.now).table.values()));
  });
});

describe('what others change', () => {
  beforeEach(() => setUp(120));
  afterEach(() => here.close());

  const set = (id: Item[string] | undefined, attribute: string, value: Item[string]) =>
    here.dynamo.send(
      new UpdateItemCommand({
        TableName: 'wardrobe',
        Key: { id } as never,
        UpdateExpression: 'SET #a = :v',
        ExpressionAttributeNames: { '#a': attribute },
        ExpressionAttributeValues: { ':v': value as never },
      }),
    );

  test('in normalized is kept by a rollback, and listed with both versions', async () => {
    const record = await run();
    const ours = (await here.scanAll()).filter(({ normalized }) => JSON.stringify(normalized ?? null).includes(record.now));
    const [one, two] = ours;
    const theirs = { M: { style: { L: [{ S: 'theirs' }] }, normalized_version: { S: '1.0' } } };
    await set(one?.id, 'normalized', theirs);
    const before = new Map(here.items.map((item) => [idOf(item), item]));
    // Another attribute than those that the run wrote is no conflict.
    await set(two?.id, 'name', { S: 'Renamed' });

    const undo = await rollback();
    expect(undo.totals).toMatchObject({ restored: ours.length - 1, failed: {} });
    expect(Object.values(undo.totals?.skipped ?? {})).toEqual([1]);
    const conflicts = await readConflicts(here.ports.artifacts, undo.runId, await allSegments(here.ports.ledger, undo));
    expect(conflicts).toMatchObject([{ key: { id: one?.id }, wrote: { normalized: one?.normalized }, stands: { normalized: theirs } }]);

    const stands = new Map((await here.scanAll()).map((item) => [idOf(item), item]));
    const id = idOf(one);
    expect(stands.get(id)).toEqual({ ...one, normalized: theirs });
    const renamed = idOf(two);
    expect(stands.get(renamed)).toEqual({ ...before.get(renamed), name: { S: 'Renamed' } });
  });

  test('in an original while the run goes is read again, and normalised as it then is', async () => {
    const target = here.items.find(
      ({ normalized, style, occasion, mood, season }) =>
        !normalized && [style, occasion, mood, season].every((value) => !value || 'L' in value),
    );
    let changed = false;
    here.dynamo.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const input = args.input as { TableName?: string; Key?: { id?: Item[string] } };
          const isOurs =
            commandName === 'UpdateItemCommand' &&
            input.TableName === 'wardrobe' &&
            JSON.stringify(input.Key?.id) === JSON.stringify(target?.id);
          if (isOurs && !changed) {
            changed = true;
            await set(target?.id, 'style', { L: [{ S: 'Semi-Formal' }] });
          }
          return next(args);
        },
      { step: 'initialize' },
    );
    const record = await run();
    expect(changed).toBe(true);
    expect(record.totals?.raced).toBe(1);
    const { Item: found } = await here.dynamo.send(
      new GetItemCommand({ TableName: 'wardrobe', Key: { id: target?.id } as never, ConsistentRead: true }),
    );
    expect(found?.normalized?.M?.style).toEqual({ L: [{ S: 'semi_formal' }] });
  });
});
