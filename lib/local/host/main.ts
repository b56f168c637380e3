/**
 * `main.ts FOLDER IDLE_SECONDS`: the host process of the embedded DynamoDB.
 *
 * Opens the LevelDB folder FOLDER/db, which only one process can, serves it on 127.0.0.1 on a port that the system chooses,
 * writes FOLDER/endpoint.json once it answers, and exits by itself after so many seconds without a request.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { birthOf } from '../processes.ts';
import { closeIterators } from './closing-level.ts';
import { takeFolder } from './folder-lock.ts';

const [folder = '', idleSeconds = '120'] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const release = takeFolder(folder);
// Another host is serving, or starting; whoever wants the endpoint will find that one.
if (!release) process.exit(0);

const endpointFile = join(folder, 'endpoint.json');
closeIterators();
const { default: dynalite } = await import('dynalite');
const server = dynalite({ path: join(folder, 'db'), createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });

function exit(): void {
  rmSync(endpointFile, { force: true });
  server.close(() => {
    release?.();
    process.exit(0);
  });
  server.closeAllConnections();
}

const idle = setTimeout(exit, Number(idleSeconds) * 1000);
server.on('request', () => idle.refresh());
process.on('SIGTERM', exit);
process.on('SIGINT', exit);

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  const aside = `${endpointFile}.${process.pid}`;
  writeFileSync(aside, `${JSON.stringify({ url: `http://127.0.0.1:${port}`, pid: process.pid, birth: birthOf(process.pid) })}\n`);
  renameSync(aside, endpointFile);
});
