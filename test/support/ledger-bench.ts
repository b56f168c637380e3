import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger.ts';
import type { Owner, RunRecord } from '../../lib/core/records/run.ts';
import { createOwnTables } from '../../lib/local/seed.ts';
import { startDynalite } from './dynalite.ts';
import { fakeClock } from './fake-clock.ts';
import { runRecord } from './memory-ports.ts';
import { doubling } from './thing-definitions.ts';

/** The real ledger on an in-memory DynamoDB, and nothing else. */
export interface LedgerBench {
  dynamo: DynamoDBClient;
  ledger: DynamoLedger;
  /** The same ledger, for a process whose writes of a run's own row are on their way until `land` is called. */
  slow: () => { ledger: DynamoLedger; onItsWay: Promise<void>; land: () => void };
  run: (runId: string, change?: Partial<RunRecord>) => RunRecord;
  close: () => Promise<void>;
}

export const owner = (execution: string): Owner => ({ execution, host: 'here', pid: 7, startedAt: 'then' });

export async function ledgerBench(): Promise<LedgerBench> {
  const { client, close } = await startDynalite();
  const dynamo = client();
  const clients = [dynamo];
  const deps = { clock: fakeClock(), random: () => 0.5 };
  await createOwnTables(dynamo);
  return {
    dynamo,
    ledger: new DynamoLedger(dynamo, 'backfill-ledger', deps),
    slow: () => {
      const { promise: onItsWay, resolve: depart } = signal();
      const { promise: landed, resolve: land } = signal();
      const slow = client();
      clients.push(slow);
      slow.middlewareStack.add(
        (next) => async (call) => {
          const { Item, Key = Item } = call.input as { Item?: Record<string, unknown>; Key?: Record<string, unknown> };
          const writes = Item !== undefined || 'UpdateExpression' in call.input;
          if (writes && JSON.stringify(Key?.SK).includes('"RUN"')) {
            depart();
            await landed;
          }
          return next(call);
        },
        { step: 'initialize' },
      );
      return { ledger: new DynamoLedger(slow, 'backfill-ledger', deps), onItsWay, land };
    },
    run: (runId, change = {}) => ({ ...runRecord(doubling), runId, owner: owner(`of ${runId}`), ...change }),
    close: async () => {
      for (const one of clients) one.destroy();
      await close();
    },
  };
}

function signal(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** A server on the loopback that answers as told. */
export async function answering(answer: (path: string) => { status: number; body: string; headers?: Record<string, string> }) {
  const seen: { path: string; headers: NodeJS.Dict<string | string[]> }[] = [];
  const server = createServer((request, response) => {
    seen.push({ path: request.url ?? '', headers: request.headers });
    const { status, body, headers = {} } = answer(request.url ?? '');
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, close };
}
