import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { CreateTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { canonicalItem, type Item, itemFromJson } from '../../lib/core/attribute-value.ts';
import { BackfillError } from '../../lib/core/errors.ts';
import type { TableKeeper } from '../../lib/core/ports.ts';
import { restoreSnapshot } from '../../lib/local/restore.ts';
import { writeItems } from '../../lib/local/seed.ts';
import { type Embedded, embedded } from '../support/embedded.ts';

/** What a run does for the table as a whole, through the real machine and handlers: its copy, its capacity, the trial of its rights. */

const canonical = (items: readonly Item[]): string[] => items.map(canonicalItem).sort();
const WRITES = ['PutItemCommand', 'UpdateItemCommand', 'DeleteItemCommand', 'BatchWriteItemCommand'];

/** Every write that reaches a table, but for the trials: their condition shows them. */
function listen({ dynamo }: Embedded, table: string): { writes: string[]; trials: string[] } {
  const heard = { writes: [] as string[], trials: [] as string[] };
  dynamo.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        const { TableName, ConditionExpression = '' } = args.input as { TableName?: string; ConditionExpression?: string };
        const isTrial = ConditionExpression === 'attribute_exists(#key) AND attribute_not_exists(#key)';
        if (TableName === table && WRITES.includes(commandName)) heard[isTrial ? 'trials' : 'writes'].push(commandName);
        return next(args);
      },
    { step: 'initialize' },
  );
  return heard;
}

describe('a run with a backup', () => {
  let here: Embedded;
  beforeEach(async () => {
    here = await embedded({ backfill: 'wardrobe-normalize', wardrobe: 300 });
  });
  afterEach(() => here.close());

  test('has it, whole and AVAILABLE, before the first write; restored it is the table from before, by the same hash', async () => {
    const { writes } = listen(here, 'wardrobe');
    const before = await here.scanAll();
    const { keeper } = here.runtime;
    let writesBefore: number | undefined;
    const watched = (table: string): TableKeeper => {
      const real = keeper(table);
      return {
        ...real,
        backUp: async (name) => {
          const backup = await real.backUp(name);
          writesBefore = writes.length;
          return backup;
        },
      };
    };
    const { run } = await here.run({ backup: true, hash: true }, { keeper: watched });
    expect(run).toMatchObject({ status: 'complete', backup: { status: 'available', name: `backfill-wardrobe-normalize-${run?.runId}` } });
    expect(writesBefore).toBe(0);
    expect(writes.length).toBeGreaterThan(100);
    const file = run?.backup?.where ?? '';
    expect(run?.backup?.restore).toBe(`npx backfill local restore ${file}`);
    const [, ...lines] = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
    expect(canonical(lines.map((line) => itemFromJson(JSON.parse(line))))).toEqual(canonical(before));

    const deps = { clock: here.runtime.clock, random: Math.random };
    const restored = await restoreSnapshot(here.dynamo, file, undefined, deps);
    expect(canonical(await here.scanAll(restored.table))).toEqual(canonical(before));
    expect(canonical(await here.scanAll())).not.toEqual(canonical(before));
  });

  test('takes none for a rehearsal, nor tries to write', async () => {
    const heard = listen(here, 'wardrobe');
    const { run } = await here.run({ dryRun: true, backup: true });
    expect(run).toMatchObject({ status: 'complete', backup: null });
    expect(heard).toEqual({ writes: [], trials: [] });
  });

  test('writes nothing when the backup fails, and takes another once it is resumed', async () => {
    const { writes } = listen(here, 'wardrobe');
    const failing = (table: string): TableKeeper => ({
      ...here.runtime.keeper(table),
      backUp: async () => {
        throw new BackfillError('artifacts.unwritable', 'The disk is full.');
      },
    });
    const failed = await here.run({ backup: true }, { keeper: failing });
    expect(failed.run).toMatchObject({
      status: 'failed',
      backup: null,
      reason: { code: 'artifacts.unwritable', message: 'The disk is full.' },
    });
    expect(writes).toEqual([]);
    const { run } = await here.run({ resume: failed.run?.runId });
    expect(run).toMatchObject({ runId: failed.run?.runId, status: 'complete', backup: { status: 'available' } });
  });

  test('tries its rights first: a worker that may not write is heard of before anything is copied or written', async () => {
    const heard = listen(here, 'wardrobe');
    here.dynamo.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          const { TableName } = args.input as { TableName?: string };
          if (commandName === 'UpdateItemCommand' && TableName === 'wardrobe')
            throw Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
          return next(args);
        },
      { step: 'build' },
    );
    const { run, execution } = await here.run({ backup: true });
    expect(execution).toMatchObject({ status: 'failed', error: 'preflight.permission-missing' });
    expect(run).toMatchObject({ status: 'failed', backup: null });
    expect(run?.reason?.message).toContain('dynamodb:UpdateItem on the table "wardrobe"');
    expect(heard).toEqual({ writes: [], trials: ['UpdateItemCommand'] });
  });
});

