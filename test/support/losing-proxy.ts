import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LosingProxy {
  url: string;
  /** How many answers were lost. */
  lost: () => number;
  close(): Promise<void>;
}

const WRITES = /\.(PutItem|UpdateItem|DeleteItem|BatchExecuteStatement)$/;

/** Stands before a database: every write lands, and of every `nth` the answer is lost on its way back. */
export async function losingProxy(target: { hostname: string; port: number }, nth: number): Promise<LosingProxy> {
  let writes = 0;
  let lost = 0;
  const server: Server = createServer((asked, answer) => {
    const { method, url, headers } = asked;
    const isWrite = WRITES.test(String(headers['x-amz-target']));
    if (isWrite) writes += 1;
    const lose = isWrite && writes % nth === 0;
    const forwarded = request({ ...target, method, path: url, headers }, (landed) => {
      if (lose) {
        landed.resume();
        landed.on('end', () => {
          lost += 1;
          answer.socket?.destroy();
        });
        return;
      }
      answer.writeHead(landed.statusCode ?? 500, landed.headers);
      landed.pipe(answer);
    });
    asked.pipe(forwarded);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lost: () => lost,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
