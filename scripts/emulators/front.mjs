/**
 * One address for an account out of two emulators. Items are DynamoDB Local's, whose conditions are AWS's; all else is MiniStack's, backups
 * and recovery of tables included, which Local does not know. A table is made and deleted in both, so that there is something to back up.
 *
 * MiniStack hears that requests came over TLS, as they do on AWS: bucket policies refuse all others.
 */
import { createServer, request as send } from 'node:http';

const OF_MINISTACK = new Set(['CreateBackup', 'DescribeBackup', 'DescribeContinuousBackups', 'UpdateContinuousBackups']);
const OF_BOTH = new Set(['CreateTable', 'DeleteTable']);

const read = async (stream) => {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** The host stays as it was signed. */
function forward({ method, url, headers }, body, to) {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(to);
    const outgoing = send({ hostname, port, method, path: url, headers: { ...headers, 'x-forwarded-proto': 'https' } }, (answer) => {
      read(answer).then((body) => resolve({ status: answer.statusCode, headers: answer.headers, body }), reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Local keeps a database for each access key and region; roles have keys of their own, but one account has one. */
const ofOneAccount = ({ method, url, headers }) => ({
  method,
  url,
  headers: { ...headers, authorization: String(headers.authorization).replace(/Credential=[^/]+/, 'Credential=account') },
});

/**
 * @param {{ local: string | undefined, ministack: () => string }} urls
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 */
export async function startFront({ local, ministack }) {
  const answer = async (request) => {
    const [, operation] = /^DynamoDB_\d+\.(\w+)$/.exec(request.headers['x-amz-target'] ?? '') ?? [];
    const body = await read(request);
    if (!local || !operation || OF_MINISTACK.has(operation)) return forward(request, body, ministack());
    if (OF_BOTH.has(operation)) await forward(request, body, ministack());
    return forward(ofOneAccount(request), body, local);
  };
  const server = createServer((request, response) => {
    answer(request).then(
      ({ status, headers: { 'transfer-encoding': _, connection: __, ...headers }, body }) => response.writeHead(status, headers).end(body),
      // Whoever asked sees a lost connection, as with any server that went away.
      () => response.destroy(),
    );
  });
  server.keepAliveTimeout = 75_000;
  await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => {
      server.close(resolve);
    });
  };
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}
