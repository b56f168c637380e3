/**
 * `tsx lib/local/places-server/main.ts --seed 1 --receipts 20000 --idle-seconds 120 [--faults '<json>'] [--endpoint-file FILE]`
 *
 * Serves the places of a sample on 127.0.0.1, on a port that the system chooses, and says so in one line of JSON on standard output,
 * and in FILE once it answers.
 */
import { renameSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { birthOf } from '../processes.ts';
import { generateSample } from '../sample/receipts.ts';
import { createPlacesServer } from './server.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    receipts: { type: 'string', default: '20000' },
    'idle-seconds': { type: 'string', default: '120' },
    faults: { type: 'string', default: '{}' },
    'endpoint-file': { type: 'string' },
  },
});

function wholeNumber(name: 'seed' | 'receipts' | 'idle-seconds'): number {
  const number = Number(values[name]);
  if (!Number.isSafeInteger(number) || number < 0) throw new TypeError(`--${name} must be a whole number, not ${values[name]}`);
  return number;
}

const seed = wholeNumber('seed');
const idleMilliseconds = wholeNumber('idle-seconds') * 1000;
const { places } = generateSample({ seed, receipts: wholeNumber('receipts') });
const { server } = createPlacesServer({ places, seed, faults: JSON.parse(values.faults) });

function exit(): void {
  server.close(() => process.exit(0));
  server.closeAllConnections();
}

// A process that was forgotten, or whose parent died, must not stay.
const idle = setTimeout(exit, idleMilliseconds);
server.on('request', (_request, response) => {
  idle.refresh();
  response.on('close', () => idle.refresh());
});
process.on('SIGTERM', exit);
process.on('SIGINT', exit);

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ port, pid: process.pid })}\n`);
  const file = values['endpoint-file'];
  if (file === undefined) return;
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, `${JSON.stringify({ url: `http://127.0.0.1:${port}`, pid: process.pid, birth: birthOf(process.pid) })}\n`);
  renameSync(aside, file);
});
