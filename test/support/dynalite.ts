import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { dynamoClient } from '../../lib/adapters/dynamodb/client.ts';

/** As much of the SDK's request as dynalite looks at. */
interface Asked {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Uint8Array;
}
interface Answered {
  response: { statusCode: number; headers: Record<string, string>; body: Uint8Array };
}

/** A database of the test's own process. */
export interface Dynalite {
  /** For clients of other processes, and for proxies. */
  url: string;
  client(): DynamoDBClient;
  close(): Promise<void>;
}

export async function startDynalite(): Promise<Dynalite> {
  const server: Server = dynalite({ createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const underWay = new Set<object>();
  const requestHandler = handedTo(server, underWay);
  return {
    url,
    client: () => dynamoClient({ endpoint: url, region: 'us-east-1', credentials, signer: unsigned, requestHandler }),
    async close() {
      server.closeAllConnections();
      // A write whose caller is gone still lands.
      while (underWay.size > 0) await new Promise(setImmediate);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** dynalite looks at a signature's form alone. */
const unsigned = {
  sign: async (request: Asked) => {
    request.headers['x-amz-date'] = '20261121T120000Z';
    request.headers.authorization = 'AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=none';
    return request;
  },
} as unknown as NonNullable<DynamoDBClientConfig['signer']>;

/** Hands requests to a server of this process as its socket would: each in a turn of its own. Sockets and streams cost a test more than the answers do. */
function handedTo(server: Server, underWay: Set<object>): NonNullable<DynamoDBClientConfig['requestHandler']> {
  const handle = ({ method, path, headers, body }: Asked, { abortSignal: signal }: { abortSignal?: AbortSignal } = {}) =>
    new Promise<Answered>((resolve, reject) => {
      const abort = (): void => reject(Object.assign(new Error('Request aborted'), { name: 'AbortError' }));
      if (signal?.aborted) return abort();
      if (!server.listening) return reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
      signal?.addEventListener('abort', abort, { once: true });
      const asked = Object.assign(new EventEmitter(), { method, url: path, headers });
      const answered: Record<string, string> = {};
      const answer = {
        statusCode: 200,
        setHeader: (name: string, value: unknown) => {
          answered[name.toLowerCase()] = String(value);
        },
        end: (text: string) => {
          underWay.delete(asked);
          signal?.removeEventListener('abort', abort);
          resolve({ response: { statusCode: answer.statusCode, headers: answered, body: Buffer.from(text) } });
        },
      };
      underWay.add(asked);
      setImmediate(() => {
        server.emit('request', asked, answer);
        asked.emit('data', Buffer.from(body.buffer, body.byteOffset, body.byteLength));
        asked.emit('end');
      });
    });
  return { metadata: { handlerProtocol: 'http/1.1' }, handle, destroy: () => undefined } as unknown as ReturnType<typeof handedTo>;
}
