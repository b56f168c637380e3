import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';

/** One write that landed. */
export interface MeteredWrite {
  /** Milliseconds since the epoch, when it was answered. */
  at: number;
  /** Of the table and its indexes. */
  units: number;
  /** As it came, as text. */
  key: string;
}

export interface MeteredDatabase {
  url: string;
  /** Single writes to the table, in the order in which they were answered: what the endpoint says, whoever asked. */
  writes: MeteredWrite[];
  close(): Promise<void>;
}

const WRITES = /\.(UpdateItem|PutItem|DeleteItem)$/;

/** An embedded database that keeps account of what is written to one table. */
export async function meteredDatabase(table: string): Promise<MeteredDatabase> {
  const server = dynalite({ createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 }) as unknown as Server;
  const writes: MeteredWrite[] = [];
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!WRITES.test(String(request.headers['x-amz-target']))) return;
    const asked: Buffer[] = [];
    request.on('data', (chunk: Buffer) => asked.push(chunk));
    const end = response.end.bind(response);
    response.end = ((body: string | Buffer, ...rest: never[]) => {
      const { TableName, Key } = JSON.parse(Buffer.concat(asked).toString());
      const { ConsumedCapacity } = JSON.parse(String(body));
      if (response.statusCode === 200 && TableName === table)
        writes.push({ at: Date.now(), units: ConsumedCapacity.CapacityUnits, key: JSON.stringify(Key) });
      return end(body, ...rest);
    }) as typeof response.end;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    writes,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
