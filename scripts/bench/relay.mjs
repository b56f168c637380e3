/**
 * `node scripts/bench/relay.mjs HOST PORT MILLISECONDS`: relays from a free port of the loopback, which it prints. What is asked goes on at
 * once; what is answered comes so many milliseconds later, as over a network. A process of its own, so that its CPU is counted to nobody.
 * Ends with its standard input.
 */
import { connect, createServer } from 'node:net';

const [host, port, delay] = process.argv.slice(2);

const server = createServer({ noDelay: true }, (near) => {
  const far = connect({ host, port: Number(port), noDelay: true });
  near.pipe(far);
  // Timers of one delay fire in the order in which they were set: so do the pieces of an answer arrive.
  far.on('data', (piece) => setTimeout(() => near.write(piece), Number(delay)));
  far.on('close', () => setTimeout(() => near.destroy(), Number(delay)));
  near.on('close', () => far.destroy());
  for (const end of [near, far]) end.on('error', () => undefined);
});
server.listen(0, '127.0.0.1', () => console.log(`PORT ${server.address().port}`));
process.stdin.resume().on('close', () => process.exit());
