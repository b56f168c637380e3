import { AsyncLocalStorage } from 'node:async_hooks';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { ObjectStore } from '../../lib/adapters/objects.ts';
import { canonicalItem, pick } from '../../lib/core/attribute-value.ts';
import { CLEANUP, COORDINATOR, execute, type Functions, localFunctions, PROCESSOR, REHEARSER } from '../../lib/local/interpreter.ts';
import { backfillMachine, rollbackMachine } from '../../lib/workflow/machines.ts';
import { type Allowed, allowedTo, synthesize } from '../infra/synthesized.ts';
import { type Embedded, embedded } from '../support/embedded.ts';

/** What the handlers call in runs, retries and rollbacks, with everything going wrong that leads to calls of its own, held against their roles. */

const { runner } = synthesize();
const rolesOf = (construct: string): Record<string, Allowed[]> => ({
  [COORDINATOR]: allowedTo(`${construct}Coordinator`, runner),
  [PROCESSOR]: allowedTo(`${construct}Processor`, runner),
  [REHEARSER]: allowedTo(`${construct}Rehearser`, runner),
  [CLEANUP]: allowedTo(`${construct}Cleanup`, runner),
});

const calling = new AsyncLocalStorage<string>();

/** `{ handler: ['action resource'] }`, with the resources named as `allowedTo` names them. */
class Calls {
  readonly #seen: Record<string, Set<string>> = {
    [COORDINATOR]: new Set(),
    [PROCESSOR]: new Set(),
    [REHEARSER]: new Set(),
    [CLEANUP]: new Set(),
  };

  add(action: string, resource: string): void {
    const handler = calling.getStore();
    if (handler !== undefined) this.#seen[handler]?.add(`${action} ${resource}`);
  }

  of(handler: string): string[] {
    return [...(this.#seen[handler] ?? [])].sort();
  }
}

const RESOURCES: Record<string, string> = {
  receipts: 'table/receipts',
  wardrobe: 'table/wardrobe',
  'backfill-ledger': 'Ledger',
  'backfill-service-cache': 'ServiceCache',
};

interface Request {
  TableName?: string;
  IndexName?: string;
  RequestItems?: Record<string, unknown>;
  Statements?: { Statement: string }[];
}

const VERBS: Record<string, string> = { INSERT: 'Insert', UPDATE: 'Update', DELETE: 'Delete', SELECT: 'Select' };

/** Those to the ledger go to one partition: what names another would be found by a test of its own. */
function statementCall(statement: string): [action: string, resource: string] {
  const [, verb = '', table = ''] = /^(\w+)[^"]*"([^"]+)"/.exec(statement) ?? [];
  const resource = RESOURCES[table];
  return [`dynamodb:PartiQL${VERBS[verb]}`, resource === 'Ledger' ? 'Ledger/PROBE' : `${resource}`];
}

function listenToDatabase({ dynamo }: Embedded, calls: Calls): void {
  dynamo.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        const { TableName, IndexName, RequestItems = {}, Statements = [] } = args.input as Request;
        for (const { Statement } of Statements) calls.add(...statementCall(Statement));
        const action = commandName
          .replace(/^(Get|Put|Update|Delete)Command$/, '$1ItemCommand')
          .replace(/^Batch(Get|Write)Command$/, 'Batch$1ItemCommand');
        const index = IndexName === undefined ? '' : `/index/${IndexName}`;
        for (const table of TableName === undefined ? Object.keys(RequestItems) : [TableName])
          calls.add(`dynamodb:${action.replace(/Command$/, '')}`, `${RESOURCES[table]}${index}`);
        return next(args);
      },
    { step: 'initialize' },
  );
}

const listenedTo = (objects: ObjectStore, calls: Calls): ObjectStore => {
  const prefix = (name: string): string => `Artifacts/${name.split('/')[0]}/*`;
  return {
    putNew: (name, body) => {
      calls.add('s3:PutObject', prefix(name));
      return objects.putNew(name, body);
    },
    put: (name, body) => {
      calls.add('s3:PutObject', prefix(name));
      return objects.put(name, body);
    },
    get: (name) => {
      calls.add('s3:GetObject', prefix(name));
      return objects.get(name);
    },
    list: (beginning) => {
      calls.add('s3:ListBucket', 'Artifacts');
      return objects.list(beginning);
    },
  };
};

const named = (functions: Functions): Functions =>
  Object.fromEntries(
    Object.entries(functions).map(([name, handler]) => [
      name,
      (payload, invocation) => calling.run(name, () => handler(payload, invocation)),
    ]),
  );

async function liveThrough(here: Embedded, calls: Calls): Promise<void> {
  listenToDatabase(here, calls);
  // Short enough for a governor to take its lease and to sum.
  const runtime = { ...here.runtime, objects: listenedTo(here.runtime.objects, calls), watchEveryMs: 5 };
  const functions = named(localFunctions(runtime));
  const { name: backfill, source, writes } = here.ports.definition;
  const machines = {
    run: backfillMachine(backfill, { coordinator: COORDINATOR, worker: PROCESSOR, rehearser: REHEARSER }),
    rollback: rollbackMachine(backfill, { coordinator: COORDINATOR, worker: CLEANUP, rehearser: REHEARSER }),
  };
  let executions = 0;
  const start = (machine: keyof typeof machines, input: object) => {
    executions += 1;
    return execute(machines[machine], input, `${machine} ${executions}`, functions);
  };

  await start('run', { dryRun: true });
  here.places.setFaults({ serverError: 0.1 });
  await start('run', { tolerate: 1 });
  const [run] = await here.ports.ledger.listRuns(backfill, 1);
  if (!run) throw new Error('no run');
  here.places.setFaults({});
  await start('run', { retry: run.runId });

  const before = new Set(here.items.map(canonicalItem));
  const made = (await here.scanAll()).filter((item) => !before.has(canonicalItem(item)));
  // The last ones: the first page's journal is going to be damaged.
  for (const item of made.slice(-3))
    await here.dynamo.send(
      new UpdateItemCommand({
        TableName: source.table,
        Key: pick(item, source.key) as never,
        UpdateExpression: 'SET #a = :s',
        ExpressionAttributeNames: { '#a': writes[0] ?? 'somebody' },
        ExpressionAttributeValues: { ':s': { S: 'else' } },
      }),
    );
  const [journal = ''] = await here.runtime.objects.list(`journal/${run.runId}/`);
  await here.runtime.objects.put(journal, new TextEncoder().encode('no gzip'));
  await start('rollback', { run: run.runId, dryRun: true });
  await start('rollback', { run: run.runId });
  await start('rollback', { run: run.runId, skipDamaged: true });
  expect(await here.ports.ledger.getRun(run.runId)).toMatchObject({ status: 'rolled-back' });
}

describe.each([
  [
    'receipt-place',
    'ReceiptPlace',
    'table/receipts',
    ['dynamodb:BatchWriteItem ServiceCache'],
    ['s3:PutObject Artifacts/asks/*'],
    'DeleteItem',
  ],
  ['wardrobe-normalize', 'WardrobeNormalize', 'table/wardrobe', [], [], 'UpdateItem'],
] as const)('what each handler of %s calls', (backfill, construct, table, own, asks, undo) => {
  const roles = rolesOf(construct);
  const calls = new Calls();
  let here: Embedded;
  beforeAll(async () => {
    here = await embedded({ backfill, receipts: 150, wardrobe: 150 });
    await liveThrough(here, calls);
  });
  afterAll(() => here.close());

  it('includes those that only failures, conflicts and damage lead to', () => {
    expect(calls.of(COORDINATOR)).toEqual(
      expect.arrayContaining(['dynamodb:Query Ledger/index/GSI1', 's3:GetObject Artifacts/damaged/*', 's3:GetObject Artifacts/failures/*']),
    );
    expect(calls.of(PROCESSOR)).toEqual(expect.arrayContaining([...own, 's3:GetObject Artifacts/failures/*']));
    expect(calls.of(REHEARSER)).toEqual(
      expect.arrayContaining([...asks, 's3:GetObject Artifacts/journal/*', 's3:PutObject Artifacts/damaged/*']),
    );
    expect(calls.of(CLEANUP)).toEqual(
      expect.arrayContaining([`dynamodb:${undo} ${table}`, 's3:GetObject Artifacts/conflicts/*', 's3:PutObject Artifacts/damaged/*']),
    );
  });

  it.each([COORDINATOR, PROCESSOR, REHEARSER, CLEANUP])('is what the role of the %s allows', (handler) => {
    const allowed = roles[handler]?.map(({ action, resource }) => `${action} ${resource}`);
    expect(calls.of(handler).filter((call) => !allowed?.includes(call))).toEqual([]);
  });
});
