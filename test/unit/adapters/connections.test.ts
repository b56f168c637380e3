import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BatchExecuteStatementCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { dynamoClient } from '../../../lib/adapters/dynamodb/client.ts';

/** How many connections a client opens: a handshake for each call would cost more than the call. */

async function opened(work: (send: () => Promise<unknown>) => Promise<unknown>): Promise<{ connections: number; requests: number }> {
  const counts = { connections: 0, requests: 0 };
  const server = createServer((request, response) => {
    counts.requests += 1;
    request.resume();
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{"Responses":[]}'));
  });
  server.on('connection', () => {
    counts.connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = dynamoClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  try {
    await work(() => client.send(new BatchExecuteStatementCommand({ Statements: [{ Statement: 'SELECT' }] })));
  } finally {
    client.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
  return counts;
}

test('one call after the other goes over one connection', async () => {
  const counts = await opened(async (send) => {
    for (let call = 0; call < 20; call += 1) await send();
  });
  expect(counts).toStrictEqual({ connections: 1, requests: 20 });
});

test('calls side by side take a connection each, and the next ones take the same', async () => {
  const counts = await opened(async (send) => {
    for (let wave = 0; wave < 4; wave += 1) await Promise.all(Array.from({ length: 8 }, send));
  });
  expect(counts).toStrictEqual({ connections: 8, requests: 32 });
});

test('a call that is never answered ends as one that timed out', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = dynamoClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  try {
    const called = client.send(new ListTablesCommand({})).catch((error: Error) => error.name);
    await once(server, 'request');
    jest.advanceTimersByTime(15_000);
    expect(await called).toBe('TimeoutError');
  } finally {
    jest.useRealTimers();
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