test('a run and its rollback try each kind of write that they need, and the trials change nothing', async () => {
  const here = await embedded({ receipts: 60 });
  try {
    const { trials } = listen(here, 'receipts');
    const before = canonical(await here.scanAll());
    const { run } = await here.run();
    expect(trials).toEqual(['PutItemCommand']);
    await here.rollback({ run: run?.runId });
    expect(trials).toEqual(['PutItemCommand', 'DeleteItemCommand', 'PutItemCommand']);
    expect(canonical(await here.scanAll())).toEqual(before);
  } finally {
    await here.close();
  }
});

describe('the write capacity of a provisioned table', () => {
  let here: Embedded;
  beforeEach(async () => {
    here = await embedded({ backfill: 'wardrobe-normalize', wardrobe: 120, createTable: false });
    await here.dynamo.send(
      new CreateTableCommand({
        TableName: 'wardrobe',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        ProvisionedThroughput: { ReadCapacityUnits: 11, WriteCapacityUnits: 5 },
      }),
    );
    await writeItems(here.dynamo, 'wardrobe', here.items);
  });
  afterEach(() => here.close());

  const capacity = async () => {
    for (;;) {
      const { Table } = await here.dynamo.send(new DescribeTableCommand({ TableName: 'wardrobe' }));
      const { ReadCapacityUnits, WriteCapacityUnits } = Table?.ProvisionedThroughput ?? {};
      if (Table?.TableStatus === 'ACTIVE') return [ReadCapacityUnits, WriteCapacityUnits];
    }
  };

  /** What it is while the first item is written. */
  function atFirstWrite(): () => unknown {
    let seen: unknown;
    here.dynamo.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const { TableName, UpdateExpression } = args.input as { TableName?: string; UpdateExpression?: string };
          if (commandName === 'UpdateItemCommand' && TableName === 'wardrobe' && UpdateExpression && !seen) seen = await capacity();
          return next(args);
        },
      { step: 'initialize' },
    );
    return () => seen;
  }

  test('is raised before the first write and put back when the run is complete', async () => {
    const seen = atFirstWrite();
    const { run } = await here.run({ raiseWriteUnits: 500 });
    expect(run).toMatchObject({ status: 'complete', capacity: { mode: 'provisioned', before: { '': 5 }, raised: 500, state: 'restored' } });
    expect(seen()).toEqual([11, 500]);
    expect(await capacity()).toEqual([11, 5]);
    const events = (await here.ports.ledger.events(run?.runId ?? '')).map(({ what }) => what);
    expect(events).toEqual(expect.arrayContaining(['raise capacity', 'capacity put back']));
  });

  test('is put back when the run is held, and raised again when it is carried on', async () => {
    const heldAtOnce = {
      ...here.runtime.objects,
      putNew: async (): Promise<never> => Promise.reject(new BackfillError('artifacts.unwritable', 'full')),
    };
    const held = await here.run({ raiseWriteUnits: 500 }, { objects: heldAtOnce });
    expect(held.run).toMatchObject({ status: 'held', capacity: { state: 'restored' } });
    expect(await capacity()).toEqual([11, 5]);
    const seen = atFirstWrite();
    const { run } = await here.run({ resume: held.run?.runId });
    expect(run).toMatchObject({ status: 'complete', capacity: { state: 'restored' } });
    expect(seen()).toEqual([11, 500]);
    expect(await capacity()).toEqual([11, 5]);
  });

  test('is put back when the run fails', async () => {
    const broken = { ...here.runtime.objects, putNew: async (): Promise<never> => Promise.reject(new Error('nobody expected this')) };
    const { run } = await here.run({ raiseWriteUnits: 500 }, { objects: broken });
    expect(run).toMatchObject({ status: 'failed', capacity: { raised: 500, state: 'restored' } });
    expect(await capacity()).toEqual([11, 5]);
  });
});

test('a table billed on demand has nothing to raise where warm throughput is not known, and nothing is written', async () => {
  const here = await embedded({ backfill: 'wardrobe-normalize', wardrobe: 20 });
  try {
    const { writes } = listen(here, 'wardrobe');
    const { run } = await here.run({ raiseWriteUnits: 500 });
    expect(run).toMatchObject({ status: 'failed', reason: { code: 'capacity.refused' }, capacity: null });
    expect(writes).toEqual([]);
  } finally {
    await here.close();
  }
});
